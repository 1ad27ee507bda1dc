/** What changed between two answers of one query: members are compared as they are printed, to four digits. */
import type { Graph, GraphDelta } from "./schema/graph.ts";

interface Member {
  readonly id: string;
}

function changes<T extends Member>(before: readonly T[], after: readonly T[]): { put: T[]; remove: string[] } {
  const known = new Map(before.map((member) => [member.id, JSON.stringify(member)] as const));
  const put = after.filter((member) => known.get(member.id) !== JSON.stringify(member));
  const kept = new Set(after.map((member) => member.id));
  return { put, remove: before.filter((member) => !kept.has(member.id)).map((member) => member.id) };
}

export function graphDelta(before: Graph, after: Graph): GraphDelta {
  return {
    window: after.window,
    completeness: after.completeness,
    nodes: changes(before.nodes, after.nodes),
    edges: changes(before.edges, after.edges),
  };
}

/** The answer that a reader of `before` and then `delta` holds: sorted by id, as `/graph` prints it. */
export function applyDelta(before: Graph, delta: GraphDelta): Graph {
  return {
    window: delta.window,
    completeness: delta.completeness,
    nodes: apply(before.nodes, delta.nodes),
    edges: apply(before.edges, delta.edges),
  };
}

function apply<T extends Member>(members: readonly T[], change: { put: T[]; remove: string[] }): T[] {
  const all = new Map(members.map((member) => [member.id, member] as const));
  for (const id of change.remove) all.delete(id);
  for (const member of change.put) all.set(member.id, member);
  return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
