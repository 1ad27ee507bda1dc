import { expect, test, vi } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import { FRAMED } from "../../lib/view/graph/graph-view.ts";
import { pictureOf, pictureText } from "../../lib/view/graph/kept-picture.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { pinAt } from "../../lib/view/graph/pin-place.ts";
import { NO_PINS, withPin } from "../../lib/view/graph/pins.ts";
import { Arranger, type PictureMemory } from "./arranger.ts";

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
  made.setMemory(memory);
  return { made, shown };
}

const part = { ...GRAPH_FIXTURE, nodes: GRAPH_FIXTURE.nodes.slice(0, 4) };

test("the next visit shows the picture of this one, and makes no layout", () => {
  vi.useFakeTimers();
  const { memory, kept } = memoryOf("all");
  const first = arranger(memory);
  first.made.setGraph(GRAPH_FIXTURE, FRAMED);
  vi.advanceTimersByTime(1000);
  expect(kept.size).toBe(1);
  const second = arranger(memoryOf("all", kept).memory);
  second.made.setGraph(GRAPH_FIXTURE, FRAMED);
  expect(second.made.layouts).toBe(0);
  expect(Math.round(second.shown[0]?.x[3] ?? 0)).toBe(Math.round(first.shown[0]?.x[3] ?? 1));
  vi.useRealTimers();
});

test("what was laid out before the estate was known starts from memory once it is", () => {
  const { kept, memory } = memoryOf("all");
  const first = arranger(memory);
  first.made.setGraph(GRAPH_FIXTURE, FRAMED);
  first.made.setPins(withPin(NO_PINS, "x", { home: "", dx: 0, dy: 0 }));
  first.made.stop();
  const moved = (kept.get("all") ?? "").replace(/"x":\[(-?\d+)/, (_, x) => `"x":[${Number(x) + 10}`);
  const second = arranger(memoryOf(null).memory);
  second.made.setGraph(GRAPH_FIXTURE, FRAMED);
  second.made.setMemory(memoryOf("all", new Map([["all", moved]])).memory);
  const [fresh, recalled] = second.shown;
  expect((recalled?.x[0] ?? 0) - (fresh?.x[0] ?? 0)).toBeCloseTo(1, 1);
});

test("a scope that is widened again has its picture of before, with what was pinned in it", () => {
  const { memory, kept } = memoryOf("all");
  const { made, shown } = arranger(memory);
  made.setGraph(GRAPH_FIXTURE, FRAMED);
  const [all] = shown;
  if (all === undefined) throw new Error("nothing is shown");
  const id = all.ids[2] ?? "";
  const pin = pinAt(all, id, { x: (all.x[2] ?? 0) + 7, y: all.y[2] ?? 0 });
  if (pin === null) throw new Error("no pin");
  made.setPins(withPin(NO_PINS, id, pin));
  const pinned = shown.at(-1);
  made.setMemory(memoryOf("part", kept).memory);
  made.setGraph(part, FRAMED);
  made.setMemory(memoryOf("all", kept).memory);
  made.setGraph({ ...GRAPH_FIXTURE }, FRAMED);
  const again = shown.at(-1);
  expect(again?.ids).toEqual(all.ids);
  again?.x.forEach((x, i) => {
    expect(Math.abs(x - (pinned?.x[i] ?? 0))).toBeLessThan(0.1);
  });
});

test("a refresh with the same topology makes no layout, pinned or not; a pin makes one", () => {
  const { made, shown } = arranger(memoryOf(null).memory);
  made.setGraph(GRAPH_FIXTURE, FRAMED);
  const id = shown[0]?.ids[1] ?? "";
  const pin = shown[0] === undefined ? null : pinAt(shown[0], id);
  if (pin === null) throw new Error("no pin");
  made.setPins(withPin(NO_PINS, id, pin));
  expect(made.layouts).toBe(2);
  made.setGraph({ ...GRAPH_FIXTURE }, FRAMED);
  made.setGraph({ ...GRAPH_FIXTURE }, FRAMED);
  expect(made.layouts).toBe(2);
});
