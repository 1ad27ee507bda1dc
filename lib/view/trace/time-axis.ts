/**
 * The stretch of a trace on screen and its ticks. In: a range in µs relative to the trace start. Out: ticks at 1, 2 or
 * 5 × 10ⁿ µs (60-based from a minute up is not attempted), positions as shares 0..1 of the range.
 */
export interface TimeRange {
  readonly startUs: number;
  readonly endUs: number;
}

export interface Tick {
  readonly atUs: number;
  readonly share: number;
}

/** A nanosecond: below it there is nothing to see. */
const SMALLEST_US = 0.001;

/** The whole trace; one of zero duration is shown as one microsecond so that shares exist. */
export function wholeRange(durationUs: number): TimeRange {
  return { startUs: 0, endUs: durationUs > 0 ? durationUs : 1 };
}

export function isWhole(range: TimeRange, durationUs: number): boolean {
  const whole = wholeRange(durationUs);
  return range.startUs <= whole.startUs && range.endUs >= whole.endUs;
}

/** The range between two points in any order, kept inside the trace and not narrower than a nanosecond. */
export function rangeBetween(a: number, b: number, durationUs: number): TimeRange {
  const whole = wholeRange(durationUs);
  const startUs = Math.min(Math.max(Math.min(a, b), 0), whole.endUs - SMALLEST_US);
  const endUs = Math.min(Math.max(a, b, startUs + SMALLEST_US), whole.endUs);
  return { startUs, endUs: Math.max(endUs, startUs + SMALLEST_US) };
}

/** Zooms by `factor` (< 1 = in) about a share of the range. */
export function zoomAbout(range: TimeRange, factor: number, share: number, durationUs: number): TimeRange {
  const width = range.endUs - range.startUs;
  const at = range.startUs + width * share;
  return rangeBetween(at - width * factor * share, at + width * factor * (1 - share), durationUs);
}

export function shareOf(range: TimeRange, us: number): number {
  return (us - range.startUs) / (range.endUs - range.startUs);
}

export function ticks(range: TimeRange, wanted: number): readonly Tick[] {
  const width = range.endUs - range.startUs;
  const step = niceStep(width / Math.max(1, wanted));
  const out: Tick[] = [];
  const first = Math.ceil(range.startUs / step - 1e-9);
  const last = Math.floor(range.endUs / step + 1e-9);
  // Adding 0 turns -0 into 0.
  for (let n = first + 0; n <= last; n++) out.push({ atUs: n * step, share: shareOf(range, n * step) });
  return out;
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const scaled = rough / power;
  return power * (scaled <= 1 ? 1 : scaled <= 2 ? 2 : scaled <= 5 ? 5 : 10);
}
