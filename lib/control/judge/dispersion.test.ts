import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import { poisson } from "../../world/draw.ts";
import { dispersionOf, type Halves, undispersed } from "./dispersion.ts";

/** `own` and `shared` are shapes of gamma bursts as sums of exponentials; 0 = none. */
function history(seed: number, { share, own, shared }: { share: number; own: number; shared: number }): Halves[] {
  const random = rng(seed);
  const next = () => random.next();
  const burst = (shape: number) => {
    if (shape === 0) return 1;
    let sum = 0;
    for (let i = 0; i < shape; i++) sum -= Math.log(1 - next() * 0.9999);
    return sum / shape;
  };
  return Array.from({ length: 200 }, () => {
    const both = burst(shared);
    const [aRequests, bRequests] = [3000 * share, 3000 * (1 - share)];
    return {
      aRequests,
      bRequests,
      aBad: poisson(random, aRequests * 0.01 * both * burst(own)),
      bBad: poisson(random, bRequests * 0.01 * both * burst(own)),
    };
  });
}

describe("split dispersion", () => {
  test("independent errors have about none, also where one half has twice the requests", () => {
    for (const share of [0.5, 2 / 3]) {
      const phi = dispersionOf(history(1, { share, own: 0, shared: 0 })) ?? 0;
      expect(phi).toBeGreaterThanOrEqual(1);
      expect(phi).toBeLessThan(1.35);
    }
  });

  test("bursts that both halves share cancel", () => {
    expect(dispersionOf(history(2, { share: 0.5, own: 0, shared: 1 }))).toBeLessThan(1.35);
  });

  test("bursts of each half's own are seen", () => {
    expect(dispersionOf(history(3, { share: 0.5, own: 3, shared: 0 }))).toBeGreaterThan(3);
  });

  test("nothing is said before five pooled batches, nor with one half empty", () => {
    const four = Array.from({ length: 4 }, () => ({ aRequests: 10, bRequests: 10, aBad: 3, bBad: 3 }));
    expect(dispersionOf(four)).toBeNull();
    expect(dispersionOf([...four, ...four])).not.toBeNull();
    const oneSided = Array.from({ length: 50 }, () => ({ aRequests: 10, bRequests: 0, aBad: 6, bBad: 0 }));
    expect(dispersionOf(oneSided)).toBeNull();
  });

  test("few errors a batch are pooled first", () => {
    const quiet = Array.from({ length: 24 }, (_, i) => ({
      aRequests: 9,
      bRequests: 9,
      aBad: i % 2,
      bBad: (i + 1) % 2,
    }));
    expect(dispersionOf(quiet)).toBeNull();
    expect(dispersionOf([...quiet, ...quiet])).toBe(1);
  });

  test("counts are divided, requests are not", () => {
    const batch = { canaryRequests: 10, primaryRequests: 90, canaryBad: 4, primaryBad: 8 };
    expect(undispersed(batch, 2)).toEqual({ canaryRequests: 10, primaryRequests: 90, canaryBad: 2, primaryBad: 4 });
  });
});
