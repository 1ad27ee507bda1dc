/**
 * Small line and bar charts as geometry. In: times (start of each point, ms) and values with null for "not observed";
 * out: SVG path text in a box of css px. A gap stays a gap: no line crosses it, and no bar stands in it.
 */

export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Domain {
  readonly startMs: number;
  readonly endMs: number;
  /** Value at the top of the box; the bottom is 0. */
  readonly max: number;
}

export type Values = readonly (number | null)[];

/** The largest value, at least `floor`, so that a flat zero lies on the ground. */
export function maxOf(values: Values, floor = 0): number {
  return values.reduce<number>((max, value) => (value !== null && value > max ? value : max), floor);
}

export function xOf(atMs: number, domain: Domain, box: Box): number {
  const length = domain.endMs - domain.startMs;
  return length <= 0 ? 0 : ((atMs - domain.startMs) / length) * box.width;
}

export function timeOf(x: number, domain: Domain, box: Box): number {
  const share = Math.min(1, Math.max(0, x / box.width));
  return domain.startMs + share * (domain.endMs - domain.startMs);
}

export function yOf(value: number, domain: Domain, box: Box): number {
  return domain.max <= 0 ? box.height : box.height - (value / domain.max) * box.height;
}

/** A line through the observed points; a point alone between two gaps is a dot-long dash. */
export function linePath(xMs: readonly number[], values: Values, domain: Domain, box: Box): string {
  let path = "";
  let drawing = false;
  xMs.forEach((atMs, i) => {
    const value = values[i] ?? null;
    if (value === null) {
      drawing = false;
      return;
    }
    const x = xOf(atMs, domain, box).toFixed(1);
    const y = yOf(value, domain, box).toFixed(1);
    path += drawing ? `L${x} ${y}` : `M${x} ${y}h0.1`;
    drawing = true;
  });
  return path;
}

export interface Bar {
  readonly atMs: number;
  readonly x: number;
  readonly width: number;
  readonly height: number;
  /** Part of `height` that failed, px from the ground. */
  readonly failed: number;
}

/** A bar for each observed point; `ratios` is the share that failed. A failure is at least one px where there is any. */
export function bars(xMs: readonly number[], values: Values, ratios: Values, domain: Domain, box: Box): readonly Bar[] {
  return xMs.flatMap((atMs, i) => {
    const value = values[i] ?? null;
    if (value === null) return [];
    const next = xMs[i + 1] ?? domain.endMs;
    const x = xOf(atMs, domain, box);
    const width = Math.max(1, xOf(Math.min(next, domain.endMs), domain, box) - x - 1);
    const height = domain.max <= 0 ? 0 : (value / domain.max) * box.height;
    const ratio = ratios[i] ?? 0;
    return [{ atMs, x, width, height, failed: ratio > 0 && height > 0 ? Math.max(1, ratio * height) : 0 }];
  });
}

const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440];

/** Round instants inside the domain, at most `most` of them, on whole minutes of the zone `zoneMin` east of UTC. */
export function ticks(
  { startMs, endMs }: Pick<Domain, "startMs" | "endMs">,
  most: number,
  zoneMin = 0,
): readonly number[] {
  const length = endMs - startMs;
  if (length <= 0 || most <= 0) return [];
  const minutes =
    STEPS_MIN.find((step) => length / (step * 60_000) <= most) ?? Math.ceil(length / most / 86_400_000) * 1440;
  const step = minutes * 60_000;
  const shift = zoneMin * 60_000;
  const out: number[] = [];
  for (let at = Math.ceil((startMs + shift) / step) * step - shift; at <= endMs; at += step) out.push(at);
  return out;
}

/** Index of the point whose time is nearest at or before `atMs`; -1 when there is none. */
export function pointAt(xMs: readonly number[], atMs: number): number {
  let lo = 0;
  let hi = xMs.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if ((xMs[mid] ?? 0) <= atMs) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}
