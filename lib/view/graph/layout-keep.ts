/**
 * The next picture with as little change as can be: nodes and boxes known before stay where they are; new ones go to a
 * free place in their box, near the nodes they talk to. Where a box has no free place a strip is opened at its right or
 * bottom edge: everything beyond that line moves by the same amount, so order and distances survive (the map of each
 * coordinate is monotone, hence nothing that was apart can come to overlap). Boxes do not shrink when nodes leave.
 */
import { type Arrangement, arrangeBoxes, BOX_PAD, BOX_TITLE } from "./layout-boxes.ts";
import type { LayoutInput } from "./layout-input.ts";
import { openedBoxes } from "./layout-past.ts";
import { isSamePin, pinnedOf, placePinned } from "./layout-pins.ts";
import {
  apart,
  bounds,
  footprint,
  growBox,
  inside,
  type Kept,
  makeRoom,
  placedIn,
  type Rect,
  rectOf,
} from "./layout-room.ts";
import { arrangeRows } from "./layout-rows.ts";
import { BOX_GAP, GAP_Y, type LayoutResult, type PastPlace } from "./layout-types.ts";
import type { Pins } from "./pins.ts";

/** Old positions by id. Null where fewer than half of the nodes were known: then a fresh layout says more. */
export function keepKnown(input: LayoutInput, previous: LayoutResult): Kept | null {
  const nodeAt = new Map(previous.ids.map((id, i) => [id, i]));
  const boxAt = new Map(previous.boxIds.map((id, i) => [id, i]));
  const kept: Kept = {
    x: new Float64Array(input.ids.length),
    y: new Float64Array(input.ids.length),
    rects: new Float64Array(4 * input.boxIds.length),
    nodePlaced: new Uint8Array(input.ids.length),
    boxPlaced: new Uint8Array(input.boxIds.length),
    pinned: pinnedOf(input),
  };
  input.boxIds.forEach((id, box) => {
    const old = boxAt.get(id);
    const parent = input.boxParent[box] ?? -1;
    if (old === undefined || (parent >= 0 && kept.boxPlaced[parent] === 0)) return;
    kept.rects.set(previous.rects.subarray(4 * old, 4 * old + 4), 4 * box);
    kept.boxPlaced[box] = 1;
  });
  let known = 0;
  const opened = openedBoxes(input, previous);
  input.ids.forEach((id, node) => {
    const old = nodeAt.get(id);
    const box = input.boxOf[node] ?? -1;
    if (old === undefined && isAtHome(input, kept, opened, node)) known++;
    if (old === undefined || (box >= 0 && kept.boxPlaced[box] === 0)) return;
    kept.x[node] = previous.x[old] ?? 0;
    kept.y[node] = previous.y[old] ?? 0;
    kept.nodePlaced[node] = 1;
    known++;
  });
  return known * 2 < input.ids.length || !consistent(input, kept) ? null : kept;
}

/** Folded, or unfolded, into a box that stands: it has its place, though it was not in the picture. */
function isAtHome(input: LayoutInput, kept: Kept, opened: ReadonlySet<number>, node: number): boolean {
  for (let box = input.boxOf[node] ?? -1; box >= 0; box = input.boxParent[box] ?? -1) {
    if (kept.boxPlaced[box] === 1 && (input.folded[node] === 1 || opened.has(box))) return true;
  }
  return false;
}

/** A node that moved to another box, or whose label or loop outgrew its place, spoils the old picture. */
function consistent(input: LayoutInput, kept: Kept): boolean {
  for (let i = 0; i < input.ids.length; i++) {
    const box = input.boxOf[i] ?? -1;
    if (kept.nodePlaced[i] === 0 || box < 0) continue;
    if (!inside(footprint(input, kept, i), rectOf(kept, box))) return false;
  }
  for (let box = -1; box < input.boxIds.length; box++) {
    const rects = placedIn(input, kept, box).sort((a, b) => a.left - b.left);
    for (let i = 0; i < rects.length; i++) {
      for (let j = i + 1; j < rects.length; j++) {
        const a = rects[i];
        const b = rects[j];
        if (a === undefined || b === undefined || b.left >= a.left + a.width) break;
        if (!apart(a, b, -0.5)) return false;
      }
    }
  }
  return true;
}

/** Mean place of the placed neighbours of a set of nodes, moved a column along the calls; null without any. */
function wishFor(input: LayoutInput, kept: Kept, members: (node: number) => boolean): readonly [number, number] | null {
  let [x, y, count] = [0, 0, 0];
  for (let e = 0; e < input.edgeIds.length; e++) {
    const s = input.source[e] ?? 0;
    const t = input.target[e] ?? 0;
    if (members(s) === members(t)) continue;
    const other = members(s) ? t : s;
    if (kept.nodePlaced[other] === 0) continue;
    x += (kept.x[other] ?? 0) + (members(s) ? -180 : 180);
    y += kept.y[other] ?? 0;
    count++;
  }
  return count === 0 ? null : [x / count, y / count];
}

function centreOf(input: LayoutInput, kept: Kept, box: number): readonly [number, number] {
  const r = box < 0 ? bounds(placedIn(input, kept, -1)) : rectOf(kept, box);
  return box < 0 ? [r.left + r.width + 100, r.top + r.height / 2] : [r.left + r.width / 2, r.top + r.height / 2];
}

/** The one node that stands for a box stands in its middle. */
function placeFolded(input: LayoutInput, kept: Kept, node: number, box: number): void {
  const { left, top, width, height } = rectOf(kept, box);
  kept.x[node] = left + width / 2;
  kept.y[node] = top + (height + BOX_TITLE - BOX_PAD - (input.below[node] ?? 0) + (input.above[node] ?? 0)) / 2;
  kept.nodePlaced[node] = 1;
}

function placeNode(input: LayoutInput, kept: Kept, node: number): void {
  const box = input.boxOf[node] ?? -1;
  if (input.folded[node] === 1 && box >= 0) {
    placeFolded(input, kept, node, box);
    return;
  }
  const [x, y] = wishFor(input, kept, (i) => i === node) ?? centreOf(input, kept, box);
  const half = input.halfWidth[node] ?? 0;
  const above = input.above[node] ?? 0;
  const wish = { left: x - half, top: y - above, width: 2 * half, height: above + (input.below[node] ?? 0) };
  const spot = makeRoom(input, kept, box, wish, GAP_Y);
  kept.x[node] = spot.left + half;
  kept.y[node] = spot.top + above;
  kept.nodePlaced[node] = 1;
}

/** The part of an input inside one box, the box itself included, with the old index of each node and box. */
function subInput(input: LayoutInput, root: number) {
  const inBox = new Uint8Array(input.boxIds.length);
  const boxes: number[] = [];
  for (let b = root; b < input.boxIds.length; b++) {
    const parent = input.boxParent[b] ?? -1;
    if (b !== root && (parent < 0 || inBox[parent] === 0)) continue;
    inBox[b] = 1;
    boxes.push(b);
  }
  const nodes = input.ids.map((_, i) => i).filter((i) => inBox[input.boxOf[i] ?? -1] === 1);
  const boxIndex = new Map(boxes.map((b, i) => [b, i]));
  const nodeIndex = new Map(nodes.map((n, i) => [n, i]));
  const edges = input.edgeIds
    .map((_, e) => e)
    .filter((e) => nodeIndex.has(input.source[e] ?? -1) && nodeIndex.has(input.target[e] ?? -1));
  const pick = (from: Float32Array, which: readonly number[]): Float32Array =>
    Float32Array.from(which, (i) => from[i] ?? 0);
  const sub: LayoutInput = {
    hash: "",
    tall: input.tall,
    ids: nodes.map((i) => input.ids[i] ?? ""),
    boxIds: boxes.map((b) => input.boxIds[b] ?? ""),
    halfWidth: pick(input.halfWidth, nodes),
    above: pick(input.above, nodes),
    below: pick(input.below, nodes),
    boxOf: Int32Array.from(nodes, (i) => boxIndex.get(input.boxOf[i] ?? -1) ?? -1),
    boxParent: Int32Array.from(boxes, (b) => (b === root ? -1 : (boxIndex.get(input.boxParent[b] ?? -1) ?? -1))),
    boxMinWidth: pick(input.boxMinWidth, boxes),
    boxMinHeight: pick(input.boxMinHeight, boxes),
    folded: Uint8Array.from(nodes, (i) => input.folded[i] ?? 0),
    rank: Int8Array.from(nodes, (i) => input.rank[i] ?? 0),
    edgeIds: edges.map((e) => input.edgeIds[e] ?? ""),
    source: Int32Array.from(edges, (e) => nodeIndex.get(input.source[e] ?? -1) ?? 0),
    target: Int32Array.from(edges, (e) => nodeIndex.get(input.target[e] ?? -1) ?? 0),
    lane: pick(input.lane, edges),
  };
  return { sub, nodes, boxes };
}

/** Lays a new box out by itself and sets it as a whole into its parent. */
function placeBox(input: LayoutInput, kept: Kept, box: number, seed: number): void {
  const { sub, nodes, boxes } = subInput(input, box);
  const inner = arrangeBoxes(sub, seed);
  const parent = input.boxParent[box] ?? -1;
  const [width = 0, height = 0] = [inner.rects[2], inner.rects[3]];
  const members = new Set(nodes);
  const [x, y] = wishFor(input, kept, (i) => members.has(i)) ?? centreOf(input, kept, parent);
  const spot = makeRoom(input, kept, parent, { left: x - width / 2, top: y - height / 2, width, height }, BOX_GAP);
  settle(kept, { inner, nodes, boxes }, spot.left, spot.top);
}

interface Inside {
  readonly inner: Arrangement;
  readonly nodes: readonly number[];
  readonly boxes: readonly number[];
}

/** Sets an inside with its corner at (left, top). */
function settle(kept: Kept, { inner, nodes, boxes }: Inside, left: number, top: number): void {
  const dx = left - (inner.rects[0] ?? 0);
  const dy = top - (inner.rects[1] ?? 0);
  nodes.forEach((node, i) => {
    kept.x[node] = (inner.x[i] ?? 0) + dx;
    kept.y[node] = (inner.y[i] ?? 0) + dy;
    kept.nodePlaced[node] = 1;
  });
  boxes.forEach((b, i) => {
    const [left = 0, top = 0, w = 0, h = 0] = inner.rects.subarray(4 * i, 4 * i + 4);
    kept.rects.set([left + dx, top + dy, w, h], 4 * b);
    kept.boxPlaced[b] = 1;
  });
}

/** Where things stood in the box when it was folded; false where that is not known of each, or no longer fits. */
function placeBack(input: LayoutInput, kept: Kept, box: number, past: Placing["past"]): boolean {
  const id = input.boxIds[box] ?? "";
  const nodes = input.ids.map((_, i) => i).filter((i) => input.boxOf[i] === box);
  if (nodes.length === 0 || Array.from(input.boxParent).includes(box)) return false;
  const frame = rectOf(kept, box);
  const known = nodes.filter((i) => past.get(input.ids[i] ?? "")?.home === id);
  if (known.length * 2 < nodes.length) return false;
  const taken: Rect[] = [];
  for (const node of known) {
    const place = past.get(input.ids[node] ?? "");
    kept.x[node] = frame.left + (place?.dx ?? 0);
    kept.y[node] = frame.top + (place?.dy ?? 0);
    const own = footprint(input, kept, node);
    // One that came where another had been before the box was folded: it finds a place as new ones do.
    if (!inside(own, frame) || taken.some((other) => !apart(own, other, -0.5))) continue;
    taken.push(own);
    kept.nodePlaced[node] = 1;
  }
  return true;
}

/** Fills a box that was unfolded where it stands; where it is too small it grows, and what lies beyond moves along. */
function fillBox(input: LayoutInput, kept: Kept, box: number, placing: Placing): void {
  if (placeBack(input, kept, box, placing.past)) return;
  const { sub, nodes, boxes } = subInput(input, box);
  const frame = rectOf(kept, box);
  const own = arrangeBoxes(sub, placing.seed);
  const fits = (own.rects[2] ?? 0) <= frame.width && (own.rects[3] ?? 0) <= frame.height;
  const isRoomy = (input.boxMinHeight[box] ?? 0) > 0 && boxes.length === 1;
  const inner = fits || !isRoomy ? own : arrangeRows(sub, frame.width, frame.height);
  const [width = 0, height = 0] = [inner.rects[2], inner.rects[3]];
  if (width > frame.width) growBox(input, kept, box, 0, width - frame.width);
  if (height > frame.height) growBox(input, kept, box, 1, height - frame.height);
  const grown = rectOf(kept, box);
  settle(
    kept,
    { inner, nodes, boxes },
    grown.left + (grown.width - width) / 2,
    grown.top + (grown.height - height) / 2,
  );
  kept.rects.set([grown.left, grown.top, grown.width, grown.height], 4 * box);
}

export interface Placing {
  readonly seed: number;
  /** Boxes that were folded in the picture before and are not now. */
  readonly opened: ReadonlySet<number>;
  readonly past: ReadonlyMap<string, PastPlace>;
  /** Pins of the picture before. */
  readonly pins: Pins;
}

/** Places what `keepKnown` left over: boxes first (parents before children), then pinned nodes, then nodes as they come. */
export function placeNew(input: LayoutInput, kept: Kept, placing: Placing): void {
  const known = kept.nodePlaced.slice();
  for (let box = 0; box < input.boxIds.length; box++) {
    if (kept.boxPlaced[box] === 0) placeBox(input, kept, box, placing.seed);
    else if (placing.opened.has(box)) fillBox(input, kept, box, placing);
  }
  placePinned(input, kept, (node) => known[node] === 1 && isSamePin(input, placing.pins, node));
  placeRest(input, kept);
}

/** Nodes without a place find one. */
export function placeRest(input: LayoutInput, kept: Kept): void {
  for (let node = 0; node < input.ids.length; node++) {
    if (kept.nodePlaced[node] === 0) placeNode(input, kept, node);
  }
}
