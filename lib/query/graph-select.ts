/**
 * Which members of a view a query asks for. Filters are OR within a parameter and AND between, all on one end of an edge;
 * both ends of what is chosen are shown. `filter` is a plain piece of text for now, looked for in node names without
 * regard to case. Order is kept.
 */
import { type Endpoint, meshesOf } from "../model/identity.ts";
import type { GraphParameters } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import type { ViewEdge, ViewNode } from "./view-graph.ts";

/** An edge not seen for longer than this is idle, not stale. */
const STALE_FOR_MS = 900_000;

export type SelectQuery = Pick<
  GraphParameters,
  "namespace" | "cluster" | "mesh" | "focus" | "hops" | "filter" | "idle"
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
  const text = query.filter?.trim().toLowerCase() ?? "";
  if (text !== "" && !node.identity.name.toLowerCase().includes(text)) return false;
  if (!isNarrowed(query)) return true;
  for (const end of node.ends) if (endMatches(end, query)) return true;
  return false;
}

/** Ids within `hops` of the focus, along edges either way. */
function around(edges: readonly { readonly of: ViewEdge }[], focus: string, hops: number): Set<string> {
  const reached = new Set([focus]);
  let frontier = reached;
  for (let hop = 0; hop < hops && frontier.size > 0; hop++) {
    const next = new Set<string>();
    for (const { of: edge } of edges) {
      if (frontier.has(edge.source) && !reached.has(edge.target)) next.add(edge.target);
      if (frontier.has(edge.target) && !reached.has(edge.source)) next.add(edge.source);
    }
    for (const id of next) reached.add(id);
    frontier = next;
  }
  return reached;
}

export function select<N extends { readonly of: ViewNode }, E extends { readonly of: ViewEdge }>(
  all: { readonly nodes: readonly N[]; readonly edges: readonly E[] },
  query: SelectQuery,
  snapshot: Snapshot,
): { nodes: N[]; edges: E[] } {
  const matching = new Set<string>();
  for (const { of: node } of all.nodes) if (nodeMatches(node, query)) matching.add(node.id);
  let edges = all.edges.filter(
    ({ of: edge }) =>
      (matching.has(edge.source) || matching.has(edge.target)) && (query.idle === "1" || isShown(edge, snapshot)),
  );
  const shown = new Set<string>();
  for (const { of: edge } of edges) shown.add(edge.source).add(edge.target);
  if (query.idle === "1") for (const id of matching) shown.add(id);
  if (query.focus !== undefined) {
    const near = around(edges, query.focus, query.hops);
    edges = edges.filter(({ of: edge }) => near.has(edge.source) && near.has(edge.target));
    for (const id of shown) if (!near.has(id)) shown.delete(id);
  }
  return { nodes: all.nodes.filter(({ of: node }) => shown.has(node.id)), edges };
}
