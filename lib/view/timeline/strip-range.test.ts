import fc from "fast-check";
import { expect, it } from "vitest";
import type { Range } from "./range.ts";
import { keptStrip, STRIP_SPANS, stripRange } from "./strip-range.ts";

const MINUTE = 60_000;

function fixed(startMs: number, endMs: number, nowMs: number, span: (typeof STRIP_SPANS)[number] = "auto"): Range {
  return stripRange({ kind: "range", startMs, endMs }, span, nowMs);
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

it("is one for all windows in its middle, and lies half of itself further on after that", () => {
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
  const length = (minutes: 5 | 60, span: (typeof STRIP_SPANS)[number]): number => {
    const { startMs, endMs } = stripRange({ kind: "live", minutes }, span, 1_700_000_000_000);
    return (endMs - startMs) / MINUTE;
  };
  expect([length(5, "auto"), length(60, "auto"), length(5, "1d"), length(60, "30m")]).toEqual([30, 360, 1440, 120]);
});

it("stays where it is when a live window is paused", () => {
  fc.assert(
    fc.property(fc.nat(1e12), (nowMs) => {
      const live = stripRange({ kind: "live", minutes: 5 }, "auto", nowMs);
      expect(fixed(nowMs - 5 * MINUTE, nowMs, nowMs)).toEqual(live);
    }),
  );
});

it("stays until the window leaves it or another length is asked for", () => {
  const now = 1_700_000_000_000;
  const strip = stripRange({ kind: "live", minutes: 5 }, "auto", now);
  const kept = (startMs: number, length: number, span: (typeof STRIP_SPANS)[number] = "auto"): boolean =>
    keptStrip(strip, { kind: "range", startMs, endMs: startMs + length }, span, now) === strip;
  expect(kept(strip.startMs, 5 * MINUTE)).toBe(true);
  expect(kept(strip.startMs - 10_000, 5 * MINUTE)).toBe(false);
  expect(kept(strip.startMs, 5 * MINUTE, "6h")).toBe(false);
  expect(keptStrip(strip, { kind: "live", minutes: 5 }, "auto", strip.endMs + 1)).not.toBe(strip);
});
