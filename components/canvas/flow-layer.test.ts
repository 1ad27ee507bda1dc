/** Where dots are drawn, on a canvas that notes them: while the picture below changes they go on where they are. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import { buildDrawList } from "../../lib/view/graph/draw-list.ts";
import { emphasisOf } from "../../lib/view/graph/emphasis.ts";
import { DOT_SPEED } from "../../lib/view/graph/flow.ts";
import { layoutGraph } from "../../lib/view/graph/layout-graph.ts";
import { layoutInput } from "../../lib/view/graph/layout-input.ts";
import { presentGraph } from "../../lib/view/graph/present-graph.ts";
import { buildScene } from "../../lib/view/graph/scene.ts";
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
