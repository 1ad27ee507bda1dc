/**
 * The live graph: a snapshot and the deltas after it. In: a graph and one delta event; out: the next graph, sorted by
 * id, where everything that the delta did not name is the same object as before (so that the screen redraws only what
 * moved). An edge whose node is gone stays until a delta removes it: the sender decides. What could not be read of the graph
 * is missing until a delta tells it anew.
 */
import type { Graph, GraphDelta } from "../query/schema/graph.ts";
import { counted, leftOutAfter } from "../query/schema/left-out.ts";

interface Change<T> {
  readonly put: readonly T[];
  readonly remove: readonly string[];
}

function merge<T extends { readonly id: string }>(items: T[], { put, remove }: Change<T>): T[] {
  if (put.length === 0 && remove.length === 0) return items;
  const next = new Map(items.map((item) => [item.id, item]));
  for (const id of remove) next.delete(id);
  for (const item of put) next.set(item.id, item);
  return [...next.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Items with equal ids are replaced whole; removing an unknown id changes nothing. */
export function applyDelta(graph: Graph, delta: GraphDelta): Graph {
  return {
    window: delta.window,
    ...counted(delta, leftOutAfter(graph, delta)),
    nodes: merge(graph.nodes, delta.nodes),
    edges: merge(graph.edges, delta.edges),
  };
}
