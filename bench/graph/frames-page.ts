/**
 * The page of graph-frames, for a browser: one graph whose nodes all move in every frame, drawn as the map draws it (layout
 * between two places, scene, draw list, canvas) and as SVG (an element for each line, mark and text, its attributes set in
 * each frame). The map draws within its budget, as it does; beside it, for information, without: every line and mark, as the
 * SVG has them. What the bench calls is put on `window`.
 */

import { measureWith } from "../../components/canvas/fonts.ts";
import { between, moverBetween } from "../../components/canvas/motion.ts";
import { Painter, paint } from "../../components/canvas/paint.ts";
import { readTheme } from "../../components/canvas/theme.ts";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import type { GraphEdge, GraphNode } from "../../lib/query/schema/graph.ts";
import { buildDrawList } from "../../lib/view/graph/draw-list.ts";
import type { DrawList } from "../../lib/view/graph/draw-marks.ts";
import { emphasisOf } from "../../lib/view/graph/emphasis.ts";
import { FRAMED } from "../../lib/view/graph/graph-view.ts";
import { layoutBounds, layoutGraph } from "../../lib/view/graph/layout-graph.ts";
import { layoutInput } from "../../lib/view/graph/layout-input.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { presentGraph } from "../../lib/view/graph/present-graph.ts";
import { buildScene, type Scene } from "../../lib/view/graph/scene.ts";

const SIZE = { width: 1440, height: 900 };
const CALLERS = 4;
const NAMESPACES = 40;
/** World px by which nodes move to and fro, and frames from there to here. */
const REACH = 60;
const FRAMES_THERE = 30;
const SVG = "http://www.w3.org/2000/svg";

function graphOf(workloads: number) {
  const [anyNode] = GRAPH_FIXTURE.nodes;
  const [anyEdge] = GRAPH_FIXTURE.edges;
  if (anyNode === undefined || anyEdge === undefined) throw new Error("the fixture has members");
  const nodes = Array.from({ length: workloads }, (_, i): GraphNode => {
    const place = { cluster: "c0", namespace: `ns-${i % NAMESPACES}` };
    return { ...anyNode, ...place, id: `w${i}`, kind: "workload", name: `service-${i}` };
  });
  const edges = nodes.flatMap(({ id }, i) =>
    Array.from({ length: CALLERS }, (_, c): GraphEdge => {
      const source = `w${(i * 7 + (c + 1) * 131) % workloads}`;
      return { ...anyEdge, id: `${id}-${c}`, source, target: id };
    }),
  );
  return presentGraph({ nodes, edges }, FRAMED);
}

function moved(layout: LayoutResult): LayoutResult {
  const x = layout.x.map((at, i) => at + REACH * Math.sin(i));
  const y = layout.y.map((at, i) => at + REACH * Math.cos(i));
  const curves = layout.curves.map((at, i) => at + REACH * Math.sin(i));
  return { ...layout, hash: "moved", x, y, curves };
}

/** What both draw in the `n`th frame. */
function stage(workloads: number) {
  const view = graphOf(workloads);
  const input = layoutInput(view);
  const layout = layoutGraph(input, null, 1);
  const mover = moverBetween(layout, moved(layout));
  if (mover === null) throw new Error("nothing moves");
  const [left, top, right, bottom] = layoutBounds(input, layout);
  const k = Math.min(SIZE.width / (right - left), SIZE.height / (bottom - top));
  const viewport = { x: -left * k, y: -top * k, k, ...SIZE, ratio: 1 };
  const emphasis = emphasisOf(view, { selection: null, hover: null, matches: undefined });
  const sceneAt = (n: number): Scene => {
    const there = Math.abs((n % (2 * FRAMES_THERE)) / FRAMES_THERE - 1);
    return buildScene(view, between(mover, Math.min(0.999, there)));
  };
  const canvas = document.createElement("canvas");
  Object.assign(canvas, SIZE);
  const ctx = canvas.getContext("2d");
  if (ctx === null) throw new Error("no canvas");
  const measure = measureWith(ctx, "sans-serif");
  const sight = { window: [left, top, right, bottom] } as const;
  const listOf = (scene: Scene, isAll: boolean): DrawList =>
    buildDrawList({ scene, emphasis, zoom: k, edgeLabels: new Set(), measure, ...(isAll ? {} : sight) });
  return { viewport, sceneAt, listOf, canvas, ctx };
}

type Stage = ReturnType<typeof stage>;

function canvasFrames({ viewport, sceneAt, listOf, canvas, ctx }: Stage, isAll: boolean): (n: number) => void {
  document.body.replaceChildren(canvas);
  const theme = readTheme(canvas);
  return (n) => {
    const scene = sceneAt(n);
    paint(new Painter(ctx, scene, theme, viewport), listOf(scene, isAll));
  };
}

function element(parent: Element, name: string, attributes: Readonly<Record<string, string>>): Element {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function pathOf({ curves, curveStart }: Scene, e: number): string {
  const [from, to] = [2 * (curveStart[e] ?? 0), 2 * (curveStart[e + 1] ?? 0)];
  let text = `M${curves[from]} ${curves[from + 1]}C`;
  for (let i = from + 2; i < to; i++) text += `${curves[i]} `;
  return text;
}

/** Elements of the first scene; in each frame their places are set anew. */
function svgFrames({ viewport: { x, y, k }, sceneAt, listOf }: Stage): (n: number) => void {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", `${SIZE.width}`);
  svg.setAttribute("height", `${SIZE.height}`);
  document.body.replaceChildren(svg);
  const world = element(svg, "g", { transform: `translate(${x} ${y}) scale(${k})` });
  const list = listOf(sceneAt(0), true);
  const { view } = sceneAt(0);
  const stroke = { fill: "none", stroke: "#888", "stroke-width": "1.5" };
  const edges = view.edges.map(() => element(world, "path", stroke));
  const arrows = view.edges.map(() => element(world, "path", { d: "M-6 -4L6 0L-6 4Z", fill: "#888" }));
  const ring = { fill: "#fff", stroke: "#0f8a7a", "stroke-width": "3" };
  const nodes = view.nodes.map(({ radius }) => element(world, "circle", { ...ring, r: `${radius}` }));
  const labels = list.labels.map(({ node, title }) => {
    const made = element(world, "text", { "text-anchor": "middle", "font-size": "13" });
    made.textContent = title;
    return { made, node };
  });
  return (n) => {
    const scene = sceneAt(n);
    const { layout, arrows: at } = scene;
    edges.forEach((edge, e) => {
      edge.setAttribute("d", pathOf(scene, e));
    });
    arrows.forEach((arrow, e) => {
      const degrees = ((at[3 * e + 2] ?? 0) * 180) / Math.PI;
      arrow.setAttribute("transform", `translate(${at[3 * e]} ${at[3 * e + 1]}) rotate(${degrees})`);
    });
    nodes.forEach((node, i) => {
      node.setAttribute("transform", `translate(${layout.x[i]} ${layout.y[i]})`);
    });
    for (const { made, node } of labels) {
      made.setAttribute("transform", `translate(${layout.x[node]} ${(layout.y[node] ?? 0) + 30})`);
    }
  };
}

/** Frames in `ms`, each of which the browser has painted before the next begins. */
function count(draw: (n: number) => void, ms: number): Promise<number> {
  return new Promise((resolve) => {
    let began: number | null = null;
    let frames = 0;
    const frame = (now: number): void => {
      began ??= now;
      if (now - began >= ms) {
        resolve((frames * 1000) / (now - began));
        return;
      }
      draw(frames++);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

/** Frames per second of both, one after the other, `rounds` times. */
async function frames(workloads: number, rounds: number, ms: number) {
  const made = stage(workloads);
  const found: { canvas: number; all: number; svg: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const canvas = await count(canvasFrames(made, false), ms);
    const svg = await count(svgFrames(made), ms);
    const all = await count(canvasFrames(made, true), ms);
    found.push({ canvas, all, svg });
  }
  return found;
}

/** Ms from asking the worker of the map for a layout until it is here. */
function layoutMs(workloads: number): Promise<number> {
  const worker = new Worker("layout.worker.js");
  const input = layoutInput(graphOf(workloads));
  return new Promise((resolve, reject) => {
    const began = performance.now();
    worker.addEventListener("message", () => {
      worker.terminate();
      resolve(performance.now() - began);
    });
    worker.addEventListener("error", () => reject(new Error("the worker failed")));
    worker.postMessage({ number: 1, input, previous: null, seed: 1 });
  });
}

/** Work that takes about as long as the layout of 1,000 nodes on a machine that has nothing else to do. */
function controlMs(): number {
  const began = performance.now();
  let state = 1;
  const values = Float64Array.from({ length: 400_000 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state;
  });
  for (let i = 0; i < 12; i++) Float64Array.from(values).sort();
  return performance.now() - began;
}

Object.assign(window, { benchFrames: frames, benchLayoutMs: layoutMs, benchControlMs: controlMs });
