import { expect, test } from "vitest";
import { callerShare } from "./caller-share.ts";

test("a caller's share is of all that it sends, and never more than all", () => {
  expect(callerShare(25, 100)).toBe(0.25);
  expect(callerShare(0, 100)).toBe(0);
  // Two sides of a call are read at different times.
  expect(callerShare(5, 4.99)).toBe(1);
});

test("it is not known where one of the two is not, nor where nothing is sent", () => {
  expect([callerShare(null, 100), callerShare(25, null), callerShare(0, 0)]).toEqual([null, null, null]);
});
