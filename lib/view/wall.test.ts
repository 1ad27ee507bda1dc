import { expect, test } from "vitest";
import { wallState } from "./wall.ts";

const FACTS = { stream: "open", newestAgeMs: 4000, sinceMs: 1000, targets: { up: 10, down: 0 } } as const;

test("a wall calls itself live only while what it shows is fresh", () => {
  expect(wallState(FACTS)).toEqual({ tone: "live", words: "live, 5 s old" });
  expect(wallState({ ...FACTS, sinceMs: 40_000 })).toEqual({ tone: "warning", words: "this is 44 s old" });
});

test("a wall says that its connection is lost at once, and how old the picture is", () => {
  expect(wallState({ ...FACTS, stream: "broken" })).toEqual({
    tone: "warning",
    words: "connection lost: this is 5 s old",
  });
});

test("a wall with a window that stands still, without data, or with targets down is not called live and well", () => {
  expect(wallState({ ...FACTS, stream: "still" }).words).toContain("not live");
  expect(wallState({ ...FACTS, newestAgeMs: null }).words).toBe("nothing was observed yet");
  expect(wallState({ ...FACTS, targets: { up: 8, down: 2 } })).toEqual({
    tone: "warning",
    words: "live, 5 s old, 2 of 10 targets down",
  });
});
