import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import { distanceToCurve, pointAt } from "./curve.ts";
import { buildDrawList } from "./draw-list.ts";
import { drawListText } from "./draw-list-text.ts";
import type { DrawList } from "./draw-marks.ts";
import { type EmphasisParameters, emphasisOf } from "./emphasis.ts";
import type { EdgeLabel, GraphTarget } from "./graph-view.ts";
import { hitIndex, hitTest } from "./hit.ts";
import { layoutGraph } from "./layout-graph.ts";
import { layoutInput } from "./layout-input.ts";
import { type Direction, describeTarget, navigate } from "./navigate.ts";
import { presentGraph } from "./present-graph.ts";
import { buildScene, segmentsOf } from "./scene.ts";
import { signRects } from "./signs.ts";

const view = presentGraph(GRAPH_FIXTURE);
const layout = layoutGraph(layoutInput(view), null, 1);
const scene = buildScene(view, layout);
const LABELS: ReadonlySet<EdgeLabel> = new Set(["rate", "errors", "lock"]);
const measure = (text: string): number => text.length * 6.6;

function listAt(zoom: number, lit: Partial<EmphasisParameters> = {}): DrawList {
  const emphasis = emphasisOf(view, { hover: null, selection: null, ...lit });
  return buildDrawList({ scene, emphasis, zoom, edgeLabels: LABELS, measure });
}

const nodeId = (title: string): GraphTarget => ({
  kind: "node",
  id: view.nodes.find((node) => node.title.startsWith(title))?.id ?? "",
});

test("the draw list of the fixture at full size", () => {
  expect(drawListText(listAt(1, { selection: nodeId("payments") }), scene)).toMatchSnapshot();
});

test("the draw list of the fixture far out, with a node under the pointer", () => {
  expect(drawListText(listAt(0.3, { hover: nodeId("cart") }), scene)).toMatchSnapshot();
});

interface Rect {
  readonly l: number;
  readonly t: number;
  readonly r: number;
  readonly b: number;
}
const meets = (a: Rect, b: Rect): boolean => a.l < b.r && b.l < a.r && a.t < b.b && b.t < a.b;

test("at any zoom no pill lies on a node or on another pill, and no label on a node", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 3, noNaN: true }), (zoom) => {
      const list = listAt(zoom);
      const circles = list.nodes.map(({ node, radius }): Rect => {
        const x = (layout.x[node] ?? 0) * zoom;
        const y = (layout.y[node] ?? 0) * zoom;
        return { l: x - radius, t: y - radius, r: x + radius, b: y + radius };
      });
      const pills = list.pills.map((pill): Rect => {
        const x = pill.x * zoom + pill.dx;
        const y = pill.y * zoom + pill.dy;
        return { l: x - pill.w / 2, t: y - pill.h / 2, r: x + pill.w / 2, b: y + pill.h / 2 };
      });
      const labels = list.labels.map((label): Rect => {
        const x = (layout.x[label.node] ?? 0) * zoom;
        const y = (layout.y[label.node] ?? 0) * zoom + label.dy;
        const w = Math.max(measure(label.title), measure(label.subtitle)) * label.scale;
        return { l: x - w / 2, t: y, r: x + w / 2, b: y + 14 * label.scale };
      });
      pills.forEach((pill, i) => {
        expect(circles.some((circle) => meets(pill, circle))).toBe(false);
        expect(labels.some((label) => meets(pill, label))).toBe(false);
        expect(pills.some((other, j) => j !== i && meets(pill, other))).toBe(false);
      });
      labels.forEach((label, i) => {
        expect(circles.some((circle) => meets(label, circle))).toBe(false);
        expect(labels.some((other, j) => j !== i && meets(label, other))).toBe(false);
      });
    }),
    { numRuns: 60 },
  );
});

test("at any zoom no lock, badge or pill lies on a label, a node or another of them", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.45, max: 2, noNaN: true }), (zoom) => {
      const list = listAt(zoom);
      const about = (x: number, y: number, w: number, h: number): Rect => ({
        l: x - w / 2,
        t: y - h / 2,
        r: x + w / 2,
        b: y + h / 2,
      });
      const texts = list.labels.map((label): Rect => {
        const x = (layout.x[label.node] ?? 0) * zoom;
        const y = (layout.y[label.node] ?? 0) * zoom + label.dy;
        const w = Math.max(measure(label.title), measure(label.subtitle)) * label.scale;
        return { l: x - w / 2, t: y, r: x + w / 2, b: y + (label.subtitle === "" ? 14 : 28) * label.scale };
      });
      const marks = [
        ...list.locks.map((lock) => about(lock.x * zoom, lock.y * zoom, lock.size, lock.size)),
        ...list.badges.map((badge) => about(badge.x * zoom, badge.y * zoom, badge.w, badge.h)),
        ...list.pills.map((pill) => about(pill.x * zoom + pill.dx, pill.y * zoom + pill.dy, pill.w, pill.h)),
      ];
      marks.forEach((mark, i) => {
        expect(texts.some((text) => meets(mark, text))).toBe(false);
        expect(marks.some((other, j) => j !== i && meets(mark, other))).toBe(false);
      });
    }),
    { numRuns: 40 },
  );
});

test("most edges carry their label where the picture is as small as a window makes it", () => {
  expect(listAt(0.7).pills.length).toBeGreaterThan(0.6 * view.edges.length);
});

test("a node bears the glyph of its mesh where there are several meshes, and none where there is one", () => {
  expect(listAt(1).nodes.filter((node) => node.meshes.length > 0).length).toBeGreaterThan(0);
  const one = GRAPH_FIXTURE.nodes.filter((node) => node.mesh === "istio" && node.meshes === undefined);
  const alone = presentGraph({ nodes: one, edges: [] });
  const emphasis = emphasisOf(alone, { hover: null, selection: null });
  const drawn = buildScene(alone, layoutGraph(layoutInput(alone), null, 1));
  const list = buildDrawList({ scene: drawn, emphasis, zoom: 1, edgeLabels: LABELS, measure });
  expect(list.nodes.length).toBeGreaterThan(0);
  expect(list.nodes.every((node) => node.meshes.length === 0)).toBe(true);
});

test("far out the labels of what fails and of what is selected are the last to go", () => {
  const far = listAt(0.25, { selection: nodeId("redis") });
  const shown = far.labels.map((label) => label.node);
  expect(shown.length).toBeLessThan(view.nodes.length);
  expect(shown).toContain(view.nodeIndex.get(nodeId("redis").id));
  expect(far.labels.some((label) => view.nodes[label.node]?.state === "failure")).toBe(true);
  expect(listAt(1).labels).toHaveLength(view.nodes.length);
});

test("at any zoom what is not healthy has its sign, and where it stands beside its node nothing written lies on it", () => {
  const pins = new Map([[nodeId("redis").id, { home: "", dx: 0, dy: 0 }]]);
  for (const zoom of [0.03, 0.1, 0.2, 0.34, 1]) {
    const emphasis = emphasisOf(view, { hover: null, selection: null });
    const list = buildDrawList({ scene, emphasis, zoom, edgeLabels: LABELS, measure, pins });
    const signAt = (node: number, radius: number): Rect => {
      const at = { x: (layout.x[node] ?? 0) * zoom, y: (layout.y[node] ?? 0) * zoom };
      const [rect] = signRects({ radius, card: null, mark: "!", pinned: false, noProxy: false }, at);
      return {
        l: rect?.x ?? 0,
        t: rect?.y ?? 0,
        r: (rect?.x ?? 0) + (rect?.w ?? 0),
        b: (rect?.y ?? 0) + (rect?.h ?? 0),
      };
    };
    const signed = list.nodes.filter(({ mark }) => mark !== "");
    for (const { node, radius, mark } of list.nodes) {
      if (mark === view.nodes[node]?.mark) continue;
      expect(signed.some((other) => meets(signAt(other.node, other.radius), signAt(node, radius)))).toBe(true);
    }
    if (zoom > 0.05) expect(signed).toHaveLength(view.nodes.filter(({ mark }) => mark !== "").length);
    expect(list.nodes.filter(({ pinned }) => pinned)).toHaveLength(1);
    expect(list.nodes.map(({ noProxy }) => noProxy)).toEqual(
      view.nodes.map(({ warnings }) => warnings.includes("no_proxy")),
    );
    const signs = list.nodes.flatMap((node) =>
      signRects(node, { x: (layout.x[node.node] ?? 0) * zoom, y: (layout.y[node.node] ?? 0) * zoom }),
    );
    if (zoom < 0.3) expect(signs.length).toBeGreaterThan(2);
    for (const { x, y, w, h } of signs) {
      const sign = { l: x, t: y, r: x + w, b: y + h };
      for (const label of list.labels) {
        const middle = (layout.x[label.node] ?? 0) * zoom;
        const top = (layout.y[label.node] ?? 0) * zoom + label.dy;
        const half = (measure(label.title) * label.scale) / 2;
        const text = { l: middle - half, t: top, r: middle + half, b: top + 14 * label.scale };
        expect(meets(sign, text), `${label.title} at ${zoom}`).toBe(false);
      }
    }
  }
});

test("a sign beside a node leaves the name of the node above it, as near as rows are at the zoom of a small estate", () => {
  const NEAR = 32;
  for (const radius of [4, 5, 6, 6.9]) {
    const all = { radius, card: null, mark: "~", pinned: false, noProxy: true };
    for (const { y, h } of signRects(all, { x: 0, y: 0 })) {
      expect(y).toBeGreaterThanOrEqual(radius + 4 + 14 * 0.9 - NEAR);
      expect(y + h).toBeLessThanOrEqual(radius + 4);
    }
  }
});

test("a title bar says what its box holds by kind, or how many nodes in all, or nothing: never a part of it", () => {
  const said = new Set<string>();
  const nodes = GRAPH_FIXTURE.nodes.map((node, i) =>
    node.kind === "workload" && i % 2 === 0 ? { ...node, kind: "gateway" as const } : node,
  );
  const mixed = presentGraph({ ...GRAPH_FIXTURE, nodes });
  const drawn = buildScene(mixed, layoutGraph(layoutInput(mixed), null, 1));
  const emphasis = emphasisOf(mixed, { hover: null, selection: null });
  for (let zoom = 0.34; zoom < 2; zoom *= 1.04) {
    for (const { box, detail } of buildDrawList({ scene: drawn, emphasis, zoom, edgeLabels: LABELS, measure }).titles) {
      const { detail: kinds = "", nodes = 0 } = mixed.boxes[box] ?? {};
      if (detail !== "" && detail !== kinds) expect(Number.parseInt(detail, 10), `${detail} of ${kinds}`).toBe(nodes);
      if (detail !== "") said.add(detail === kinds ? "kinds" : detail.replace(/^\d+ /, ""));
    }
  }
  expect([...said]).toEqual(expect.arrayContaining(["kinds", "nodes", "gateway"]));
});

test("arrows stay far out wherever a line is long enough for one, and none lies on another there", () => {
  for (const zoom of [0.08, 0.15, 0.25]) {
    const { arrows } = listAt(zoom);
    const long = view.edges.filter((_, e) => (scene.edgeLength[e] ?? 0) * zoom >= 40);
    expect(arrows.length, `zoom ${zoom}`).toBeGreaterThan(0.6 * long.length);
    const rects = arrows.map(({ x, y, size }): Rect => {
      const [middle, down, half] = [x * zoom, y * zoom, size / 2];
      return { l: middle - half, t: down - half, r: middle + half, b: down + half };
    });
    rects.forEach((rect, i) => {
      expect(rects.some((other, j) => j !== i && meets(rect, other))).toBe(false);
    });
  }
  expect(listAt(0.25).arrows.length).toBeGreaterThan(5);
});

test("of few nodes those that are healthy and small keep their names far out too, where there is room", () => {
  const usual = ({ node }: { readonly node: number }): boolean => {
    const mark = view.nodes[node];
    return mark?.state === "healthy" && mark.step < 4;
  };
  for (const zoom of [0.12, 0.18, 0.24])
    expect(listAt(zoom).labels.filter(usual).length, `zoom ${zoom}`).toBeGreaterThan(1);
});

test("hover dims what is not connected, and a selection stays lit", () => {
  const list = listAt(1, { hover: nodeId("redis"), selection: nodeId("api.stripe") });
  const alpha = (title: string): number | undefined =>
    list.nodes.find(({ node }) => view.nodes[node]?.title.startsWith(title))?.alpha;
  expect(alpha("redis")).toBe(1);
  expect(alpha("cart")).toBe(1);
  expect(alpha("api.stripe")).toBe(1);
  expect(alpha("shipping")).toBeLessThan(0.5);
  expect(listAt(1, { selection: nodeId("redis") }).nodes.every((node) => node.alpha === 1)).toBe(true);
});

test("what is found is lit, the rest dimmed; nothing found dims all", () => {
  const found = listAt(1, { matches: new Set([nodeId("cart").id]) });
  expect(found.nodes.filter((node) => node.matched)).toHaveLength(1);
  expect(found.nodes.filter((node) => node.alpha === 1)).toHaveLength(1);
  expect(listAt(1, { matches: new Set() }).nodes.every((node) => node.alpha < 1)).toBe(true);
});

test("edges start and end at the rims of their nodes", () => {
  view.edges.forEach((edge, e) => {
    if (edge.source === edge.target) return;
    const start = scene.curveStart[e] ?? 0;
    const at = pointAt(scene.curves, start, 0);
    const far = Math.hypot(at.x - (layout.x[edge.source] ?? 0), at.y - (layout.y[edge.source] ?? 0));
    expect(far).toBeCloseTo((view.nodes[edge.source]?.radius ?? 0) + 3, 0);
  });
});

test("a point hits the node under it, else the edge near it, else the title of a box, else nothing", () => {
  const index = hitIndex(scene);
  view.nodes.forEach((node, i) => {
    expect(hitTest(index, { x: layout.x[i] ?? 0, y: (layout.y[i] ?? 0) + 3 }, 1)).toEqual({
      kind: "node",
      id: node.id,
    });
  });
  view.edges.forEach((_, e) => {
    const at = { x: scene.arrows[3 * e] ?? 0, y: scene.arrows[3 * e + 1] ?? 0 };
    const hit = hitTest(index, at, 1);
    const found = hit?.kind === "edge" ? (view.edgeIndex.get(hit.id) ?? -1) : -1;
    expect(distanceToCurve(scene.curves, scene.curveStart[found] ?? 0, segmentsOf(scene, found), at)).toBeLessThan(1);
  });
  const box = view.boxIndex.get("namespace:west/shop") ?? 0;
  const [x = 0, y = 0] = layout.rects.subarray(4 * box, 4 * box + 2);
  expect(hitTest(index, { x: x + 14, y: y + 10 }, 1)).toEqual({ kind: "box", id: "namespace:west/shop" });
  expect(hitTest(index, { x: -5000, y: -5000 }, 1)).toBeNull();
});

test("arrow keys: right to a callee, left to a caller, up and down undo each other, nothing leads nowhere", () => {
  const go = (from: GraphTarget | null, direction: Direction): GraphTarget | null =>
    navigate(view, layout, from, direction);
  const first = go(null, "right");
  expect(view.nodes[view.nodeIndex.get(first?.id ?? "") ?? -1]?.state).toBe("failure");
  for (const node of view.nodes) {
    const from: GraphTarget = { kind: "node", id: node.id };
    const right = go(from, "right");
    if (right?.id !== node.id) {
      const ends = view.edges.map((edge) => `${view.nodes[edge.source]?.id}>${view.nodes[edge.target]?.id}`);
      expect(ends).toContain(`${node.id}>${right?.id}`);
    }
  }
  const edge = view.edges[0];
  if (edge === undefined) throw new Error("the fixture has edges");
  const on: GraphTarget = { kind: "edge", id: edge.id };
  expect(go(on, "left")?.id).toBe(view.nodes[edge.source]?.id);
  expect(go(on, "right")?.id).toBe(view.nodes[edge.target]?.id);
  const down = go(on, "down");
  if (down !== null && down.id !== edge.id) expect(go(down, "up")).toEqual(on);
  expect(describeTarget(view, on)).toContain(" to ");
  expect(describeTarget(view, { kind: "node", id: "gone" })).toBe("");
});
