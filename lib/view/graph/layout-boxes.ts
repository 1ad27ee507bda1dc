/**
 * The whole picture from scratch: each box is laid out by itself, inside out, and stands in its parent as one item; so
 * boxes never overlap and nodes never leave them. An edge that leaves boxes is cut into pieces: an *exit* from each box
 * on both sides, and one *link* between two items where its ends meet. Passes after the first know which side of a box
 * each edge leaves by and at what height its far end lies. Loops over boxes run by index (parents first): no recursion.
 */
import { arrangeForce } from "./layout-force.ts";
import type { LayoutInput } from "./layout-input.ts";
import { arrangeLayered } from "./layout-layered.ts";
import { arrangeParts } from "./layout-parts.ts";
import { type Exit, type Level, type Plan, planOf } from "./layout-plan.ts";
import { arrangeShelves } from "./layout-shelves.ts";
import {
  LANES_LIMIT,
  LAYERED_LIMIT,
  type LevelExit,
  type LevelItem,
  type LevelLink,
  type LevelResult,
} from "./layout-types.ts";

export const BOX_PAD = 16;
export const BOX_TITLE = 42;
const PASSES = 3;
const FEWEST_ON_SHELVES = 6;

export interface Arrangement {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Left, top, width, height per box. */
  readonly rects: Float64Array;
  /** Per edge, way points from source to target, flat x, y, ends excluded. */
  readonly ways: readonly (readonly number[])[];
  readonly byForce: boolean;
}

/** What one pass leaves for the next and for the assembly. */
interface State {
  readonly results: (LevelResult | undefined)[];
  readonly width: Float64Array;
  readonly height: Float64Array;
  /** Content's left and top inside its box. */
  readonly inset: Float64Array;
  readonly drop: Float64Array;
  /** Per box: height below its top at which a pair crosses its side. */
  readonly ports: Map<number, number>[];
  /** Per pair: which way b lies from a. Where it is above or below, the edge needs no way through the sides. */
  readonly heading: ("right" | "left" | "vertical")[];
  /** Per level: the exits that were laid out. */
  readonly exits: (readonly Exit[])[];
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly rects: Float64Array;
  readonly originX: Float64Array;
  readonly originY: Float64Array;
}

function itemOf(plan: Plan, state: State, item: number): LevelItem {
  const { input } = plan;
  const box = item - input.ids.length;
  if (box >= 0) {
    const height = state.height[box] ?? 0;
    return { width: state.width[box] ?? 0, height, anchor: height / 2, rank: 0, isBox: true };
  }
  const above = input.above[item] ?? 0;
  const width = 2 * (input.halfWidth[item] ?? 0);
  return { width, height: above + (input.below[item] ?? 0), anchor: above, rank: input.rank[item] ?? 0, isBox: false };
}

function portOf(plan: Plan, state: State, item: number, pair: number): number {
  const box = item - plan.input.ids.length;
  if (box < 0) return plan.input.above[item] ?? 0;
  return state.ports[box]?.get(pair) ?? (state.height[box] ?? 0) / 2;
}

/** Where frames have room for what is to be unfolded in them, many of them are laid out as a map. */
const isMapOfBoxes = ({ boxMinHeight }: LayoutInput, items: readonly LevelItem[]): boolean =>
  boxMinHeight.some((height) => height > 0) && items.filter(({ isBox }) => isBox).length >= FEWEST_ON_SHELVES;

/** How many boxes share the outline of the picture with this one, where they are too few to stand in rows. */
function besideOf({ input, levels }: Plan, at: number): number {
  let beside = 1;
  for (let box = at; box < input.boxIds.length && box >= 0; ) {
    const parent = input.boxParent[box] ?? -1;
    const around = levels[parent < 0 ? input.boxIds.length : parent]?.items ?? [];
    const boxes = around.filter((item) => item >= input.ids.length).length;
    if (boxes < FEWEST_ON_SHELVES) beside *= Math.max(1, boxes);
    box = parent;
  }
  return Math.min(beside, FEWEST_ON_SHELVES);
}

function arrangeLevel(plan: Plan, state: State, at: number, first: boolean, seed: number): LevelResult {
  const level = plan.levels[at] ?? { items: [], links: [], exits: [] };
  const slot = (item: number): number => plan.slot[item] ?? 0;
  const items = level.items.map((item) => itemOf(plan, state, item));
  const links = level.links.map((index): LevelLink => {
    const pair = plan.pairs[index];
    const a = pair?.linkA ?? 0;
    const b = pair?.linkB ?? 0;
    return {
      from: slot(a),
      to: slot(b),
      fromPort: portOf(plan, state, a, index),
      toPort: portOf(plan, state, b, index),
    };
  });
  const lanes = plan.pairs.length <= LANES_LIMIT;
  const used = lanes ? level.exits.filter(({ pair }) => state.heading[pair] !== "vertical") : [];
  state.exits[at] = used;
  const exits = used.map(({ pair: index, item, fromA }): LevelExit => {
    const pair = plan.pairs[index];
    const far = (fromA ? pair?.b : pair?.a) ?? 0;
    const rightward = state.heading[index] !== "left";
    const pull = first ? null : (state.y[far] ?? 0) - (state.originY[at] ?? 0);
    return {
      item: slot(item),
      port: portOf(plan, state, item, index),
      side: rightward === fromA ? "right" : "left",
      pull,
    };
  });
  const problem = { items, links, exits, lanes, tall: plan.input.tall };
  if (isMapOfBoxes(plan.input, items)) return arrangeShelves(problem, seed + at, besideOf(plan, at));
  if (isForForce(level)) return arrangeForce(problem, seed + at);
  return items.length > LAYERED_LIMIT ? arrangeLayered(problem) : arrangeParts(problem);
}

/** Where nothing calls anything there is nothing to pull: rows do. */
function isForForce({ items, links, exits }: Level): boolean {
  return items.length > LAYERED_LIMIT && links.length + exits.length > 0;
}

function keepLevel(plan: Plan, state: State, at: number, result: LevelResult): void {
  state.results[at] = result;
  const level = plan.levels[at];
  level?.links.forEach((index) => {
    const pair = plan.pairs[index];
    const a = result.column[plan.slot[pair?.linkA ?? 0] ?? 0] ?? 0;
    const b = result.column[plan.slot[pair?.linkB ?? 0] ?? 0] ?? 0;
    state.heading[index] = a < b ? "right" : a > b ? "left" : "vertical";
  });
  if (at >= plan.input.boxIds.length) return;
  const content = result.width + 2 * BOX_PAD;
  const width = Math.max(content, plan.input.boxMinWidth[at] ?? 0);
  state.width[at] = width;
  const own = result.height + BOX_TITLE + BOX_PAD;
  const height = Math.max(own, plan.input.boxMinHeight[at] ?? 0);
  state.height[at] = height;
  state.drop[at] = BOX_TITLE + (height - own) / 2;
  state.inset[at] = BOX_PAD + (width - content) / 2;
  const ports = new Map<number, number>();
  state.exits[at]?.forEach(({ pair }, i) => {
    ports.set(pair, (state.drop[at] ?? BOX_TITLE) + (result.exitWay[i]?.at(-1) ?? 0));
  });
  state.ports[at] = ports;
}

function placeAll(plan: Plan, state: State): void {
  const { input } = plan;
  const nodes = input.ids.length;
  const boxes = input.boxIds.length;
  for (let step = -1; step < boxes; step++) {
    const at = step < 0 ? boxes : step;
    const result = state.results[at];
    if (step >= 0) {
      state.originX[at] = (state.rects[4 * at] ?? 0) + (state.inset[at] ?? 0);
      state.originY[at] = (state.rects[4 * at + 1] ?? 0) + (state.drop[at] ?? BOX_TITLE);
    }
    plan.levels[at]?.items.forEach((item, i) => {
      const left = (state.originX[at] ?? 0) + (result?.left[i] ?? 0);
      const top = (state.originY[at] ?? 0) + (result?.top[i] ?? 0);
      if (item < nodes) {
        state.x[item] = left + (input.halfWidth[item] ?? 0);
        state.y[item] = top + (input.above[item] ?? 0);
      } else {
        const box = item - nodes;
        state.rects.set([left, top, state.width[box] ?? 0, state.height[box] ?? 0], 4 * box);
      }
    });
  }
}

function emptyState(input: LayoutInput, pairs: number): State {
  const nodes = input.ids.length;
  const boxes = input.boxIds.length;
  return {
    results: [],
    width: new Float64Array(boxes),
    height: new Float64Array(boxes),
    inset: new Float64Array(boxes),
    drop: new Float64Array(boxes).fill(BOX_TITLE),
    ports: [],
    heading: Array.from({ length: pairs }, () => "right"),
    exits: [],
    x: new Float64Array(nodes),
    y: new Float64Array(nodes),
    rects: new Float64Array(4 * boxes),
    originX: new Float64Array(boxes + 1),
    originY: new Float64Array(boxes + 1),
  };
}

function waysOf(plan: Plan, state: State): number[][] {
  const boxes = plan.input.boxIds.length;
  const ways: { readonly head: number[]; readonly link: number[]; readonly tail: number[] }[] = plan.pairs.map(() => ({
    head: [],
    link: [],
    tail: [],
  }));
  const shifted = (way: readonly number[], at: number): number[] =>
    way.map((value, i) => value + ((i % 2 === 0 ? state.originX[at] : state.originY[at]) ?? 0));
  for (let at = boxes; at >= 0; at--) {
    const result = state.results[at];
    plan.levels[at]?.links.forEach((index, i) => {
      ways[index]?.link.push(...shifted(result?.linkWay[i] ?? [], at));
    });
  }
  // Inner boxes have greater indexes: descending order appends pieces from the node outwards.
  for (let at = boxes - 1; at >= 0; at--) {
    const result = state.results[at];
    state.exits[at]?.forEach(({ pair, fromA }, i) => {
      const piece = shifted(result?.exitWay[i] ?? [], at);
      ways[pair]?.[fromA ? "head" : "tail"].push(...piece);
    });
  }
  return ways.map(({ head, link, tail }) => [...head, ...link, ...reversedWay(tail)]);
}

export function reversedWay(way: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = way.length - 2; i >= 0; i -= 2) out.push(way[i] ?? 0, way[i + 1] ?? 0);
  return out;
}

export function arrangeBoxes(input: LayoutInput, seed: number): Arrangement {
  const { plan, pairOfEdge } = planOf(input);
  const state = emptyState(input, plan.pairs.length);
  const boxes = input.boxIds.length;
  const byForce = plan.levels.some(isForForce);
  const passes = boxes === 0 || byForce || plan.pairs.length > LANES_LIMIT ? 1 : PASSES;
  for (let pass = 0; pass < passes; pass++) {
    for (let step = boxes - 1; step >= -1; step--) {
      const at = step < 0 ? boxes : step;
      keepLevel(plan, state, at, arrangeLevel(plan, state, at, pass === 0, seed));
    }
    placeAll(plan, state);
  }
  const pairWays = waysOf(plan, state);
  const ways = Array.from(pairOfEdge, (index, e) => {
    const way = pairWays[index] ?? [];
    return plan.pairs[index]?.a === input.source[e] ? way : reversedWay(way);
  });
  return { x: state.x, y: state.y, rects: state.rects, ways, byForce };
}
