import fc from "fast-check";
import { expect, test } from "vitest";
import { centred, dragged, keyed, keyStep, moved, SLOT_MS } from "./scrub.ts";

const T = 1_700_000_000_000;
const MINUTE = 60_000;
const limits = { startMs: T, endMs: T + 30 * MINUTE };
const window = { startMs: T + 10 * MINUTE, endMs: T + 15 * MINUTE };
const key = (name: string, shiftKey = false) => ({ key: name, shiftKey });

test("whatever is done the window has whole slots, at least one, inside the limits", () => {
  const grips = fc.constantFrom("start", "end", "window", "new");
  const instant = fc.integer({ min: T - 40 * MINUTE, max: T + 70 * MINUTE });
  fc.assert(
    fc.property(grips, instant, instant, (grip, fromMs, toMs) => {
      const next = dragged(window, grip, { fromMs, toMs }, limits);
      expect([next.startMs % SLOT_MS, next.endMs % SLOT_MS]).toEqual([0, 0]);
      expect(next.endMs - next.startMs).toBeGreaterThanOrEqual(SLOT_MS);
      expect(next.startMs).toBeGreaterThanOrEqual(limits.startMs);
      expect(next.endMs).toBeLessThanOrEqual(limits.endMs);
      if (grip === "window") expect(next.endMs - next.startMs).toBe(5 * MINUTE);
    }),
  );
});

test("a slot that is only begun at the end of the limits is in no window that is dragged to it", () => {
  const open = { startMs: T, endMs: T + 30 * MINUTE + 4_000 };
  expect(moved(window, "window", 60 * MINUTE, open).endMs).toBe(T + 30 * MINUTE);
});

test("an end does not pass the other", () => {
  expect(moved(window, "start", 20 * MINUTE, limits)).toEqual({ startMs: window.endMs - SLOT_MS, endMs: window.endMs });
  expect(moved(window, "end", -20 * MINUTE, limits)).toEqual({
    startMs: window.startMs,
    endMs: window.startMs + SLOT_MS,
  });
});

test("dragging across nothing draws a window in either direction", () => {
  const drawn = { startMs: T + MINUTE, endMs: T + 3 * MINUTE };
  expect(dragged(window, "new", { fromMs: T + MINUTE, toMs: T + 3 * MINUTE - 1 }, limits)).toEqual(drawn);
  expect(dragged(window, "new", { fromMs: T + 3 * MINUTE - 1, toMs: T + MINUTE }, limits)).toEqual(drawn);
});

test("keys move by a slot, six with shift, a window by page, and to the ends", () => {
  const start = (name: string, shift = false) => keyed(window, "window", key(name, shift), limits)?.startMs;
  expect(start("ArrowRight")).toBe(window.startMs + SLOT_MS);
  expect(start("ArrowLeft", true)).toBe(window.startMs - 6 * SLOT_MS);
  expect(start("PageUp")).toBe(window.startMs + 5 * MINUTE);
  expect(start("Home")).toBe(limits.startMs);
  expect(start("End")).toBe(limits.endMs - 5 * MINUTE);
  expect(keyed(window, "end", key("End"), limits)).toEqual({ startMs: window.startMs, endMs: limits.endMs });
  expect(keyed(window, "start", key("ArrowLeft"), limits)?.startMs).toBe(window.startMs - SLOT_MS);
  expect(keyed(window, "window", key("x"), limits)).toBeNull();
  const first = { startMs: limits.startMs, endMs: limits.startMs + 5 * MINUTE };
  expect(keyed(first, "window", key("ArrowLeft"), limits)?.startMs).toBe(limits.startMs - SLOT_MS);
  expect(keyed(first, "window", key("Home"), limits)).toEqual(first);
});

test("on a long strip a key moves by what can be told apart there", () => {
  expect(keyStep({ startMs: 0, endMs: 6 * 60 * MINUTE })).toBe(2 * MINUTE);
  expect(keyStep({ startMs: 0, endMs: 5 * MINUTE })).toBe(SLOT_MS);
});

test("a click brings the window about the instant", () => {
  expect(centred(window, T + 20 * MINUTE, limits)).toEqual({
    startMs: T + 17.5 * MINUTE,
    endMs: T + 22.5 * MINUTE,
  });
});
