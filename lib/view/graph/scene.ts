/**
 * View model + layout → geometry that does not depend on zoom: curves cut at the rims of their nodes, where the arrow
 * and the lock sit on each, bounds for culling and hit tests. World pixels; rebuilt when the answer or the layout
 * changes, not when the pointer or the viewport moves.
 */
import { finish, type Sliced } from "../../base/sliced.ts";
import { angleAt, coordinateAt, cutCurve, pointAt, shareToT } from "./curve.ts";
import type { GraphView } from "./graph-view.ts";
import type { LayoutResult } from "./layout-types.ts";

export interface Scene {
  readonly view: GraphView;
  readonly layout: LayoutResult;
  /** As in LayoutResult, but from rim to rim. */
  readonly curves: Float32Array;
  readonly curveStart: Uint32Array;
  /** x, y, angle per edge. */
  readonly arrows: Float32Array;
  /** x, y per edge. */
  readonly locks: Float32Array;
  /** Left, top, right, bottom of each curve's control points (the curve lies within). */
  readonly edgeBounds: Float32Array;
  /** Length of the chord between the rims, for marks that need room. */
  readonly edgeLength: Float32Array;
}

const LOCK_SHARE = 0.36;
const ARROW_SHARE = 0.62;
/** A steep edge leaves or enters through a label: its marks move away from it. */
const STEEP_SHIFT = 0.13;
/** Air between the rim of a node and the end of an edge. */
const RIM_GAP = 3;
const EDGES_A_STEP = 100;

/** t at which the chain leaves the circle around one of its ends, walking inwards from that end. */
function rimT(points: ArrayLike<number>, start: number, segments: number, radius: number, fromEnd: boolean): number {
  const end = fromEnd ? segments : 0;
  const cx = coordinateAt(points, start, end, 0);
  const cy = coordinateAt(points, start, end, 1);
  const away = (t: number): number =>
    Math.hypot(coordinateAt(points, start, t, 0) - cx, coordinateAt(points, start, t, 1) - cy);
  const at = (step: number): number => (fromEnd ? segments - step : step);
  const stride = 1 / 24;
  let outside = stride;
  while (outside < segments / 2 && away(at(outside)) < radius) outside += stride;
  let inside = outside - stride;
  for (let i = 0; i < 8; i++) {
    const middle = (inside + outside) / 2;
    if (away(at(middle)) < radius) inside = middle;
    else outside = middle;
  }
  return at(outside);
}

/** The same layout with marks of the same sizes: what was measured for one answer holds for the next. */
function isSameShape(before: Scene, view: GraphView, layout: LayoutResult): boolean {
  const { nodes, edges } = before.view;
  return (
    before.layout === layout &&
    nodes.length === view.nodes.length &&
    edges.length === view.edges.length &&
    view.nodes.every(({ radius }, i) => radius === nodes[i]?.radius) &&
    view.edges.every(({ source, target }, e) => source === edges[e]?.source && target === edges[e]?.target)
  );
}

export function buildScene(view: GraphView, layout: LayoutResult): Scene {
  return finish(sceneSliced(view, layout, null));
}

/** The same in steps; nothing is measured again where `before` has it. */
export function* sceneSliced(view: GraphView, layout: LayoutResult, before: Scene | null): Sliced<Scene> {
  if (before !== null && isSameShape(before, view, layout)) return { ...before, view };
  const count = view.edges.length;
  const all: number[] = [];
  const curveStart = new Uint32Array(count + 1);
  const arrows = new Float32Array(3 * count);
  const locks = new Float32Array(2 * count);
  const edgeBounds = new Float32Array(4 * count);
  const edgeLength = new Float32Array(count);
  for (const [e, edge] of view.edges.entries()) {
    if (e % EDGES_A_STEP === 0) yield;
    const start = layout.curveStart[e] ?? 0;
    const segments = ((layout.curveStart[e + 1] ?? start) - start - 1) / 3;
    if (segments < 1) {
      curveStart[e + 1] = all.length / 2;
      continue;
    }
    const sourceRim = (view.nodes[edge.source]?.radius ?? 0) + RIM_GAP;
    const targetRim = (view.nodes[edge.target]?.radius ?? 0) + RIM_GAP;
    const t0 = rimT(layout.curves, start, segments, sourceRim, false);
    const t1 = Math.max(t0 + 0.01, rimT(layout.curves, start, segments, targetRim, true));
    const cut = cutCurve(layout.curves, start, t0, t1);
    for (const value of cut) all.push(value);
    curveStart[e + 1] = all.length / 2;
    const pieces = (cut.length / 2 - 1) / 3;
    const dx = (cut.at(-2) ?? 0) - (cut[0] ?? 0);
    const dy = (cut.at(-1) ?? 0) - (cut[1] ?? 0);
    const shift = Math.abs(dy) > 1.2 * Math.abs(dx) ? Math.sign(dy) * STEEP_SHIFT : 0;
    const lockAt = pointAt(cut, 0, shareToT(cut, 0, pieces, LOCK_SHARE + shift));
    const arrowT = shareToT(cut, 0, pieces, ARROW_SHARE + shift);
    const arrowAt = pointAt(cut, 0, arrowT);
    locks.set([lockAt.x, lockAt.y], 2 * e);
    arrows.set([arrowAt.x, arrowAt.y, angleAt(cut, 0, pieces, arrowT)], 3 * e);
    edgeBounds.set(boundsOf(cut), 4 * e);
    edgeLength[e] = Math.hypot(dx, dy);
  }
  return { view, layout, curves: Float32Array.from(all), curveStart, arrows, locks, edgeBounds, edgeLength };
}

function boundsOf(points: readonly number[]): readonly [number, number, number, number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < points.length; i += 2) {
    left = Math.min(left, points[i] ?? 0);
    right = Math.max(right, points[i] ?? 0);
    top = Math.min(top, points[i + 1] ?? 0);
    bottom = Math.max(bottom, points[i + 1] ?? 0);
  }
  return [left, top, right, bottom];
}

/** Segments in an edge's cut curve; 0 where it has none. */
export function segmentsOf(scene: Scene, edge: number): number {
  const points = (scene.curveStart[edge + 1] ?? 0) - (scene.curveStart[edge] ?? 0);
  return points < 4 ? 0 : (points - 1) / 3;
}
