import { afterEach, expect, test, vi } from "vitest";
import { layoutGraph } from "../../lib/view/graph/layout-graph.ts";
import { hashText, type LayoutInput } from "../../lib/view/graph/layout-input.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { FakeWorker } from "./fake-worker.ts";
import { LayoutService } from "./layout-service.ts";
import { between, moverBetween } from "./motion.ts";

function chain(count: number): LayoutInput {
  const ids = Array.from({ length: count }, (_, i) => `n${i}`);
  return {
    hash: hashText(ids),
    tall: false,
    ids,
    boxIds: [],
    halfWidth: new Float32Array(count).fill(40),
    above: new Float32Array(count).fill(28),
    below: new Float32Array(count).fill(60),
    boxOf: new Int32Array(count).fill(-1),
    boxParent: new Int32Array(0),
    boxMinWidth: new Float32Array(0),
    boxMinHeight: new Float32Array(0),
    folded: new Uint8Array(ids.length),
    rank: new Int8Array(count),
    edgeIds: ids.slice(1),
    source: Int32Array.from(ids.slice(1), (_, i) => i),
    target: Int32Array.from(ids.slice(1), (_, i) => i + 1),
    lane: new Float32Array(count - 1),
  };
}

function service() {
  FakeWorker.made = [];
  const delivered: LayoutResult[] = [];
  return { delivered, service: new LayoutService(1, (layout) => delivered.push(layout)) };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test("without workers a layout is made on the spot, and the same topology makes none", () => {
  vi.stubGlobal("Worker", undefined);
  const { delivered, service: layouts } = service();
  layouts.request(chain(80));
  layouts.request(chain(80));
  expect(delivered.map((layout) => layout.ids.length)).toEqual([80, 80]);
  expect(delivered[1]).toBe(delivered[0]);
  expect(layouts.layouts).toBe(1);
});

test("a large graph goes to the worker, and only the newest of those that wait is laid out next", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { delivered, service: layouts } = service();
  layouts.request(chain(80));
  layouts.request(chain(81));
  layouts.request(chain(82));
  const worker = FakeWorker.made[0];
  expect(worker?.requests).toHaveLength(1);
  worker?.answer(0);
  expect(delivered).toHaveLength(0);
  worker?.answer(1);
  expect(delivered.map((layout) => layout.ids.length)).toEqual([82]);
  expect(layouts.layouts).toBe(2);
});

test("few boxes that stand for many go to the worker all the same: force takes its time", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { delivered, service: layouts } = service();
  const boxes = chain(40);
  layouts.request(boxes);
  expect(delivered).toHaveLength(1);
  layouts.request({ ...boxes, hash: "folded", folded: new Uint8Array(40).fill(1) });
  expect(delivered).toHaveLength(1);
  FakeWorker.made[0]?.answer(0);
  expect(delivered).toHaveLength(2);
});

test("an answer that has been overtaken by a small graph is dropped", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { delivered, service: layouts } = service();
  layouts.request(chain(80));
  layouts.request(chain(5));
  FakeWorker.made[0]?.answer(0);
  expect(delivered.map((layout) => layout.ids.length)).toEqual([5]);
});

test("a large graph that is asked for again after a small one is laid out, though an older answer of it is on its way", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { delivered, service: layouts } = service();
  layouts.request(chain(80));
  layouts.request(chain(5));
  layouts.request(chain(80));
  FakeWorker.made[0]?.answerRest();
  expect(delivered.map((layout) => layout.ids.length)).toEqual([5, 80]);
});

test("a picture that is recalled while a layout is under way is the one that the next starts from", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { delivered, service: layouts } = service();
  const recalled = layoutGraph(chain(79), null, 1);
  layouts.request(chain(80));
  layouts.startFrom(recalled);
  layouts.request(chain(80));
  FakeWorker.made[0]?.answerRest();
  expect(delivered.map((layout) => layout.ids.length)).toEqual([80]);
  expect(FakeWorker.made[0]?.requests.at(-1)?.previous).toBe(recalled);
});

test("positions that are forgotten while a layout is under way are not in the next", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { delivered, service: layouts } = service();
  layouts.startFrom(layoutGraph(chain(79), null, 1));
  layouts.request(chain(80));
  layouts.forget();
  layouts.request(chain(80));
  FakeWorker.made[0]?.answerRest();
  expect(delivered).toHaveLength(1);
  expect(FakeWorker.made[0]?.requests.map(({ previous }) => previous === null)).toEqual([false, true]);
});

test("when a worker fails that works on what is no longer wanted, nothing is made of it", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { delivered, service: layouts } = service();
  layouts.request(chain(80));
  layouts.request(chain(5));
  FakeWorker.made[0]?.dispatchEvent(new Event("error"));
  expect(delivered.map((layout) => layout.ids.length)).toEqual([5]);
  expect(layouts.last?.ids.length).toBe(5);
});

test("when the worker fails the layout is made here, now and from then on", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { delivered, service: layouts } = service();
  layouts.request(chain(80));
  FakeWorker.made[0]?.dispatchEvent(new Event("error"));
  expect(delivered.map((layout) => layout.ids.length)).toEqual([80]);
  expect(FakeWorker.made[0]?.stopped).toBe(true);
  layouts.request(chain(90));
  expect(delivered).toHaveLength(2);
  expect(FakeWorker.made).toHaveLength(1);
});

test("a move animates what moved and nothing when nothing did", () => {
  const before = layoutGraph(chain(4), null, 1);
  expect(moverBetween(before, layoutGraph(chain(4), null, 1))).toBeNull();
  const after = { ...before, x: before.x.map((x, i) => (i === 2 ? x + 100 : x)) };
  const mover = moverBetween(before, after);
  if (mover === null) throw new Error("a node moved");
  const half = between(mover, 0.5);
  expect(half.x[2]).toBeGreaterThan(before.x[2] ?? 0);
  expect(half.x[2]).toBeLessThan(after.x[2] ?? 0);
  expect(half.x[0]).toBe(before.x[0]);
  expect(between(mover, 1)).toBe(after);
});
