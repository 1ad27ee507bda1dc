/**
 * One level whose items fall apart into unconnected parts: each part is layered by itself and the parts are set in rows
 * whose outline comes nearest to a screen's, the largest first. So an estate of two clusters that never call each other
 * fills the window instead of running diagonally through it. Levels with exits stay whole: their edges need the sides.
 */
import { arrangeLayered, placeRows } from "./layout-layered.ts";
import { BOX_GAP, type LevelProblem, type LevelResult } from "./layout-types.ts";

/** Width over height of the outline aimed at: a window beside its panel; one that is higher than wide. */
const OUTLINE = 1.5;
const TALL_OUTLINE = 0.8;
const PART_GAP = BOX_GAP * 0.7;

interface Part {
  readonly items: readonly number[];
  readonly links: readonly number[];
}

/** Connected items, in the order of their first item; items without a link are in no part. */
function partsOf(problem: LevelProblem): readonly Part[] {
  const root = problem.items.map((_, i) => i);
  const find = (item: number): number => {
    let at = item;
    while (root[at] !== at) {
      root[at] = root[root[at] ?? at] ?? at;
      at = root[at] ?? at;
    }
    return at;
  };
  for (const { from, to } of problem.links) root[Math.max(find(from), find(to))] = Math.min(find(from), find(to));
  const tied = new Set(problem.links.flatMap(({ from, to }) => [from, to]));
  const parts = new Map<number, { items: number[]; links: number[] }>();
  problem.items.forEach((_, item) => {
    if (!tied.has(item)) return;
    const part = parts.get(find(item)) ?? { items: [], links: [] };
    part.items.push(item);
    parts.set(find(item), part);
  });
  problem.links.forEach(({ from }, link) => {
    parts.get(find(from))?.links.push(link);
  });
  return [...parts.values()];
}

function arrangePart(problem: LevelProblem, part: Part): LevelResult {
  const slot = new Map(part.items.map((item, i) => [item, i]));
  return arrangeLayered({
    items: part.items.flatMap((item) => problem.items[item] ?? []),
    links: part.links.flatMap((index) => {
      const link = problem.links[index];
      return link === undefined ? [] : { ...link, from: slot.get(link.from) ?? 0, to: slot.get(link.to) ?? 0 };
    }),
    exits: [],
    tall: problem.tall,
    lanes: problem.lanes,
  });
}

interface Rows {
  readonly left: readonly number[];
  readonly top: readonly number[];
  readonly width: number;
  readonly height: number;
}

function rowsOf(sizes: readonly LevelResult[], target: number): Rows {
  const left: number[] = [];
  const top: number[] = [];
  let [x, y, row, width] = [0, 0, 0, 0];
  for (const size of sizes) {
    if (x > 0 && x + size.width > target) {
      y += row + PART_GAP;
      x = 0;
      row = 0;
    }
    left.push(x);
    top.push(y);
    width = Math.max(width, x + size.width);
    x += size.width + PART_GAP;
    row = Math.max(row, size.height);
  }
  return { left, top, width, height: y + row };
}

/** The rows that can be shown largest on a screen of that outline. */
function bestRows(sizes: readonly LevelResult[], outline: number): Rows {
  const span = ({ width, height }: Rows): number => Math.max(width / outline, height);
  let sum = 0;
  let best = rowsOf(sizes, 0);
  for (const size of sizes) {
    sum += size.width + PART_GAP;
    const rows = rowsOf(sizes, sum);
    if (span(rows) < span(best)) best = rows;
  }
  return best;
}

const shifted = (way: readonly number[], dx: number, dy: number): readonly number[] =>
  way.map((value, i) => value + (i % 2 === 0 ? dx : dy));

export function arrangeParts(problem: LevelProblem): LevelResult {
  const parts = problem.exits.length > 0 ? [] : partsOf(problem);
  if (parts.length < 2) return arrangeLayered(problem);
  const laid = parts
    .map((part) => ({ part, result: arrangePart(problem, part) }))
    .sort((a, b) => b.result.width * b.result.height - a.result.width * a.result.height);
  const rows = bestRows(
    laid.map(({ result }) => result),
    problem.tall ? TALL_OUTLINE : OUTLINE,
  );
  const left = new Float64Array(problem.items.length);
  const top = new Float64Array(problem.items.length);
  const column = new Float64Array(problem.items.length);
  const linkWay: (readonly number[])[] = problem.links.map(() => []);
  const tied = new Set<number>();
  laid.forEach(({ part, result }, p) => {
    const dx = rows.left[p] ?? 0;
    const dy = rows.top[p] ?? 0;
    part.items.forEach((item, i) => {
      tied.add(item);
      left[item] = (result.left[i] ?? 0) + dx;
      top[item] = (result.top[i] ?? 0) + dy;
      column[item] = result.column[i] ?? 0;
    });
    part.links.forEach((link, i) => {
      linkWay[link] = shifted(result.linkWay[i] ?? [], dx, dy);
    });
  });
  const loose = problem.items.map((_, i) => i).filter((item) => !tied.has(item));
  const placed = placeRows(problem, loose, rows.width, { left, top, width: rows.width, height: rows.height });
  return { ...placed, linkWay, exitWay: [], column };
}
