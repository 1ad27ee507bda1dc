/**
 * Members of a graph that its reader left out, counted among what sources dropped while they are missing. In: what was left
 * out of a graph and of each delta after it; out: what is missing of the graph that they make.
 */
import type { Graph, GraphDelta, LeftOut } from "./graph.ts";

/** The health reason of a member that was mended, and the code under which those left out are counted. */
export const NOT_READABLE = "not_readable";

const NOTHING: LeftOut = { ids: [], nameless: 0 };

const countOf = ({ ids, nameless }: LeftOut): number => ids.length + nameless;

type Read = Pick<Graph, "completeness" | "leftOut">;

/** What a graph says of itself, with what was left out beside what sources dropped, in place of what it said of that before. */
export function counted({ completeness, leftOut: before = NOTHING }: Read, leftOut: LeftOut): Read {
  if (countOf(before) + countOf(leftOut) === 0) return { completeness };
  const { [NOT_READABLE]: told = 0, ...others } = completeness.dropped;
  const count = told - countOf(before) + countOf(leftOut);
  const dropped = count === 0 ? others : { ...others, [NOT_READABLE]: count };
  return { completeness: { ...completeness, dropped }, leftOut };
}

/**
 * What is missing after a delta: what was, but for what it puts, removes or leaves out again. Of those without an id nobody
 * can tell whether they are the same: as many as were missing at once.
 */
export function leftOutAfter({ leftOut: before = NOTHING }: Read, delta: GraphDelta): LeftOut {
  const now = delta.leftOut ?? NOTHING;
  const { nodes, edges } = delta;
  const told = new Set([...now.ids, ...nodes.remove, ...edges.remove]);
  for (const { id } of [...nodes.put, ...edges.put]) told.add(id);
  return {
    ids: [...before.ids.filter((id) => !told.has(id)), ...now.ids],
    nameless: Math.max(before.nameless, now.nameless),
  };
}
