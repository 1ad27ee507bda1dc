/**
 * `layoutGraph(input, previous, seed)`: positions, box rectangles and edge curves. Without a previous result (or where
 * fewer than half of the nodes were in it) from scratch; with one of the same topology that very result, no work; else
 * the old picture with the new things added (layout-keep.ts). A function of its arguments: no clock, no hidden state.
 */
import { type Bounds, Extent } from "./extent.ts";
import { arrangeBoxes } from "./layout-boxes.ts";
import type { LayoutInput } from "./layout-input.ts";
import { keepKnown, placeNew, placeRest } from "./layout-keep.ts";
import { openedBoxes, pastOf } from "./layout-past.ts";
import { hasPins, pinnedOf, placePinned } from "./layout-pins.ts";
import { routeEdges } from "./layout-routes.ts";
import type { LayoutResult } from "./layout-types.ts";
import { NO_PINS } from "./pins.ts";

export function layoutGraph(input: LayoutInput, previous: LayoutResult | null, seed: number): LayoutResult {
  if (previous !== null && previous.hash === input.hash && previous.seed === seed) return previous;
  const kept = previous === null || previous.seed !== seed ? null : keepKnown(input, previous);
  const known = {
    hash: input.hash,
    seed,
    ids: input.ids,
    boxIds: input.boxIds,
    edgeIds: input.edgeIds,
    lane: input.lane,
    homes: Array.from(input.boxOf, (box) => input.boxIds[box] ?? ""),
    folded: input.folded,
    pins: input.pins,
  };
  if (kept !== null && previous !== null) {
    const past = pastOf(input, previous);
    placeNew(input, kept, { seed, past, opened: openedBoxes(input, previous), pins: previous.pins ?? NO_PINS });
    const x = Float32Array.from(kept.x);
    const y = Float32Array.from(kept.y);
    const routes = routeEdges(input, x, y, { reuse: curvesToKeep(input, previous, x, y) });
    return {
      ...known,
      past,
      x,
      y,
      rects: Float32Array.from(kept.rects),
      ...routes,
      kept: true,
      byForce: previous.byForce,
    };
  }
  const fresh = arrangeBoxes(input, seed);
  const x = Float32Array.from(fresh.x);
  const y = Float32Array.from(fresh.y);
  const routes = routeEdges(input, x, y, { ways: fresh.ways });
  const rects = Float32Array.from(fresh.rects);
  const made = { ...known, past: new Map(), x, y, rects, ...routes, kept: false, byForce: fresh.byForce };
  return hasPins(input) ? aboutPins(input, made) : made;
}

/** A fresh picture with what is pinned at its place: what stood there makes way, and frames grow to hold it. */
function aboutPins(input: LayoutInput, made: LayoutResult): LayoutResult {
  const kept = {
    x: Float64Array.from(made.x),
    y: Float64Array.from(made.y),
    rects: Float64Array.from(made.rects),
    nodePlaced: new Uint8Array(input.ids.length).fill(1),
    boxPlaced: new Uint8Array(input.boxIds.length).fill(1),
    pinned: pinnedOf(input),
  };
  placePinned(input, kept, () => false);
  placeRest(input, kept);
  const x = Float32Array.from(kept.x);
  const y = Float32Array.from(kept.y);
  const routes = routeEdges(input, x, y, { reuse: curvesToKeep(input, made, x, y) });
  return { ...made, x, y, rects: Float32Array.from(kept.rects), ...routes };
}

/** Curves of edges whose ends stand where they stood and whose lane is the same; the router drops those now obstructed. */
function curvesToKeep(input: LayoutInput, previous: LayoutResult, x: Float32Array, y: Float32Array) {
  const edgeAt = new Map(previous.edgeIds.map((id, e) => [id, e]));
  const nodeAt = new Map(previous.ids.map((id, i) => [id, i]));
  const still = input.ids.map((id, i) => {
    const old = nodeAt.get(id) ?? -1;
    return previous.x[old] === x[i] && previous.y[old] === y[i];
  });
  return input.edgeIds.map((id, e): Float32Array | null => {
    const old = edgeAt.get(id);
    if (old === undefined || previous.lane[old] !== input.lane[e]) return null;
    if (still[input.source[e] ?? -1] !== true || still[input.target[e] ?? -1] !== true) return null;
    return previous.curves.subarray(2 * (previous.curveStart[old] ?? 0), 2 * (previous.curveStart[old + 1] ?? 0));
  });
}

/** Left, top, right, bottom of everything drawn, labels included; a unit square at the origin when there is nothing. */
export function layoutBounds(input: LayoutInput, layout: LayoutResult): Bounds {
  const extent = new Extent();
  for (let i = 0; i < layout.ids.length; i++) {
    const x = layout.x[i] ?? 0;
    const y = layout.y[i] ?? 0;
    const half = input.halfWidth[i] ?? 0;
    extent.take(x - half, y - (input.above[i] ?? 0), x + half, y + (input.below[i] ?? 0));
  }
  if (layout.ids.length > 0) extent.takeRects(layout.rects);
  return extent.bounds ?? [0, 0, 1, 1];
}
