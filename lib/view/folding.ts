/**
 * How a picture is folded. In: how large the graph is, and what was decided before; out: the level whose boxes are one node
 * each. Sticky: between the two limits what was decided stays. And what folding or unfolding one box makes of the state.
 */
import { FOLD_LEVELS, type FoldLevel } from "../query/folds.ts";
import type { GraphSize } from "../query/schema/graph.ts";
import type { ViewState } from "./url-state.ts";

/** Above so many nodes an estate opens as boxes; below the lesser one it opens whole again. */
export const FOLD_FROM = 400;
export const UNFOLD_BELOW = 250;
/** The same of edges: so many lines between nodes are a tangle, however few the nodes. */
export const FOLD_FROM_EDGES = 800;
export const UNFOLD_BELOW_EDGES = 500;
/** Where it is for the edges alone, folding has to leave a map: fewer nodes, or fewer boxes than this, are drawn whole. */
const FEWEST_NODES = 100;
const FEWEST_BOXES = 3;
/** So many boxes are still a readable map. */
const MOST_BOXES = 400;

export type Fold = "none" | FoldLevel;

/** The finest level that is not too many boxes; of those that are, the one with the fewest. */
function levelFor({ boxes }: GraphSize): Fold {
  const finest = [...FOLD_LEVELS].reverse().filter((level) => boxes[level] > 0);
  const [first] = finest;
  if (first === undefined) return "none";
  const readable = finest.find((level) => boxes[level] <= MOST_BOXES);
  return readable ?? finest.reduce((least, level) => (boxes[level] < boxes[least] ? level : least), first);
}

/** More nodes, or more edges, than are drawn unfolded. */
function isLarge(size: GraphSize, isFolded: boolean): boolean {
  if (size.nodes > (isFolded ? UNFOLD_BELOW : FOLD_FROM)) return true;
  if (size.edges <= (isFolded ? UNFOLD_BELOW_EDGES : FOLD_FROM_EDGES) || size.nodes < FEWEST_NODES) return false;
  const level = levelFor(size);
  return level !== "none" && size.boxes[level] >= FEWEST_BOXES;
}

export function decideFold(size: GraphSize, before: Fold | null): Fold {
  if (!isLarge(size, before !== null && before !== "none")) return "none";
  return before === null || before === "none" || size.boxes[before] > MOST_BOXES ? levelFor(size) : before;
}

type Patch = Pick<ViewState, "collapse" | "expand">;

const without = (ids: readonly string[], id: string): readonly string[] => ids.filter((one) => one !== id);

/** One box as one node, whatever the zoom. */
export function foldBox({ collapse, expand }: Patch, id: string): Patch {
  return { collapse: [...without(collapse, id), id], expand: without(expand, id) };
}

export function unfoldBox({ collapse, expand }: Patch, id: string): Patch {
  return { collapse: without(collapse, id), expand: [...without(expand, id), id] };
}
