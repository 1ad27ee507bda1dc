/**
 * `/graph`, `/nodes/{id}` and `/edges/{id}` from a snapshot. In: a snapshot and parsed parameters; out: the schema's
 * objects, sorted by id. What the API sends for `/graph` is put together from text (printed-graph.ts); this is its meaning.
 */
import { err, ok, type Result } from "../base/result.ts";
import { finish, type Sliced } from "../base/sliced.ts";
import { completenessOf, type TargetCounts } from "./completeness.ts";
import { togetherSteps } from "./edges-together.ts";
import type { Expression } from "./find/expression.ts";
import { type FoldQuery, type Folds, foldsOf, NO_FOLDS } from "./folds.ts";
import { filtered } from "./graph-filter.ts";
import { isShown, select, selectable } from "./graph-select.ts";
import type { PresentContext } from "./merged-edge.ts";
import { presentEdge, presentEdgeDetail } from "./present-edge.ts";
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
import type { Snapshot } from "./snapshot.ts";
import { NO_SPLITS } from "./splits.ts";
import { type ViewEdge, viewGraph, viewSteps } from "./view-graph.ts";
import type { Ids } from "./view-key.ts";

export interface AnswerContext {
  readonly ids: Ids;
  readonly targets: TargetCounts;
}

export type GraphQuery = Pick<
  GraphParameters,
  "view" | "namespace" | "cluster" | "mesh" | "collapse" | "focus" | "hops" | "direction" | "idle" | "detail"
> &
  FoldQuery & {
    /** What `filter` says; undefined where it says nothing. */
    readonly find?: Expression | undefined;
  };

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

function presentContext({ estate, window }: Snapshot): PresentContext {
  return { listeners: estate.live.listeners, start: window.start, splits: estate.splits ?? NO_SPLITS };
}

/** The answer to `/graph`; with `detail=full` each edge is the full record. */
export function graphAnswer(snapshot: Snapshot, query: GraphQuery, { ids, targets }: AnswerContext): Graph {
  const graph = viewGraph(snapshot.facts, query.view, foldsOf(query), ids);
  const nodes = [...graph.nodes.values()].map((node) => ({ of: node }));
  const edges = graph.edges.map((edge) => ({ of: edge }));
  const members = finish(selectable(nodes, edges, snapshot, ids));
  const chosen = select(members, query);
  const context = presentContext(snapshot);
  const present = query.detail === "full" ? presentEdgeDetail : presentEdge;
  const all = {
    nodes: chosen.nodes.map(({ of: node }) => presentNode(node)).sort(byId),
    edges: chosen.edges.flatMap<GraphEdge>(({ of: edge }) => present(edge, context) ?? []).sort(byId),
  };
  const shown = query.find === undefined ? all : filtered(all, all, query.find);
  return {
    window: snapshot.window,
    ...shown,
    completeness: completenessOf(snapshot, targets),
  };
}

export interface Lookup extends FoldQuery {
  readonly view?: View | undefined;
}

/** The graphs in which an id may be found: as the caller draws it first, then every view. */
function lookups({ view: first = "workload", ...folding }: Lookup): readonly { view: View; folds: Folds }[] {
  const folds = foldsOf(folding);
  const others = VIEWS.filter((view) => view !== first || folds.collapsed.size > 0 || folds.by !== undefined);
  return [{ view: first, folds }, ...others.map((view) => ({ view, folds: NO_FOLDS }))];
}

/** In steps. Errors: `edge_not_found`. */
export function* edgeSteps(
  snapshot: Snapshot,
  id: string,
  lookup: Lookup,
  context: AnswerContext,
): Sliced<Result<EdgeAnswer, ApiError>> {
  for (const { view, folds } of lookups(lookup)) {
    const graph = yield* viewSteps(snapshot.facts, view, folds, context.ids);
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

export function edgeAnswer(snapshot: Snapshot, id: string, lookup: Lookup, context: AnswerContext) {
  return finish(edgeSteps(snapshot, id, lookup, context));
}

const HEALTH_ORDER = ["failure", "degraded", "notReady", "unknown", "healthy", "noTraffic"];

function worstFirst(a: GraphEdge, b: GraphEdge): number {
  const rank = HEALTH_ORDER.indexOf(a.health.state) - HEALTH_ORDER.indexOf(b.health.state);
  if (rank !== 0) return rank;
  const rate = (b.requestsPerSec ?? 0) - (a.requestsPerSec ?? 0);
  return rate !== 0 ? rate : byId(a, b);
}

/** In steps. Errors: `node_not_found`. */
export function* nodeSteps(
  snapshot: Snapshot,
  id: string,
  lookup: Lookup,
  context: AnswerContext,
): Sliced<Result<NodeAnswer, ApiError>> {
  for (const { view, folds } of lookups(lookup)) {
    const graph = yield* viewSteps(snapshot.facts, view, folds, context.ids);
    const node = graph.nodes.get(id);
    if (node === undefined) continue;
    const touching = graph.edges.filter((edge) => edge.source === id || edge.target === id);
    const shown = touching.filter((edge) => isShown(edge, snapshot));
    const detail = (edges: readonly ViewEdge[]) =>
      edges.flatMap((edge) => presentEdgeDetail(edge, presentContext(snapshot)) ?? []).sort(worstFirst);
    const far = new Set<string>(shown.flatMap((edge) => [edge.source, edge.target]));
    far.delete(id);
    const into = touching.filter((edge) => edge.target === id).flatMap((edge) => edge.facts);
    const { splits: _splits, ...seen } = presentContext(snapshot);
    return ok({
      window: snapshot.window,
      node: presentNode(node),
      into: yield* togetherSteps(into, { self: node.id, ids: context.ids, context: seen }),
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

export function nodeAnswer(snapshot: Snapshot, id: string, lookup: Lookup, context: AnswerContext) {
  return finish(nodeSteps(snapshot, id, lookup, context));
}
