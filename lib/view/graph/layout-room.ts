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

/** Moves everything whose centre (nodes) or side (boxes) lies at or beyond `line` by `by`, along one axis. */
export function openStrip(input: LayoutInput, kept: Kept, axis: 0 | 1, line: number, by: number): void {
  const centres = axis === 0 ? kept.x : kept.y;
  for (let i = 0; i < input.ids.length; i++) {
    if (kept.nodePlaced[i] === 1 && (centres[i] ?? 0) >= line) centres[i] = (centres[i] ?? 0) + by;
  }
  for (let b = 0; b < input.boxIds.length; b++) {
    if (kept.boxPlaced[b] === 0) continue;
    const at = 4 * b + axis;
    const start = kept.rects[at] ?? 0;
    const end = start + (kept.rects[at + 2] ?? 0);
    if (start >= line) kept.rects[at] = start + by;
    else if (end >= line) kept.rects[at + 2] = (kept.rects[at + 2] ?? 0) + by;
  }
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
function freeSpot(size: Rect, taken: readonly Rect[], gap: number, room: Rect | null): Rect | null {
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
  const frame = rectOf(kept, box);
  const room = {
    left: frame.left + BOX_PAD,
    top: frame.top + BOX_TITLE,
    width: frame.width - 2 * BOX_PAD,
    height: frame.height - BOX_TITLE - BOX_PAD,
  };
  const spot = freeSpot(wish, taken, gap, room);
  if (spot !== null) return spot;
  if (wish.height > room.height) openStrip(input, kept, 1, frame.top + frame.height, wish.height - room.height);
  const top = Math.max(room.top, Math.min(wish.top, room.top + Math.max(room.height, wish.height) - wish.height));
  openStrip(input, kept, 0, frame.left + frame.width, wish.width + gap);
  return { ...wish, left: frame.left + frame.width - BOX_PAD + gap, top };
}
