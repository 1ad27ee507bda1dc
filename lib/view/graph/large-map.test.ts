/** What a large map does: which boxes a zoom opens, how much is drawn, how boxes stand, which edges are built again. */
import { expect, test } from "vitest";
import { finish } from "../../base/sliced.ts";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import type { GraphEdge, GraphNode } from "../../query/schema/graph.ts";
import { cardOf } from "./card.ts";
import { chooseDrawn, MOST, MOST_ELEMENTS } from "./draw-budget.ts";
import { elementsOf } from "./draw-elements.ts";
import { buildDrawList } from "./draw-list.ts";
import { emphasisOf } from "./emphasis.ts";
import { type EdgeLabel, FRAMED, type Framing, ROOMY } from "./graph-view.ts";
import { hitIndex, hitTest } from "./hit.ts";
import { layoutBounds, layoutGraph } from "./layout-graph.ts";
import { layoutInput } from "./layout-input.ts";
import { arrangeShelves } from "./layout-shelves.ts";
import { foldIdOf } from "./present-box.ts";
import { EdgeBook, presentGraph } from "./present-graph.ts";
import { buildScene, type Scene, sceneSliced } from "./scene.ts";
import { zoomWish } from "./semantic-zoom.ts";

const [anyNode] = GRAPH_FIXTURE.nodes;
const [anyEdge] = GRAPH_FIXTURE.edges;
if (anyNode === undefined || anyEdge === undefined) throw new Error("the fixture has a node and an edge");

const BOXES = 12;
const IN_EACH = 125;

/** A namespace as one node, of a cluster that has no frame of its own. */
const space = (i: number): GraphNode => ({
  ...anyNode,
  id: foldIdOf("namespace", { mesh: "", cluster: "c0", namespace: `ns-${i}` }),
  kind: "namespace",
  cluster: "c0",
  namespace: `ns-${i}`,
  name: `ns-${i}`,
  holds: { nodes: IN_EACH, namespaces: 1 },
});

const call = (id: string, source: string, target: string): GraphEdge => ({ ...anyEdge, id, source, target });

const SPACES = Array.from({ length: BOXES }, (_, i) => space(i));
const FOLDED = {
  nodes: SPACES,
  edges: SPACES.map(({ id }, i) => call(`e${i}`, id, SPACES[(i * 5 + 1) % BOXES]?.id ?? id)),
};

/** One namespace open among the others. */
const withOpen = (open: number) => {
  const inside = Array.from(
    { length: IN_EACH },
    (_, n): GraphNode => ({
      ...anyNode,
      id: `w${n}`,
      kind: "workload",
      cluster: "c0",
      namespace: `ns-${open}`,
      name: `service-${n}`,
    }),
  );
  return { nodes: [...SPACES.filter((_, i) => i !== open), ...inside], edges: [] };
};

function sceneOf(graph: typeof FOLDED, framing: Framing = ROOMY, before: Scene | null = null): Scene {
  const view = presentGraph(graph, framing);
  return buildScene(view, layoutGraph(layoutInput(view), before?.layout ?? null, 1));
}

const SCREEN = { width: 1000, height: 700 };

/** The viewport at a zoom, with a point of the world in its middle. */
const looking = (k: number, x: number, y: number) => ({ x: 500 - k * x, y: 350 - k * y, k, ...SCREEN });

const closed = sceneOf(FOLDED);
const boxAt = (scene: Scene, title: string): number => scene.view.boxes.findIndex((box) => box.title === title);
const middleOf = (scene: Scene, box: number): readonly [number, number] => {
  const [x = 0, y = 0, w = 0, h = 0] = scene.layout.rects.subarray(4 * box, 4 * box + 4);
  return [x + w / 2, y + h / 2];
};

test("far out no box opens; near, the one in sight does, and not those out of sight", () => {
  const at = boxAt(closed, "ns-3");
  const [x, y] = middleOf(closed, at);
  expect(zoomWish(closed, looking(0.02, x, y), new Set()).open).toEqual([]);
  const { open, close } = zoomWish(closed, looking(0.5, x, y), new Set());
  expect(open).toContain(SPACES[3]?.id);
  expect(open.length).toBeLessThan(BOXES);
  expect(close).toEqual([]);
});

test("between the zoom that opens a box and the one that closes it nothing happens, so that none flaps", () => {
  const opened = sceneOf(withOpen(3), ROOMY, closed);
  const id = SPACES[3]?.id ?? "";
  const [x, y] = middleOf(opened, boxAt(opened, "ns-3"));
  const wishAt = (k: number) => zoomWish(opened, looking(k, x, y), new Set([id]));
  const closing = (k: number): boolean => wishAt(k).close.includes(id);
  const opening = (k: number): boolean => zoomWish(closed, looking(k, x, y), new Set()).open.includes(id);
  const zooms = Array.from({ length: 200 }, (_, i) => 0.01 * 1.025 ** i);
  const opensFrom = zooms.find(opening) ?? Number.NaN;
  const closesBelow = zooms.findLast(closing) ?? Number.NaN;
  expect(closesBelow).toBeLessThan(opensFrom * 0.8);
  for (const k of zooms) expect(opening(k) && closing(k), `zoom ${k}`).toBe(false);
});

test("a box that was not opened by a zoom is not closed by one", () => {
  const opened = sceneOf(withOpen(3), ROOMY, closed);
  const [x, y] = middleOf(opened, boxAt(opened, "ns-3"));
  expect(zoomWish(opened, looking(0.01, x, y), new Set()).close).toEqual([]);
});

test("a box opens in place: every frame keeps its place, and every node stands in its frame", () => {
  const opened = sceneOf(withOpen(3), ROOMY, closed);
  opened.view.boxes.forEach(({ title }, b) => {
    const before = boxAt(closed, title);
    expect(opened.layout.rects.slice(4 * b, 4 * b + 4), title).toEqual(
      closed.layout.rects.slice(4 * before, 4 * before + 4),
    );
  });
  opened.view.nodes.forEach(({ box, title }, i) => {
    const [x = 0, y = 0, w = 0, h = 0] = opened.layout.rects.subarray(4 * box, 4 * box + 4);
    const [nx = 0, ny = 0] = [opened.layout.x[i], opened.layout.y[i]];
    expect(nx > x && nx < x + w && ny > y && ny < y + h, title).toBe(true);
  });
});

test("boxes on shelves do not overlap, and their outline is near a screen's", () => {
  const items = Array.from({ length: 40 }, (_, i) => ({
    width: 800 + 37 * (i % 5),
    height: 600 + 53 * (i % 3),
    anchor: 0,
    rank: 0,
    isBox: true,
  }));
  const links = items.map((_, i) => ({ from: i, to: (i * 7 + 3) % 40, fromPort: 0, toPort: 0 }));
  const problem = { items, links, exits: [], tall: false, lanes: false };
  for (const beside of [1, 2]) {
    const result = arrangeShelves(problem, 1, beside);
    expect(arrangeShelves(problem, 1, beside)).toEqual(result);
    const outline = (beside * result.width) / result.height;
    expect(outline, `${beside} beside each other`).toBeGreaterThan(0.9);
    expect(outline).toBeLessThan(2.4);
    items.forEach((a, i) => {
      items.forEach((b, j) => {
        if (i >= j) return;
        const [ax = 0, ay = 0, bx = 0, by = 0] = [result.left[i], result.top[i], result.left[j], result.top[j]];
        const isApart = ax + a.width <= bx || bx + b.width <= ax || ay + a.height <= by || by + b.height <= ay;
        expect(isApart, `${i} and ${j}`).toBe(true);
      });
    });
  }
});

/** Workloads that each are called by `calls` others, with nothing folded. */
const crowd = (count: number, calls: readonly number[]) => {
  const nodes = Array.from(
    { length: count },
    (_, i): GraphNode => ({
      ...anyNode,
      id: `n${i}`,
      kind: "workload",
      cluster: "c0",
      namespace: `ns-${i % 40}`,
      name: `s${i}`,
    }),
  );
  const edges = nodes.flatMap(({ id }, i) => calls.map((c) => call(`${id} ${c}`, `n${(i * 7 + c * 131) % count}`, id)));
  return { nodes, edges };
};

/** The places do not matter here, and a layout by force takes its time: a grid. */
function gridOf(graph: ReturnType<typeof crowd>): Scene {
  const view = presentGraph(graph, FRAMED);
  const input = layoutInput(view);
  const layout = {
    ...layoutGraph(layoutInput(presentGraph({ nodes: [], edges: [] }, FRAMED)), null, 1),
    ids: input.ids,
    edgeIds: input.edgeIds,
    boxIds: input.boxIds,
    x: Float32Array.from(input.ids, (_, i) => 160 * (i % 80)),
    y: Float32Array.from(input.ids, (_, i) => 120 * Math.floor(i / 80)),
    rects: Float32Array.from({ length: 4 * input.boxIds.length }, (_, i) => [0, 0, 12_800, 7_500][i % 4] ?? 0),
    curves: new Float32Array(8 * input.edgeIds.length),
    curveStart: Uint32Array.from({ length: input.edgeIds.length + 1 }, (_, e) => 4 * e),
  };
  input.edgeIds.forEach((_, e) => {
    const [s = 0, t = 0] = [input.source[e], input.target[e]];
    const ends = [layout.x[s] ?? 0, layout.y[s] ?? 0, layout.x[t] ?? 0, layout.y[t] ?? 0];
    layout.curves.set(
      [ends[0], ends[1], ends[0], ends[1], ends[2], ends[3], ends[2], ends[3]].map((v) => v ?? 0),
      8 * e,
    );
  });
  return buildScene(view, layout);
}

test("a picture that is drawn whole has no more marks than the budget either", () => {
  const scene = gridOf(crowd(MOST.nodes, [1]));
  const emphasis = emphasisOf(scene.view, { hover: null, selection: null });
  const all = new Set(["rate", "errors", "p95", "lock"] as const);
  const most = [0.05, 0.2, 0.5, 1, 2, 4].map((zoom) => {
    const window = [0, 0, 1000 / zoom, 700 / zoom] as const;
    const list = buildDrawList({ scene, emphasis, zoom, edgeLabels: all, measure: () => 30, window });
    expect(list.leftOut, `zoom ${zoom}`).toEqual({ nodes: 0, edges: 0 });
    return elementsOf(list);
  });
  for (const elements of most) expect(elements).toBeLessThanOrEqual(MOST_ELEMENTS);
  expect(Math.max(...most)).toBeGreaterThan(0.9 * MOST_ELEMENTS);
});

test("of 5,000 workloads no zoom draws more than the budget, and what is left out is counted", () => {
  const scene = gridOf(crowd(5000, [1, 2, 3, 4]));
  const selection = { kind: "node", id: "n4999" } as const;
  const emphasis = emphasisOf(scene.view, { hover: null, selection, matches: undefined });
  for (const zoom of [0.05, 0.2, 0.5, 1, 3]) {
    const window = [0, 0, 1000 / zoom, 700 / zoom] as const;
    const edgeLabels = new Set(["rate", "errors", "p95", "lock"] as const);
    const list = buildDrawList({ scene, emphasis, zoom, edgeLabels, measure: (text) => 6 * text.length, window });
    expect(elementsOf(list), `zoom ${zoom}`).toBeLessThanOrEqual(MOST_ELEMENTS);
    expect(elementsOf(list)).toBeGreaterThan(0);
  }
  const chosen = chooseDrawn(scene, emphasis, [-100, -100, 20_000, 20_000]);
  expect(chosen?.node.reduce((sum, one) => sum + one, 0)).toBe(MOST.nodes);
  expect(chosen?.leftOut).toEqual({ nodes: 5000 - MOST.nodes, edges: 20_000 - MOST.edges });
  // What is selected is drawn, however unimportant.
  expect(chosen?.node[4999]).toBe(1);
});

test("a picture small enough is drawn whole, wherever one looks", () => {
  const emphasis = emphasisOf(closed.view, { hover: null, selection: null, matches: undefined });
  expect(chooseDrawn(closed, emphasis, [0, 0, 1, 1])).toBeNull();
});

test("only edges that are another object, or stand between other marks, are built again", () => {
  const book = new EdgeBook();
  presentGraph(FOLDED, ROOMY, book);
  expect(book.built).toBe(BOXES);
  presentGraph({ ...FOLDED, edges: [...FOLDED.edges] }, ROOMY, book);
  expect(book.built).toBe(BOXES);
  const [first, ...rest] = FOLDED.edges;
  if (first === undefined) throw new Error("there are edges");
  presentGraph({ ...FOLDED, edges: [{ ...first, requestsPerSec: 12 }, ...rest] }, ROOMY, book);
  expect(book.built).toBe(BOXES + 1);
  const renamed = FOLDED.nodes.map((node, i) => (i === 0 ? { ...node, name: "other" } : node));
  const touching = FOLDED.edges.filter((e) => e.source === FOLDED.nodes[0]?.id || e.target === FOLDED.nodes[0]?.id);
  presentGraph({ nodes: renamed, edges: FOLDED.edges }, ROOMY, book);
  // The one that was put before is forgotten with its object: the old object's mark still holds.
  expect(book.built).toBe(BOXES + 1 + touching.length);
});

test("between cards arrows, labels and locks are drawn however far out, the more important ones first", () => {
  const zoom = 0.06;
  const emphasis = emphasisOf(closed.view, { hover: null, selection: null });
  const listOf = (...labels: readonly EdgeLabel[]) =>
    buildDrawList({ scene: closed, emphasis, zoom, edgeLabels: new Set(labels), measure: (text) => 6 * text.length });
  expect(closed.view.nodes.every((_, i) => cardOf(closed, i, zoom) !== null)).toBe(true);
  const { arrows, pills, locks } = listOf("rate", "lock");
  expect(arrows.length).toBeGreaterThan(0.8 * BOXES);
  expect(pills.length).toBeGreaterThan(0.3 * BOXES);
  expect(locks.length).toBeGreaterThan(0.3 * BOXES);
  expect(listOf("rate").locks).toEqual([]);
  expect(listOf("rate").pills.map(({ text }) => text)).not.toEqual(listOf("p95").pills.map(({ text }) => text));
});

test("in a crowd of lines the arrows of healthy ones step back with them, those of the others do not", () => {
  const edges = SPACES.flatMap(({ id }, i) =>
    SPACES.map((target, j): GraphEdge => {
      const edge = call(`c${i} ${j}`, id, target.id);
      return i === 0 ? { ...edge, health: { ...edge.health, state: "failure" } } : edge;
    }),
  );
  const scene = sceneOf({ nodes: SPACES, edges });
  const emphasis = emphasisOf(scene.view, { hover: null, selection: null });
  const { arrows } = buildDrawList({ scene, emphasis, zoom: 0.06, edgeLabels: new Set(), measure: () => 30 });
  const [failing, rest] = [
    arrows.filter(({ tone }) => tone === "failing"),
    arrows.filter(({ tone }) => tone === "healthy"),
  ];
  expect(Math.min(failing.length, rest.length)).toBeGreaterThan(3);
  expect(failing.every(({ alpha }) => alpha === 1)).toBe(true);
  expect(Math.max(...rest.map(({ alpha }) => alpha))).toBeLessThan(0.8);
});

test("a folded box is a card that the pointer finds before the lines beneath it, and too small a one is a mark", () => {
  const at = closed.view.nodes.findIndex(({ title }) => title === "ns-3");
  expect(cardOf(closed, at, 0.001)).toBeNull();
  const zoom = 0.06;
  const card = cardOf(closed, at, zoom);
  expect(card).not.toBeNull();
  const [x = 0, y = 0] = [closed.layout.x[at], closed.layout.y[at]];
  const inCorner = { x: x + ((card?.w ?? 0) * 0.45) / zoom, y: y + ((card?.h ?? 0) * 0.45) / zoom };
  expect(hitTest(hitIndex(closed), inCorner, zoom)).toEqual({ kind: "node", id: SPACES[3]?.id });
  const hand = sceneOf(FOLDED, FRAMED);
  expect(cardOf(hand, at, 1)).toBeNull();
  expect(layoutBounds(layoutInput(closed.view), closed.layout)[2]).toBeGreaterThan(0);
});

test("an answer with the same layout is measured anew only where a mark has another size", () => {
  const before = presentGraph(FOLDED, FRAMED);
  const layout = layoutGraph(layoutInput(before), null, 1);
  const scene = buildScene(before, layout);
  const busier = FOLDED.edges.map((edge) => ({ ...edge, errorRatio: 0.5 }));
  const next = presentGraph({ ...FOLDED, edges: busier }, FRAMED);
  const same = finish(sceneSliced(next, layout, scene));
  expect(same).toEqual({ ...buildScene(next, layout), curves: scene.curves });
  expect([same.view, same.curves]).toEqual([next, scene.curves]);
  expect(same.curves).toBe(scene.curves);
  const grown = {
    ...next,
    nodes: next.nodes.map((node, i) => (i === 0 ? { ...node, radius: node.radius + 5 } : node)),
  };
  const anew = finish(sceneSliced(grown, layout, scene));
  expect(anew.curves).not.toBe(scene.curves);
  expect(anew).toEqual(buildScene(grown, layout));
  expect(anew.curves).not.toEqual(scene.curves);
  const turned = { ...next, edges: next.edges.map((edge) => ({ ...edge, source: edge.target, target: edge.source })) };
  expect(finish(sceneSliced(turned, layout, scene)).curves).not.toBe(scene.curves);
});
