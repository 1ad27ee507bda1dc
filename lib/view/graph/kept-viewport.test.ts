import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import { keptViewport, middleOf, parseViewport, viewportText } from "./kept-viewport.ts";
import { layoutGraph } from "./layout-graph.ts";
import { layoutInput } from "./layout-input.ts";
import { presentGraph } from "./present-graph.ts";
import { buildScene } from "./scene.ts";

const view = presentGraph(GRAPH_FIXTURE);
const scene = buildScene(view, layoutGraph(layoutInput(view), null, 1));
const place = { min: -3000, max: 5000, noNaN: true } as const;

test("a viewport comes back from its text to where it was, to a pixel of the world", () => {
  fc.assert(
    fc.property(fc.double(place), fc.double(place), fc.double({ min: 0.004, max: 5, noNaN: true }), (x, y, zoom) => {
      const kept = keptViewport(scene, { x, y }, zoom);
      const back = kept === null ? null : parseViewport(viewportText(kept));
      const middle = back === null ? null : middleOf(scene, back);
      expect(Math.abs((middle?.x ?? Infinity) - x)).toBeLessThanOrEqual(0.51);
      expect(Math.abs((middle?.y ?? Infinity) - y)).toBeLessThanOrEqual(0.51);
      expect((back?.zoom ?? 0) / zoom).toBeCloseTo(1, 3);
    }),
  );
});

test("in another arrangement it looks at the same thing, and where its node has gone at the box about that", () => {
  const i = view.nodes.findIndex(({ title }) => title.startsWith("cart"));
  const at = { x: (scene.layout.x[i] ?? 0) + 12, y: (scene.layout.y[i] ?? 0) - 7 };
  const kept = keptViewport(scene, at, 1);
  if (kept === null) throw new Error("nothing is drawn");
  const moved = { ...scene.layout, x: scene.layout.x.map((x) => x + 400), y: scene.layout.y.map((y) => 3 * y) };
  expect(middleOf(buildScene(view, moved), kept)).toEqual({
    x: Math.fround(moved.x[i] ?? 0) + 12,
    y: Math.fround(moved.y[i] ?? 0) - 7,
  });
  const id = view.nodes[i]?.id ?? "";
  const without = presentGraph({
    nodes: GRAPH_FIXTURE.nodes.filter((node) => node.id !== id),
    edges: GRAPH_FIXTURE.edges.filter(({ source, target }) => source !== id && target !== id),
  });
  const rest = buildScene(without, layoutGraph(layoutInput(without), scene.layout, 1));
  const box = without.boxes[without.boxIndex.get(view.boxes[view.nodes[i]?.box ?? -1]?.id ?? "") ?? -1];
  expect(box).toBeDefined();
  expect(middleOf(rest, kept)).not.toBeNull();
  const other = presentGraph({ nodes: [], edges: [] });
  expect(middleOf(buildScene(other, layoutGraph(layoutInput(other), null, 1)), kept)).toBeNull();
});

test("what is no viewport is none", () => {
  for (const text of [
    null,
    "",
    "1",
    "0;n,1,1,a",
    "1;n,1,1",
    "1;x,1,1,a",
    "1e9;n,1,1,a",
    "NaN;n,1,1,a",
    "1;n,1,1,%E0%A4%A",
  ])
    expect(parseViewport(text), text ?? "null").toBeNull();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => parseViewport(text)).not.toThrow();
    }),
  );
});
