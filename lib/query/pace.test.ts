/** The pace of states: fresh where they are cheap, a quarter of the time where they are not, once a slot at the slowest. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { costOf, costToCome, paceOf } from "./pace.ts";

test("what costs little is made again after 0.9 s, and shown for 1.8 s at most", () => {
  for (const isOver of [false, true]) expect(paceOf(20, 10, isOver)).toEqual({ dueMs: 900, shownMs: 1_800 });
});

test("what costs more takes a quarter of the time within a slot, and half of it where a slot began", () => {
  expect(paceOf(1_000, 400, false)).toEqual({ dueMs: 4_000, shownMs: 8_000 });
  expect(paceOf(1_000, 400, true)).toEqual({ dueMs: 2_000, shownMs: 8_000 });
});

test("whatever the cost, a state is shared for a slot longer than it took, and no longer", () => {
  fc.assert(
    fc.property(fc.nat(500_000), fc.nat(60_000), fc.boolean(), (cost, own, isOver) => {
      const { dueMs, shownMs } = paceOf(cost, own, isOver);
      expect(dueMs).toBeGreaterThanOrEqual(900);
      expect(dueMs).toBeLessThanOrEqual(own + 10_000);
      expect(shownMs).toBeGreaterThanOrEqual(2 * dueMs);
      expect(paceOf(cost, own, true).dueMs).toBeLessThanOrEqual(paceOf(cost, own, false).dueMs);
    }),
  );
});

test("of a state that was left lying, only a slot's part of what was done since counts", () => {
  expect(costOf(3_000, 8_000, 1_000)).toBe(3_000);
  expect(costOf(36_000, 3_601_000, 1_000)).toBe(100);
  expect(costOf(60_000, 69_000, 60_000)).toBe(60_000);
  expect(costOf(-1, 0, 0)).toBe(0);
});

test("a state of which little was asked does not make the next look cheap at once", () => {
  expect([costToCome(2_000, 0), costToCome(100, 2_000), costToCome(100, 1_000)]).toEqual([2_000, 1_000, 500]);
});
