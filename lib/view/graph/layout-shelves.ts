/**
 * A level of large boxes that call each other this way and that: layers would make a long row of it. Boxes stand in rows
 * whose outline is a screen's, near those they talk to; what is no box stands left of them where traffic enters, else right.
 * Deterministic from the seed.
 */
import { simulate } from "./layout-force.ts";
import { BOX_GAP, type LevelProblem, type LevelResult } from "./layout-types.ts";

const OUTLINE = 1.5;
const TALL_OUTLINE = 0.8;
const GAP = 2 * BOX_GAP;

interface Place {
  readonly left: Float64Array;
  readonly top: Float64Array;
}

/** Rows of items in this order, each row from left to right by `across`; returns their width and height. */
function rows(
  problem: LevelProblem,
  order: readonly number[],
  target: number,
  across: (item: number) => number,
  place: Place,
): { readonly width: number; readonly height: number } {
  const sizeOf = (item: number) => problem.items[item] ?? { width: 0, height: 0 };
  let [y, width] = [0, 0];
  for (let at = 0; at < order.length; ) {
    const row: number[] = [];
    let length = 0;
    for (let item = order[at]; item !== undefined; item = order[at]) {
      if (row.length > 0 && length + sizeOf(item).width > target) break;
      row.push(item);
      length += sizeOf(item).width + GAP;
      at++;
    }
    row.sort((a, b) => across(a) - across(b) || a - b);
    let x = 0;
    let height = 0;
    for (const item of row) {
      place.left[item] = x;
      place.top[item] = y;
      x += sizeOf(item).width + GAP;
      height = Math.max(height, sizeOf(item).height);
    }
    width = Math.max(width, x - GAP);
    y += height + GAP;
  }
  return { width, height: Math.max(0, y - GAP) };
}

/** `beside`: how many boxes like the one around stand beside each other (in a high window: below), which together have the outline. */
export function arrangeShelves(problem: LevelProblem, seed: number, beside = 1): LevelResult {
  const { items } = problem;
  const bodies = simulate(problem, seed);
  const across = (i: number): number => bodies[i]?.x ?? 0;
  const all = items.map((_, i) => i).sort((a, b) => (bodies[a]?.y ?? 0) - (bodies[b]?.y ?? 0) || a - b);
  const place = { left: new Float64Array(items.length), top: new Float64Array(items.length) };
  const boxes = all.filter((i) => items[i]?.isBox === true);
  const area = boxes.reduce((sum, i) => sum + ((items[i]?.width ?? 0) + GAP) * ((items[i]?.height ?? 0) + GAP), 0);
  const middle = rows(
    problem,
    boxes,
    Math.sqrt(area * (problem.tall ? TALL_OUTLINE * beside : OUTLINE / beside)),
    across,
    place,
  );
  let width = 0;
  let height = middle.height;
  const column = (members: readonly number[]): void => {
    const tall = members.reduce((sum, i) => sum + (items[i]?.height ?? 0) + BOX_GAP, 0);
    const columns = Math.ceil(tall / Math.max(1, middle.height));
    const widest = members.reduce((most, i) => Math.max(most, items[i]?.width ?? 0), 0);
    const size = rows(problem, members, columns * (widest + GAP), across, place);
    for (const i of members) place.left[i] = (place.left[i] ?? 0) + width;
    if (members.length > 0) width += size.width + GAP;
    height = Math.max(height, size.height);
  };
  const loose = all.filter((i) => items[i]?.isBox !== true);
  column(loose.filter((i) => (items[i]?.rank ?? 0) < 0));
  for (const i of boxes) place.left[i] = (place.left[i] ?? 0) + width;
  width += middle.width + GAP;
  column(loose.filter((i) => (items[i]?.rank ?? 0) >= 0));
  const { left, top } = place;
  return {
    width: width - GAP,
    height,
    left,
    top,
    linkWay: problem.links.map(() => []),
    exitWay: problem.exits.map(({ item, port, side }) => [side === "left" ? 0 : width - GAP, (top[item] ?? 0) + port]),
    column: Float64Array.from(left, (x, i) => x + (items[i]?.width ?? 0) / 2),
  };
}
