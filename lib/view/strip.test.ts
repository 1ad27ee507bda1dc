import fc from "fast-check";
import { expect, it } from "vitest";
import { stripRange } from "./strip.ts";

it("always holds the chosen window and never shows the future", () => {
  fc.assert(
    fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 1e9 }), fc.nat(1e10), (startMs, length, later) => {
      const endMs = startMs + length;
      const range = stripRange({ kind: "range", startMs, endMs }, endMs + later);
      if (!("startMs" in range)) throw new Error("a chosen window has a fixed strip");
      expect(range.startMs).toBeLessThanOrEqual(startMs);
      expect(range.endMs).toBeGreaterThanOrEqual(endMs);
      expect(range.endMs).toBeLessThanOrEqual(endMs + later);
      expect(range.endMs - range.startMs).toBeGreaterThanOrEqual(30 * 60_000);
    }),
  );
});

it("shows half an hour for five live minutes and six hours for an hour", () => {
  expect(stripRange({ kind: "live", minutes: 5 }, 0)).toEqual({ lengthMs: 1_800_000 });
  expect(stripRange({ kind: "live", minutes: 60 }, 0)).toEqual({ lengthMs: 21_600_000 });
});
