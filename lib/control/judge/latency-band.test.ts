/** The band's constants against the theorem that they are of, and against the authors' own software. */
import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import { bandRadius } from "./latency-band.ts";

const A = 0.85;

/** The theorem's bound on the risk that √-boundary with (A, C) is ever left; Infinity where it says nothing. */
function risk(c: number, eta: number): number {
  const gamma = (2 / eta) * (A - Math.sqrt((2 * (eta - 1)) / c)) ** 2;
  return gamma <= 1 ? Number.POSITIVE_INFINITY : 4 * Math.exp(-gamma * c) * (1 + 1 / ((gamma - 1) * Math.log(eta)));
}

/** The smallest over η, which the theorem leaves free. */
function leastRisk(c: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let eta = 1.001; eta < 2 * A * A; eta += 0.0005) least = Math.min(least, risk(c, eta));
  return least;
}

describe("the band of a distribution", () => {
  test.each([0.1, 0.05, 0.01, 1e-3, 1e-6])(
    "with 0.8·ln(1612/α) keeps its risk at α = %d, and is no looser than it must",
    (alpha) => {
      const c = 0.8 * Math.log(1612 / alpha);
      expect(leastRisk(c)).toBeLessThanOrEqual(alpha);
      expect(leastRisk(0.8 * Math.log(1612 / alpha) * 0.9)).toBeGreaterThan(alpha);
    },
  );

  test("is no closer than the best constant of the authors' own software, and near to it", () => {
    // confseq: empirical_process_lil_bound(t = 1000, α = 0.05, t_min = 100, A = 0.85).
    const best = 0.08204769;
    const ours = 0.85 * Math.sqrt((Math.log(1 + Math.log(10)) + 0.8 * Math.log(1612 / 0.05)) / 1000);
    expect(ours).toBeGreaterThanOrEqual(best);
    expect(ours / best).toBeLessThan(1.02);
  });

  test("holds the truth at every look of nearly every run", () => {
    let left = 0;
    for (let run = 0; run < 100; run++) {
      const random = rng(run);
      const values: number[] = [];
      let isLeft = false;
      for (let n = 1; n <= 400; n++) {
        values.push(random.next());
        if (n % 20 !== 0) continue;
        const sorted = [...values].sort((a, b) => a - b);
        const distance = Math.max(...sorted.map((value, i) => Math.max((i + 1) / n - value, value - i / n)));
        if (distance > bandRadius(n, 0.05)) isLeft = true;
      }
      if (isLeft) left++;
    }
    expect(left).toBeLessThanOrEqual(5);
  });

  test("says nothing of nothing, and grows narrower", () => {
    expect([bandRadius(0, 0.05), bandRadius(1, 0.05)]).toEqual([1, 1]);
    expect(bandRadius(1e6, 0.05)).toBeLessThan(0.003);
    expect(bandRadius(1e4, 0.05)).toBeGreaterThan(bandRadius(1e5, 0.05));
  });
});
