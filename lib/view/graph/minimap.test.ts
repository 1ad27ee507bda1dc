import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import { FRAMED } from "./graph-view.ts";
import { layoutGraph } from "./layout-graph.ts";
import { layoutInput } from "./layout-input.ts";
import { isPartHidden, miniFrame, pictureBounds, viewportOn, worldAt } from "./minimap.ts";
import { presentGraph } from "./present-graph.ts";

const layout = layoutGraph(layoutInput(presentGraph(GRAPH_FIXTURE, FRAMED)), null, 1);
const bounds = pictureBounds(layout) ?? [0, 0, 0, 0];
const SIZE = { width: 200, height: 140 };

test("all of the picture is on the map, and a place on it is the place in the world that it stands for", () => {
  const frame = miniFrame(bounds, SIZE);
  for (const i of layout.ids.keys()) {
    const [x, y] = [(layout.x[i] ?? 0) * frame.scale + frame.x, (layout.y[i] ?? 0) * frame.scale + frame.y];
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(SIZE.width);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThanOrEqual(SIZE.height);
    expect(worldAt(frame, { x, y }).x).toBeCloseTo(layout.x[i] ?? 0, 2);
  }
});

test("the rectangle on the map is what the canvas shows", () => {
  const frame = miniFrame([0, 0, 1000, 700], SIZE);
  expect(viewportOn(frame, { x: 0, y: 0, k: 1, width: 1000, height: 700 })).toEqual([0, 0, 200, 140]);
  const [left, top, width, height] = viewportOn(frame, { x: -500, y: -350, k: 2, width: 1000, height: 700 });
  expect([left, top, width, height]).toEqual([50, 35, 100, 70]);
});

test("part of the picture is hidden once it reaches out of the canvas, and nothing has no bounds", () => {
  const view = { x: 0, y: 0, k: 1, width: 1000, height: 700 };
  expect(isPartHidden([0, 0, 1000, 700], view)).toBe(false);
  expect(isPartHidden([0, 0, 1000, 700], { ...view, k: 1.2 })).toBe(true);
  expect(isPartHidden([0, 0, 1000, 700], { ...view, x: -40 })).toBe(true);
  expect(pictureBounds({ ...layout, ids: [], rects: new Float32Array(0) })).toBeNull();
});
