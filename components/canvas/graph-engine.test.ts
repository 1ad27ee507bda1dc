/** What the live picture does under a pointer, counted, on a canvas that draws nothing. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { FLAT, type GraphTarget } from "../../lib/view/graph/graph-view.ts";
import type { KeptViewport } from "../../lib/view/graph/kept-viewport.ts";
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

interface Told {
  readonly look?: KeptViewport;
  /** Told before the first frame. */
  readonly onShown?: (made: GraphEngine) => void;
}

function engine(graph: Graph, { look, onShown }: Told = {}) {
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
  const hovered: (string | null)[] = [];
  const onHover = (hover: GraphTarget | null): number => hovered.push(hover?.id ?? null);
  const kept: (KeptViewport | null)[] = [];
  const onKeep = (viewport: KeptViewport | null): number => kept.push(viewport);
  const events = { onRecall: () => look ?? null, onKeep, onHover, onSeen: nothing, onLeftOut: nothing };
  const made: GraphEngine = new GraphEngine(canvas, ctx, {
    ...events,
    onPin: (id, pin) => pinned.push([id, pin]),
    onShown: () => onShown?.(made),
  });
  made.setSize(1200, 800, 1);
  made.arranger.setGraph(graph, FLAT);
  draw();
  const pointer = (type: string, { x, y }: ScreenPoint): void => {
    target.dispatchEvent(Object.assign(new Event(type), { pointerId: 1, button: 0, offsetX: x, offsetY: y }));
    draw();
  };
  return { made, pointer, pinned, hovered, kept };
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

/** A picture in which the pointer rests on a workload; out: its id and place, and how bright each node was drawn last. */
function pointed(of: ReturnType<typeof engine>, graph: Graph) {
  const id = graph.nodes.find(({ kind }) => kind === "workload")?.id ?? "";
  const at = of.made.positionOf({ kind: "node", id });
  if (at === null) throw new Error("the node is not drawn");
  let alphas: readonly number[] = [];
  of.made.attach(({ list }) => {
    alphas = list.nodes.map(({ alpha }) => alpha);
  });
  of.made.pointerAt(at);
  draw();
  expect(of.hovered).toEqual([id]);
  expect(Math.min(...alphas)).toBeLessThan(1);
  return { id, at, alphas: () => alphas };
}

test("what the pointer rests on is let go of as it leaves the picture, which is dimmed no more", () => {
  const of = engine(GRAPH_FIXTURE);
  const { id, alphas } = pointed(of, GRAPH_FIXTURE);
  // Pointed at from afar: nothing else lies under the pointer.
  of.made.pointerAt({ x: -500, y: -500 }, true);
  const edges = GRAPH_FIXTURE.edges.filter(({ source, target }) => source !== id && target !== id);
  of.made.arranger.setGraph(
    { ...GRAPH_FIXTURE, nodes: GRAPH_FIXTURE.nodes.filter((node) => node.id !== id), edges },
    FLAT,
  );
  expect(of.hovered).toEqual([id, null]);
  draw();
  expect(alphas().every((alpha) => alpha === 1)).toBe(true);
  of.made.stop();
});

test("as the picture moves under a pointer that rests, what it is on is what lies there then", () => {
  const of = engine(GRAPH_FIXTURE);
  const { id, at, alphas } = pointed(of, GRAPH_FIXTURE);
  of.made.zoom.pan(5, 5);
  draw();
  expect(of.hovered).toEqual([id, null]);
  expect(alphas().every((alpha) => alpha === 1)).toBe(true);
  of.made.zoom.pan(-5, -5);
  draw();
  expect(of.hovered).toEqual([id, null, id]);
  // Who drags the picture has what the pointer is on under it.
  of.made.pointerAt(at, true);
  of.made.zoom.pan(5, 5);
  draw();
  expect(of.hovered).toEqual([id, null, id]);
  of.made.pointerAt({ x: 1, y: 1 });
  expect(of.hovered).toEqual([id, null, id, null]);
  of.made.stop();
});

test("the next visit looks where this one did, also on a canvas of another size, until it is told to show all", () => {
  const first = engine(GRAPH_FIXTURE);
  const whole = first.made.counters().zoom;
  first.made.stop();
  expect(first.kept).toEqual([null]);
  const of = engine(GRAPH_FIXTURE);
  of.made.zoom.by(3);
  of.made.zoom.pan(0.2, -0.1);
  const { middle, transform } = of.made.zoom;
  of.made.stop();
  const look = of.kept.at(-1) ?? null;
  expect(look?.zoom).toBeCloseTo(3 * whole, 6);
  const next = engine(GRAPH_FIXTURE, look === null ? {} : { look });
  const isThere = (): void => {
    expect(next.made.zoom.transform.k).toBe(transform.k);
    expect(Math.abs(next.made.zoom.middle.x - middle.x)).toBeLessThan(1);
    expect(Math.abs(next.made.zoom.middle.y - middle.y)).toBeLessThan(1);
  };
  isThere();
  next.made.setSize(900, 700, 1);
  isThere();
  // Whoever has moved it has it where it was on the canvas.
  next.made.zoom.pan(0.1, 0);
  const { x } = next.made.zoom.transform;
  next.made.setSize(1000, 700, 1);
  expect(next.made.zoom.transform.x).toBe(x);
  next.made.zoom.fit(true);
  next.made.stop();
  expect(next.kept.at(-1)).toBeNull();
});

test("a picture that is taken once the map says that it is shown has the map, though no frame was drawn yet", () => {
  let taken = "";
  const { made } = engine(GRAPH_FIXTURE, {
    onShown: (map) => {
      taken = map.svg("caption");
    },
  });
  expect(taken).toContain("<path");
  expect(taken).toBe(made.svg("caption"));
});
