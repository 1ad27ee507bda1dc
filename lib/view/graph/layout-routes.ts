/**
 * Positions and way points → one smooth curve an edge, from centre to centre. Way points that a straight line does not
 * need (it meets no other node or its label on the way) are dropped; where there are none and something stands in the
 * way, the edge bows to the side that is clear first. Edges of the same two nodes run in lanes beside each other; an
 * edge of a node to itself is a loop over it. Where no bow is clear the flattest is taken.
 */
import { pointAt } from "./curve.ts";
import type { LayoutInput } from "./layout-input.ts";
import { ObstacleGrid } from "./layout-obstacles.ts";

const LANE_STEP = 13;
/** Above this many edges no line looks out for nodes in its way: at the zoom that shows so many, labels are hidden. */
const CAREFUL_LIMIT = 5000;
const BOWS = [0, 22, -22, 46, -46, 80, -80, 130, -130];

export interface Curves {
  readonly curves: Float32Array;
  readonly curveStart: Uint32Array;
}

/** A loop over its node, higher for each lane. */
function loop(x: number, y: number, lane: number): number[] {
  const reach = 30 + 9 * lane;
  const rise = 66 + 16 * lane;
  return [x, y, x - reach, y - rise, x + reach, y - rise, x, y];
}

/** Points along the straight way that are needed, by pulling the string tight around obstacles. */
function tighten(points: readonly number[], grid: ObstacleGrid, ends: readonly [number, number]): number[] {
  const count = points.length / 2;
  const out = [points[0] ?? 0, points[1] ?? 0];
  let at = 0;
  while (at < count - 1) {
    let next = count - 1;
    while (next > at + 1 && !grid.clear(points, at, next, ends)) next--;
    out.push(points[2 * next] ?? 0, points[2 * next + 1] ?? 0);
    at = next;
  }
  return out;
}

/** Cubic chain through the points; tangents follow the neighbours, at the ends they lean to the horizontal. */
function throughPoints(points: readonly number[]): number[] {
  const count = points.length / 2;
  const px = (i: number): number => points[2 * i] ?? 0;
  const py = (i: number): number => points[2 * i + 1] ?? 0;
  const out = [px(0), py(0)];
  const tangent = (i: number): readonly [number, number] => {
    if (i === 0) return [px(1) - px(0), (py(1) - py(0)) * 0.35];
    if (i === count - 1) return [px(i) - px(i - 1), (py(i) - py(i - 1)) * 0.35];
    return [px(i + 1) - px(i - 1), py(i + 1) - py(i - 1)];
  };
  for (let i = 0; i + 1 < count; i++) {
    const length = Math.hypot(px(i + 1) - px(i), py(i + 1) - py(i)) * 0.36;
    const [ax, ay] = tangent(i);
    const [bx, by] = tangent(i + 1);
    const a = length / Math.max(1e-6, Math.hypot(ax, ay));
    const b = length / Math.max(1e-6, Math.hypot(bx, by));
    out.push(px(i) + ax * a, py(i) + ay * a, px(i + 1) - bx * b, py(i + 1) - by * b, px(i + 1), py(i + 1));
  }
  return out;
}

/** One segment; `bow` is how far the middle stands off to the left of the way. */
function bowed(x0: number, y0: number, x1: number, y1: number, bow: number): number[] {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length = Math.max(1, Math.hypot(dx, dy));
  const nx = (-dy / length) * bow * 1.33;
  const ny = (dx / length) * bow * 1.33;
  const lean = Math.abs(dx) > 0.6 * Math.abs(dy) ? 0.16 : 0.33;
  const c1 = [x0 + dx * 0.36 + nx, y0 + dy * lean + ny];
  const c2 = [x1 - dx * 0.36 + nx, y1 - dy * lean + ny];
  return [x0, y0, ...c1, ...c2, x1, y1];
}

function meets(curve: ArrayLike<number>, grid: ObstacleGrid, ends: readonly [number, number]): boolean {
  const segments = (curve.length / 2 - 1) / 3;
  const last = curve.length - 2;
  const chord = Math.hypot((curve[last] ?? 0) - (curve[0] ?? 0), (curve[last + 1] ?? 0) - (curve[1] ?? 0));
  const steps = Math.max(6, Math.min(60, Math.ceil(chord / 14)));
  for (let i = 1; i < steps; i++) {
    const at = pointAt(curve, 0, (segments * i) / steps);
    if (grid.hit(at.x, at.y, ends)) return true;
  }
  return false;
}

/** Moves everything but the ends sideways, so that parallel edges keep apart. */
function inLane(curve: number[], shift: number): number[] {
  if (shift === 0) return curve;
  const last = curve.length - 2;
  const dx = (curve[last] ?? 0) - (curve[0] ?? 0);
  const dy = (curve[last + 1] ?? 0) - (curve[1] ?? 0);
  const length = Math.max(1, Math.hypot(dx, dy));
  return curve.map((value, i) => {
    if (i < 2 || i >= last) return value;
    return value + (i % 2 === 0 ? -dy : dx) * (shift / length);
  });
}

export interface RouteHints {
  /** Way points from the layered layout. */
  readonly ways?: readonly (readonly number[])[];
  /** Finished curves of edges that have not moved. */
  readonly reuse?: readonly (Float32Array | null)[];
}

export function routeEdges(input: LayoutInput, x: ArrayLike<number>, y: ArrayLike<number>, hints: RouteHints): Curves {
  const grid = new ObstacleGrid(input, x, y, input.edgeIds.length <= CAREFUL_LIMIT);
  const all: number[] = [];
  const curveStart = new Uint32Array(input.edgeIds.length + 1);
  for (let e = 0; e < input.edgeIds.length; e++) {
    const s = input.source[e] ?? 0;
    const t = input.target[e] ?? 0;
    const lane = input.lane[e] ?? 0;
    const x0 = x[s] ?? 0;
    const y0 = y[s] ?? 0;
    const reused = hints.reuse?.[e] ?? null;
    if (reused !== null && (s === t || !meets(reused, grid, [s, t]))) {
      for (const value of reused) all.push(value);
    } else if (s === t) for (const value of loop(x0, y0, lane)) all.push(value);
    else {
      const shift = (s < t ? lane : -lane) * LANE_STEP;
      const points = tighten([x0, y0, ...(hints.ways?.[e] ?? []), x[t] ?? 0, y[t] ?? 0], grid, [s, t]);
      const curve = points.length > 4 ? throughPoints(points) : clearBow(points, grid, [s, t]);
      for (const value of inLane(curve, shift * (points.length > 4 ? 1 : 1.33))) all.push(value);
    }
    curveStart[e + 1] = all.length / 2;
  }
  return { curves: Float32Array.from(all), curveStart };
}

function clearBow(points: readonly number[], grid: ObstacleGrid, ends: readonly [number, number]): number[] {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = points;
  for (const bow of BOWS) {
    const curve = bowed(x0, y0, x1, y1, bow);
    if (!meets(curve, grid, ends)) return curve;
  }
  return bowed(x0, y0, x1, y1, 0);
}
