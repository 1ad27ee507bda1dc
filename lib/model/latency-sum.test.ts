import fc from "fast-check";
import { expect, test } from "vitest";
import type { Histogram } from "./histogram.ts";
import { mergeHistograms } from "./histogram-merge.ts";
import { LatencySum } from "./latency-sum.ts";

const SCHEMES = [
  [1, 5, 10],
  [1, 10, 100, 1000],
] as const;

const explicit: fc.Arbitrary<Histogram> = fc
  .record({ at: fc.constantFrom(0, 0, 0, 1), raised: fc.constantFrom(1, 1, 2) })
  .chain(({ at, raised }) => {
    const bounds = SCHEMES[at === 1 ? 1 : 0];
    const count = bounds.length + 1;
    return fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: count, maxLength: count }).map((counts) => ({
      scheme: "explicit" as const,
      bounds: [...bounds],
      counts,
      sum: counts.reduce((a, b) => a + b, 0),
      ...(raised > 1 ? { raisedBy: raised } : {}),
    }));
  });

test("the sum of histograms is what merging them one after the other makes, and leaves each as it was", () => {
  fc.assert(
    fc.property(fc.array(explicit, { minLength: 1, maxLength: 20 }), (all) => {
      const before = JSON.stringify(all);
      const sum = new LatencySum();
      for (const one of all) sum.add(one);
      const merged = all.reduce((a, b) => mergeHistograms(a, b));
      expect(sum.histogram).toEqual(merged);
      expect(JSON.stringify(all)).toBe(before);
    }),
  );
  expect(new LatencySum().histogram).toBeNull();
});
