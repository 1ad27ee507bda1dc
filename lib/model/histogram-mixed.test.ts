/**
 * Samples drawn, counted by each mesh's own buckets, merged as the edges of a coarser view are: the true quantile lies in
 * the bounds that the merged one is known to, in whatever order they were merged. Bounds as proxies print them, ms.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { addStats, type EdgeStats, emptyStats } from "./edge-stats.ts";
import type { ExplicitHistogram, ExponentialHistogram, Histogram } from "./histogram.ts";
import { mergeHistograms } from "./histogram-merge.ts";
import { quantile, totalCount } from "./histogram-quantile.ts";

/** Envoy's default (also App Mesh's and Consul's), Linkerd's per-endpoint, per-route and per-backend ones. */
const SCHEMES: Readonly<Record<string, readonly number[]>> = {
  envoy: [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1e3, 2500, 5e3, 1e4, 3e4, 6e4, 3e5, 6e5, 1.8e6, 3.6e6],
  linkerd: [
    ...[1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1e3, 2e3, 3e3, 4e3, 5e3, 1e4, 2e4, 3e4, 4e4, 5e4],
  ],
  route: [50, 500, 1e3, 1e4],
  backend: [25, 50, 100, 250, 500, 1e3, 1e4],
};

function counted(samples: readonly number[], bounds: readonly number[]): ExplicitHistogram {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let sum = 0;
  for (const sample of samples) {
    const at = bounds.findIndex((bound) => sample <= bound);
    const bucket = at < 0 ? bounds.length : at;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    sum += sample;
  }
  return { scheme: "explicit", bounds, counts, sum };
}

/** As OpenTelemetry counts: bucket i is (base^i, base^(i+1)]. */
function exponential(samples: readonly number[], scale: number): ExponentialHistogram {
  const at = (sample: number): number => Math.ceil(Math.log2(sample) * 2 ** scale - 1e-9) - 1;
  const indexes = samples.map(at);
  const offset = Math.min(...indexes, 0);
  const counts = new Array<number>(Math.max(...indexes, 0) - offset + 1).fill(0);
  for (const index of indexes) counts[index - offset] = (counts[index - offset] ?? 0) + 1;
  return { scheme: "exponential", scale, zeroCount: 0, offset, counts, sum: samples.reduce((a, b) => a + b, 0) };
}

/** Log-uniform over five decades, as latencies lie. */
const sample = fc.double({ min: -1, max: 4, noNaN: true }).map((decade) => 10 ** decade);
const part: fc.Arbitrary<{ samples: number[]; histogram: Histogram }> = fc
  .tuple(
    fc.array(sample, { minLength: 1, maxLength: 60 }),
    fc.constantFrom(...Object.keys(SCHEMES), "spans"),
    fc.integer({ min: 0, max: 5 }),
  )
  .map(([samples, scheme, scale]) => {
    const bounds = SCHEMES[scheme];
    return { samples, histogram: bounds === undefined ? exponential(samples, scale) : counted(samples, bounds) };
  });

const merged = (all: readonly Histogram[]): Histogram | undefined => {
  const [first, ...rest] = all;
  return first === undefined ? undefined : rest.reduce(mergeHistograms, first);
};

test("the true quantile of what several meshes timed lies in the bounds that the merged one is known to", () => {
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 2, maxLength: 5 }),
      fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.99, 1),
      (parts, q) => {
        const all = parts.flatMap(({ samples }) => samples).sort((a, b) => a - b);
        const truth = all[Math.max(0, Math.ceil(q * all.length - 1e-9) - 1)] ?? Number.NaN;
        for (const order of [parts, [...parts].reverse()]) {
          const histogram = merged(order.map((one) => one.histogram));
          if (histogram === undefined) throw new Error("nothing merged");
          expect(totalCount(histogram)).toBe(all.length);
          const known = quantile(histogram, q);
          expect(known?.lo).toBeLessThanOrEqual(truth * (1 + 1e-9));
          expect(known?.hi).toBeGreaterThanOrEqual(truth * (1 - 1e-9));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("merged buckets are never finer than either side's own: the bounds do not promise more than was counted", () => {
  const samples = [3, 30, 300, 3000];
  const both = mergeHistograms(counted(samples, SCHEMES["envoy"] ?? []), counted(samples, SCHEMES["linkerd"] ?? []));
  expect(both.scheme === "explicit" && both.bounds).toEqual([1, 5, 10, 50, 100, 500, 1e3, 5e3, 1e4, 3e4]);
  expect(quantile(both, 0.5)).toMatchObject({ lo: 10, hi: 50 });
});

const share = fc.integer({ min: 0, max: 500 });
const secured: fc.Arbitrary<EdgeStats> = fc
  .record({ mutual: share, tls: share, plaintext: share, unknown: share })
  .map((requests) => ({ ...emptyStats(), security: { requests, connections: emptyStats().security.connections } }));

function added(all: readonly EdgeStats[]): EdgeStats {
  const sum = emptyStats();
  for (const one of all) addStats(sum, one);
  return sum;
}

test("security counts add, and never overwrite, in whatever order", () => {
  fc.assert(
    fc.property(
      fc
        .array(secured, { minLength: 1, maxLength: 6 })
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        const { requests } = added(shuffled).security;
        for (const kind of ["mutual", "tls", "plaintext", "unknown"] as const) {
          expect(requests[kind]).toBe(all.reduce((sum, one) => sum + one.security.requests[kind], 0));
        }
      },
    ),
  );
});

test("what is timed is mixed as soon as two kinds meet, and stays so", () => {
  const of = (latencyOf: EdgeStats["latencyOf"], bounds: readonly number[]): EdgeStats => ({
    ...emptyStats(),
    latency: counted([5, 50], bounds),
    latencyOf,
  });
  const first = of("firstByte", SCHEMES["linkerd"] ?? []);
  const whole = of("response", SCHEMES["envoy"] ?? []);
  expect(added([whole, whole]).latencyOf).toBe("response");
  for (const order of [
    [first, whole, whole],
    [whole, whole, first],
    [whole, first, whole],
  ]) {
    expect(added(order).latencyOf).toBe("mixed");
  }
});
