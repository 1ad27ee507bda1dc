import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bars, linePath, maxOf, pointAt, ticks, timeOf, xOf } from "./chart.ts";

const BOX = { width: 100, height: 20 };
const DOMAIN = { startMs: 0, endMs: 100, max: 10 };

describe("charts", () => {
  it("starts a new line after a gap instead of crossing it", () => {
    const path = linePath([0, 25, 50, 75], [0, 10, null, 5], DOMAIN, BOX);
    expect(path).toBe("M0.0 20.0h0.1L25.0 0.0M75.0 10.0h0.1");
  });

  it("draws no bar where nothing was observed and an empty one for zero", () => {
    const drawn = bars([0, 50, 75], [4, null, 0], [0.5, null, null], DOMAIN, BOX);
    expect(drawn.map((bar) => [bar.atMs, bar.height, bar.failed])).toEqual([
      [0, 8, 4],
      [75, 0, 0],
    ]);
  });

  it("shows any failure with at least one pixel", () => {
    expect(bars([0], [10], [0.0001], DOMAIN, BOX)[0]?.failed).toBe(1);
  });

  it("finds the time under a pixel and back", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (x) => {
        expect(xOf(timeOf(x, DOMAIN, BOX), DOMAIN, BOX)).toBeCloseTo(x, 6);
      }),
    );
  });

  it("gives round ticks, never more than asked for, all inside", () => {
    const window = { startMs: 61_000, endMs: 1_861_000 };
    expect(ticks(window, 6).map((at) => at / 60_000)).toEqual([5, 10, 15, 20, 25, 30]);
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: 1, max: 1e10 }), (startMs, length) => {
        const found = ticks({ startMs, endMs: startMs + length }, 6);
        expect(found.length).toBeLessThanOrEqual(7);
        for (const at of found) expect(at >= startMs && at <= startMs + length).toBe(true);
      }),
    );
  });

  it("finds the point at or before a time", () => {
    expect(pointAt([0, 10, 20], 19)).toBe(1);
    expect(pointAt([0, 10, 20], 20)).toBe(2);
    expect(pointAt([5], 1)).toBe(-1);
    expect(maxOf([null, 3, 1])).toBe(3);
  });
});
