import { expect, test } from "vitest";
import { ageWords } from "./age-words.ts";

test("the age of what is on screen goes on while it is live, and is of the window's end where that stands still", () => {
  expect(ageWords(3_000, 2_000)).toBe("data 5 s old");
  expect(ageWords(3_000, null)).toBe("window stands still, newest 3 s before its end");
});

test("where nothing was observed no age is said", () => {
  expect(ageWords(null, 2_000)).toBe("no observation yet");
  expect(ageWords(null, null)).toBe("window stands still, nothing was observed in it");
});
