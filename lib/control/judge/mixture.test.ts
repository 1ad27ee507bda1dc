import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import { poisson } from "../../world/draw.ts";
import { type Batch, evidenceOf, evidenceOverTime, logAbsolutePass, ratioInterval } from "./mixture.ts";

type Four = readonly [number, number, number, number];

function batches(rows: readonly Four[]): Batch[] {
  return rows.map(([canaryRequests, primaryRequests, canaryBad, primaryBad]) => ({
    canaryRequests,
    primaryRequests,
    canaryBad,
    primaryBad,
  }));
}

/** A ramp over five weights, ten windows each, at 1,000 requests a window, with bursts that both arms share. */
function ramp(seed: number, ratio: number, base = 0.01): Batch[] {
  const random = rng(seed);
  const next = () => random.next();
  return Array.from({ length: 50 }, (_, t) => {
    const share = [0.05, 0.1, 0.2, 0.3, 0.5][Math.floor(t / 10)] ?? 0.5;
    const burst = -Math.log(1 - next() * 0.999);
    const [nc, np] = [1000 * share, 1000 * (1 - share)];
    return {
      canaryRequests: nc,
      primaryRequests: np,
      canaryBad: poisson(random, nc * base * ratio * burst),
      primaryBad: poisson(random, np * base * burst),
    };
  });
}

const anyBatch = fc.record({
  canaryRequests: fc.integer({ min: 0, max: 5_000 }),
  primaryRequests: fc.integer({ min: 0, max: 5_000 }),
  canaryBad: fc.integer({ min: 0, max: 200 }),
  primaryBad: fc.integer({ min: 0, max: 200 }),
});

describe("the relative test", () => {
  test("equals the reference vectors", () => {
    const bad = batches([
      [150, 1350, 6, 7],
      [150, 1350, 5, 6],
      [300, 1200, 9, 6],
      [300, 1200, 12, 5],
    ]);
    expect(evidenceOf(bad).logFail).toBeCloseTo(19.0607342105, 9);
    const trap = batches([
      [50, 950, 0, 2],
      [500, 500, 20, 21],
    ]);
    expect(Math.exp(evidenceOf(trap).logFail)).toBeCloseTo(0.123, 3);
  });

  test("a batch without one arm, or without bad events, says nothing", () => {
    const silent = batches([
      [0, 1000, 0, 9],
      [1000, 0, 9, 0],
      [1000, 1000, 0, 0],
    ]);
    expect(evidenceOf(silent).logFail).toBeCloseTo(0, 12);
    expect(evidenceOf(silent).logPass).toBeCloseTo(0, 12);
  });

  test("the order of batches does not change the evidence at the end", () => {
    fc.assert(
      fc.property(fc.array(anyBatch, { maxLength: 12 }), (list) => {
        const there = evidenceOf(list);
        const back = evidenceOf([...list].reverse());
        expect(back.logFail).toBeCloseTo(there.logFail, 6);
        expect(back.logPass).toBeCloseTo(there.logPass, 6);
      }),
    );
  });

  test("evidence is finite whatever the counts", () => {
    fc.assert(
      fc.property(fc.array(anyBatch, { maxLength: 40 }), (list) => {
        for (const { logFail, logPass } of evidenceOverTime(list)) {
          expect(Number.isFinite(logFail) && Number.isFinite(logPass)).toBe(true);
        }
      }),
    );
  });

  test("a healthy canary under bursts that both arms share is not failed at any look of a ramp", () => {
    const failed = Array.from({ length: 300 }, (_, seed) => evidenceOverTime(ramp(seed, 1))).filter((looks) =>
      looks.some(({ logFail }) => logFail >= Math.log(100)),
    );
    expect(failed.length).toBeLessThanOrEqual(3);
  });

  test("four times the errors are failed, and never passed first", () => {
    const runs = Array.from({ length: 100 }, (_, seed) => evidenceOverTime(ramp(seed, 4)));
    const failed = runs.filter((looks) => looks.some(({ logFail }) => logFail >= Math.log(100)));
    const passed = runs.filter((looks) => looks.some(({ logPass }) => logPass >= Math.log(20)));
    expect(failed.length).toBeGreaterThanOrEqual(99);
    expect(passed.length).toBeLessThanOrEqual(1);
  });

  test("a ratio exactly at the margin is passed in at most 5 % of the runs", () => {
    const passed = Array.from({ length: 300 }, (_, seed) => evidenceOverTime(ramp(seed + 1000, 1.5))).filter((looks) =>
      looks.some(({ logPass }) => logPass >= Math.log(20)),
    );
    expect(passed.length).toBeLessThanOrEqual(15);
  });
});

describe("the interval of the ratio", () => {
  test("contains the truth in nearly every run, and grows narrower with data", () => {
    let missed = 0;
    for (let seed = 0; seed < 60; seed++) {
      const run = ramp(seed, 2, 0.02);
      const [low, high] = ratioInterval(run, 0.05);
      if (low > 2 || high < 2) missed++;
      const [early, late] = ratioInterval(run.slice(0, 10), 0.05);
      expect(high / low).toBeLessThanOrEqual(late / early);
    }
    expect(missed).toBeLessThanOrEqual(3);
  });

  test("nothing seen bounds nothing, and only the canary failing bounds it from below", () => {
    expect(ratioInterval([], 0.05)).toEqual([0, Number.POSITIVE_INFINITY]);
    const [low, high] = ratioInterval(batches([[1000, 1000, 400, 0]]), 0.05);
    expect(low).toBeGreaterThan(8);
    expect(high).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the absolute pass", () => {
  test("without an error it needs somewhat more requests than the best that any test can do", () => {
    for (const limit of [0.001, 0.005, 0.01]) {
      const least = Math.log(20) / -Math.log(1 - limit);
      const clean = (n: number) => logAbsolutePass(batches([[n, 0, 0, 0]]), limit);
      expect(clean(Math.floor(least) - 1)).toBeLessThan(Math.log(20));
      expect(clean(Math.ceil(least * 1.6))).toBeGreaterThanOrEqual(Math.log(20));
    }
  });

  test("errors at the limit's own rate do not pass", () => {
    expect(logAbsolutePass(batches([[10_000, 0, 100, 0]]), 0.01)).toBeLessThan(0);
  });
});
