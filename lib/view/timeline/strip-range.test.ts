import fc from "fast-check";
import { expect, it } from "vitest";
import type { Range } from "./range.ts";
import { STRIP_SPANS, stripRange } from "./strip-range.ts";

const MINUTE = 60_000;

function fixed(startMs: number, endMs: number, nowMs: number, span: (typeof STRIP_SPANS)[number] = "auto"): Range {
  const range = stripRange({ kind: "range", startMs, endMs }, span, nowMs);
  if (!("startMs" in range)) throw new Error("a chosen window has a fixed strip");
  return range;
}

it("always holds the chosen window, and of the future a twelfth at most", () => {
  const spans = fc.constantFrom(...STRIP_SPANS);
  fc.assert(
    fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 1e9 }), fc.nat(1e10), spans, (startMs, length, later, span) => {
      const endMs = startMs + length;
      const range = fixed(startMs, endMs, endMs + later, span);
      expect(range.startMs).toBeLessThanOrEqual(startMs);
      expect(range.endMs).toBeGreaterThanOrEqual(endMs);
      const strip = range.endMs - range.startMs;
      expect(range.endMs).toBeLessThanOrEqual(endMs + later + strip / 12);
      expect(strip).toBeGreaterThanOrEqual(30 * MINUTE);
    }),
  );
});

it("stays where it is while the window moves in its middle, and goes on by half of itself after that", () => {
  const start = 1_700_000_000_000 - (1_700_000_000_000 % (30 * MINUTE)) + 10 * MINUTE;
  const strips = new Set<string>();
  let moves = 0;
  for (let at = start; at < start + 60 * MINUTE; at += 10_000) {
    const { startMs } = fixed(at, at + 5 * MINUTE, start + 600 * MINUTE);
    if (!strips.has(String(startMs))) moves++;
    strips.add(String(startMs));
  }
  expect(moves).toBeLessThanOrEqual(5);
});

it("does not go on with every second of now", () => {
  const endMs = 1_700_000_000_000;
  const strips = new Set<number>();
  for (let later = 0; later < 60_000; later += 1000)
    strips.add(fixed(endMs - 5 * MINUTE, endMs, endMs + later).startMs);
  expect(strips.size).toBeLessThanOrEqual(2);
});

it("shows half an hour for five live minutes and six hours for an hour, or what is asked for", () => {
  expect(stripRange({ kind: "live", minutes: 5 }, "auto", 0)).toEqual({ lengthMs: 1_800_000 });
  expect(stripRange({ kind: "live", minutes: 60 }, "auto", 0)).toEqual({ lengthMs: 21_600_000 });
  expect(stripRange({ kind: "live", minutes: 5 }, "1d", 0)).toEqual({ lengthMs: 86_400_000 });
  expect(stripRange({ kind: "live", minutes: 60 }, "30m", 0)).toEqual({ lengthMs: 7_200_000 });
});
