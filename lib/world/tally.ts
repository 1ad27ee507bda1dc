/**
 * A histogram as Envoy keeps one: integers fall into log-linear bins of two significant decimal digits
 * (github.com/openhistogram/libcircllhist), and the exposition reads buckets and sum off the middles of the bins, so
 * that `_sum` is approximate. Milliseconds for times, bytes for sizes. Not handled: negative values.
 */

/** Envoy's default bounds, for times and sizes alike; Istio keeps them. */
export const ENVOY_BOUNDS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000,
];

export interface Tally {
  /** One count per bound and one above the last; not cumulative. */
  readonly counts: number[];
  count: number;
  sum: number;
}

export function newTally(): Tally {
  return { counts: new Array<number>(ENVOY_BOUNDS.length + 1).fill(0), count: 0, sum: 0 };
}

/** The middle of the bin that `value` (a non-negative integer) falls into: 54 → 54.5, 1234 → 1250. */
export function binMiddle(value: number): number {
  if (value <= 0) return 0;
  let step = 0.1;
  while (value >= step * 100) step *= 10;
  const low = Math.floor(value / step + 1e-9) * step;
  return Number((low + step / 2).toPrecision(4));
}

/** Counts one observation, cut to an integer as Envoy does. */
export function observe(tally: Tally, value: number): void {
  const middle = binMiddle(Math.floor(value));
  let bucket = 0;
  while (bucket < ENVOY_BOUNDS.length && middle > (ENVOY_BOUNDS[bucket] ?? 0)) bucket++;
  tally.counts[bucket] = (tally.counts[bucket] ?? 0) + 1;
  tally.count++;
  tally.sum += middle;
}
