/**
 * Which rows speak of one edge. Rows whose ends are equal meet under one key; before that, a service whose name a proxy
 * read from a host or a cluster name becomes the workload behind it, if exactly one is known in the same cluster and
 * namespace (design §2 "Joining"). Rebuilt when rows were added or given up, and then kept.
 */
import { type Endpoint, identityKey, type Layer, type Protocol } from "../model/identity.ts";
import { edgeKey, type RollupRow, workloadKey } from "../model/rollup-row.ts";
import { type Choices, choicesOf } from "./edge-choice.ts";
import { SpanEnds } from "./span-ends.ts";

export type Join = "same_key" | "service_host" | "span_name";

export interface IndexedEdge {
  readonly key: string;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly protocol: Protocol;
  readonly layer: Layer;
  readonly join: Join;
  /** Both ends, whatever runs between them. */
  readonly ends: string;
  /** What a destination counts unnamed callers of, and the named ones are subtracted from: TCP or not, and the service. */
  readonly service: string;
  /** Keys of the workloads that may stand at the target: whose listeners are its evidence. */
  readonly targetWorkloads: readonly string[];
  readonly rows: readonly RollupRow[];
  readonly choices: Choices;
}

/** An edge while its rows are being gathered. */
interface Gathered extends Omit<IndexedEdge, "rows" | "choices"> {
  readonly rows: RollupRow[];
}

const WORKLOADS = new Set(["workload", "app", "gateway", "waypoint"]);

function serviceKey(cluster: string, namespace: string, name: string): string {
  return JSON.stringify([cluster, namespace, name]);
}

export class EdgeIndex {
  private built: { readonly rows: readonly RollupRow[]; readonly size: number } | null = null;
  private indexed: IndexedEdge[] = [];
  private behind = new Map<string, Map<string, Endpoint>>();
  private ends = new Map<string, Endpoint>();
  private spanEnds = new SpanEnds([]);

  edges(rows: readonly RollupRow[]): readonly IndexedEdge[] {
    if (this.built?.rows === rows && this.built.size === rows.length) return this.indexed;
    this.built = { rows, size: rows.length };
    this.behind = new Map();
    this.ends = new Map();
    this.spanEnds = new SpanEnds(rows);
    for (const { edge, reporter } of rows) {
      if (reporter !== "span") for (const end of [edge.source, edge.target]) this.note(end);
    }
    const byKey = new Map<string, Gathered>();
    for (const row of rows) {
      const made = this.index(row);
      const known = byKey.get(made.key);
      if (known === undefined) byKey.set(made.key, made);
      else {
        known.rows.push(row);
        if (made.join !== "same_key") byKey.set(made.key, { ...known, join: made.join });
      }
    }
    this.indexed = [...byKey.values()].map((edge) => ({ ...edge, choices: choicesOf(edge.rows) }));
    return this.indexed;
  }

  /** One object for all that are alike: what is worked out of an end is then worked out once. */
  private same(end: Endpoint): Endpoint {
    const { cluster, namespace, kind, name, version, mesh, service, app, reason } = end;
    const key = JSON.stringify([
      cluster,
      namespace,
      kind,
      name,
      version ?? 0,
      mesh,
      service ?? 0,
      app ?? 0,
      reason ?? 0,
    ]);
    const known = this.ends.get(key);
    if (known !== undefined) return known;
    this.ends.set(key, end);
    return end;
  }

  private note(end: Endpoint): void {
    if (!WORKLOADS.has(end.kind)) return;
    for (const name of new Set([end.service ?? end.name, end.name])) {
      const key = serviceKey(end.cluster, end.namespace, name);
      const known = this.behind.get(key) ?? new Map<string, Endpoint>();
      known.set(`${workloadKey(end)}${end.version ?? ""}`, end);
      this.behind.set(key, known);
    }
  }

  private standingBehind(end: Endpoint): Endpoint[] {
    if (end.kind !== "service") return [end];
    return [...(this.behind.get(serviceKey(end.cluster, end.namespace, end.name))?.values() ?? [])];
  }

  /** The workload behind a service, when there is but one; without its version, when it has several. */
  private resolve(end: Endpoint): Endpoint {
    if (end.kind !== "service") return end;
    const behind = this.standingBehind(end);
    const [first] = behind;
    if (first === undefined || new Set(behind.map(workloadKey)).size > 1) return end;
    if (behind.length === 1) return first;
    const { version: _version, ...rest } = first;
    return rest;
  }

  private index(row: RollupRow): Gathered {
    const edge = this.spanEnds.edge(row);
    const resolved = { source: this.resolve(edge.source), target: this.resolve(edge.target) };
    const isSame = resolved.source === row.edge.source && resolved.target === row.edge.target;
    const join = isSame ? "same_key" : row.reporter === "span" ? "span_name" : "service_host";
    const source = this.same(resolved.source);
    const target = this.same(resolved.target);
    const { protocol, layer } = edge;
    const key = edgeKey({ source, target, protocol, layer });
    const targetWorkloads = [...new Set(this.standingBehind(target).map(workloadKey))];
    const ends = `${identityKey(source)}${identityKey(target)}`;
    const { cluster, namespace, service: named, name } = target;
    const service = JSON.stringify([protocol === "tcp", cluster, namespace, named ?? name]);
    return { key, source, target, protocol, layer, join, ends, service, targetWorkloads, rows: [row] };
  }
}
