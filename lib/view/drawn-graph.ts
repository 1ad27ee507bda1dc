/**
 * Which of the graphs that are there the map draws. In: operations, a comparison, the graph that was asked for; out: one of
 * them, and the window that it is compared with where it is of both windows. Times are Unix ms.
 */
import type { CompareAnswer } from "../query/schema/compare.ts";
import type { Graph } from "../query/schema/graph.ts";
import { unionGraph } from "./compare-view.ts";
import type { Range } from "./timeline/range.ts";

export interface DrawnGraph {
  readonly graph: Graph;
  /** The window that the answer compared with, which need not be the one that was asked for; null: of one window alone. */
  readonly base: Range | null;
}

/** Both windows of a comparison. */
export function comparedGraph(answer: CompareAnswer): DrawnGraph {
  return { graph: unionGraph(answer), base: { startMs: answer.base.start, endMs: answer.base.end } };
}

/** Operations stand before a comparison, and that before the graph of the window. */
export function drawnGraph(
  byOperation: Graph | undefined,
  compared: DrawnGraph | undefined,
  own: Graph | undefined,
): DrawnGraph | undefined {
  if (byOperation !== undefined) return { graph: byOperation, base: null };
  return compared ?? (own === undefined ? undefined : { graph: own, base: null });
}
