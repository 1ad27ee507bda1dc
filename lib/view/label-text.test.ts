import { expect, test } from "vitest";
import { nodeLabel } from "./find.ts";
import { cutText, setApart } from "./label-text.ts";

const FAMILY = "👨‍👩‍👧‍👦";

test("a plain name is left alone, and one written from right to left is set apart from what stands beside it", () => {
  expect(setApart("checkout-v1")).toBe("checkout-v1");
  expect(setApart("日本")).toBe("日本");
  for (const name of ["תשלומים", "مدفوعات", "a\u202eb"]) expect(setApart(name)).toBe(`\u2068${name}\u2069`);
  const node = { kind: "workload", name: "תשלומים", version: "v1" } as const;
  expect(nodeLabel(node)).toBe("\u2068תשלומים\u2069 v1");
});

test("a name is cut between characters as a reader sees them, and is never longer than it may be", () => {
  expect(cutText("checkout", 8)).toBe("checkout");
  expect(cutText("x".repeat(500), 24)).toBe(`${"x".repeat(23)}…`);
  const cut = cutText(FAMILY.repeat(4), 24);
  expect(cut).toBe(`${FAMILY.repeat(2)}…`);
  expect(cutText(`${"e\u0301".repeat(20)}`, 8)).toBe(`${"e\u0301".repeat(3)}…`);
});

test("a name that is set apart and cut is still closed", () => {
  const cut = cutText(setApart("א".repeat(500)), 24);
  expect(cut.startsWith("\u2068")).toBe(true);
  expect(cut.endsWith("…\u2069")).toBe(true);
  expect(cut.length).toBeLessThanOrEqual(26);
});
