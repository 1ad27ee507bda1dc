/**
 * One view of a window with every member printed: what all queries of that view are put together from. In: a snapshot, the
 * view, and the parts of the snapshot before; out: nodes and edges sorted by id, each with its text. An edge whose facts
 * are the ones it was printed from is not printed again.
 */
import type { Sliced } from "../base/sliced.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { edgeText, nodeText } from "./graph-print.ts";
import { type PresentContext, presentEdge, presentEdgeDetail } from "./present-edge.ts";
import { presentNode } from "./present-node.ts";
import type { View } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import { type ViewEdge, type ViewGraph, type ViewNode, viewSteps } from "./view-graph.ts";
import type { Ids } from "./view-key.ts";

export interface PartsQuery {
  readonly view: View;
  readonly collapse?: readonly string[] | undefined;
  readonly detail: "summary" | "full";
}

export interface PrintedNode {
  readonly id: string;
  readonly node: ViewNode;
  readonly text: string;
}

export interface PrintedEdge {
  readonly id: string;
  readonly edge: ViewEdge;
  readonly text: string;
}

export interface GraphParts {
  readonly snapshot: Snapshot;
  readonly nodes: readonly PrintedNode[];
  readonly edges: readonly PrintedEdge[];
}

const MEMBERS_PER_STEP = 64;

/** Security by state is of a moment and of other rows: it is looked at each time. */
const isOfMoment = ({ counts, calleeKnows }: EdgeFact): boolean => counts.tls.size > 0 || calleeKnows === true;

/** The parts of one view, from one snapshot of a window to the next. */
export class PartsBook {
  /** Edges printed so far, as against those whose text was known. */
  printed = 0;
  private readonly query: PartsQuery;
  private readonly ids: Ids;
  private before = new Map<string, PrintedEdge>();
  /** Ids in the order in which the graph held them, and where each stands by id. */
  private order: { readonly ids: readonly string[]; readonly sorted: readonly number[] } = { ids: [], sorted: [] };

  constructor(query: PartsQuery, ids: Ids) {
    this.query = query;
    this.ids = ids;
  }

  *of(snapshot: Snapshot): Sliced<GraphParts> {
    const { view, collapse = [] } = this.query;
    const graph = yield* viewSteps(snapshot.facts, view, new Set(collapse), this.ids);
    const nodes: PrintedNode[] = [];
    for (const node of graph.nodes.values()) {
      nodes.push({ id: node.id, node, text: nodeText(presentNode(node)) });
      if (nodes.length % MEMBERS_PER_STEP === 0) yield;
    }
    nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
    yield;
    const edges = yield* this.edges(graph, snapshot);
    return { snapshot, nodes, edges };
  }

  private *edges({ edges }: ViewGraph, { estate, window }: Snapshot): Sliced<PrintedEdge[]> {
    const context = { listeners: estate.live.listeners, start: window.start };
    const sorted = yield* this.sorted(edges);
    const made: PrintedEdge[] = [];
    const known = new Map<string, PrintedEdge>();
    for (let at = 0; at < sorted.length; at++) {
      const edge = edges[sorted[at] ?? 0];
      const printed = edge === undefined ? null : this.edge(edge, context);
      if (printed !== null) {
        made.push(printed);
        known.set(printed.id, printed);
      }
      if (at % MEMBERS_PER_STEP === MEMBERS_PER_STEP - 1) yield;
    }
    this.before = known;
    return made;
  }

  private edge(edge: ViewEdge, context: PresentContext): PrintedEdge | null {
    const known = this.before.get(edge.id);
    if (known !== undefined && isSame(known.edge.facts, edge.facts)) return { id: edge.id, edge, text: known.text };
    this.printed++;
    if (this.query.detail === "full") {
      const detail = presentEdgeDetail(edge, context);
      return detail === null ? null : { id: edge.id, edge, text: JSON.stringify(detail) };
    }
    const summary = presentEdge(edge, context);
    return summary === null ? null : { id: edge.id, edge, text: edgeText(summary) };
  }

  /** Positions of the edges in the order of their ids; as before while they are the same edges. */
  private *sorted(edges: readonly ViewEdge[]): Sliced<readonly number[]> {
    const { ids } = this.order;
    if (ids.length === edges.length && edges.every(({ id }, i) => id === ids[i])) return this.order.sorted;
    yield;
    const positions = edges.map((edge, at) => ({ id: edge.id, at }));
    positions.sort((a, b) => (a.id < b.id ? -1 : 1));
    this.order = { ids: edges.map(({ id }) => id), sorted: positions.map(({ at }) => at) };
    yield;
    return this.order.sorted;
  }
}

function isSame(before: readonly EdgeFact[], after: readonly EdgeFact[]): boolean {
  if (before.length !== after.length) return false;
  for (let i = 0; i < after.length; i++) {
    const fact = after[i];
    if (fact === undefined || fact !== before[i] || isOfMoment(fact)) return false;
  }
  return true;
}
