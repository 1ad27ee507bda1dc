import fc from "fast-check";
import { expect, test } from "vitest";
import {
  firstWindow,
  formatReplay,
  nextWindow,
  paceOf,
  parseReplay,
  SPEEDS,
  settledMs,
  windowsAhead,
} from "./replay.ts";

const MINUTE = 60_000;

test("every speed steps by whole slots, at most four times a second, and as fast as it says", () => {
  for (const speed of SPEEDS) {
    for (const slotMs of [10_000, 60_000, 600_000]) {
      const { stepMs, everyMs } = paceOf(speed, slotMs);
      expect(stepMs % slotMs).toBe(0);
      expect(everyMs).toBeGreaterThanOrEqual(250);
      expect(stepMs / everyMs).toBeCloseTo(speed, 9);
    }
  }
  expect(paceOf(1, 10_000)).toEqual({ stepMs: 10_000, everyMs: 10_000 });
  expect(paceOf(60, 10_000).stepMs).toBe(20_000);
});

test("no window reaches past what is settled, and each follows the one before by a step", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 8 }), (slots, step, most) => {
      const until = 500 * 10_000;
      const first = { startMs: 0, endMs: slots * 10_000 };
      const ahead = windowsAhead(first, step * 10_000, until, most);
      expect(ahead.length).toBeLessThanOrEqual(most);
      let before = first;
      for (const one of ahead) {
        expect(one).toEqual(nextWindow(before, step * 10_000, until));
        expect(one.endMs).toBeLessThanOrEqual(until);
        before = one;
      }
      if (ahead.length < most) expect(nextWindow(before, step * 10_000, until)).toBeNull();
    }),
  );
});

test("what ended less than half a minute ago is not settled", () => {
  expect(settledMs(100_000, 10_000)).toBe(70_000);
  expect(settledMs(109_999, 10_000)).toBe(70_000);
});

test("a live replay begins at the start of the strip, a window's where it stands, both on whole slots", () => {
  const window = { startMs: 100 * MINUTE + 4_321, endMs: 105 * MINUTE + 4_321 };
  expect(firstWindow(window, null)).toEqual({ startMs: 100 * MINUTE, endMs: 105 * MINUTE });
  const strip = { startMs: 80 * MINUTE + 1, endMs: 110 * MINUTE };
  expect(firstWindow(window, strip)).toEqual({ startMs: 80 * MINUTE, endMs: 85 * MINUTE });
});

test("a link says the speed and whether it plays; what makes no sense is no replay", () => {
  for (const text of ["1", "60", "300,held"]) expect(formatReplay(parseReplay(text))).toBe(text);
  for (const text of [null, "", "2", "60,", "60,held,x", "held"]) expect(parseReplay(text)).toBeNull();
  expect(formatReplay(null)).toBeNull();
});
