/** What the live picture does under a pointer, counted, on a canvas that draws nothing. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { FLAT } from "../../lib/view/graph/graph-view.ts";
import type { Pin } from "../../lib/view/graph/pins.ts";
import { GraphEngine } from "./graph-engine.ts";
import { ANIMATED_NODES } from "./motion.ts";
import type { ScreenPoint } from "./zoom-control.ts";

let frame: (() => void) | null = null;

beforeEach(() => {
  vi.stubGlobal("Path2D", class {});
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  vi.stubGlobal("getComputedStyle", () => ({ fontFamily: "", getPropertyValue: () => "" }));
  vi.stubGlobal("navigator", { maxTouchPoints: 0 });
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
  vi.stubGlobal("requestAnimationFrame", (run: (nowMs: number) => void) => {
    frame = () => run(0);
    return 1;
  });
});
afterEach(() => vi.unstubAllGlobals());

function draw(): void {
  const asked = frame;
  frame = null;
  asked?.();
}

function engine(graph: Graph) {
  const target = new EventTarget();
  const canvas = Object.assign(Object.create(null), {
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
    style: { setProperty: () => undefined },
    setPointerCapture: () => undefined,
  });
  const ctx = new Proxy(Object.create(null), {
    get: () => () => ({ width: 40 }),
    set: () => true,
  });
  const pinned: (readonly [string, Pin])[] = [];
  const nothing = (): void => undefined;
  const events = { onHover: nothing, onShown: nothing, onSeen: nothing, onLeftOut: nothing };
  const made = new GraphEngine(canvas, ctx, { ...events, onPin: (id, pin) => pinned.push([id, pin]) });
  made.setSize(1200, 800, 1);
  made.arranger.setGraph(graph, FLAT);
  draw();
  const pointer = (type: string, { x, y }: ScreenPoint): void => {
    target.dispatchEvent(Object.assign(new Event(type), { pointerId: 1, button: 0, offsetX: x, offsetY: y }));
    draw();
  };
  return { made, pointer, pinned };
}

/** A workload is dragged by some steps; out: how many draw lists that took. */
function dragged({ made, pointer }: ReturnType<typeof engine>, graph: Graph): number {
  const id = graph.nodes.find(({ kind }) => kind === "workload")?.id ?? "";
  const at = made.positionOf({ kind: "node", id });
  if (at === null) throw new Error("the node is not drawn");
  pointer("pointerdown", at);
  const before = made.counters().drawLists;
  for (let i = 1; i <= 5; i++) pointer("pointermove", { x: at.x + 10 * i, y: at.y });
  const lists = made.counters().drawLists - before;
  pointer("pointerup", { x: at.x + 50, y: at.y });
  return lists;
}

test("a node follows the pointer that drags it, and is pinned where it is let go", () => {
  const of = engine(GRAPH_FIXTURE);
  expect(dragged(of, GRAPH_FIXTURE)).toBe(5);
  expect(of.pinned).toHaveLength(1);
  of.made.stop();
});

test("of a large picture a node waits until it is let go: nothing is made or drawn meanwhile", () => {
  const [first] = GRAPH_FIXTURE.nodes.filter(({ kind }) => kind === "workload");
  if (first === undefined) throw new Error("no workload");
  const nodes = Array.from({ length: ANIMATED_NODES + 1 }, (_, i) => ({ ...first, id: `${i}`, name: `n${i}` }));
  const graph = { ...GRAPH_FIXTURE, nodes, edges: [] };
  const of = engine(graph);
  const { frames } = of.made.counters();
  expect(dragged(of, graph)).toBe(0);
  expect(of.made.counters().frames).toBe(frames);
  expect(of.pinned).toHaveLength(1);
  of.made.stop();
});
