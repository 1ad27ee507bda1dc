/**
 * Which members of a view a query asks for. Filters are OR within a parameter and AND between, all on one end of an edge;
 * both ends of what is chosen are shown. What `filter` leaves of it is graph-filter.ts's. Order is kept.
 */
import type { Sliced } from "../base/sliced.ts";
import { type Endpoint, meshesOf } from "../model/identity.ts";
import { type GraphParameters, VIEWS } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import type { ViewEdge, ViewNode } from "./view-graph.ts";
import { type Ids, identityIn } from "./view-key.ts";

/** An edge not seen for longer than this is idle, not stale. */
const STALE_FOR_MS = 900_000;

export type SelectQuery = Pick<
  GraphParameters,
  "namespace" | "cluster" | "mesh" | "focus" | "hops" | "direction" | "idle"
>;

/** Traffic in the window, or none because nobody looked lately. */
export function isShown(edge: ViewEdge, snapshot: Snapshot): boolean {
  if (edge.active) return true;
  const { end } = snapshot.window;
  return edge.facts.some(
    (fact) =>
      fact.coveredMs === 0 && fact.lastSeenMs <= end && fact.lastSeenMs >= end - STALE_FOR_MS && fact.everActive,
  );
}

export function endMatches(end: Endpoint, query: Pick<SelectQuery, "namespace" | "cluster" | "mesh">): boolean {
  const { namespace, cluster, mesh } = query;
  return (
    (namespace === undefined || namespace.includes(end.namespace)) &&
    (cluster === undefined || cluster.includes(end.cluster)) &&
    (mesh === undefined || meshesOf(end).some((one) => mesh.includes(one)))
  );
}

const isNarrowed = ({ namespace, cluster, mesh }: SelectQuery): boolean =>
  namespace !== undefined || cluster !== undefined || mesh !== undefined;

function nodeMatches(node: ViewNode, query: SelectQuery): boolean {
  if (!isNarrowed(query)) return true;
  for (const end of node.ends) if (endMatches(end, query)) return true;
  return false;
}

/** All members of a view, with what every query asks of them worked out once. */
export interface Selectable<N, E> {
  readonly nodes: readonly N[];
  readonly edges: readonly E[];
  readonly ids: Ids;
  /** By edge, where its two ends stand among the nodes. */
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** By edge, 1 where it is shown without being asked for. */
  readonly shown: Uint8Array;
}

/** The node of that id; where none is of the view, those in which it is merged, or into which it falls apart. */
function focused(all: Selectable<{ readonly of: ViewNode }, unknown>, focus: string): number[] {
  const { nodes, ids } = all;
  const own = nodes.findIndex(({ of }) => of.id === focus);
  if (own >= 0) return [own];
  return nodes.flatMap(({ of }, at) => {
    for (const end of of.ends) if (VIEWS.some((view) => ids.node(identityIn(view, end)) === focus)) return [at];
    return [];
  });
}

export function* selectable<N extends { readonly of: ViewNode }, E extends { readonly of: ViewEdge }>(
  nodes: readonly N[],
  edges: readonly E[],
  snapshot: Snapshot,
  ids: Ids,
): Sliced<Selectable<N, E>> {
  const places = new Map<string, number>(nodes.map(({ of }, at) => [of.id, at]));
  yield;
  const source = Int32Array.from(edges, ({ of }) => places.get(of.source) ?? -1);
  yield;
  const target = Int32Array.from(edges, ({ of }) => places.get(of.target) ?? -1);
  yield;
  const shown = Uint8Array.from(edges, ({ of }) => (isShown(of, snapshot) ? 1 : 0));
  return { nodes, edges, ids, source, target, shown };
}

type Ends = Pick<Selectable<unknown, unknown>, "source" | "target">;

/** Marks what is at most `hops` calls from what is marked: to callees, or to callers. */
function follow(near: Uint8Array, { source, target }: Ends, chosen: readonly number[], hops: number): void {
  for (let hop = 0; hop < hops; hop++) {
    const before = near.slice();
    let found = false;
    for (const at of chosen) {
      const [from = -1, to = -1] = [source[at], target[at]];
      if (before[from] !== 1 || near[to] === 1) continue;
      near[to] = 1;
      found = true;
    }
    if (!found) break;
  }
}

/**
 * Marks nodes within `hops` of the focus: callers and theirs `up`, callees and theirs `down`, or both of these. Callees of
 * a caller are not on the way of a call through the focus: they are not `both`.
 */
function around(all: Selectable<{ readonly of: ViewNode }, unknown>, chosen: readonly number[], query: SelectQuery) {
  const { source, target } = all;
  const near = new Uint8Array(all.nodes.length);
  for (const at of focused(all, query.focus ?? "")) near[at] = 1;
  const { direction = "both" } = query;
  const callers = near.slice();
  if (direction !== "up") follow(near, { source, target }, chosen, query.hops);
  if (direction !== "down") follow(callers, { source: target, target: source }, chosen, query.hops);
  for (let at = 0; at < near.length; at++) if (callers[at] === 1) near[at] = 1;
  return near;
}

export function select<N extends { readonly of: ViewNode }, E>(
  all: Selectable<N, E>,
  query: SelectQuery,
): { nodes: N[]; edges: E[] } {
  const { nodes, edges, source, target, shown } = all;
  const matching = Uint8Array.from(nodes, ({ of }) => (nodeMatches(of, query) ? 1 : 0));
  const isIdle = query.idle === "1";
  let chosen: number[] = [];
  for (let at = 0; at < edges.length; at++) {
    const isMatch = matching[source[at] ?? -1] === 1 || matching[target[at] ?? -1] === 1;
    if (isMatch && (isIdle || shown[at] === 1)) chosen.push(at);
  }
  const visible = isIdle ? matching.slice() : new Uint8Array(nodes.length);
  for (const at of chosen) {
    visible[source[at] ?? -1] = 1;
    visible[target[at] ?? -1] = 1;
  }
  if (query.focus !== undefined) {
    const near = around(all, chosen, query);
    chosen = chosen.filter((at) => near[source[at] ?? -1] === 1 && near[target[at] ?? -1] === 1);
    for (let at = 0; at < visible.length; at++) if (near[at] !== 1) visible[at] = 0;
  }
  return { nodes: nodes.filter((_, at) => visible[at] === 1), edges: chosen.flatMap((at) => edges[at] ?? []) };
}
