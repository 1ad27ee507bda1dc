import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { caption, edgesCsv, fileName, nodesCsv } from "./graph-export.ts";

const lines = (text: string): string[] => text.trimEnd().split("\r\n");

test("each edge and each node is a row, with exact figures and nothing where there is none", () => {
  const edges = lines(edgesCsv(GRAPH_FIXTURE));
  expect(edges).toHaveLength(GRAPH_FIXTURE.edges.length + 1);
  const [header = ""] = edges;
  for (const row of edges) expect(row.split(",").length).toBe(header.split(",").length);
  expect(edges.some((row) => row.startsWith("web v1,") && row.includes(",http,L7,"))).toBe(true);
  const nodes = lines(nodesCsv(GRAPH_FIXTURE));
  expect(nodes).toHaveLength(GRAPH_FIXTURE.nodes.length + 1);
  expect(nodes.some((row) => row.startsWith("checkout,") && row.includes("63.27,0.142"))).toBe(true);
});

test("a name that is a formula is not run, and one with a comma stays one cell", () => {
  const [first] = GRAPH_FIXTURE.nodes;
  if (first === undefined) throw new Error("the fixture has nodes");
  const graph = { ...GRAPH_FIXTURE, nodes: [{ ...first, name: '=HYPERLINK("x"),1' }] };
  expect(lines(nodesCsv(graph))[1]).toMatch(/^"'=HYPERLINK\(""x""\),1",/);
});

test("files are named by what they show and its window, in characters that any disk takes", () => {
  expect(fileName(GRAPH_FIXTURE, "edges", "csv")).toMatch(/^meshscope-edges-\d{8}-\d{6}-\d{8}-\d{6}Z\.csv$/);
  expect(caption(GRAPH_FIXTURE)).toContain(`${GRAPH_FIXTURE.nodes.length} nodes`);
});
