/**
 * Merging histograms without inventing precision. Counts and sums always add exactly; only the grain may shrink.
 * - Explicit with explicit: onto the bounds both have. Counts stay exact, so a quantile's [lo, hi] stays true.
 * - Exponential with exponential: the finer is scaled down to the coarser, then further until 320 buckets hold both.
 * - Explicit with exponential: the exponential one is converted to the other's bounds. A bucket (b^i, b^(i+1)] counts
 *   where its upper bound lies, so a value is never placed lower than it is and at most a factor `base` higher: a
 *   quantile read from (lo, hi] of the result truly lies in (lo/base, hi]: the result carries the base (`raisedBy`), and
 *   its quantiles are known to those bounds.
 * Commutative always. Associative exactly within each kind, and across kinds while the exponential scales are equal;
 * otherwise the order moves a count by at most the base of the coarsest scale.
 */
import type { ExplicitHistogram, ExponentialHistogram, Histogram } from "./histogram.ts";
import { exponentialUpperBound } from "./histogram-quantile.ts";

/** Twice OpenTelemetry's default size: at scale 3 it spans 12 decimal orders of magnitude. */
export const MAX_EXPONENTIAL_BUCKETS = 320;

export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  if (a.scheme === "explicit") return mergeExplicit(a, b.scheme === "explicit" ? b : toExplicit(b, a.bounds));
  return b.scheme === "explicit" ? mergeExplicit(toExplicit(a, b.bounds), b) : mergeExponential(a, b);
}

/** The same distribution of `share` as many observations. */
export function scaleHistogram(histogram: Histogram, share: number): Histogram {
  const counts = histogram.counts.map((count) => count * share);
  const sum = histogram.sum * share;
  if (histogram.scheme === "explicit") return { ...histogram, counts, sum };
  return { ...histogram, counts, sum, zeroCount: histogram.zeroCount * share };
}

export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]));
}

function mergeExplicit(a: ExplicitHistogram, b: ExplicitHistogram): ExplicitHistogram {
  const bounds = sameBounds(a.bounds, b.bounds) ? a.bounds : common(a.bounds, b.bounds);
  const left = coarsen(a, bounds);
  const right = coarsen(b, bounds);
  const counts = left.map((count, i) => count + (right[i] ?? 0));
  const raisedBy = Math.max(a.raisedBy ?? 1, b.raisedBy ?? 1);
  return { scheme: "explicit", bounds, counts, sum: a.sum + b.sum, ...(raisedBy > 1 ? { raisedBy } : {}) };
}

function common(a: readonly number[], b: readonly number[]): number[] {
  const known = new Set(b);
  return a.filter((bound) => known.has(bound));
}

/** Counts over a subset of the histogram's own bounds. */
function coarsen(histogram: ExplicitHistogram, bounds: readonly number[]): readonly number[] {
  if (histogram.bounds.length === bounds.length) return histogram.counts;
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let to = 0;
  histogram.counts.forEach((count, i) => {
    const upper = histogram.bounds[i] ?? Number.POSITIVE_INFINITY;
    while (to < bounds.length && (bounds[to] ?? 0) < upper) to++;
    counts[to] = (counts[to] ?? 0) + count;
  });
  return counts;
}

/** See the head of this file for the bound on the error. Zeros count in the first bucket. */
export function toExplicit(histogram: ExponentialHistogram, bounds: readonly number[]): ExplicitHistogram {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  counts[0] = histogram.zeroCount;
  let to = 0;
  histogram.counts.forEach((count, i) => {
    const upper = exponentialUpperBound(histogram.scale, histogram.offset + i);
    while (to < bounds.length && (bounds[to] ?? 0) < upper) to++;
    counts[to] = (counts[to] ?? 0) + count;
  });
  const raisedBy = exponentialUpperBound(histogram.scale, 0);
  return { scheme: "explicit", bounds, counts, sum: histogram.sum, raisedBy };
}

/** Halves the resolution `steps` times: exact, because each coarse bucket is a union of fine ones. */
export function downscale(histogram: ExponentialHistogram, steps: number): ExponentialHistogram {
  if (steps <= 0) return histogram;
  const width = 2 ** steps;
  const offset = Math.floor(histogram.offset / width);
  const last = Math.floor((histogram.offset + histogram.counts.length - 1) / width);
  const counts = new Array<number>(histogram.counts.length === 0 ? 0 : last - offset + 1).fill(0);
  histogram.counts.forEach((count, i) => {
    const at = Math.floor((histogram.offset + i) / width) - offset;
    counts[at] = (counts[at] ?? 0) + count;
  });
  return { ...histogram, scale: histogram.scale - steps, offset, counts };
}

/** Without empty buckets at either end, so that the range depends on the observations alone. */
function trim(histogram: ExponentialHistogram): ExponentialHistogram {
  const { counts } = histogram;
  const from = counts.findIndex((count) => count > 0);
  if (from < 0) return { ...histogram, offset: 0, counts: [] };
  let to = counts.length;
  while ((counts[to - 1] ?? 0) <= 0) to--;
  return from === 0 && to === counts.length
    ? histogram
    : { ...histogram, offset: histogram.offset + from, counts: counts.slice(from, to) };
}

function mergeExponential(a: ExponentialHistogram, b: ExponentialHistogram): ExponentialHistogram {
  const scale = Math.min(a.scale, b.scale);
  let left = downscale(trim(a), a.scale - scale);
  let right = downscale(trim(b), b.scale - scale);
  while (rangeOf(left, right).size > MAX_EXPONENTIAL_BUCKETS) {
    left = downscale(left, 1);
    right = downscale(right, 1);
  }
  const { offset, size } = rangeOf(left, right);
  const counts = new Array<number>(size).fill(0);
  for (const part of [left, right]) {
    part.counts.forEach((count, i) => {
      const at = part.offset + i - offset;
      counts[at] = (counts[at] ?? 0) + count;
    });
  }
  return {
    scheme: "exponential",
    scale: left.scale,
    offset,
    counts,
    zeroCount: a.zeroCount + b.zeroCount,
    sum: a.sum + b.sum,
  };
}

function rangeOf(a: ExponentialHistogram, b: ExponentialHistogram): { offset: number; size: number } {
  const parts = [a, b].filter((part) => part.counts.length > 0);
  if (parts.length === 0) return { offset: 0, size: 0 };
  const offset = Math.min(...parts.map((part) => part.offset));
  return { offset, size: Math.max(...parts.map((part) => part.offset + part.counts.length)) - offset };
}
