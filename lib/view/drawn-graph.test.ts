import { expect, test } from "vitest";
import { compareGraphs } from "../query/compare/compare.ts";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { comparedGraph, drawnGraph } from "./drawn-graph.ts";

const [, ...fewer] = GRAPH_FIXTURE.edges;
const { start, end } = GRAPH_FIXTURE.window;
const HOUR_MS = 3_600_000;
// Of so long ago there are only whole hours.
const window = { ...GRAPH_FIXTURE.window, start: start - 168 * HOUR_MS - 17_000, end: start - 167 * HOUR_MS - 17_000 };
const compared = comparedGraph(compareGraphs({ ...GRAPH_FIXTURE, window }, { ...GRAPH_FIXTURE, edges: fewer }));

test("a comparison is of the base that its answer names, whichever was asked for", () => {
  const drawn = drawnGraph(undefined, compared, GRAPH_FIXTURE);
  expect(drawn?.base).toEqual({ startMs: window.start, endMs: window.end });
  expect(drawn?.graph.window).toEqual({ ...GRAPH_FIXTURE.window, start, end });
  expect(drawn?.graph.edges).toHaveLength(GRAPH_FIXTURE.edges.length);
});

test("operations, and a graph of one window, are compared with nothing", () => {
  const operations = { ...GRAPH_FIXTURE, edges: [] };
  expect(drawnGraph(operations, compared, GRAPH_FIXTURE)).toEqual({ graph: operations, base: null });
  expect(drawnGraph(undefined, undefined, GRAPH_FIXTURE)).toEqual({ graph: GRAPH_FIXTURE, base: null });
  expect(drawnGraph(undefined, undefined, undefined)).toBeUndefined();
});
