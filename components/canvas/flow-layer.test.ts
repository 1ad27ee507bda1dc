/** Where dots are drawn, on a canvas that notes them: while the picture below changes they go on where they are. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import type { GraphNode } from "../../lib/query/schema/graph.ts";
import { buildDrawList } from "../../lib/view/graph/draw-list.ts";
import { emphasisOf } from "../../lib/view/graph/emphasis.ts";
import { DOT_SPEED } from "../../lib/view/graph/flow.ts";
import { ROOMY } from "../../lib/view/graph/graph-view.ts";
import { layoutGraph } from "../../lib/view/graph/layout-graph.ts";
import { layoutInput } from "../../lib/view/graph/layout-input.ts";
import { foldIdOf } from "../../lib/view/graph/present-box.ts";
import { presentGraph } from "../../lib/view/graph/present-graph.ts";
import { buildScene, type Scene } from "../../lib/view/graph/scene.ts";
import { type FlowContext, FlowLayer, type FlowSample } from "./flow-layer.ts";

const THEME = { text: "", failing: "" };
let drawn: { x: number; y: number }[] = [];
let frame: (nowMs: number) => void = () => undefined;

class NotingPath {
  arc(x: number, y: number): void {
    drawn.push({ x, y });
  }
  rect(x: number, y: number): void {
    drawn.push({ x, y });
  }
  moveTo(): void {}
}

beforeEach(() => {
  vi.stubGlobal("Path2D", NotingPath);
  vi.stubGlobal("requestAnimationFrame", (run: (nowMs: number) => void) => {
    frame = run;
    return 1;
  });
});
afterEach(() => vi.unstubAllGlobals());

function picture(times: number, hover: string | null) {
  const edges = GRAPH_FIXTURE.edges.map((edge) => ({
    ...edge,
    requestsPerSec: edge.requestsPerSec === null ? null : edge.requestsPerSec * times,
  }));
  const view = presentGraph({ ...GRAPH_FIXTURE, edges });
  const scene = buildScene(view, layoutGraph(layoutInput(view), null, 1));
  const target = hover === null ? null : ({ kind: "node", id: hover } as const);
  const emphasis = emphasisOf(view, { hover: target, selection: null });
  const list = buildDrawList({ scene, emphasis, edgeLabels: new Set(), measure: () => 40, zoom: 1 });
  return { scene, list, view: { x: 0, y: 0, k: 1, width: 1e5, height: 1e5, ratio: 1 }, theme: THEME };
}

/** Three namespaces as cards that call each other. */
function cards() {
  const [node] = GRAPH_FIXTURE.nodes;
  const [edge] = GRAPH_FIXTURE.edges;
  if (node === undefined || edge === undefined) throw new Error("the fixture has a node and an edge");
  const spaces = [0, 1, 2].map((i): GraphNode => {
    const place = { cluster: "c0", namespace: `ns-${i}` };
    const id = foldIdOf("namespace", { mesh: "", ...place });
    return { ...node, ...place, id, kind: "namespace", name: `ns-${i}`, holds: { nodes: 60, namespaces: 1 } };
  });
  const edges = spaces.map(({ id }, i) => ({
    ...edge,
    id: `e${i}`,
    requestsPerSec: 400,
    source: id,
    target: spaces[(i + 1) % 3]?.id ?? id,
  }));
  const view = presentGraph({ nodes: spaces, edges }, ROOMY);
  return buildScene(view, layoutGraph(layoutInput(view), null, 1));
}

test("no dot is drawn over a label, a lock, a row of signs, a name or a node, nor in a card", () => {
  const emphasisFor = ({ view }: Scene) => emphasisOf(view, { hover: null, selection: null });
  const edgeLabels = new Set(["rate", "errors", "lock"] as const);
  const measure = (text: string): number => 6.6 * text.length;
  for (const [scene, k] of [
    [picture(1, null).scene, 1],
    [cards(), 0.12],
  ] as const) {
    const list = buildDrawList({ scene, emphasis: emphasisFor(scene), edgeLabels, measure, zoom: k });
    const about = (x: number, y: number, w: number, h: number) => ({ x: x - w / 2, y: y - h / 2, w, h });
    const middle = (i: number) => [(scene.layout.x[i] ?? 0) * k, (scene.layout.y[i] ?? 0) * k] as const;
    const rects = [
      ...list.pills.map(({ x, y, dx, dy, w, h }) => about(x * k + dx, y * k + dy, w, h)),
      ...list.badges.map(({ x, y, w, h }) => about(x * k, y * k, w, h)),
      ...list.locks.map(({ x, y, size }) => about(x * k, y * k, size, size)),
      ...list.nodes.map(({ node, card, radius }) => about(...middle(node), card?.w ?? radius, card?.h ?? radius)),
      ...list.labels.map(({ node, title, dy, scale }) => {
        const [x, y] = middle(node);
        return about(x, y + dy + 7 * scale, measure(title) * scale, 14 * scale);
      }),
    ];
    expect(list.pills.length).toBeGreaterThan(0);
    const { made, next } = layer();
    // Where a canvas of its own begins, so that panned places are told from others.
    made.show({ scene, list, view: { x: 31, y: -17, k, width: 1e5, height: 1e5, ratio: 1 }, theme: THEME });
    let seen = 0;
    for (let i = 0; i < 60; i++) {
      for (const dot of next()) {
        const [x, y] = [dot.x - 31, dot.y + 17];
        seen++;
        const over = rects.find((rect) => x > rect.x && x < rect.x + rect.w && y > rect.y && y < rect.y + rect.h);
        expect(over).toBeUndefined();
      }
    }
    expect(seen).toBeGreaterThan(100);
  }
});

function layer() {
  const samples: FlowSample[] = [];
  const ctx: FlowContext = {
    setTransform: () => undefined,
    clearRect: () => undefined,
    fill: () => undefined,
    fillStyle: "",
    globalAlpha: 1,
  };
  const made = new FlowLayer({ width: 0, height: 0 }, ctx, (sample) => samples.push(sample));
  let nowMs = performance.now() + 1e6;
  const next = () => {
    nowMs += 40;
    drawn = [];
    frame(nowMs);
    return drawn;
  };
  return { made, samples, next };
}

/** Dots that have no dot of the frame before within what a dot moves in a frame of 40 ms: those that have jumped, or were sent. */
function strayed(now: readonly { x: number; y: number }[], before: readonly { x: number; y: number }[]): number {
  const reach = 0.04 * DOT_SPEED + 0.01;
  return now.filter(({ x, y }) => !before.some((dot) => Math.hypot(dot.x - x, dot.y - y) <= reach)).length;
}

test("a refresh with other rates lets every dot go on where it is", () => {
  const { made, next } = layer();
  made.show(picture(1, null));
  next();
  let before = next();
  expect(before.length).toBeGreaterThan(30);
  for (const times of [1.1, 3, 0.4]) {
    made.show(picture(times, null));
    const now = next();
    expect(strayed(now, before)).toBeLessThan(8);
    next();
    before = next();
  }
});

test("under the pointer some edges dim and have no dots; the others' go on, and each stands for as much", () => {
  const { made, samples, next } = layer();
  const node = GRAPH_FIXTURE.edges[0]?.target ?? "";
  made.show(picture(1, null));
  next();
  const before = next();
  made.show(picture(1, node));
  const lit = next();
  expect(lit.length).toBeLessThan(0.8 * before.length);
  expect(lit.length).toBeGreaterThan(0);
  expect(strayed(lit, before)).toBeLessThan(4);
  made.show(picture(1, null));
  const after = next();
  expect(after.length).toBeGreaterThan(0.9 * before.length);
  expect(new Set(samples.map((sample) => JSON.stringify(sample))).size).toBe(1);
});
