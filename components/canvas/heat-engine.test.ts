/** What a heatmap draws, counted: an image for new data, nothing but the overlay for a moving pointer. */
import { expect, test } from "vitest";
import { geometryOf } from "../../lib/view/heatmap/geometry.ts";
import { presentHeatmap } from "../../lib/view/heatmap/present-heatmap.ts";
import { testHeatmap } from "../../lib/view/heatmap/test-heatmap.ts";
import { type HeatContext, HeatEngine } from "./heat-engine.ts";

/** Counts calls and draws nothing. */
function context() {
  const calls = new Map<string, number>();
  const count = (name: string) => () => {
    calls.set(name, (calls.get(name) ?? 0) + 1);
  };
  const stub: HeatContext = {
    setTransform: count("setTransform"),
    clearRect: count("clearRect"),
    createImageData: (width: unknown, height?: number) => {
      const size = typeof width === "number" ? width : 0;
      const data = new Uint8ClampedArray(4 * size * (height ?? 0));
      return { data, width: size, height: height ?? 0, colorSpace: "srgb" };
    },
    putImageData: count("putImageData"),
    beginPath: count("beginPath"),
    moveTo: count("moveTo"),
    lineTo: count("lineTo"),
    arc: count("arc"),
    stroke: count("stroke"),
    fill: count("fill"),
    fillRect: count("fillRect"),
    strokeRect: count("strokeRect"),
    setLineDash: count("setLineDash"),
    lineWidth: 1,
    lineJoin: "miter",
    strokeStyle: "",
    fillStyle: "",
    globalAlpha: 1,
  };
  return { stub, calls };
}

const COLOURS = { name: "light", text: "#000", panel: "#fff", accent: "#00f", hatch: [0, 0, 0] } as const;

function engine() {
  const base = context();
  const overlay = context();
  let asked = 0;
  const made = new HeatEngine(base.stub, overlay.stub, () => {
    asked++;
  });
  return { made, base, overlay, asked: () => asked };
}

test("one image for one set of data, whatever the pointer does", () => {
  const { made, base, overlay } = engine();
  const view = presentHeatmap(testHeatmap());
  made.setColours(COLOURS);
  made.setSize(400, 200, 2);
  made.setView(view, geometryOf(view));
  made.frame();
  for (let row = 0; row < 5; row++) {
    for (let column = 0; column < 4; column++) {
      made.setCursor({ column, row });
      made.setCrosshair(view.startMs + column * 10_000);
      made.frame();
    }
  }
  made.setView(view, geometryOf(view));
  made.frame();
  expect(made.counters()).toEqual({ images: 1, overlays: 21 });
  expect(base.calls.get("putImageData")).toBe(1);
  expect(overlay.calls.get("putImageData")).toBeUndefined();
  // Three quantiles, each a halo and a line; three cells with a trace.
  expect(base.calls.get("stroke")).toBe(9);
});

test("the same cell again, and a frame nobody asked for, draw nothing", () => {
  const { made, asked } = engine();
  const view = presentHeatmap(testHeatmap());
  made.setColours(COLOURS);
  made.setSize(400, 200, 1);
  made.setView(view, geometryOf(view));
  made.setCursor({ column: 1, row: 1 });
  made.frame();
  const before = asked();
  made.setCursor({ column: 1, row: 1 });
  made.setCrosshair(null);
  expect(asked()).toBe(before);
  made.frame();
  expect(made.counters()).toEqual({ images: 1, overlays: 1 });
});

test("without a size or data there is nothing to draw", () => {
  const { made } = engine();
  made.setColours(COLOURS);
  made.frame();
  const view = presentHeatmap(testHeatmap());
  made.setView(view, geometryOf(view));
  made.setSize(0, 0, 1);
  made.frame();
  expect(made.counters()).toEqual({ images: 0, overlays: 0 });
});
