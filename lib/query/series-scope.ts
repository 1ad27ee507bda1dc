/**
 * Which edges a series or a heatmap is of. In: a snapshot and the id of a node or an edge of any view, or a piece of a
 * name; out: a test on edges at their finest grain, or a coded error. Nothing asked for is the whole estate.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { Endpoint } from "../model/identity.ts";
import { edgeKey } from "../model/rollup-row.ts";
import type { IndexedEdge } from "./edge-index.ts";
import { NO_FOLDS } from "./folds.ts";
import type { ApiError } from "./schema/common.ts";
import { VIEWS, type View } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Ids, nodeIdentity } from "./view-key.ts";

export interface ScopeQuery {
  readonly node?: string | undefined;
  readonly edge?: string | undefined;
  /** Where the id is looked for first: a service that is drawn in two views has one id and other edges in each. */
  readonly view?: View | undefined;
  /** Looked for in the names of workloads at either end, without regard to case. */
  readonly filter?: string | undefined;
}

/** Whether an edge is part of the thing asked for; a node's are those into it, or out of it where nobody calls it. */
export type InScope = (edge: Pick<IndexedEdge, "source" | "target" | "protocol" | "layer">) => boolean;

export interface Scope {
  readonly of: "estate" | "edge" | "inbound" | "outbound";
  readonly holds: InScope;
}

function scopeIn(view: View, { facts }: Snapshot, query: ScopeQuery, ids: Ids): Scope | undefined {
  const known = new Map<Endpoint, string>();
  const nodeOf = (end: Endpoint) => ids.node(nodeIdentity(view, NO_FOLDS, end, ids));
  const idOf = (end: Endpoint): string => {
    const id = known.get(end) ?? nodeOf(end);
    known.set(end, id);
    return id;
  };
  if (query.edge !== undefined) {
    const isEdge: InScope = ({ source, target, protocol, layer }) =>
      ids.edge(nodeOf(source), nodeOf(target), protocol, layer) === query.edge;
    const keys = new Set(facts.filter(isEdge).map(edgeKey));
    if (keys.size > 0) return { of: "edge", holds: (edge) => keys.has(edgeKey(edge)) };
  }
  if (query.node === undefined) return undefined;
  if (facts.some((fact) => idOf(fact.target) === query.node)) {
    return { of: "inbound", holds: (edge) => idOf(edge.target) === query.node };
  }
  return facts.some((fact) => idOf(fact.source) === query.node)
    ? { of: "outbound", holds: (edge) => idOf(edge.source) === query.node }
    : undefined;
}

function named(filter: string | undefined): InScope {
  const text = filter?.trim().toLowerCase() ?? "";
  return ({ source, target }) => [source, target].some(({ name }) => name.toLowerCase().includes(text));
}

/** Errors: `node_not_found`, `edge_not_found`. */
export function scopeOf(snapshot: Snapshot, query: ScopeQuery, ids: Ids): Result<Scope, ApiError> {
  if (query.node === undefined && query.edge === undefined) return ok({ of: "estate", holds: named(query.filter) });
  const { view: first } = query;
  for (const view of first === undefined ? VIEWS : [first, ...VIEWS]) {
    const scope = scopeIn(view, snapshot, query, ids);
    if (scope !== undefined) return ok(scope);
  }
  return query.edge === undefined
    ? err({ code: "node_not_found", message: "no node of any view has this id", field: "node" })
    : err({ code: "edge_not_found", message: "no edge of any view has this id", field: "edge" });
}
