/** The size of a draw list, as the budget of draw-budget.ts counts it. */
import type { DrawList } from "./draw-marks.ts";

/** How many elements a list draws at most: each line, mark and text of it is one. */
export function elementsOf(list: DrawList): number {
  const lines = list.edges.reduce((sum, group) => sum + group.edges.length, 0);
  const { boxes, arrows, locks, badges, nodes, titles, labels, pills } = list;
  const marks = [boxes, arrows, locks, badges, nodes, titles, labels, pills];
  return marks.reduce((sum, { length }) => sum + length, lines);
}
