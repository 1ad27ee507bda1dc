import { afterEach, expect, test, vi } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { FRAMED } from "../../lib/view/graph/graph-view.ts";
import { pictureOf, pictureText } from "../../lib/view/graph/kept-picture.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { pinAt } from "../../lib/view/graph/pin-place.ts";
import { NO_PINS, withPin } from "../../lib/view/graph/pins.ts";
import { Arranger, type PictureMemory } from "./arranger.ts";
import { FakeWorker } from "./fake-worker.ts";

/** As a browser keeps them: as text. */
function memoryOf(key: string | null, kept = new Map<string, string>()) {
  const memory: PictureMemory = {
    key,
    recall: (of) => pictureOf(kept.get(of) ?? ""),
    keep: (of, layout) => kept.set(of, pictureText(layout) ?? ""),
  };
  return { memory, kept };
}

function arranger(memory: PictureMemory) {
  const shown: LayoutResult[] = [];
  const made = new Arranger(({ layout }) => shown.push(layout));
  const show = (graph: Graph, of: PictureMemory = memory): void => made.setGraph(graph, FRAMED, of);
  return { made, shown, show };
}

const part = { ...GRAPH_FIXTURE, nodes: GRAPH_FIXTURE.nodes.slice(0, 4) };
const again = (): Graph => ({ ...GRAPH_FIXTURE });

/** What is kept is kept in tenths of a pixel. */
function expectSame(now: LayoutResult | undefined, before: LayoutResult | undefined): void {
  expect(now?.ids).toEqual(before?.ids);
  now?.x.forEach((x, i) => {
    expect(Math.abs(x - (before?.x[i] ?? Number.NaN))).toBeLessThan(0.1);
    expect(Math.abs((now.y[i] ?? 0) - (before?.y[i] ?? Number.NaN))).toBeLessThan(0.1);
  });
}

/** A pin on the third node, a few pixels from where it stands: a picture that no layout from scratch makes. */
function pinIn(layout: LayoutResult | undefined) {
  const id = layout?.ids[2] ?? "";
  const pin = layout === undefined ? null : pinAt(layout, id, { x: (layout.x[2] ?? 0) + 7, y: layout.y[2] ?? 0 });
  if (pin === null) throw new Error("no pin");
  return withPin(NO_PINS, id, pin);
}

/** The picture that is kept, its first node a pixel further right. */
const moved = (kept: ReadonlyMap<string, string>): string =>
  (kept.get("all") ?? "").replace(/"x":\[(-?\d+)/, (_, x) => `"x":[${Number(x) + 10}`);

test("the next visit shows the picture of this one, and makes no layout", () => {
  vi.useFakeTimers();
  const { memory, kept } = memoryOf("all");
  const first = arranger(memory);
  first.show(GRAPH_FIXTURE);
  vi.advanceTimersByTime(1000);
  expect(kept.size).toBe(1);
  const second = arranger(memoryOf("all", kept).memory);
  second.show(GRAPH_FIXTURE);
  expect(second.made.layouts).toBe(0);
  expect(Math.round(second.shown[0]?.x[3] ?? 0)).toBe(Math.round(first.shown[0]?.x[3] ?? 1));
  vi.useRealTimers();
});

test("what was laid out before the estate was known starts from memory once it is", () => {
  const { kept, memory } = memoryOf("all");
  const first = arranger(memory);
  first.show(GRAPH_FIXTURE);
  first.made.setPins(withPin(NO_PINS, "x", { home: "", dx: 0, dy: 0 }));
  first.made.stop();
  const second = arranger(memoryOf(null).memory);
  second.show(GRAPH_FIXTURE);
  second.show(GRAPH_FIXTURE, memoryOf("all", new Map([["all", moved(kept)]])).memory);
  const [fresh, recalled] = second.shown;
  expect((recalled?.x[0] ?? 0) - (fresh?.x[0] ?? 0)).toBeCloseTo(1, 1);
});

test("what was laid out before the estate was known is kept once it is, where nothing was", () => {
  const { memory, kept } = memoryOf("all");
  const { made, show } = arranger(memory);
  show(GRAPH_FIXTURE, memoryOf(null).memory);
  show(GRAPH_FIXTURE);
  made.stop();
  expect([...kept.keys()]).toEqual(["all"]);
});

test("a scope that is widened again has its picture of before, with what was pinned in it", () => {
  const { memory, kept } = memoryOf("all");
  const { made, shown, show } = arranger(memory);
  show(GRAPH_FIXTURE);
  made.setPins(pinIn(shown[0]));
  const pinned = shown.at(-1);
  show(part, memoryOf("part", kept).memory);
  show(again());
  expectSame(shown.at(-1), pinned);
});

test("after a focus, or after find has left nodes out, the picture is the one of before", () => {
  const { memory, kept } = memoryOf("all");
  const { made, shown, show } = arranger(memory);
  const unnamed = memoryOf(null, kept).memory;
  show(GRAPH_FIXTURE);
  made.setPins(pinIn(shown[0]));
  const before = shown.at(-1);
  // In focus at once: nothing has come to rest meanwhile.
  show(part, unnamed);
  show({ ...part }, unnamed);
  show(again());
  expectSame(shown.at(-1), before);
  show({ ...GRAPH_FIXTURE, nodes: GRAPH_FIXTURE.nodes.slice(1) }, unnamed);
  show(again());
  expectSame(shown.at(-1), before);
  expect([...kept.keys()]).toEqual(["all"]);
});

test("a graph of which the picture before knows little starts from memory, also under the same key", () => {
  const { memory, kept } = memoryOf("all");
  const first = arranger(memory);
  first.show(GRAPH_FIXTURE);
  first.made.stop();
  const { shown, show } = arranger(memoryOf("all", new Map([["all", moved(kept)]])).memory);
  // As while the first targets are scraped.
  show({ ...GRAPH_FIXTURE, nodes: GRAPH_FIXTURE.nodes.slice(-1), edges: [] });
  show(GRAPH_FIXTURE);
  expect((shown.at(-1)?.x[0] ?? 0) - (first.shown[0]?.x[0] ?? 0)).toBeCloseTo(1, 1);
});

test("a refresh with the same topology makes no layout, pinned or not; a pin makes one", () => {
  const { made, shown, show } = arranger(memoryOf(null).memory);
  show(GRAPH_FIXTURE);
  const id = shown[0]?.ids[1] ?? "";
  const pin = shown[0] === undefined ? null : pinAt(shown[0], id);
  if (pin === null) throw new Error("no pin");
  made.setPins(withPin(NO_PINS, id, pin));
  expect(made.layouts).toBe(2);
  show(again());
  show(again());
  expect(made.layouts).toBe(2);
});

/** Nodes that each call all others; forty of them have more edges than are presented at once. */
function crowd(name: string, size = 41): Graph {
  const ids = Array.from({ length: size }, (_, i) => `n${i}`);
  const like = <T>([item]: readonly T[], as: Partial<T>): T[] => (item === undefined ? [] : [{ ...item, ...as }]);
  const nodes = ids.flatMap((id) => like(GRAPH_FIXTURE.nodes, { id, name: `${name} ${id}` }));
  const edges = ids.flatMap((source) =>
    ids.flatMap((target) => like(GRAPH_FIXTURE.edges, { id: `${source} ${target}`, source, target })),
  );
  return { ...GRAPH_FIXTURE, nodes, edges };
}

/** On a machine that is busy too. */
const soon = (fact: () => void): Promise<void> => vi.waitFor(fact, { timeout: 20_000 });

const titles = (made: Arranger): readonly (string | undefined)[] => [made.shown?.view.nodes[0]?.title];

test("a large picture is made between what else is done, the newest graph's alone, with what was pinned meanwhile", async () => {
  const { made, shown, show } = arranger(memoryOf(null).memory);
  show(crowd("first"));
  expect(shown).toEqual([]);
  show(crowd("second"));
  made.setPins(withPin(NO_PINS, "n3", { home: "", dx: 500, dy: 500 }));
  await soon(() => expect(shown).toHaveLength(1));
  expect(titles(made)).toEqual(["second n0"]);
  expect(made.shown?.input.pins?.has("n3")).toBe(true);
  expect(made.shown?.scene.view).toBe(made.shown?.view);
  expect(made.shown?.scene.layout).toBe(shown[0]);
});

test("a picture that is arranged anew while it is measured comes out as arranged anew", async () => {
  const { made, shown, show } = arranger(memoryOf(null).memory);
  show(crowd("first"));
  // Between the layout and what is measured of it whatever else waits has a turn.
  while (made.layouts === 0) await new Promise((next) => setImmediate(next));
  expect(shown).toEqual([]);
  expect(made.rearrange()).toBe(true);
  expect(made.layouts).toBe(2);
  await soon(() => expect(shown).toHaveLength(1));
  show(crowd("first"));
  await soon(() => expect(shown).toHaveLength(2));
  expect(made.layouts).toBe(2);
  expect(shown[1]).toBe(shown[0]);
});

const drawnEdges = ({ shown }: Arranger): number => shown?.scene.edgeLength.filter((length) => length > 0).length ?? 0;

test("a picture of more edges than are kept has them all at the next visit, and after a focus", () => {
  const kept = new Map<string, string>();
  const whole = crowd("first", 30);
  const first = arranger(memoryOf("all", kept).memory);
  first.show(whole);
  expect(drawnEdges(first.made)).toBe(900);
  first.show(part, memoryOf(null, kept).memory);
  first.show({ ...whole });
  expect(drawnEdges(first.made)).toBe(900);
  expectSame(first.shown.at(-1), first.shown[0]);
  first.made.stop();
  const second = arranger(memoryOf("all", kept).memory);
  second.show(crowd("first", 30));
  expect(drawnEdges(second.made)).toBe(900);
  expectSame(second.shown.at(-1), first.shown[0]);
});

test("with a worker: the whole is drawn after a focus that came and went while it was laid out", async () => {
  const { made, shown, show } = withWorker();
  const whole = crowd("first", 61);
  show(whole);
  await soon(() => expect(FakeWorker.made[0]?.requests).toHaveLength(1));
  show(part);
  show({ ...whole });
  await soon(() => {
    FakeWorker.made[0]?.answerRest();
    expect(made.shown?.view.nodes).toHaveLength(61);
  });
  expect(shown.map(({ ids }) => ids.length)).toEqual([4, 61]);
});

test("with a worker: what is pinned, or arranged anew, while a picture is laid out or measured comes out so", async () => {
  const { made, shown } = await laidOut();
  made.setPins(withPin(NO_PINS, "n3", { home: "", dx: 500, dy: 500 }));
  expect(FakeWorker.made[0]?.requests).toHaveLength(2);
  made.rearrange();
  FakeWorker.made[0]?.answerRest();
  await soon(() => expect(shown).toHaveLength(1));
  expect(made.shown?.input.pins?.has("n3")).toBe(true);
  expect(FakeWorker.made[0]?.requests.at(-1)?.previous).toBeNull();
});

test("with a worker: a pin set while the picture before is measured is not lost with it", async () => {
  const { made, shown } = await laidOut();
  made.setPins(withPin(NO_PINS, "n3", { home: "", dx: 500, dy: 500 }));
  // More turns than that picture takes to be measured.
  for (let turn = 0; turn < 100; turn++) await new Promise((next) => setImmediate(next));
  FakeWorker.made[0]?.answerRest();
  await soon(() => expect(made.shown?.input.pins?.has("n3")).toBe(true));
  expect(shown).toHaveLength(1);
});

test("with a worker: a view of before is not arranged while the next is presented", async () => {
  const { made, shown, show } = await laidOut();
  await soon(() => expect(shown).toHaveLength(1));
  show(crowd("second", 61));
  made.setPins(withPin(NO_PINS, "n3", { home: "", dx: 500, dy: 500 }));
  expect(FakeWorker.made[0]?.requests).toHaveLength(1);
  await soon(() => expect(FakeWorker.made[0]?.requests).toHaveLength(2));
  expect(FakeWorker.made[0]?.requests[1]?.input.pins?.has("n3")).toBe(true);
});

afterEach(() => {
  vi.unstubAllGlobals();
  FakeWorker.made = [];
});

/** What is shown first has been laid out by the worker, and is being measured. */
async function laidOut() {
  const rig = withWorker();
  rig.show(crowd("first", 61));
  await soon(() => expect(FakeWorker.made[0]?.requests).toHaveLength(1));
  FakeWorker.made[0]?.answerRest();
  return rig;
}

function withWorker() {
  vi.stubGlobal("Worker", FakeWorker);
  return arranger(memoryOf(null).memory);
}
