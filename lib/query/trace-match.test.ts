/** Window bounds and durations of a search in nanoseconds. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { msToNs } from "./trace-match.ts";

test("whole milliseconds are exact up to 2^53", () => {
  const ms = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  fc.assert(fc.property(ms, (n) => msToNs(n) === BigInt(n) * 1_000_000n));
});

test("today's times are exact: a double of their nanoseconds is not", () => {
  const ms = fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 });
  fc.assert(fc.property(ms, (n) => msToNs(n) === BigInt(n) * 1_000_000n));
});

test("fractions go to the nearest nanosecond", () => {
  const ns = fc.integer({ min: 0, max: 1_000_000_000 });
  fc.assert(fc.property(ns, (n) => msToNs(n / 1e6) === BigInt(n)));
  expect([msToNs(0.5), msToNs(0.0000004), msToNs(1.0000006)]).toEqual([500_000n, 0n, 1_000_001n]);
});
