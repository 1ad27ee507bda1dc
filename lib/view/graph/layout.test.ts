import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import { layoutBounds, layoutGraph } from "./layout-graph.ts";
import { hashText, type LayoutInput, layoutInput, NODE_ABOVE, NODE_BELOW } from "./layout-input.ts";
import type { LayoutResult } from "./layout-types.ts";
import { lanesOf, presentGraph } from "./present-graph.ts";

interface Sketch {
  readonly nodes: readonly { readonly id: string; readonly box: number; readonly half: number }[];
  /** Parent of each box, -1 or a smaller index. */
  readonly boxes: readonly number[];
  readonly edges: readonly (readonly [number, number])[];
}

function inputOf(sketch: Sketch): LayoutInput {
  const { nodes, boxes, edges } = sketch;
  const edgeIds = edges.map(([s, t], i) => `${nodes[s]?.id}>${nodes[t]?.id}#${i}`);
  return {
    hash: hashText([JSON.stringify(sketch)]),
    tall: false,
    ids: nodes.map((node) => node.id),
    boxIds: boxes.map((_, i) => `box${i}`),
    halfWidth: Float32Array.from(nodes, (node) => node.half),
    above: Float32Array.from(nodes, () => NODE_ABOVE),
    below: Float32Array.from(nodes, () => NODE_BELOW),
    boxOf: Int32Array.from(nodes, (node) => node.box),
    boxParent: Int32Array.from(boxes),
    boxMinWidth: Float32Array.from(boxes, () => 120),
    boxMinHeight: new Float32Array(boxes.length),
    folded: new Uint8Array(nodes.length),
    rank: new Int8Array(nodes.length),
    edgeIds,
    source: Int32Array.from(edges, ([s]) => s),
    target: Int32Array.from(edges, ([, t]) => t),
    lane: lanesOf(edges),
  };
}

const sketches = (maxNodes: number): fc.Arbitrary<Sketch> =>
  fc
    .record({
      boxes: fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 6 }),
      count: fc.integer({ min: 1, max: maxNodes }),
    })
    .chain(({ boxes, count }) =>
      fc.record({
        boxes: fc.constant(boxes.map((parent, i) => (parent < i ? parent : -1))),
        nodes: fc.array(
          fc.record({ box: fc.integer({ min: -1, max: boxes.length - 1 }), half: fc.integer({ min: 30, max: 90 }) }),
          { minLength: count, maxLength: count },
        ),
        edges: fc.array(fc.tuple(fc.integer({ min: 0, max: count - 1 }), fc.integer({ min: 0, max: count - 1 })), {
          maxLength: 3 * count,
        }),
      }),
    )
    .map(({ boxes, nodes, edges }) => ({ boxes, edges, nodes: nodes.map((node, i) => ({ id: `n${i}`, ...node })) }));

interface Rect {
  readonly l: number;
  readonly t: number;
  readonly r: number;
  readonly b: number;
}

const nodeRect = (input: LayoutInput, at: LayoutResult, i: number): Rect => ({
  l: (at.x[i] ?? 0) - (input.halfWidth[i] ?? 0),
  t: (at.y[i] ?? 0) - (input.above[i] ?? 0),
  r: (at.x[i] ?? 0) + (input.halfWidth[i] ?? 0),
  b: (at.y[i] ?? 0) + (input.below[i] ?? 0),
});
const boxRect = (at: LayoutResult, b: number): Rect => {
  const [l = 0, t = 0, w = 0, h = 0] = at.rects.subarray(4 * b, 4 * b + 4);
  return { l, t, r: l + w, b: t + h };
};
const SLACK = 0.6;
const overlap = (a: Rect, b: Rect): boolean =>
  a.l + SLACK < b.r && b.l + SLACK < a.r && a.t + SLACK < b.b && b.t + SLACK < a.b;
const within = (a: Rect, b: Rect): boolean =>
  a.l >= b.l - SLACK && a.t >= b.t - SLACK && a.r <= b.r + SLACK && a.b <= b.b + SLACK;

/** Width over height of everything. */
function outlineOf(input: LayoutInput): number {
  const [left, top, right, bottom] = layoutBounds(input, layoutGraph(input, null, 1));
  return (right - left) / (bottom - top);
}

function ancestors(input: LayoutInput, box: number): Set<number> {
  const found = new Set<number>();
  for (let at = box; at >= 0; at = input.boxParent[at] ?? -1) found.add(at);
  return found;
}

/** Every geometric promise of a layout at once; returns the first broken one. */
function broken(input: LayoutInput, at: LayoutResult): string | null {
  const nodes = input.ids.map((_, i) => nodeRect(input, at, i));
  const boxes = input.boxIds.map((_, b) => boxRect(at, b));
  const frames = boxes.map((_, b) => ancestors(input, b));
  for (let i = 0; i < nodes.length; i++) {
    const a = nodes[i];
    if (a === undefined || !Number.isFinite(a.l) || !Number.isFinite(a.t)) return `node ${i} has no place`;
    for (let j = i + 1; j < nodes.length; j++) {
      const b = nodes[j];
      if (b !== undefined && overlap(a, b)) return `nodes ${i} and ${j} overlap`;
    }
    const own = ancestors(input, input.boxOf[i] ?? -1);
    for (let b = 0; b < boxes.length; b++) {
      const box = boxes[b];
      if (box === undefined) continue;
      if (own.has(b) && !within(a, box)) return `node ${i} leaves box ${b}`;
      if (!own.has(b) && overlap(a, box)) return `node ${i} lies on box ${b}`;
    }
  }
  for (let i = 0; i < boxes.length; i++) {
    for (let j = i + 1; j < boxes.length; j++) {
      const a = boxes[i];
      const b = boxes[j];
      if (a === undefined || b === undefined) continue;
      if (frames[j]?.has(i) === true) {
        if (!within(b, a)) return `box ${j} leaves box ${i}`;
      } else if (overlap(a, b)) return `boxes ${i} and ${j} overlap`;
    }
  }
  return curvesBroken(input, at);
}

function curvesBroken(input: LayoutInput, at: LayoutResult): string | null {
  for (let e = 0; e < input.edgeIds.length; e++) {
    const start = at.curveStart[e] ?? 0;
    const end = (at.curveStart[e + 1] ?? 0) - 1;
    if ((end - start) % 3 !== 0 || end <= start) return `edge ${e} has no curve`;
    const s = input.source[e] ?? 0;
    const t = input.target[e] ?? 0;
    if (Math.abs((at.curves[2 * start] ?? 0) - (at.x[s] ?? 0)) > SLACK) return `edge ${e} leaves its source`;
    if (Math.abs((at.curves[2 * end] ?? 0) - (at.x[t] ?? 0)) > SLACK) return `edge ${e} misses its target`;
  }
  return at.curves.every(Number.isFinite) ? null : "a curve has a point that is no number";
}

test("a layout keeps nodes apart, inside their boxes, and boxes apart, whatever the graph", () => {
  fc.assert(
    fc.property(sketches(40), (sketch) => {
      const input = inputOf(sketch);
      expect(broken(input, layoutGraph(input, null, 1))).toBeNull();
    }),
    { numRuns: 150 },
  );
});

test("the same promises hold where a level is arranged by force", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
      const nodes = Array.from({ length: 200 }, (_, i) => ({ id: `n${i}`, box: (i % 3) - 1, half: 30 + (i % 50) }));
      const more = Array.from({ length: 160 }, (_, i) => ({ id: `m${i}`, box: 1, half: 40 }));
      const all = [...nodes, ...more];
      const edges = all.map((_, i): [number, number] => [i, (i * 7 + seed) % all.length]);
      const input = inputOf({ nodes: all, boxes: [-1, 0], edges });
      const at = layoutGraph(input, null, seed);
      expect(at.byForce).toBe(true);
      expect(broken(input, at)).toBeNull();
      expect(layoutGraph(input, null, seed)).toEqual(at);
    }),
    { numRuns: 3 },
  );
}, 60_000);

test("a layout is a function of its input and seed", () => {
  fc.assert(
    fc.property(sketches(25), fc.integer({ min: 0, max: 99 }), (sketch, seed) => {
      expect(layoutGraph(inputOf(sketch), null, seed)).toEqual(layoutGraph(inputOf(sketch), null, seed));
    }),
    { numRuns: 30 },
  );
});

test("nodes known before keep their order and promises hold when nodes come and go", () => {
  fc.assert(
    fc.property(sketches(30), fc.integer({ min: 1, max: 10 }), fc.nat({ max: 5 }), (sketch, added, removed) => {
      const later: Sketch = {
        ...sketch,
        nodes: [
          ...sketch.nodes,
          ...Array.from({ length: added }, (_, i) => ({
            id: `new${i}`,
            box: (i % (sketch.boxes.length + 1)) - 1,
            half: 40,
          })),
        ],
        edges: [
          ...sketch.edges,
          ...Array.from({ length: added }, (_, i): [number, number] => [0, sketch.nodes.length + i]),
        ],
      };
      const gone = Math.min(removed, sketch.nodes.length - 1);
      const first = inputOf({
        ...sketch,
        nodes: sketch.nodes.slice(0, sketch.nodes.length - gone),
        edges: sketch.edges.filter(([s, t]) => Math.max(s, t) < sketch.nodes.length - gone),
      });
      const before = layoutGraph(first, null, 3);
      const input = inputOf(later);
      const after = layoutGraph(input, before, 3);
      expect(broken(input, after)).toBeNull();
      if (!after.kept) return;
      for (let i = 0; i + 1 < before.ids.length; i++) {
        const dx = (before.x[i + 1] ?? 0) - (before.x[i] ?? 0);
        const moved = (after.x[i + 1] ?? 0) - (after.x[i] ?? 0);
        if (Math.abs(dx) > SLACK) expect(Math.sign(moved)).toBe(Math.sign(dx));
      }
    }),
    { numRuns: 100 },
  );
});

test("a node that finds room moves nothing else, and one that does not moves the others together", () => {
  const nodes = Array.from({ length: 8 }, (_, i) => ({ id: `n${i}`, box: 0, half: 40 }));
  const edges = nodes.slice(1).map((_, i): [number, number] => [0, i + 1]);
  const first = layoutGraph(inputOf({ nodes, boxes: [-1], edges }), null, 1);
  const input = inputOf({
    nodes: [...nodes, { id: "extra", box: 0, half: 40 }],
    boxes: [-1],
    edges: [...edges, [0, 8]],
  });
  const after = layoutGraph(input, first, 1);
  expect(after.kept).toBe(true);
  expect([...after.x.slice(0, 8)]).toEqual([...first.x]);
  expect([...after.y.slice(0, 8)]).toEqual([...first.y]);
});

test("the same topology is no work: the very same result comes back, and traffic is no topology", () => {
  const view = presentGraph(GRAPH_FIXTURE);
  const first = layoutGraph(layoutInput(view), null, 1);
  const graph = GRAPH_FIXTURE;
  const busier = {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, inbound: { ...node.inbound, requestsPerSec: 99_999 } })),
  };
  expect(layoutGraph(layoutInput(presentGraph(busier)), first, 1)).toBe(first);
});

test("a chain of 3,000 nodes, a ring and loops end without recursion", () => {
  const nodes = Array.from({ length: 3000 }, (_, i) => ({ id: `n${i}`, box: -1, half: 30 }));
  const chain = nodes.slice(1).map((_, i): [number, number] => [i, i + 1]);
  const input = inputOf({ nodes, boxes: [], edges: [...chain, [2999, 0], [5, 5]] });
  const at = layoutGraph(input, null, 1);
  expect(at.byForce).toBe(true);
  expect(curvesBroken(input, at)).toBeNull();
});

test("callers stand left of their callees where no cycle forbids it", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 11 }), fc.nat({ max: 11 })), { maxLength: 20 }), (raw) => {
      const nodes = Array.from({ length: 12 }, (_, i) => ({ id: `n${i}`, box: -1, half: 40 }));
      const edges = raw.filter(([s, t]) => s !== t).map(([s, t]): [number, number] => [Math.min(s, t), Math.max(s, t)]);
      const at = layoutGraph(inputOf({ nodes, boxes: [], edges }), null, 1);
      for (const [s, t] of edges) expect(at.x[s] ?? 0).toBeLessThan(at.x[t] ?? 0);
    }),
    { numRuns: 50 },
  );
});

test("unconnected parts stand in rows that fill a screen, and boxes that call each other side by side", () => {
  const inBoxes = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2];
  const nodes = inBoxes.map((box, i) => ({ id: `n${i}`, box, half: 40 }));
  const edges: [number, number][] = [
    [0, 1],
    [0, 2],
    [0, 3],
    [3, 4],
    [4, 5],
    [4, 6],
    [4, 7],
    [8, 9],
    [9, 10],
  ];
  const at = layoutGraph(inputOf({ nodes, boxes: [-1, -1, -1], edges }), null, 1);
  const [caller, callee, apart] = [boxRect(at, 0), boxRect(at, 1), boxRect(at, 2)];
  expect(caller.r).toBeLessThan(callee.l);
  expect(apart.t).toBeGreaterThan(Math.max(caller.b, callee.b));
  expect(apart.l).toBeCloseTo(caller.l, 0);
});

test("for a window that is higher than wide the same estate stands higher than wide, and keeps its promises", () => {
  const view = presentGraph(GRAPH_FIXTURE);
  const tall = layoutInput(view, true);
  expect(broken(tall, layoutGraph(tall, null, 1))).toBeNull();
  expect(outlineOf(tall)).toBeLessThan(outlineOf(layoutInput(view)));
});

test("boxes that had to share a column stand in the order of the calls between them", () => {
  const nodes = [1, 0].flatMap((box) => Array.from({ length: 4 }, (_, i) => ({ id: `n${box}${i}`, box, half: 40 })));
  const chain: [number, number][] = nodes.slice(1).map((_, i) => [i, i + 1]);
  const at = layoutGraph(inputOf({ nodes, boxes: [-1, -1], edges: chain }), null, 1);
  expect(boxRect(at, 1).b).toBeLessThan(boxRect(at, 0).t);
});
