/**
 * Items and directed links → layers, then a *proper* graph: every link between neighbouring layers, longer ones through
 * dummy vertices that reserve a lane. Layers are bounded in height, so that 60 callees of one gateway make a block of
 * columns and not a tower. Exits become chains to a border vertex beyond the first or last layer.
 */
import { callOrder } from "./layout-cycles.ts";
import { BOX_GAP, GAP_X, GAP_Y, type LevelProblem } from "./layout-types.ts";

/** Vertices: items first, then dummies and borders. Segments join neighbouring layers, left to right. */
export interface ProperGraph {
  readonly items: number;
  readonly lane: number;
  readonly layerOf: number[];
  readonly height: number[];
  readonly layers: number[][];
  readonly pull: (number | null)[];
  /** Whether a vertex is a box: boxes keep more distance. */
  readonly box: boolean[];
  readonly segments: Segment[];
  /** Vertices a link passes, in the direction of the link; of an exit, the border vertex last. */
  readonly linkPath: number[][];
  readonly exitPath: number[][];
}

export interface Segment {
  readonly left: number;
  readonly right: number;
  readonly leftPort: number;
  readonly rightPort: number;
  /** How strongly the segment wants to be level: long links straight above all. */
  readonly weight: number;
}

/** Room for one passing edge: 14 px, less where many pass, so that a crowd of edges does not blow up a box. */
const LANE_HEIGHT = 14;
const LANE_ROOM = 700;
/** Above this many dummies long links get no lanes and are drawn direct. */
const MAX_DUMMIES = 6000;

function bound(problem: LevelProblem): number {
  let area = 0;
  let tallest = 0;
  for (const item of problem.items) {
    area += (item.width + 90) * (item.height + GAP_Y);
    tallest = Math.max(tallest, item.height);
  }
  return Math.max(tallest, 520, 1.25 * Math.sqrt(area / 1.6));
}

/** Longest path from the sources in call order, a full layer passing items on; then sources move next to their callees. */
export function assignLayers(problem: LevelProblem, members: readonly number[]): Int32Array {
  const count = problem.items.length;
  const from = problem.links.map((link) => link.from);
  const to = problem.links.map((link) => link.to);
  const rank = problem.items.map((item) => item.rank);
  const place = callOrder(count, { count: from.length, from, to }, rank);
  const before: number[][] = Array.from({ length: count }, () => []);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const link of problem.links) {
    const forward = (place[link.from] ?? 0) < (place[link.to] ?? 0);
    const first = forward ? link.from : link.to;
    const second = forward ? link.to : link.from;
    after[first]?.push(second);
    before[second]?.push(first);
  }
  const limit = bound(problem);
  const filled: number[] = [];
  const layer = new Int32Array(count);
  const height = (item: number): number => (problem.items[item]?.height ?? 0) + GAP_Y;
  const ordered = [...members].sort((a, b) => (place[a] ?? 0) - (place[b] ?? 0));
  for (const item of ordered) {
    let at = 0;
    for (const other of before[item] ?? []) at = Math.max(at, (layer[other] ?? 0) + 1);
    while ((filled[at] ?? 0) > 0 && (filled[at] ?? 0) + height(item) > limit) at++;
    layer[item] = at;
    filled[at] = (filled[at] ?? 0) + height(item);
  }
  for (const item of ordered.reverse()) {
    if ((before[item] ?? []).length > 0 || (after[item] ?? []).length === 0) continue;
    let at = Number.POSITIVE_INFINITY;
    for (const other of after[item] ?? []) at = Math.min(at, (layer[other] ?? 0) - 1);
    if (at <= (layer[item] ?? 0) || (filled[at] ?? 0) + height(item) > limit) continue;
    filled[layer[item] ?? 0] = (filled[layer[item] ?? 0] ?? 0) - height(item);
    filled[at] = (filled[at] ?? 0) + height(item);
    layer[item] = at;
  }
  withoutGaps(layer, members);
  if (problem.items.some((item) => item.isBox)) narrow(problem, members, layer);
  return layer;
}

/** A picture of boxes much wider than this times its height wastes the screen; where a call runs between the boxes it
 * may be wider, because side by side they read in the order of the call. */
const WIDEST = 2.1;
const WIDEST_IN_ORDER = 3.2;
/** Of both, for a window that is higher than wide. */
const WIDEST_TALL = 1.1;

/**
 * Moves the boxes of a layer into the one before, the least tall pair first, until the level is no wider than WIDEST times
 * its height: rows of boxes become blocks. Nodes stay in their layers. Links within one layer run from top to bottom.
 */
function narrow(problem: LevelProblem, members: readonly number[], layer: Int32Array): void {
  const called = (left: number): boolean =>
    problem.links.some(({ from, to }) => {
      if (problem.items[from]?.isBox !== true || problem.items[to]?.isBox !== true) return false;
      return (
        Math.min(layer[from] ?? 0, layer[to] ?? 0) === left && Math.abs((layer[from] ?? 0) - (layer[to] ?? 0)) === 1
      );
    });
  for (;;) {
    const sizes: { width: number; height: number; boxes: number }[] = [];
    for (const item of members) {
      const at = layer[item] ?? 0;
      const { width, height, isBox } = problem.items[item] ?? { width: 0, height: 0, isBox: false };
      const size = sizes[at] ?? { width: 0, height: 0, boxes: 0 };
      const tall = size.height + height + (isBox ? BOX_GAP : GAP_Y);
      sizes[at] = { width: Math.max(size.width, width), height: tall, boxes: size.boxes + (isBox ? height : 0) };
    }
    const width = sizes.reduce((sum, size) => sum + size.width + GAP_X, 0);
    const tallest = sizes.reduce((most, size) => Math.max(most, size.height), 0);
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < sizes.length; i++) {
      const [a, b] = [sizes[i], sizes[i + 1]];
      if (a === undefined || b === undefined || a.boxes * b.boxes === 0 || a.height + b.boxes >= least) continue;
      if (width <= (problem.tall ? WIDEST_TALL : WIDEST_IN_ORDER) * tallest && called(i)) continue;
      best = i;
      least = a.height + b.boxes;
    }
    if (best < 0 || width <= (problem.tall ? WIDEST_TALL : WIDEST) * tallest || least > width) return;
    for (const item of members) if (layer[item] === best + 1 && problem.items[item]?.isBox === true) layer[item] = best;
    withoutGaps(layer, members);
  }
}

function withoutGaps(layer: Int32Array, members: readonly number[]): void {
  const used = [...new Set(members.map((item) => layer[item] ?? 0))].sort((a, b) => a - b);
  const rankOf = new Map(used.map((value, i) => [value, i]));
  for (const item of members) layer[item] = rankOf.get(layer[item] ?? 0) ?? 0;
}

interface End {
  readonly vertex: number;
  readonly port: number;
}

export function properGraph(problem: LevelProblem, members: readonly number[], layer: Int32Array): ProperGraph {
  const last = members.reduce((most, item) => Math.max(most, layer[item] ?? 0), 0);
  const count = problem.items.length;
  const graph: ProperGraph = {
    items: count,
    lane: Math.max(3, Math.min(LANE_HEIGHT, LANE_ROOM / (problem.links.length + problem.exits.length + 1))),
    layerOf: problem.items.map((_, i) => (layer[i] ?? 0) + 1),
    height: problem.items.map((item) => item.height),
    layers: Array.from({ length: last + 3 }, () => []),
    pull: problem.items.map(() => null),
    box: problem.items.map((item) => item.isBox),
    segments: [],
    linkPath: [],
    exitPath: [],
  };
  for (const item of members) graph.layers[(layer[item] ?? 0) + 1]?.push(item);
  let dummies = 0;
  for (const link of problem.links) dummies += Math.abs((layer[link.from] ?? 0) - (layer[link.to] ?? 0));
  for (const exit of problem.exits) dummies += exit.side === "left" ? (layer[exit.item] ?? 0) : last;
  const lanes = problem.lanes && dummies <= MAX_DUMMIES;
  for (const link of problem.links) {
    const from = { vertex: link.from, port: link.fromPort };
    graph.linkPath.push(connect(graph, from, { vertex: link.to, port: link.toPort }, lanes));
  }
  for (const exit of problem.exits) {
    const border = addVertex(graph, exit.side === "left" ? 0 : last + 2, exit.pull);
    const path = connect(
      graph,
      { vertex: exit.item, port: exit.port },
      { vertex: border, port: LANE_HEIGHT / 2 },
      lanes,
    );
    graph.exitPath.push([...path, border]);
  }
  return graph;
}

function addVertex(graph: ProperGraph, layer: number, pull: number | null): number {
  const vertex = graph.layerOf.length;
  graph.layerOf.push(layer);
  graph.height.push(graph.lane);
  graph.pull.push(pull);
  graph.layers[layer]?.push(vertex);
  return vertex;
}

/** Adds the chain between two vertices; returns the dummies from the first to the second. */
function connect(graph: ProperGraph, a: End, b: End, lanes: boolean): number[] {
  if (graph.layerOf[a.vertex] === graph.layerOf[b.vertex]) return [];
  const forward = (graph.layerOf[a.vertex] ?? 0) < (graph.layerOf[b.vertex] ?? 0);
  const left = forward ? a : b;
  const right = forward ? b : a;
  const first = graph.layerOf[left.vertex] ?? 0;
  const final = graph.layerOf[right.vertex] ?? 0;
  if (!lanes && final - first > 1) return [];
  const path: number[] = [];
  let end = left;
  for (let layer = first + 1; layer < final; layer++) {
    const dummy = { vertex: addVertex(graph, layer, null), port: graph.lane / 2 };
    graph.segments.push(segment(end, dummy, path.length === 0 ? 2 : 8));
    path.push(dummy.vertex);
    end = dummy;
  }
  graph.segments.push(segment(end, right, path.length === 0 ? 1 : 2));
  return forward ? path : path.reverse();
}

function segment(left: End, right: End, weight: number): Segment {
  return { left: left.vertex, right: right.vertex, leftPort: left.port, rightPort: right.port, weight };
}
