/** Laws of histograms: merge is associative and commutative, quantiles are PromQL's, conversion stays in its bound. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ExplicitHistogram, ExponentialHistogram, Histogram } from "./histogram.ts";
import { MAX_EXPONENTIAL_BUCKETS, mergeHistograms, toExplicit } from "./histogram-merge.ts";
import { exponentialUpperBound, quantile, totalCount } from "./histogram-quantile.ts";

const BOUNDS = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 1000];
const count = fc.integer({ min: 0, max: 1000 });

const explicit: fc.Arbitrary<ExplicitHistogram> = fc
  .subarray(BOUNDS, { minLength: 1 })
  .chain((bounds) =>
    fc
      .tuple(fc.array(count, { minLength: bounds.length + 1, maxLength: bounds.length + 1 }), count)
      .map(([counts, sum]) => ({ scheme: "explicit", bounds, counts, sum })),
  );

const exponentialAt = (scale: fc.Arbitrary<number>, reach = 400): fc.Arbitrary<ExponentialHistogram> =>
  fc
    .tuple(scale, count, fc.integer({ min: -reach, max: reach }), fc.array(count, { maxLength: 40 }), count)
    .map(([s, zeroCount, offset, counts, sum]) => ({
      scheme: "exponential",
      scale: s,
      zeroCount,
      offset,
      counts,
      sum,
    }));
const exponential = exponentialAt(fc.integer({ min: -2, max: 6 }));

/** Written from promql/quantile.go over cumulative buckets, independently of the code under test. */
function promqlBucketQuantile(q: number, buckets: readonly { le: number; cumulative: number }[]): number {
  const last = buckets[buckets.length - 1];
  if (last === undefined || last.le !== Number.POSITIVE_INFINITY || buckets.length < 2) return Number.NaN;
  if (last.cumulative === 0) return Number.NaN;
  let rank = q * last.cumulative;
  let b = buckets.findIndex((bucket, i) => i < buckets.length - 1 && bucket.cumulative >= rank);
  if (b < 0) b = buckets.length - 1;
  if (b === buckets.length - 1) return buckets[buckets.length - 2]?.le ?? Number.NaN;
  const end = buckets[b]?.le ?? Number.NaN;
  if (b === 0 && end <= 0) return end;
  let inBucket = buckets[b]?.cumulative ?? 0;
  let start = 0;
  if (b > 0) {
    start = buckets[b - 1]?.le ?? 0;
    inBucket -= buckets[b - 1]?.cumulative ?? 0;
    rank -= buckets[b - 1]?.cumulative ?? 0;
  }
  return start + (end - start) * (rank / inBucket);
}

function cumulative(histogram: ExplicitHistogram): { le: number; cumulative: number }[] {
  let sum = 0;
  return histogram.counts.map((value, i) => {
    sum += value;
    return { le: histogram.bounds[i] ?? Number.POSITIVE_INFINITY, cumulative: sum };
  });
}

test("a quantile equals PromQL's histogram_quantile on the cumulative buckets", () => {
  fc.assert(
    fc.property(explicit, fc.double({ min: 0.001, max: 1, noNaN: true }), (histogram, q) => {
      const expected = promqlBucketQuantile(q, cumulative(histogram));
      const actual = quantile(histogram, q);
      if (Number.isNaN(expected)) expect(actual).toBeNull();
      else expect(actual?.value).toBeCloseTo(expected, 9);
    }),
  );
});

test("a quantile lies in the bounds it is known to, and they are infinite above the last bound", () => {
  fc.assert(
    fc.property(fc.oneof(explicit, exponential), fc.double({ min: 0, max: 1, noNaN: true }), (histogram, q) => {
      const known = quantile(histogram, q);
      if (known === null) {
        expect(totalCount(histogram)).toBe(0);
        return;
      }
      expect(known.value).toBeGreaterThanOrEqual(known.lo * (1 - 1e-12));
      expect(known.value).toBeLessThanOrEqual(known.hi * (1 + 1e-12));
    }),
  );
  const above: Histogram = { scheme: "explicit", bounds: [1, 10], counts: [0, 0, 7], sum: 700 };
  expect(quantile(above, 0.5)).toEqual({ value: 10, lo: 10, hi: Number.POSITIVE_INFINITY });
});

test("an empty histogram and a q outside [0, 1] have no quantile", () => {
  const empty: Histogram = { scheme: "explicit", bounds: [1, 10], counts: [0, 0, 0], sum: 0 };
  expect(quantile(empty, 0.5)).toBeNull();
  const full: Histogram = { scheme: "explicit", bounds: [1, 10], counts: [1, 0, 0], sum: 0 };
  expect(quantile(full, Number.NaN)).toBeNull();
  expect(quantile(full, 1.1)).toBeNull();
});

for (const [kind, arbitrary] of [
  ["explicit", explicit],
  ["exponential", exponential],
  ["mixed, one scale", fc.oneof<fc.Arbitrary<Histogram>[]>(explicit, exponentialAt(fc.constant(3), 100))],
] as const) {
  test(`merge is commutative and associative with exact counts: ${kind}`, () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, arbitrary, (a, b, c) => {
        expect(mergeHistograms(a, b)).toEqual(mergeHistograms(b, a));
        const merged = mergeHistograms(mergeHistograms(a, b), c);
        expect(mergeHistograms(a, mergeHistograms(b, c))).toEqual(merged);
        expect(totalCount(merged)).toBe(totalCount(a) + totalCount(b) + totalCount(c));
      }),
    );
  });
}

test("merging keeps at most the stated number of exponential buckets", () => {
  const at = (offset: number): Histogram => ({
    scheme: "exponential",
    scale: 6,
    zeroCount: 0,
    offset,
    counts: [3],
    sum: 3,
  });
  const merged = mergeHistograms(at(-2000), at(2000));
  expect(merged.counts.length).toBeLessThanOrEqual(MAX_EXPONENTIAL_BUCKETS);
  expect(totalCount(merged)).toBe(6);
});

test("converted to explicit bounds, a count moves up by less than one exponential bucket and never down", () => {
  fc.assert(
    fc.property(exponentialAt(fc.integer({ min: 0, max: 5 })), (histogram) => {
      const converted = toExplicit(histogram, BOUNDS);
      const base = exponentialUpperBound(histogram.scale, 0);
      for (const bound of BOUNDS) {
        const upTo = (limit: number, h: Histogram): number =>
          h.scheme === "explicit"
            ? h.counts.reduce((sum, n, i) => sum + ((h.bounds[i] ?? Number.POSITIVE_INFINITY) <= limit ? n : 0), 0)
            : h.counts.reduce(
                (sum, n, i) => sum + (exponentialUpperBound(h.scale, h.offset + i) <= limit ? n : 0),
                h.zeroCount,
              );
        expect(upTo(bound, converted)).toBe(upTo(bound, histogram));
        expect(upTo(bound * base * (1 + 1e-12), histogram)).toBeGreaterThanOrEqual(upTo(bound, converted));
      }
    }),
  );
});
