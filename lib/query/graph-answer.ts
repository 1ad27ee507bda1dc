/**
 * `/graph`, `/nodes/{id}` and `/edges/{id}` from a snapshot. In: a snapshot and parsed parameters; out: the schema's
 * objects, sorted by id. Filters: OR within a parameter, AND between, all on one end of an edge; both ends are shown.
 * `filter` is a plain piece of text for now, looked for in node names without regard to case.
 */
import { err, ok, type Result } from "../base/result.ts";
import { type Endpoint, meshesOf } from "../model/identity.ts";
import { type PresentContext, presentEdge, presentEdgeDetail } from "./present-edge.ts";
import { presentNode } from "./present-node.ts";
import type { ApiError } from "./schema/common.ts";
import {
  type EdgeAnswer,
  type Graph,
  type GraphEdge,
  type GraphParameters,
  type NodeAnswer,
  VIEWS,
  type View,
} from "./schema/graph.ts";
import { completenessOf, type Snapshot, type TargetCounts } from "./snapshot.ts";
import { type ViewEdge, type ViewGraph, type ViewNode, viewGraph } from "./view-graph.ts";
import type { Ids } from "./view-key.ts";

/** An edge not seen for longer than this is idle, not stale. */
const STALE_FOR_MS = 900_000;

export interface AnswerContext {
  readonly ids: Ids;
  readonly targets: TargetCounts;
}

export type GraphQuery = Pick<
  GraphParameters,
  "view" | "namespace" | "cluster" | "mesh" | "collapse" | "focus" | "hops" | "filter" | "idle" | "detail"
>;

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

function presentContext({ estate, window }: Snapshot): PresentContext {
  return { listeners: estate.live.listeners, start: window.start };
}

/** Traffic in the window, or none because nobody looked lately. */
function isShown(edge: ViewEdge, snapshot: Snapshot): boolean {
  if (edge.active) return true;
  const { end } = snapshot.window;
  return edge.facts.some(
    (fact) =>
      fact.coveredMs === 0 && fact.lastSeenMs <= end && fact.lastSeenMs >= end - STALE_FOR_MS && fact.everActive,
  );
}

export function endMatches(end: Endpoint, query: Pick<GraphQuery, "namespace" | "cluster" | "mesh">): boolean {
  const { namespace, cluster, mesh } = query;
  return (
    (namespace === undefined || namespace.includes(end.namespace)) &&
    (cluster === undefined || cluster.includes(end.cluster)) &&
    (mesh === undefined || meshesOf(end).some((one) => mesh.includes(one)))
  );
}

const isNarrowed = ({ namespace, cluster, mesh }: GraphQuery): boolean =>
  namespace !== undefined || cluster !== undefined || mesh !== undefined;

function nodeMatches(node: ViewNode, query: GraphQuery): boolean {
  const text = query.filter?.trim().toLowerCase() ?? "";
  if (text !== "" && !node.identity.name.toLowerCase().includes(text)) return false;
  return !isNarrowed(query) || [...node.ends].some((end) => endMatches(end, query));
}

/** Ids within `hops` of the focus, along edges either way. */
function around(edges: readonly ViewEdge[], focus: string, hops: number): Set<string> {
  const reached = new Set([focus]);
  let frontier = reached;
  for (let hop = 0; hop < hops && frontier.size > 0; hop++) {
    const next = new Set<string>();
    for (const { source, target } of edges) {
      if (frontier.has(source) && !reached.has(target)) next.add(target);
      if (frontier.has(target) && !reached.has(source)) next.add(source);
    }
    for (const id of next) reached.add(id);
    frontier = next;
  }
  return reached;
}

function select(graph: ViewGraph, query: GraphQuery, snapshot: Snapshot): { nodes: ViewNode[]; edges: ViewEdge[] } {
  const matching = new Set<string>();
  for (const node of graph.nodes.values()) if (nodeMatches(node, query)) matching.add(node.id);
  let edges = graph.edges.filter((edge) => query.idle === "1" || isShown(edge, snapshot));
  edges = edges.filter((edge) => matching.has(edge.source) || matching.has(edge.target));
  const shown = new Set<string>(edges.flatMap((edge) => [edge.source, edge.target]));
  if (query.idle === "1") for (const id of matching) shown.add(id);
  if (query.focus !== undefined) {
    const near = around(edges, query.focus, query.hops);
    edges = edges.filter((edge) => near.has(edge.source) && near.has(edge.target));
    for (const id of shown) if (!near.has(id)) shown.delete(id);
  }
  return { nodes: [...graph.nodes.values()].filter((node) => shown.has(node.id)), edges };
}

/** The answer to `/graph`; with `detail=full` each edge is the full record. */
export function graphAnswer(snapshot: Snapshot, query: GraphQuery, { ids, targets }: AnswerContext): Graph {
  const graph = viewGraph(snapshot.facts, query.view, new Set(query.collapse ?? []), ids);
  const chosen = select(graph, query, snapshot);
  const context = presentContext(snapshot);
  const present = query.detail === "full" ? presentEdgeDetail : presentEdge;
  const edges: GraphEdge[] = chosen.edges.flatMap((edge) => present(edge, context) ?? []);
  return {
    window: snapshot.window,
    nodes: chosen.nodes.map(presentNode).sort(byId),
    edges: edges.sort(byId),
    completeness: completenessOf(snapshot, targets),
  };
}

export interface Lookup {
  readonly view?: View | undefined;
  readonly collapse?: readonly string[] | undefined;
}

/** The graphs in which an id may be found: as the caller draws it first, then every view. */
function* candidates(snapshot: Snapshot, lookup: Lookup, ids: Ids): Generator<ViewGraph> {
  const collapsed = new Set(lookup.collapse ?? []);
  const first = lookup.view ?? "workload";
  yield viewGraph(snapshot.facts, first, collapsed, ids);
  for (const view of VIEWS)
    if (view !== first || collapsed.size > 0) yield viewGraph(snapshot.facts, view, new Set(), ids);
}

export function edgeAnswer(
  snapshot: Snapshot,
  id: string,
  lookup: Lookup,
  context: AnswerContext,
): Result<EdgeAnswer, ApiError> {
  for (const graph of candidates(snapshot, lookup, context.ids)) {
    const edge = graph.edges.find((candidate) => candidate.id === id);
    if (edge === undefined) continue;
    const source = graph.nodes.get(edge.source);
    const target = graph.nodes.get(edge.target);
    const detail = presentEdgeDetail(edge, presentContext(snapshot));
    if (source === undefined || target === undefined || detail === null) continue;
    return ok({
      window: snapshot.window,
      edge: detail,
      source: presentNode(source),
      target: presentNode(target),
      completeness: completenessOf(snapshot, context.targets, edge.facts),
    });
  }
  return err({ code: "edge_not_found", message: "no edge of any view has this id", field: "id" });
}

const HEALTH_ORDER = ["failure", "degraded", "notReady", "unknown", "healthy", "noTraffic"];

function worstFirst(a: GraphEdge, b: GraphEdge): number {
  const rank = HEALTH_ORDER.indexOf(a.health.state) - HEALTH_ORDER.indexOf(b.health.state);
  if (rank !== 0) return rank;
  const rate = (b.requestsPerSec ?? 0) - (a.requestsPerSec ?? 0);
  return rate !== 0 ? rate : byId(a, b);
}

export function nodeAnswer(
  snapshot: Snapshot,
  id: string,
  lookup: Lookup,
  context: AnswerContext,
): Result<NodeAnswer, ApiError> {
  for (const graph of candidates(snapshot, lookup, context.ids)) {
    const node = graph.nodes.get(id);
    if (node === undefined) continue;
    const touching = graph.edges.filter((edge) => edge.source === id || edge.target === id);
    const shown = touching.filter((edge) => isShown(edge, snapshot));
    const detail = (edges: readonly ViewEdge[]) =>
      edges.flatMap((edge) => presentEdgeDetail(edge, presentContext(snapshot)) ?? []).sort(worstFirst);
    const far = new Set<string>(shown.flatMap((edge) => [edge.source, edge.target]));
    far.delete(id);
    return ok({
      window: snapshot.window,
      node: presentNode(node),
      inbound: detail(shown.filter((edge) => edge.target === id)),
      outbound: detail(shown.filter((edge) => edge.source === id)),
      neighbours: [...far]
        .flatMap((other) => graph.nodes.get(other) ?? [])
        .map(presentNode)
        .sort(byId),
      completeness: completenessOf(
        snapshot,
        context.targets,
        touching.flatMap((edge) => edge.facts),
      ),
    });
  }
  return err({ code: "node_not_found", message: "no node of any view has this id", field: "id" });
}
