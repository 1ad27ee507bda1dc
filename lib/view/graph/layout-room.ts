/**
 * Places in a picture that stands: which rectangles are taken, where a new one fits, and how a strip is opened where
 * none fits. Opening is a monotone map of one coordinate: what was apart stays apart, what was inside stays inside.
 */
import { BOX_PAD, BOX_TITLE } from "./layout-boxes.ts";
import type { LayoutInput } from "./layout-input.ts";

export interface Kept {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly rects: Float64Array;
  readonly nodePlaced: Uint8Array;
  readonly boxPlaced: Uint8Array;
  /** 1 for nodes that the user holds in place. */
  readonly pinned: Uint8Array;
}

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const SEARCH_STEP = 24;
const MAX_TRIES = 4000;

export function footprint(input: LayoutInput, kept: Kept, node: number): Rect {
  const half = input.halfWidth[node] ?? 0;
  const above = input.above[node] ?? 0;
  const height = above + (input.below[node] ?? 0);
  return { left: (kept.x[node] ?? 0) - half, top: (kept.y[node] ?? 0) - above, width: 2 * half, height };
}

export function rectOf(kept: Kept, box: number): Rect {
  const at = 4 * box;
  const [left = 0, top = 0, width = 0, height = 0] = kept.rects.subarray(at, at + 4);
  return { left, top, width, height };
}

export function inside(inner: Rect, outer: Rect): boolean {
  return (
    inner.left >= outer.left - 0.5 &&
    inner.top >= outer.top - 0.5 &&
    inner.left + inner.width <= outer.left + outer.width + 0.5 &&
    inner.top + inner.height <= outer.top + outer.height + 0.5
  );
}

export function apart(a: Rect, b: Rect, gap: number): boolean {
  return (
    a.left + a.width + gap <= b.left ||
    b.left + b.width + gap <= a.left ||
    a.top + a.height + gap <= b.top ||
    b.top + b.height + gap <= a.top
  );
}

/** Items directly in a box (or outside all, -1) that have a place. */
export function placedIn(input: LayoutInput, kept: Kept, box: number): Rect[] {
  const rects: Rect[] = [];
  for (let i = 0; i < input.ids.length; i++) {
    if (input.boxOf[i] === box && kept.nodePlaced[i] === 1) rects.push(footprint(input, kept, i));
  }
  for (let b = 0; b < input.boxIds.length; b++) {
    if (input.boxParent[b] === box && kept.boxPlaced[b] === 1) rects.push(rectOf(kept, b));
  }
  return rects;
}

export type Axis = 0 | 1;
/** Which way a strip moves what lies beyond its line: 1 right or down, -1 left or up. */
export type Way = 1 | -1;

export type Side = readonly [Axis, Way];

/** Right, left, below, above. */
export const SIDES: readonly Side[] = [
  [0, 1],
  [0, -1],
  [1, 1],
  [1, -1],
];

const isBeyond = (at: number, line: number, way: Way): boolean => (way === 1 ? at >= line : at <= line);

export interface Strip {
  readonly axis: Axis;
  readonly way: Way;
  readonly line: number;
  readonly by: number;
}

/** Moves everything whose centre (nodes) or side (boxes) lies at or beyond `line` by `by`, along one axis. */
export function openStrip(input: LayoutInput, kept: Kept, { axis, way, line, by }: Strip): void {
  const centres = axis === 0 ? kept.x : kept.y;
  for (let i = 0; i < input.ids.length; i++) {
    if (kept.nodePlaced[i] === 1 && isBeyond(centres[i] ?? 0, line, way)) centres[i] = (centres[i] ?? 0) + way * by;
  }
  for (let b = 0; b < input.boxIds.length; b++) {
    if (kept.boxPlaced[b] === 0) continue;
    const at = 4 * b + axis;
    const start = kept.rects[at] ?? 0;
    const end = start + (kept.rects[at + 2] ?? 0);
    const [near, far] = way === 1 ? [start, end] : [end, start];
    if (isBeyond(near, line, way)) kept.rects[at] = start + way * by;
    else if (isBeyond(far, line, way)) {
      kept.rects[at + 2] = end - start + by;
      if (way === -1) kept.rects[at] = start - by;
    }
  }
}

export const lineOf = ({ left, top, width, height }: Rect, axis: Axis, way: Way): number =>
  axis === 0 ? left + (way === 1 ? width : 0) : top + (way === 1 ? height : 0);

/** Whether a strip on that side of a frame would move a node that is held. */
function movesPinned(input: LayoutInput, kept: Kept, frame: Rect, [axis, way]: Side): boolean {
  const line = lineOf(frame, axis, way);
  const centres = axis === 0 ? kept.x : kept.y;
  return input.ids.some(
    (_, i) => kept.pinned[i] === 1 && kept.nodePlaced[i] === 1 && isBeyond(centres[i] ?? 0, line, way),
  );
}

const AIR = 12;

const isSame = (a: Rect, b: Rect): boolean =>
  a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;

/** The frame, as much larger as it must be to hold a rectangle with what is kept free about it. */
function around(frame: Rect, item: Rect): Rect {
  const left = Math.min(frame.left, item.left - BOX_PAD);
  const top = Math.min(frame.top, item.top - BOX_TITLE);
  const right = Math.max(frame.left + frame.width, item.left + item.width + BOX_PAD);
  const bottom = Math.max(frame.top + frame.height, item.top + item.height + BOX_PAD);
  return { left, top, width: right - left, height: bottom - top };
}

/** Makes a box, and those around it, larger to hold a rectangle; false, with nothing changed, where anything stands in the way. */
export function growFreely(input: LayoutInput, kept: Kept, box: number, item: Rect): boolean {
  const next: (readonly [number, Rect])[] = [];
  let need = item;
  for (let b = box; b >= 0; b = input.boxParent[b] ?? -1) {
    const frame = rectOf(kept, b);
    if (inside(need, insideOf(frame))) break;
    const grown = around(frame, need);
    const others = placedIn(input, kept, input.boxParent[b] ?? -1).filter((other) => !isSame(other, frame));
    if (!others.every((other) => apart(grown, other, AIR))) return false;
    next.push([b, grown]);
    need = grown;
  }
  for (const [b, { left, top, width, height }] of next) kept.rects.set([left, top, width, height], 4 * b);
  return true;
}

/** A box made wider or higher by `by`: to the right or down, unless only the other side moves nothing that is held. */
export function growBox(input: LayoutInput, kept: Kept, box: number, axis: Axis, by: number): void {
  const frame = rectOf(kept, box);
  const room = insideOf(frame);
  const larger = axis === 0 ? { ...room, width: room.width + by } : { ...room, height: room.height + by };
  if (growFreely(input, kept, box, larger)) return;
  const way = movesPinned(input, kept, frame, [axis, 1]) && !movesPinned(input, kept, frame, [axis, -1]) ? -1 : 1;
  openStrip(input, kept, { axis, way, line: lineOf(frame, axis, way), by });
}

export function bounds(rects: readonly Rect[]): Rect {
  let [left, top, right, bottom] = [0, 0, 0, 0];
  rects.forEach((r, i) => {
    left = i === 0 ? r.left : Math.min(left, r.left);
    top = i === 0 ? r.top : Math.min(top, r.top);
    right = i === 0 ? r.left + r.width : Math.max(right, r.left + r.width);
    bottom = i === 0 ? r.top + r.height : Math.max(bottom, r.top + r.height);
  });
  return { left, top, width: right - left, height: bottom - top };
}

/** Nearest free spot to (x, y) for a size, within `room` where given; null if none of the tries is free. */
export function freeSpot(size: Rect, taken: readonly Rect[], gap: number, room: Rect | null): Rect | null {
  for (let i = 0; i < MAX_TRIES; i++) {
    const angle = i * 2.399963;
    const far = SEARCH_STEP * Math.sqrt(i);
    const at = { ...size, left: size.left + far * Math.cos(angle), top: size.top + far * Math.sin(angle) };
    if (room !== null && !inside(at, room)) continue;
    if (taken.every((other) => apart(at, other, gap))) return at;
  }
  return null;
}

/** Finds or makes room for an item of this size in a box; (left, top) of `wish` is where it would like to be. */
export function makeRoom(input: LayoutInput, kept: Kept, box: number, wish: Rect, gap: number): Rect {
  const taken = placedIn(input, kept, box);
  if (box < 0) {
    const all = bounds(taken);
    return freeSpot(wish, taken, gap, null) ?? { ...wish, left: all.left, top: all.top + all.height + gap };
  }
  const spot = freeSpot(wish, taken, gap, insideOf(rectOf(kept, box)));
  if (spot !== null) return spot;
  const missing = wish.height - insideOf(rectOf(kept, box)).height;
  if (missing > 0) growBox(input, kept, box, 1, missing);
  return besideAll(input, kept, box, wish, gap);
}

export const insideOf = (frame: Rect): Rect => ({
  left: frame.left + BOX_PAD,
  top: frame.top + BOX_TITLE,
  width: frame.width - 2 * BOX_PAD,
  height: frame.height - BOX_TITLE - BOX_PAD,
});

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** Along a side of the box: where it can grow without moving anything, else in a strip that moves nothing that is held. */
function besideAll(input: LayoutInput, kept: Kept, box: number, wish: Rect, gap: number): Rect {
  const frame = rectOf(kept, box);
  const room = insideOf(frame);
  const sides = wish.width > room.width ? SIDES.slice(0, 2) : SIDES;
  for (const side of sides) {
    const at = spotBeside(room, wish, gap, side);
    if (growFreely(input, kept, box, at)) return at;
  }
  const [axis, way] = sides.find((side) => !movesPinned(input, kept, frame, side)) ?? [0, 1];
  const size = axis === 0 ? wish.width : wish.height;
  openStrip(input, kept, { axis, way, line: lineOf(frame, axis, way), by: size + gap });
  return spotBeside(room, wish, gap, [axis, way]);
}

function spotBeside(room: Rect, wish: Rect, gap: number, [axis, way]: Side): Rect {
  const left = clamp(wish.left, room.left, room.left + Math.max(room.width, wish.width) - wish.width);
  const top = clamp(wish.top, room.top, room.top + Math.max(room.height, wish.height) - wish.height);
  if (axis === 0)
    return { ...wish, left: way === 1 ? room.left + room.width + gap : room.left - gap - wish.width, top };
  return { ...wish, left, top: way === 1 ? room.top + room.height + gap : room.top - gap - wish.height };
}
