import fc from "fast-check";
import { expect, test } from "vitest";
import type { Attributes, AttributeValue } from "../../../lib/model/span.ts";
import { attributeText, readAttributes } from "./attribute-text.ts";

const text = fc.string({ unit: "grapheme" });
const value = fc.letrec<{ value: AttributeValue; map: Attributes }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 63n - 1n }),
    text.map((bytes) => ({ bytes })),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("map").map((map) => ({ map })),
  ),
  map: fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
})).value;

function back(attributes: Attributes): Attributes {
  const { texts, types } = attributeText(attributes);
  return readAttributes(JSON.parse(texts), JSON.parse(types));
}

test("attributes come back as they were, whatever their types", () => {
  const attributes = fc.array(fc.tuple(text, value), { maxLength: 6 }).map((entries) => new Map(entries));
  fc.assert(
    fc.property(attributes, (own) => {
      expect(back(own)).toEqual(own);
    }),
  );
});

test("numbers that JSON cannot hold come back", () => {
  const numbers = new Map<string, AttributeValue>([
    ["nan", Number.NaN],
    ["inf", Number.NEGATIVE_INFINITY],
    ["zero", -0],
    ["list", [Number.NaN, -0, Number.POSITIVE_INFINITY, 2n ** 60n]],
  ]);
  expect(back(numbers)).toEqual(numbers);
});

test("half a surrogate pair is no text and becomes a replacement character", () => {
  expect(attributeText(new Map([["k\ud800", "a\udc00b"]])).texts).toBe('{"k\ufffd":"a\ufffdb"}');
  expect(attributeText(new Map([["k", "\u{1F600} \\ud800"]])).texts).toBe('{"k":"\u{1F600} \\\\ud800"}');
});

test("the exporter's map has what the exporter would print", () => {
  const attributes = new Map<string, AttributeValue>([
    ["text", "x"],
    ["number", 200],
    ["flag", true],
    ["list", ["a", 1]],
  ]);
  expect(JSON.parse(attributeText(attributes).texts)).toEqual({
    text: "x",
    number: "200",
    flag: "true",
    list: '["a",1]',
  });
});
