/**
 * Cubic Bézier chains as flat arrays: 3 k + 1 points (x, y) for k segments. Points on a chain are addressed by
 * t in 0..k. World pixels. Pure arithmetic; no allocation where called per frame or per pointer move.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One coordinate (0 = x, 1 = y) of the chain whose first point is points[start]. */
export function coordinateAt(points: ArrayLike<number>, start: number, t: number, axis: 0 | 1): number {
  const segment = Math.max(0, Math.ceil(t) - 1);
  const u = t - segment;
  const v = 1 - u;
  const base = 2 * (start + 3 * segment) + axis;
  const p0 = points[base] ?? 0;
  const p1 = points[base + 2] ?? 0;
  const p2 = points[base + 4] ?? 0;
  const p3 = points[base + 6] ?? 0;
  return v * v * v * p0 + 3 * v * v * u * p1 + 3 * v * u * u * p2 + u * u * u * p3;
}

export function pointAt(points: ArrayLike<number>, start: number, t: number): Point {
  return { x: coordinateAt(points, start, t, 0), y: coordinateAt(points, start, t, 1) };
}

/** Direction of travel at t, radians. */
export function angleAt(points: ArrayLike<number>, start: number, segments: number, t: number): number {
  const a = pointAt(points, start, Math.max(0, t - 0.01));
  const b = pointAt(points, start, Math.min(segments, t + 0.01));
  return Math.atan2(b.y - a.y, b.x - a.x);
}

/** t at which a share 0..1 of the chain's length is behind, from 16 chords a segment. */
export function shareToT(points: ArrayLike<number>, start: number, segments: number, share: number): number {
  const steps = 16 * segments;
  const lengths: number[] = [0];
  let total = 0;
  let before = pointAt(points, start, 0);
  for (let i = 1; i <= steps; i++) {
    const at = pointAt(points, start, i / 16);
    total += Math.hypot(at.x - before.x, at.y - before.y);
    lengths.push(total);
    before = at;
  }
  const wanted = share * total;
  const index = lengths.findIndex((length) => length >= wanted);
  if (index <= 0) return 0;
  const low = lengths[index - 1] ?? 0;
  const high = lengths[index] ?? 0;
  return (index - 1 + (high > low ? (wanted - low) / (high - low) : 0)) / 16;
}

/** Least distance of a point to the chain, from 20 chords a segment. */
export function distanceToCurve(points: ArrayLike<number>, start: number, segments: number, at: Point): number {
  let least = Number.POSITIVE_INFINITY;
  let ax = points[2 * start] ?? 0;
  let ay = points[2 * start + 1] ?? 0;
  const steps = 20 * segments;
  for (let i = 1; i <= steps; i++) {
    const bx = coordinateAt(points, start, i / 20, 0);
    const by = coordinateAt(points, start, i / 20, 1);
    const dx = bx - ax;
    const dy = by - ay;
    const along = dx * dx + dy * dy;
    const u = along === 0 ? 0 : Math.max(0, Math.min(1, ((at.x - ax) * dx + (at.y - ay) * dy) / along));
    least = Math.min(least, Math.hypot(at.x - ax - u * dx, at.y - ay - u * dy));
    ax = bx;
    ay = by;
  }
  return least;
}

/** The part of a chain between t0 and t1, as flat points (de Casteljau on the two cut segments). */
export function cutCurve(points: ArrayLike<number>, start: number, t0: number, t1: number): number[] {
  const first = Math.max(0, Math.ceil(t0 + 1e-9) - 1);
  const last = Math.max(first, Math.ceil(t1) - 1);
  const out: number[] = [];
  for (let segment = first; segment <= last; segment++) {
    const u0 = segment === first ? t0 - segment : 0;
    const u1 = segment === last ? t1 - segment : 1;
    const piece = cutSegment(points, start + 3 * segment, u0, u1);
    out.push(...(out.length === 0 ? piece : piece.slice(2)));
  }
  return out;
}

function cutSegment(points: ArrayLike<number>, start: number, u0: number, u1: number): number[] {
  const out = [0, 0, 0, 0, 0, 0, 0, 0];
  for (const axis of [0, 1]) {
    const p = [0, 1, 2, 3].map((i) => points[2 * (start + i) + axis] ?? 0);
    const [p0 = 0, p1 = 0, p2 = 0, p3 = 0] = p;
    const blossom = (a: number, b: number, c: number): number => {
      const q0 = p0 + (p1 - p0) * a;
      const q1 = p1 + (p2 - p1) * a;
      const q2 = p2 + (p3 - p2) * a;
      const r0 = q0 + (q1 - q0) * b;
      const r1 = q1 + (q2 - q1) * b;
      return r0 + (r1 - r0) * c;
    };
    out[axis] = blossom(u0, u0, u0);
    out[axis + 2] = blossom(u0, u0, u1);
    out[axis + 4] = blossom(u0, u1, u1);
    out[axis + 6] = blossom(u1, u1, u1);
  }
  return out;
}
