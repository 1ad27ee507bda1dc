import fc from "fast-check";
import { expect, test } from "vitest";
import { layoutGraph } from "./layout-graph.ts";
import { hashText, type LayoutInput, NODE_ABOVE, NODE_BELOW } from "./layout-input.ts";
import type { LayoutResult } from "./layout-types.ts";
import { dropSpot, pinAt } from "./pin-place.ts";
import { NO_PINS, type Pins, withPin } from "./pins.ts";
import { lanesOf } from "./present-graph.ts";

interface Sketch {
  /** Box and half of the width of each node. */
  readonly nodes: readonly (readonly [number, number])[];
  /** Parent of each box, -1 or a smaller index. */
  readonly boxes: readonly number[];
  readonly edges: readonly (readonly [number, number])[];
}

function inputOf({ nodes, boxes, edges }: Sketch, pins: Pins = NO_PINS): LayoutInput {
  const zero = new Float32Array(nodes.length);
  return {
    hash: hashText([JSON.stringify([nodes, boxes, edges]), JSON.stringify([...pins])]),
    tall: false,
    ids: nodes.map((_, i) => `n${i}`),
    boxIds: boxes.map((_, i) => `box${i}`),
    halfWidth: Float32Array.from(nodes, ([, half]) => half),
    above: zero.map(() => NODE_ABOVE),
    below: zero.map(() => NODE_BELOW),
    boxOf: Int32Array.from(nodes, ([box]) => box),
    boxParent: Int32Array.from(boxes),
    boxMinWidth: Float32Array.from(boxes, () => 120),
    boxMinHeight: new Float32Array(boxes.length),
    folded: new Uint8Array(nodes.length),
    rank: new Int8Array(nodes.length),
    edgeIds: edges.map((_, i) => `e${i}`),
    source: Int32Array.from(edges, ([s]) => s),
    target: Int32Array.from(edges, ([, t]) => t),
    lane: lanesOf(edges),
    pins,
  };
}

const sketches: fc.Arbitrary<Sketch> = fc
  .tuple(fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 5 }), fc.integer({ min: 2, max: 24 }))
  .chain(([boxes, count]) =>
    fc.record({
      boxes: fc.constant(boxes.map((parent, i) => (parent < i ? parent : -1))),
      nodes: fc.array(fc.tuple(fc.integer({ min: -1, max: boxes.length - 1 }), fc.integer({ min: 30, max: 90 })), {
        minLength: count,
        maxLength: count,
      }),
      edges: fc.array(fc.tuple(fc.nat({ max: count - 1 }), fc.nat({ max: count - 1 })), { maxLength: 2 * count }),
    }),
  );

type Rect = readonly [left: number, top: number, right: number, bottom: number];
const SLACK = 1.1;
const meet = (a: Rect, b: Rect): boolean =>
  a[0] + SLACK < b[2] && b[0] + SLACK < a[2] && a[1] + SLACK < b[3] && b[1] + SLACK < a[3];

function nodeRect(input: LayoutInput, at: LayoutResult, i: number): Rect {
  const [x = 0, y = 0, half = 0] = [at.x[i], at.y[i], input.halfWidth[i]];
  return [x - half, y - NODE_ABOVE, x + half, y + NODE_BELOW];
}

function boxRect(at: LayoutResult, b: number): Rect {
  const [l = 0, t = 0, w = 0, h = 0] = at.rects.subarray(4 * b, 4 * b + 4);
  return [l, t, l + w, t + h];
}

/** Nodes apart, in their boxes and out of others, boxes apart; the first promise that is broken. */
function broken(input: LayoutInput, at: LayoutResult): string | null {
  const isIn = (box: number, outer: number): boolean => {
    for (let b = box; b >= 0; b = input.boxParent[b] ?? -1) if (b === outer) return true;
    return false;
  };
  const rects = input.ids.map((_, i) => nodeRect(input, at, i));
  const frames = input.boxIds.map((_, b) => boxRect(at, b));
  for (const [i, a] of rects.entries()) {
    if (!a.every(Number.isFinite)) return `n${i} has no place`;
    for (const [j, b] of rects.entries()) if (i < j && meet(a, b)) return `n${i} lies on n${j}`;
    for (const [b, f] of frames.entries()) {
      const inside = a[0] >= f[0] - SLACK && a[1] >= f[1] - SLACK && a[2] <= f[2] + SLACK && a[3] <= f[3] + SLACK;
      if (isIn(input.boxOf[i] ?? -1, b) ? !inside : meet(a, f)) return `n${i} and box${b}`;
    }
  }
  for (const [i, a] of frames.entries())
    for (const [j, b] of frames.entries()) if (i < j && !isIn(j, i) && meet(a, b)) return `box${i} meets box${j}`;
  return null;
}

const pinsOf = (at: LayoutResult, ids: readonly string[]): Pins =>
  ids.reduce<Pins>((pins, id) => {
    const pin = pinAt(at, id);
    return pin === null ? pins : withPin(pins, id, pin);
  }, NO_PINS);

const more = (sketch: Sketch, boxes: readonly number[]): Sketch => ({
  ...sketch,
  nodes: [...sketch.nodes, ...boxes.map((box) => [Math.min(box, sketch.boxes.length - 1), 40] as const)],
  edges: [...sketch.edges, ...boxes.map((_, i) => [i % sketch.nodes.length, sketch.nodes.length + i] as const)],
});

test("a node that is pinned does not move as others come, and none lands on another", () => {
  fc.assert(
    fc.property(
      sketches,
      fc.nat({ max: 23 }),
      fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 8 }),
      (sketch, which, come) => {
        const node = which % sketch.nodes.length;
        const first = layoutGraph(inputOf(sketch), null, 3);
        const pins = pinsOf(first, [`n${node}`]);
        const pinned = layoutGraph(inputOf(sketch, pins), first, 3);
        const later = inputOf(more(sketch, come), pins);
        const after = layoutGraph(later, pinned, 3);
        expect(broken(later, after)).toBeNull();
        if (!after.kept) return;
        expect(after.x[node]).toBeCloseTo(pinned.x[node] ?? Number.NaN, 1);
        expect(after.y[node]).toBeCloseTo(pinned.y[node] ?? Number.NaN, 1);
      },
    ),
    { numRuns: 40 },
  );
});

test("a node that is let go elsewhere stands there, its box holds it, and the promises of a layout hold", () => {
  fc.assert(
    fc.property(
      sketches,
      fc.nat({ max: 23 }),
      fc.tuple(fc.integer({ min: -600, max: 600 }), fc.integer({ min: -400, max: 400 })),
      (sketch, which, [dx, dy]) => {
        const node = which % sketch.nodes.length;
        const input = inputOf(sketch);
        const first = layoutGraph(input, null, 3);
        const wish = { x: (first.x[node] ?? 0) + dx, y: (first.y[node] ?? 0) + dy };
        const spot = dropSpot(input, first, node, wish);
        const pin = pinAt(first, `n${node}`, spot);
        if (pin === null) throw new Error("no pin");
        const next = inputOf(sketch, withPin(NO_PINS, `n${node}`, pin));
        const after = layoutGraph(next, first, 3);
        expect(after.kept).toBe(true);
        expect(broken(next, after)).toBeNull();
        expect(Math.abs((after.x[node] ?? 0) - spot.x)).toBeLessThan(1);
        expect(Math.abs((after.y[node] ?? 0) - spot.y)).toBeLessThan(1);
      },
    ),
    { numRuns: 40 },
  );
});

test("a picture arranged anew has what is pinned where it was in its box, and nothing on it", () => {
  fc.assert(
    fc.property(sketches, fc.array(fc.nat({ max: 23 }), { minLength: 1, maxLength: 4 }), (sketch, which) => {
      const ids = [...new Set(which.map((n) => `n${n % sketch.nodes.length}`))];
      const input = inputOf(sketch);
      const pins = pinsOf(layoutGraph(input, null, 3), ids);
      const moved = new Map([...pins].map(([id, pin], i) => [id, { ...pin, dx: pin.dx + 90 * i, dy: pin.dy + 70 }]));
      const next = inputOf(sketch, moved);
      const fresh = layoutGraph(next, null, 3);
      expect(broken(next, fresh)).toBeNull();
      expect(layoutGraph(next, null, 3)).toEqual(fresh);
      // One alone stands exactly where its pin says; a second one may stand in its way, and so may a box.
      const [only] = ids;
      if (ids.length > 1 || only === undefined || sketch.boxes.length > 0) return;
      const node = Number(only.slice(1));
      expect(fresh.x[node]).toBeCloseTo(moved.get(only)?.dx ?? Number.NaN, 0);
    }),
    { numRuns: 25 },
  );
});

test("folding a box and unfolding it leaves what is pinned in it, and what is pinned beside it, where it was", () => {
  const sketch: Sketch = {
    nodes: [0, 0, 0, 1, 1, 1].map((box) => [box, 40] as const),
    boxes: [-1, -1],
    edges: [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ],
  };
  const first = layoutGraph(inputOf(sketch), null, 1);
  const dragged = pinAt(first, "n1", { x: (first.x[1] ?? 0) + 20, y: (first.y[1] ?? 0) + 150 });
  if (dragged === null) throw new Error("no pin");
  const pins = withPin(pinsOf(first, ["n4"]), "n1", dragged);
  const open = inputOf(sketch, pins);
  const before = layoutGraph(open, first, 1);
  expect((before.y[1] ?? 0) - (first.y[1] ?? 0)).toBeCloseTo(150, 0);
  for (const other of [0, 2, 3, 4, 5]) expect(before.x[other]).toBeCloseTo(first.x[other] ?? Number.NaN, 0);
  const one: Sketch = { nodes: [[0, 40], ...sketch.nodes.slice(3)], boxes: sketch.boxes, edges: [[0, 1]] };
  const closed: LayoutInput = {
    ...inputOf(one, pins),
    ids: ["whole", "n3", "n4", "n5"],
    folded: Uint8Array.from([1, 0, 0, 0]),
  };
  const folded = layoutGraph(closed, before, 1);
  expect(folded.x[2]).toBe(before.x[4]);
  const after = layoutGraph(open, folded, 1);
  expect([...after.x]).toEqual([...before.x]);
  expect([...after.y]).toEqual([...before.y]);
});

test("pins are bounded: the one that was set first goes", () => {
  const many = Array.from({ length: 501 }, (_, i) => `n${i}`).reduce<Pins>(
    (pins, id) => withPin(pins, id, { home: "", dx: 0, dy: 0 }),
    NO_PINS,
  );
  expect(many.size).toBe(500);
  expect(many.has("n0")).toBe(false);
  expect(many.has("n500")).toBe(true);
});

test("where a full box cannot grow, room is made on the one side that moves nothing that is pinned", () => {
  // One node in a box, and one close to each of its sides: right, left, below, above.
  const sketch: Sketch = { nodes: [0, -1, -1, -1, -1].map((box) => [box, 40] as const), boxes: [-1], edges: [[0, 1]] };
  const first = {
    ...layoutGraph(inputOf(sketch), null, 1),
    x: Float32Array.from([60, 170, -50, 60, 60]),
    y: Float32Array.from([70, 80, 80, 198, -70]),
    rects: Float32Array.from([0, 0, 120, 160]),
  };
  const later = more(sketch, [0]);
  for (const free of [1, 2, 3, 4]) {
    const held = [1, 2, 3, 4].filter((i) => i !== free);
    const pins = pinsOf(
      first,
      held.map((i) => `n${i}`),
    );
    const before = { ...first, pins };
    const input = inputOf(later, pins);
    const after = layoutGraph(input, before, 1);
    expect(after.kept).toBe(true);
    expect(broken(input, after)).toBeNull();
    for (const i of held) expect([after.x[i], after.y[i]]).toEqual([first.x[i], first.y[i]]);
    expect([after.x[free], after.y[free]]).not.toEqual([first.x[free], first.y[free]]);
  }
  const all = pinsOf(first, ["n1", "n2", "n3", "n4"]);
  const input = inputOf(later, all);
  expect(broken(input, layoutGraph(input, { ...first, pins: all }, 1))).toBeNull();
});

test("a node that comes back to a box where another took its place meanwhile does not land on it", () => {
  const of = (ids: readonly string[], folded = false): LayoutInput => ({
    ...inputOf({ nodes: ids.map((id) => [id === "out" ? -1 : 0, 40] as const), boxes: [-1], edges: [] }),
    hash: ids.join(),
    ids: [...ids],
    folded: Uint8Array.from(ids, (id) => (folded && id !== "out" ? 1 : 0)),
  });
  const first = layoutGraph(of(["a", "b", "out"]), null, 1);
  const without = layoutGraph(of(["a", "out"]), first, 1);
  const placed = layoutGraph(of(["a", "other", "out"]), without, 1);
  // It stands where the one that went had stood.
  const taken = { ...placed, x: placed.x.slice(), y: placed.y.slice() };
  taken.x[1] = first.x[1] ?? 0;
  taken.y[1] = first.y[1] ?? 0;
  const folded = layoutGraph(of(["whole", "out"], true), taken, 1);
  expect([...folded.past.keys()].sort()).toEqual(["a", "b", "other"]);
  const all = of(["a", "b", "other", "out"]);
  expect(broken(all, layoutGraph(all, folded, 1))).toBeNull();
});
