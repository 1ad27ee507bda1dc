import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import { FRAMED } from "./graph-view.ts";
import { afterKeeping, entriesOf, entriesText, type KeptEntry } from "./kept-index.ts";
import { knowsHalf, pictureOf, pictureText } from "./kept-picture.ts";
import { layoutGraph } from "./layout-graph.ts";
import { layoutInput } from "./layout-input.ts";
import { pinsOf, pinsText } from "./pins.ts";
import { presentGraph } from "./present-graph.ts";

const input = layoutInput(presentGraph(GRAPH_FIXTURE, FRAMED));
const drawn = layoutGraph(input, null, 1);
const text = pictureText(drawn) ?? "";

test("a visit to the same estate shows the picture of the visit before: no layout is made", () => {
  const kept = pictureOf(text);
  expect(kept?.ids).toEqual(drawn.ids);
  kept?.x.forEach((x, i) => {
    expect(x).toBeCloseTo(drawn.x[i] ?? Number.NaN, 0);
  });
  expect(kept?.curves).toHaveLength(drawn.curves.length);
  expect(layoutGraph(input, kept, 1)).toBe(kept);
});

test("what came since the visit before finds a place of its own, and what was there keeps it", () => {
  const some = { ...GRAPH_FIXTURE, nodes: GRAPH_FIXTURE.nodes.slice(0, -2) };
  const before = layoutGraph(layoutInput(presentGraph(some, FRAMED)), null, 1);
  const kept = pictureOf(pictureText(before) ?? "");
  const after = layoutGraph(input, kept, 1);
  expect(after.kept).toBe(true);
  for (const id of before.ids) {
    const [old, now] = [before.ids.indexOf(id), after.ids.indexOf(id)];
    expect(Math.abs((after.x[now] ?? 0) - (before.x[old] ?? 0))).toBeLessThan(400);
  }
  const apart = (a: number, b: number): boolean =>
    Math.abs((after.x[a] ?? 0) - (after.x[b] ?? 0)) >= (input.halfWidth[a] ?? 0) + (input.halfWidth[b] ?? 0) - 1 ||
    Math.abs((after.y[a] ?? 0) - (after.y[b] ?? 0)) >= 87;
  after.ids.forEach((_, a) => {
    for (let b = a + 1; b < after.ids.length; b++) expect(apart(a, b)).toBe(true);
  });
});

test("what is damaged is no picture, and never one with places that are none", () => {
  expect(pictureOf("")).toBeNull();
  expect(pictureOf("null")).toBeNull();
  expect(pictureOf(text.replace('"version":1', '"version":2'))).toBeNull();
  expect(pictureOf(text.replace(/"x":\[-?\d+/, '"x":[null'))).toBeNull();
  expect(pictureOf(text.replace(/"x":\[-?\d+,/, '"x":['))).toBeNull();
  expect(pictureOf(text.replace(/"y":\[-?\d+/, '"y":[1e99'))).toBeNull();
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.string({ minLength: 1, maxLength: 3 }), (at, put) => {
      const found = pictureOf(text.slice(0, at) + put + text.slice(at + put.length));
      if (found === null) return;
      expect([found.x, found.y, found.rects, found.curves].every((list) => list.every(Number.isFinite))).toBe(true);
      expect(found.x).toHaveLength(found.ids.length);
      expect(layoutGraph(input, { ...found, hash: "" }, 1).x.every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("a picture that is too large is not kept, and of a large one the curves are left out", () => {
  const count = 800;
  const ids = Array.from({ length: count }, (_, i) => `n${i}`);
  const long = new Float32Array(count);
  const edges = { edgeIds: ids, curves: new Float32Array(8 * count), curveStart: Uint32Array.from([0]), lane: long };
  const large = { ...drawn, ids, x: long, y: long, homes: ids.map(() => ""), folded: new Uint8Array(count), ...edges };
  expect(pictureOf(pictureText(large) ?? "")?.edgeIds).toEqual([]);
  expect(pictureText({ ...large, ids: ids.map((id) => id.repeat(400)) })).toBeNull();
});

test("a picture serves where it knows at least half of the nodes", () => {
  expect(knowsHalf(drawn, drawn.ids)).toBe(true);
  expect(knowsHalf(drawn, [...drawn.ids.slice(0, 1), "other", "another"])).toBe(false);
});

test("the pictures that were looked at longest ago go while there are too many, or too large together", () => {
  const all = Array.from({ length: 13 }, (_, i): KeptEntry => ({ key: `k${i}`, characters: 10 }));
  const many = all.reduce<readonly KeptEntry[]>((entries, entry) => afterKeeping(entries, entry).kept, []);
  expect(many.map(({ key }) => key)).toEqual(all.slice(1).map(({ key }) => key));
  expect(afterKeeping(many, { key: "k3", characters: 10 }).kept.at(-1)?.key).toBe("k3");
  expect(afterKeeping(many, { key: "large", characters: 1_999_995 }).dropped).toHaveLength(12);
  expect(afterKeeping(many, { key: "larger", characters: 3_000_000 }).kept).toHaveLength(1);
  expect(entriesOf(entriesText(many))).toEqual(many);
  expect(entriesOf("{")).toEqual([]);
  expect(entriesOf('[["a"],["b",2],7]')).toEqual([{ key: "b", characters: 2 }]);
});

test("pins are kept as they were, and damaged ones are left out", () => {
  const pins = new Map([["n1", { home: "", dx: 4, dy: -3 }]]);
  expect(pinsOf(pinsText(pins))).toEqual(pins);
  expect(pinsOf(null).size).toBe(0);
  expect(pinsOf("[1").size).toBe(0);
  expect([...pinsOf('[["a","",1,null],["b","",1,2],[3]]').keys()]).toEqual(["b"]);
});
