/**
 * Quantiles of one histogram. In: a histogram in ms and q in [0, 1]. Out: the value with the bounds of the bucket it was
 * read from, or null for an empty histogram. Averages of quantiles are deliberately not offered: merge first.
 */
import type { ExplicitHistogram, ExponentialHistogram, Histogram, Quantile } from "./histogram.ts";

export function totalCount(histogram: Histogram): number {
  let total = histogram.scheme === "exponential" ? histogram.zeroCount : 0;
  for (const count of histogram.counts) total += count;
  return total;
}

/** Upper bound of exponential bucket `index`: base^(index+1), base = 2^(2^-scale). */
export function exponentialUpperBound(scale: number, index: number): number {
  return 2 ** ((index + 1) / 2 ** scale);
}

/**
 * Explicit bounds follow PromQL's `histogram_quantile` (promql/quantile.go, BucketQuantile): linear inside the bucket,
 * from 0 in the first one when its bound is positive, and the highest finite bound for the last bucket, whose `hi` is
 * Infinity. Exponential buckets interpolate geometrically, as Prometheus does for native histograms.
 */
export function quantile(histogram: Histogram, q: number): Quantile | null {
  if (!(q >= 0 && q <= 1)) return null;
  return histogram.scheme === "explicit" ? explicitQuantile(histogram, q) : exponentialQuantile(histogram, q);
}

function explicitQuantile({ bounds, counts, raisedBy = 1 }: ExplicitHistogram, q: number): Quantile | null {
  let total = 0;
  for (const count of counts) total += count;
  const highest = bounds[bounds.length - 1];
  if (!(total > 0) || highest === undefined) return null;
  const rank = q * total;
  let below = 0;
  for (let b = 0; b < bounds.length; b++) {
    const count = counts[b] ?? 0;
    if (below + count >= rank) {
      const hi = bounds[b] ?? highest;
      if (b === 0 && hi <= 0) return { value: hi, lo: Number.NEGATIVE_INFINITY, hi };
      const lo = b === 0 ? 0 : (bounds[b - 1] ?? 0);
      // An empty bucket is only reached at rank 0: its lower bound is all that is known.
      const value = count > 0 ? lo + (hi - lo) * ((rank - below) / count) : lo;
      return { value, lo: lo / raisedBy, hi };
    }
    below += count;
  }
  return { value: highest, lo: highest / raisedBy, hi: Number.POSITIVE_INFINITY };
}

function exponentialQuantile(histogram: ExponentialHistogram, q: number): Quantile | null {
  const total = totalCount(histogram);
  if (!(total > 0)) return null;
  const { scale, offset, counts, zeroCount } = histogram;
  const rank = q * total;
  if (zeroCount > 0 && zeroCount >= rank) return { value: 0, lo: 0, hi: 0 };
  let below = zeroCount;
  let last = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    if (count <= 0) continue;
    last = i;
    if (below + count >= rank) return geometric(scale, offset + i, (rank - below) / count);
    below += count;
  }
  // Rounding of fractional counts may leave the rank a hair above their sum.
  return geometric(scale, offset + last, 1);
}

function geometric(scale: number, index: number, share: number): Quantile {
  const lo = Math.min(exponentialUpperBound(scale, index - 1), Number.MAX_VALUE);
  const hi = exponentialUpperBound(scale, index);
  // A bound past 2^1024 is not a number a double can hold.
  if (hi === Number.POSITIVE_INFINITY) return { value: lo, lo, hi };
  // Nor is one below 2^-1074, and from 0 no ratio leads up.
  if (lo === 0) return { value: hi * share, lo, hi };
  return { value: lo * (hi / lo) ** share, lo, hi };
}
