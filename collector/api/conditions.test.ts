import { expect, test } from "vitest";
import { acceptsGzip, etagMatches } from "./conditions.ts";

test.each([
  ["gzip", true],
  ["deflate, gzip;q=0.5, br", true],
  ["GZIP", true],
  ["x-gzip", true],
  ["*", true],
  ["gzip;q=0", false],
  ["gzip; q=0.000, *", false],
  ["*;q=0", false],
  ["identity, *;q=0, gzip", true],
  ["br", false],
  ["not-gzip", false],
  ["", false],
  [undefined, false],
])("Accept-Encoding %j takes gzip: %s", (header, takes) => {
  expect(acceptsGzip(header)).toBe(takes);
});

test.each([
  ['"a"', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  ['"b",W/"a"', true],
  ["*", true],
  [" * ", true],
  ['"b"', false],
  ['"b,a"', false],
  ["a", false],
  ["", false],
  [undefined, false],
])("If-None-Match %j holds the tag: %s", (header, holds) => {
  expect(etagMatches(header, '"a"')).toBe(holds);
});

test("a weak tag of ours is compared without its mark too", () => {
  expect(etagMatches('"a"', 'W/"a"')).toBe(true);
});
