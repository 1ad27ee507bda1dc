import { expect, test } from "vitest";
import { parseFind } from "./parse.ts";
import { suggest, vocabularyOf } from "./suggest.ts";

const vocabulary = vocabularyOf([
  ["namespace", "shop"],
  ["namespace", "shop"],
  ["namespace", "billing"],
  ["name", "cart"],
  ["name", "error budget"],
]);
const options = (text: string): string[] => suggest(text, text.length, vocabulary).options.map((option) => option.text);

test("at the start fields, states and names are offered", () => {
  expect(options("")).toContain("name");
  expect(options("er")).toEqual(expect.arrayContaining(["error", '"error budget"']));
  expect(options("ca")).toContain("cart");
  expect(options("car")).toEqual(["cart"]);
});

test("after a field its operators, after an operator the values that the map has, the most frequent first", () => {
  expect(options("namespace ")[0]).toBe("=");
  expect(options("namespace = ")).toEqual(["shop", "billing"]);
  expect(options("namespace = b")).toEqual(["billing"]);
  expect(options("error ")[0]).toBe(">");
  expect(options("error > ")).toEqual(["1%"]);
});

test("after a term it is joined", () => {
  expect(options("namespace = shop ")).toEqual(["and", "or"]);
  expect(options("failing ")).toEqual(["and", "or"]);
  expect(options("(failing) a")).toEqual(["and"]);
});

test("a choice replaces the word under the cursor, and what is chosen can be read", () => {
  const text = "error > 1% and nam";
  const { from, to, options: offered } = suggest(text, text.length, vocabulary);
  expect([from, to]).toEqual([15, 18]);
  expect(offered[0]?.text).toBe("name");
  for (const value of options("name = ")) expect(parseFind(`name = ${value}`).ok).toBe(true);
});

test("of a text that cannot be read the last word is still completed", () => {
  expect(options('name = "err')).toEqual(['"error budget"']);
  expect(options('"opening')).toEqual([]);
  expect(options("failing) or nam").length).toBeGreaterThan(0);
});
