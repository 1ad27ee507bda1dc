/**
 * Where traces find their place in the graph: service names to the ids of the `service` view, and edge ids of any view to
 * the services at both ends. In: the live table's rows; rebuilt when rows were added or given up and something asks.
 */
import { finish } from "../../lib/base/sliced.ts";
import type { Endpoint } from "../../lib/model/identity.ts";
import type { GraphDirectory, ServiceCalls, ServiceRef } from "../../lib/query/directory.ts";
import { EdgeIndex, type IndexedEdge } from "../../lib/query/edge-index.ts";
import { NO_FOLDS } from "../../lib/query/folds.ts";
import { type JoinBooks, NO_JOINS } from "../../lib/query/joins.ts";
import type { LiveTable } from "../../lib/query/live-table.ts";
import { VIEWS } from "../../lib/query/schema/graph.ts";
import { type Ids, identityIn, nodeIdentity } from "../../lib/query/view-key.ts";
import { meshSpanNames } from "./span-names.ts";

const PROTOCOL_ORDER = ["http", "grpc", "tcp"] as const;

function addRef(refs: Map<string, Map<string, ServiceRef>>, node: string, ref: ServiceRef): void {
  const known = refs.get(node);
  if (known === undefined) refs.set(node, new Map([[ref.nodeId, ref]]));
  else known.set(ref.nodeId, ref);
}

export class LiveDirectory implements GraphDirectory {
  readonly names = meshSpanNames;
  private readonly live: LiveTable;
  private readonly ids: Ids;
  private readonly index = new EdgeIndex();
  private built: readonly IndexedEdge[] | null = null;
  private byName = new Map<string, ServiceRef[]>();
  private byEdge = new Map<string, { readonly source: ServiceRef; readonly target: ServiceRef }>();

  private readonly joins: JoinBooks;

  constructor(live: LiveTable, ids: Ids, joins: JoinBooks = NO_JOINS) {
    this.live = live;
    this.ids = ids;
    this.joins = joins;
  }

  services(match: { cluster?: string; namespace?: string; name: string }): readonly ServiceRef[] {
    this.build();
    return (this.byName.get(match.name) ?? []).filter(
      (ref) =>
        (match.cluster === undefined || ref.cluster === match.cluster) &&
        (match.namespace === undefined || ref.namespace === match.namespace),
    );
  }

  edge(id: string): { readonly source: ServiceRef; readonly target: ServiceRef } | undefined {
    this.build();
    return this.byEdge.get(id);
  }

  node(id: string): ServiceCalls | undefined {
    this.build();
    const answers = this.byTarget.get(id);
    const services = answers ?? this.bySource.get(id);
    if (services === undefined) return undefined;
    return { services: [...services.values()], side: answers === undefined ? "client" : "server" };
  }

  edgeBetween(source: ServiceRef, target: ServiceRef): string | undefined {
    this.build();
    return this.between.get(`${source.nodeId}${target.nodeId}`);
  }

  private between = new Map<string, string>();
  /** Services at each node that is called, and at each that calls, by their own ids. */
  private byTarget = new Map<string, Map<string, ServiceRef>>();
  private bySource = new Map<string, Map<string, ServiceRef>>();

  private refOf(end: Endpoint): ServiceRef {
    const identity = identityIn("service", end);
    const { cluster, namespace, name } = identity;
    return { nodeId: this.ids.node(identity), cluster, namespace, name };
  }

  private build(): void {
    const { rows } = this.live;
    const indexed = finish(this.index.edges(rows, this.joins));
    if (this.built === indexed) return;
    this.built = indexed;
    this.byName = new Map();
    this.byEdge = new Map();
    this.between = new Map();
    this.byTarget = new Map();
    this.bySource = new Map();
    const order = (protocol: (typeof PROTOCOL_ORDER)[number]): number => PROTOCOL_ORDER.indexOf(protocol);
    // A call to a host may be an edge to the service of another mesh behind it, or both in part.
    const edges = indexed
      .flatMap((edge) => (edge.candidate === null ? [edge] : [{ ...edge, ...edge.candidate }, edge]))
      .sort((a, b) => order(a.protocol) - order(b.protocol));
    for (const { source, target, protocol, layer } of edges) {
      const ends = { source: this.refOf(source), target: this.refOf(target) };
      if (source.kind !== "unknown") this.note(ends.source);
      if (target.kind !== "unknown") this.note(ends.target);
      for (const view of VIEWS) {
        const from = this.ids.node(nodeIdentity(view, NO_FOLDS, source, this.ids));
        const to = this.ids.node(nodeIdentity(view, NO_FOLDS, target, this.ids));
        const id = this.ids.edge(from, to, protocol, layer);
        if (!this.byEdge.has(id)) this.byEdge.set(id, ends);
        addRef(this.bySource, from, ends.source);
        addRef(this.byTarget, to, ends.target);
        const pair = `${from}${to}`;
        if (view === "service" && !this.between.has(pair)) this.between.set(pair, id);
      }
    }
  }

  private note(ref: ServiceRef): void {
    const known = this.byName.get(ref.name) ?? [];
    if (!known.some((other) => other.nodeId === ref.nodeId)) known.push(ref);
    this.byName.set(ref.name, known);
  }
}
