import { expect, test } from "vitest";
import { TargetCoverage } from "./coverage.ts";

const HOUR_MS = 3_600_000;

test("after a clock was set back the time between is not covered, and the hour is not lost", () => {
  const coverage = new TargetCoverage("p", 10_000);
  coverage.cover(2 * HOUR_MS, 2 * HOUR_MS + 10_000);
  coverage.cover(HOUR_MS, HOUR_MS + 10_000);
  coverage.cover(HOUR_MS + 10_000, HOUR_MS + 20_000);
  expect(coverage.intervals).toEqual([
    { from: HOUR_MS, to: HOUR_MS + 20_000 },
    { from: 2 * HOUR_MS, to: 2 * HOUR_MS + 10_000 },
  ]);
  coverage.cover(2 * HOUR_MS + 10_000, 2 * HOUR_MS + 20_000);
  coverage.cover(HOUR_MS + 15_000, HOUR_MS + 30_000);
  expect(coverage.intervals).toEqual([
    { from: HOUR_MS, to: HOUR_MS + 30_000 },
    { from: 2 * HOUR_MS, to: 2 * HOUR_MS + 20_000 },
  ]);
});
