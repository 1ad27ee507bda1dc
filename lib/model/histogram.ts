/**
 * Latency distributions as data. Two schemes: the explicit bounds a proxy sent, and base-2 exponential buckets.
 * Units are milliseconds. Counts may be fractional, since an increase is spread over the slots it overlaps.
 */
export interface ExplicitHistogram {
  readonly scheme: "explicit";
  /** Ascending finite upper bounds, inclusive (`le`); the last bucket is (bounds[n-1], ∞). */
  readonly bounds: readonly number[];
  /** `bounds.length + 1` non-negative counts, not cumulative. */
  readonly counts: readonly number[];
  /** Sum of observations, ms. */
  readonly sum: number;
  /**
   * Some of it was counted in other buckets: what stands in (lo, hi] lies in (lo / raisedBy, hi]. Absent: nothing was, and
   * the counts are exact.
   */
  readonly raisedBy?: number;
}

/** Bucket i covers (base^i, base^(i+1)] with base = 2^(2^-scale), as OpenTelemetry defines it. */
export interface ExponentialHistogram {
  readonly scheme: "exponential";
  readonly scale: number;
  readonly zeroCount: number;
  /** Index of counts[0]. */
  readonly offset: number;
  readonly counts: readonly number[];
  readonly sum: number;
}

export type Histogram = ExplicitHistogram | ExponentialHistogram;

/** A quantile with the bounds of the bucket it was read from: it is known to lie in [lo, hi]; hi may be Infinity. */
export interface Quantile {
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}
