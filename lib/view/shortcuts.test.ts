import { describe, expect, it } from "vitest";
import { nextKey, SHORTCUTS } from "./shortcuts.ts";

describe("shortcuts", () => {
  it("reaches every action by its own keys", () => {
    for (const { keys, action } of SHORTCUTS) {
      let step = nextKey(null, keys[0] ?? "");
      if (keys.length === 2) {
        expect(step.action).toBeNull();
        step = nextKey(step.pending, keys[1] ?? "");
      }
      expect(step).toEqual({ pending: null, action });
    }
  });

  it("forgets the first key of a pair when the second does not fit", () => {
    expect(nextKey("g", "x")).toEqual({ pending: null, action: null });
    expect(nextKey("g", "g").pending).toBe("g");
  });

  it("does not take the second key of a pair alone", () => {
    expect(nextKey(null, "m")).toEqual({ pending: null, action: null });
  });
});
