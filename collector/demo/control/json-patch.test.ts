import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "./document.ts";
import { jsonPatched, mergePatched } from "./json-patch.ts";

const patched = (document: Json, ...operations: readonly Json[]): Json | string => {
  const result = jsonPatched(document, JSON.stringify(operations));
  return result.ok ? result.value : result.error.code;
};

describe("a JSON Patch", () => {
  test.each([
    [
      { op: "add", path: "/a/1", value: 9 },
      { a: [1, 9, 2], "x/y": 0 },
    ],
    [
      { op: "add", path: "/a/-", value: 9 },
      { a: [1, 2, 9], "x/y": 0 },
    ],
    [
      { op: "add", path: "/b", value: { c: 1 } },
      { a: [1, 2], "x/y": 0, b: { c: 1 } },
    ],
    [
      { op: "replace", path: "/x~1y", value: 5 },
      { a: [1, 2], "x/y": 5 },
    ],
    [
      { op: "remove", path: "/a/0" },
      { a: [2], "x/y": 0 },
    ],
    [
      { op: "move", from: "/a/0", path: "/b" },
      { a: [2], "x/y": 0, b: 1 },
    ],
    [
      { op: "copy", from: "/a/1", path: "/b" },
      { a: [1, 2], "x/y": 0, b: 2 },
    ],
    [
      { op: "test", path: "/a", value: [1, 2] },
      { a: [1, 2], "x/y": 0 },
    ],
  ])("does %j", (operation, expected) => {
    expect(patched({ a: [1, 2], "x/y": 0 }, operation)).toEqual(expected);
  });

  test.each([
    [{ op: "test", path: "/a/0", value: 2 }, "test_failed"],
    [{ op: "test", path: "/nowhere", value: 1 }, "test_failed"],
    [{ op: "replace", path: "/nowhere", value: 1 }, "no_such_path"],
    [{ op: "add", path: "/no/where", value: 1 }, "no_such_path"],
    [{ op: "add", path: "/a/9", value: 1 }, "no_such_path"],
    [{ op: "remove", path: "/a/2" }, "no_such_path"],
    [{ op: "grow", path: "/a" }, "malformed"],
  ])("refuses %j as %s, with all that stands before it undone", (operation, code) => {
    expect(patched({ a: [1, 2] }, { op: "add", path: "/b", value: 1 }, operation)).toBe(code);
  });

  test("leaves the document alone and what it does not name as it was", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (given, value) => {
        const text = JSON.stringify({ ...given, target: 0 });
        const document: Json = JSON.parse(text);
        const after = patched(document, { op: "replace", path: "/target", value: JSON.parse(JSON.stringify(value)) });
        expect(JSON.stringify(document)).toBe(text);
        expect(after).toEqual({ ...JSON.parse(text), target: JSON.parse(JSON.stringify(value)) });
      }),
    );
  });

  test("that is no list is malformed", () => {
    expect(jsonPatched({}, "{}")).toMatchObject({ ok: false, error: { code: "malformed" } });
    expect(jsonPatched({}, "[")).toMatchObject({ ok: false, error: { code: "malformed" } });
  });
});

test("a merge patch sets, goes down, and takes out what is null", () => {
  const merged = mergePatched({ a: { b: 1, c: 2 }, d: [1] }, '{"a":{"b":null,"e":3},"d":[2],"f":{"g":null,"h":1}}');
  expect(merged).toEqual({ ok: true, value: { a: { c: 2, e: 3 }, d: [2], f: { h: 1 } } });
  expect(mergePatched({}, "7").ok).toBe(false);
});
