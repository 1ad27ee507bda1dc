/**
 * One level by call direction, callers left (after Sugiyama, Tagawa and Toda 1981): layers, order, heights, columns.
 * Items without any edge are set in rows below. In and out: layout-types.ts. Deterministic.
 */
import { assignTops } from "./layout-coordinates.ts";
import { assignLayers, type ProperGraph, properGraph } from "./layout-layers.ts";
import { orderLayers } from "./layout-order.ts";
import { BOX_GAP, GAP_X, GAP_Y, type LevelProblem, type LevelResult } from "./layout-types.ts";

interface Columns {
  readonly left: number[];
  readonly width: number[];
  readonly total: number;
}

function columnsOf(problem: LevelProblem, graph: ProperGraph): Columns {
  const left: number[] = [];
  const width: number[] = [];
  const last = graph.layers.length - 1;
  let x = 0;
  graph.layers.forEach((layer, i) => {
    const border = i === 0 || i === last;
    const wide = layer.reduce((most, v) => Math.max(most, v < graph.items ? (problem.items[v]?.width ?? 0) : 0), 0);
    const boxes = layer.some((v) => problem.items[v]?.isBox === true);
    const nextBoxes = (graph.layers[i + 1] ?? []).some((v) => problem.items[v]?.isBox === true);
    left.push(x);
    width.push(wide);
    x += wide;
    if (border) x += i === 0 && layer.length > 0 ? 8 : 0;
    else if (i + 1 < last) x += boxes || nextBoxes ? GAP_X * 0.62 : GAP_X;
    else x += (graph.layers[last] ?? []).length > 0 ? 8 : 0;
  });
  return { left, width, total: x };
}

/** Centre, but in a column much wider than itself an item goes to the side of its edges. */
function alignment(graph: ProperGraph, items: number): Float64Array {
  const before = new Uint8Array(items);
  const after = new Uint8Array(items);
  for (const { left, right } of graph.segments) {
    if (left < items) after[left] = 1;
    if (right < items) before[right] = 1;
  }
  return Float64Array.from(before, (had, i) => (had === after[i] ? 0.5 : had === 1 ? 0 : 1));
}

function wayOf(
  path: readonly number[],
  graph: ProperGraph,
  columns: Columns,
  top: Float64Array,
  forward: boolean,
): number[] {
  const way: number[] = [];
  for (const vertex of path) {
    const layer = graph.layerOf[vertex] ?? 0;
    const y = (top[vertex] ?? 0) + graph.lane / 2;
    const left = columns.left[layer] ?? 0;
    const right = left + (columns.width[layer] ?? 0);
    if (layer === 0) way.push(0, y);
    else if (layer === graph.layers.length - 1) way.push(columns.total, y);
    else if (forward) way.push(left, y, right, y);
    else way.push(right, y, left, y);
  }
  return way;
}

/** Pairs of boxes that share a layer, in the direction of their calls, each once. */
function callsInLayer(problem: LevelProblem, graph: ProperGraph) {
  const known = new Set<number>();
  return problem.links.filter(({ from, to }) => {
    if (graph.layerOf[from] !== graph.layerOf[to] || from === to) return false;
    if (graph.box[from] !== true || graph.box[to] !== true) return false;
    const size = known.size;
    return known.add(from * problem.items.length + to).size > size;
  });
}

/** Among boxes that all call each other an order that pleases everybody is sought so often, and not for ever. */
const MOST_PASSES = 60;

/** Boxes that share a layer stand in the order of the calls between them; a ring of calls is left where it came to rest. */
function callersAbove(problem: LevelProblem, graph: ProperGraph): void {
  const calls = callsInLayer(problem, graph);
  for (let pass = 0; pass < Math.min(calls.length, MOST_PASSES); pass++) {
    let moved = false;
    for (const { from, to } of calls) {
      const layer = graph.layers[graph.layerOf[from] ?? 0] ?? [];
      const above = layer.indexOf(to);
      if (layer.indexOf(from) < above) continue;
      layer.splice(layer.indexOf(from), 1);
      layer.splice(above, 0, from);
      moved = true;
    }
    if (!moved) return;
  }
}

interface Placed {
  readonly left: Float64Array;
  readonly top: Float64Array;
  readonly width: number;
  readonly height: number;
}

/** Rows of items, wrapped at `target` width, from height `y`. Fills `left` and `top`; returns the size taken. */
export function placeRows(problem: LevelProblem, loose: readonly number[], target: number, into: Placed): Placed {
  let x = 0;
  let y = into.height > 0 ? into.height + BOX_GAP / 2 : 0;
  let row = 0;
  let width = into.width;
  for (const item of loose) {
    const { width: w, height: h, isBox } = problem.items[item] ?? { width: 0, height: 0, isBox: false };
    if (x > 0 && x + w > target) {
      y += row + (isBox ? BOX_GAP : GAP_Y);
      x = 0;
      row = 0;
    }
    into.left[item] = x;
    into.top[item] = y;
    x += w + (isBox ? BOX_GAP : 24);
    width = Math.max(width, x - (isBox ? BOX_GAP : 24));
    row = Math.max(row, h);
  }
  return { ...into, width, height: loose.length > 0 ? y + row : into.height };
}

function looseTarget(problem: LevelProblem, loose: readonly number[], width: number): number {
  let area = 0;
  for (const item of loose)
    area += ((problem.items[item]?.width ?? 0) + 24) * ((problem.items[item]?.height ?? 0) + GAP_Y);
  return Math.max(width, Math.sqrt(area * 1.9));
}

export function arrangeLayered(problem: LevelProblem): LevelResult {
  const count = problem.items.length;
  const tied = new Uint8Array(count);
  for (const link of problem.links) {
    tied[link.from] = 1;
    tied[link.to] = 1;
  }
  for (const exit of problem.exits) tied[exit.item] = 1;
  const members: number[] = [];
  const loose: number[] = [];
  for (let i = 0; i < count; i++) (tied[i] === 1 ? members : loose).push(i);
  const graph = properGraph(problem, members, assignLayers(problem, members));
  orderLayers(graph);
  callersAbove(problem, graph);
  const top = assignTops(graph);
  const columns = columnsOf(problem, graph);
  const align = alignment(graph, count);
  const left = new Float64Array(count);
  let height = 0;
  for (const layer of graph.layers) {
    for (const vertex of layer) height = Math.max(height, (top[vertex] ?? 0) + (graph.height[vertex] ?? 0));
  }
  for (const item of members) {
    const layer = graph.layerOf[item] ?? 0;
    const spare = (columns.width[layer] ?? 0) - (problem.items[item]?.width ?? 0);
    const share = spare > (problem.items[item]?.width ?? 0) ? (align[item] ?? 0.5) : 0.5;
    left[item] = (columns.left[layer] ?? 0) + spare * share;
  }
  const forward = (a: number, b: number): boolean => (graph.layerOf[a] ?? 0) < (graph.layerOf[b] ?? 0);
  const linkWay = problem.links.map((link, i) =>
    wayOf(graph.linkPath[i] ?? [], graph, columns, top, forward(link.from, link.to)),
  );
  const exitWay = problem.exits.map((exit, i) =>
    wayOf(graph.exitPath[i] ?? [], graph, columns, top, exit.side === "right"),
  );
  const main = { left, top: top.slice(0, count), width: columns.total, height };
  const placed = placeRows(problem, loose, looseTarget(problem, loose, columns.total), main);
  const column = Float64Array.from(left, (_, i) => graph.layerOf[i] ?? 0);
  return { ...placed, linkWay, exitWay, column };
}
