/** Graphs that nobody would draw on purpose: the picture is laid out and drawn, bounded, and says what it is. */
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import type { GraphEdge, GraphNode } from "../../query/schema/graph.ts";
import { mendedGraph } from "../../query/schema/mended-graph.ts";
import { decideFold } from "../folding.ts";
import { MOST_ELEMENTS } from "./draw-budget.ts";
import { elementsOf } from "./draw-elements.ts";
import { buildDrawList } from "./draw-list.ts";
import { emphasisOf } from "./emphasis.ts";
import { FRAMED, type Framing, ROOMY } from "./graph-view.ts";
import { layoutBounds, layoutGraph } from "./layout-graph.ts";
import { layoutInput } from "./layout-input.ts";
import { describeTarget } from "./navigate.ts";
import { lanesOf, presentGraph } from "./present-graph.ts";
import { buildScene } from "./scene.ts";

const [anyNode] = GRAPH_FIXTURE.nodes;
const [anyEdge] = GRAPH_FIXTURE.edges;
if (anyNode === undefined || anyEdge === undefined) throw new Error("the fixture has a node and an edge");

const workload = (id: string, more: Partial<GraphNode> = {}): GraphNode => ({
  ...anyNode,
  id,
  kind: "workload",
  cluster: "west",
  namespace: "shop",
  name: id,
  ...more,
});
const call = (id: string, source: string, target: string): GraphEdge => ({ ...anyEdge, id, source, target });

function drawn(nodes: readonly GraphNode[], edges: readonly GraphEdge[], framing: Framing = FRAMED) {
  const view = presentGraph({ nodes: [...nodes], edges: [...edges] }, framing);
  const input = layoutInput(view);
  const layout = layoutGraph(input, null, 1);
  const scene = buildScene(view, layout);
  const bounds = layoutBounds(input, layout);
  const [left, top, right, bottom] = bounds;
  const zoom = Math.min(1000 / (right - left), 700 / (bottom - top));
  const emphasis = emphasisOf(view, { selection: null, hover: null, matches: undefined });
  const measure = (text: string): number => text.length * 6.5;
  const list = buildDrawList({
    scene,
    emphasis,
    zoom,
    edgeLabels: new Set(["rate", "errors", "p95", "lock"]),
    measure,
    window: [left, top, right, bottom],
  });
  const places = [...layout.x, ...layout.y, ...layout.rects, ...layout.curves, ...bounds];
  expect(places.every(Number.isFinite)).toBe(true);
  expect(elementsOf(list)).toBeLessThanOrEqual(MOST_ELEMENTS);
  return { view, list, size: { width: right - left, height: bottom - top } };
}

test("names of 500 characters, from right to left and of emoji are drawn cut, and said whole", () => {
  const names = ["n".repeat(500), "א".repeat(500), "👨‍👩‍👧‍👦".repeat(60), "\u202eevil", "", " ", "<b>&amp;</b>"];
  const nodes = names.map((name, i) => workload(`w${i}`, { name, namespace: i === 0 ? "s".repeat(500) : "shop" }));
  const edges = nodes.map(({ id }, i) => call(`e${i}`, id, nodes[(i + 1) % nodes.length]?.id ?? id));
  const { view, list, size } = drawn(nodes, edges);
  for (const { title } of list.labels) expect(title.length).toBeLessThanOrEqual(26);
  for (const { title } of list.labels) expect(() => encodeURIComponent(title)).not.toThrow();
  expect(size.width).toBeLessThan(4_000);
  expect(describeTarget(view, { kind: "node", id: "w0" })).toContain("n".repeat(500));
  expect(describeTarget(view, { kind: "edge", id: "e3" })).toContain("\u2068\u202eevil\u2069");
});

test("3,000 edges between two nodes, and loops, lie in the room of a few and in lanes of their own", () => {
  const nodes = ["a", "b"].map((id) => workload(id));
  const edges = Array.from({ length: 3_000 }, (_, i) =>
    call(`e${i}`, i % 2 === 0 ? "a" : "b", i % 3 === 0 ? "a" : "b"),
  );
  const { list, size } = drawn(nodes, edges);
  expect(size.width).toBeLessThan(2_000);
  expect(size.height).toBeLessThan(2_000);
  expect(list.leftOut.edges).toBeGreaterThan(2_000);
  const lanes = lanesOf(edges.map(() => [0, 1]));
  expect(Math.max(...lanes)).toBeLessThan(7);
  expect(new Set(lanes).size).toBe(3_000);
  expect([
    ...lanesOf([
      [0, 1],
      [1, 0],
      [0, 1],
    ]),
  ]).toEqual([-1, 0, 1]);
});

test("a cycle through everything, each calling itself too, has a place for all", () => {
  const nodes = Array.from({ length: 60 }, (_, i) => workload(`w${i}`));
  const edges = nodes.flatMap(({ id }, i) => [
    call(`next${i}`, id, nodes[(i + 1) % nodes.length]?.id ?? id),
    call(`self${i}`, id, id),
  ]);
  const { view, list } = drawn(nodes, edges);
  expect(view.edges).toHaveLength(120);
  expect(list.nodes).toHaveLength(60);
});

test("10,000 namespaces open as their clusters; asked for in full they are drawn within the budget", () => {
  const size = { nodes: 10_000, edges: 0, boxes: { namespace: 10_000, cluster: 2, mesh: 1 } };
  const window = { start: 0, end: 1, slotMs: 1, requested: { start: 0, end: 1 } };
  expect(decideFold({ window, ...size }, null)).toBe("cluster");
  const nodes = Array.from({ length: 10_000 }, (_, i) => workload(`w${i}`, { namespace: `ns-${i}` }));
  const { view, list } = drawn(nodes, [], ROOMY);
  expect(view.boxes.filter(({ kind }) => kind === "namespace")).toHaveLength(10_000);
  expect(list.leftOut.nodes).toBeGreaterThan(9_000);
});

test("members of which hardly anything can be read are in the picture as not known, and say so", () => {
  const answer = {
    ...GRAPH_FIXTURE,
    nodes: [...GRAPH_FIXTURE.nodes, { id: "bare" }, {}],
    edges: [...GRAPH_FIXTURE.edges, { id: "odd", source: "bare", target: anyNode.id, requestsPerSec: -5 }, {}],
  };
  const parsed = mendedGraph.safeParse(answer);
  if (!parsed.success) throw new Error("the answer is a graph");
  const { view } = drawn(parsed.data.nodes, parsed.data.edges);
  const odd = view.edges.find(({ id }) => id === "odd");
  expect(odd).toMatchObject({ state: "unknown", width: 1, rate: "" });
  expect(odd?.description).toContain("rate not known");
  expect(view.nodes.find(({ id }) => id === "bare")).toMatchObject({ state: "unknown", mark: "?", title: "unknown" });
});
