import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { edgeRecordsSchema } from "../query/schema/edge-records.ts";
import { type Graph, graphEdgeSchema } from "../query/schema/graph.ts";
import { edgesCsv } from "./edge-file.ts";
import { findOnGraph } from "./find-graph.ts";
import { caption, fileName, graphJson, nodesCsv, sheetHead } from "./graph-export.ts";
import { captionLines, type TakenOf } from "./taken-of.ts";
import { DEFAULT_VIEW_STATE } from "./url-state.ts";

const lines = (text: string): string[] => text.trimEnd().split("\r\n");
const NONE = new Map();

/** Of a graph that find leaves a part of. */
function taken(find: string, state: Partial<TakenOf["state"]> = {}): { readonly graph: Graph; readonly of: TakenOf } {
  const asked = { ...DEFAULT_VIEW_STATE, fold: "none" as const, find, findMode: "only" as const, ...state };
  const { shown, matches, fault } = findOnGraph(GRAPH_FIXTURE, find, asked.findMode);
  const all = { nodes: GRAPH_FIXTURE.nodes.length, edges: GRAPH_FIXTURE.edges.length };
  const isFaulty = fault !== null;
  const rest = { focusName: "", base: null, unfolded: null };
  return { graph: shown, of: { state: asked, isFaulty, all, matches: matches?.length ?? null, ...rest } };
}

test("each edge and each node is a row, with exact figures and nothing where there is none", () => {
  const edges = lines(edgesCsv(GRAPH_FIXTURE, NONE));
  expect(edges).toHaveLength(GRAPH_FIXTURE.edges.length + 1);
  expect(edges.some((row) => row.startsWith("web v1,") && row.includes(",http,L7,"))).toBe(true);
  const nodes = lines(nodesCsv(GRAPH_FIXTURE));
  expect(nodes).toHaveLength(GRAPH_FIXTURE.nodes.length + 1);
  expect(nodes.some((row) => row.startsWith("checkout,") && row.includes("63.27,0.142"))).toBe(true);
});

const DETAIL = {
  statusCodes: { "200": 50, "503": 9 },
  clientErrorRatio: 0.04,
  responseFlags: { UF: 3 },
  requestBytesPerSec: 100,
  responseBytesPerSec: 200,
  latencyMs: { avg: 21.5, p50: 10, p90: 33.25, p95: 40, p99: 90, count: 9, known: {}, of: "response" },
  mtls: null,
  resilience: {
    ...{ retries: 0.5, timeouts: 0, overflow: null, ejections: null, rateLimited: null, denied: null },
    circuitOpen: false,
  },
  evidence: { from: "metrics", reporters: [], families: [] },
};

test("a sheet of edges carries what the panel of an edge knows, in the words of the screen", () => {
  const failing = GRAPH_FIXTURE.edges.find(({ health }) => health.state === "failure");
  if (failing === undefined) throw new Error("the fixture has a failing edge");
  const split = [{ version: "v2", desired: 0.1, observed: 0.12 }];
  const edge = graphEdgeSchema.parse({ ...failing, split, badges: ["retries"], badgeRates: { retries: 0.5 } });
  const { edges: records } = edgeRecordsSchema.parse({ edges: [{ ...edge, ...DETAIL }, { id: "broken" }] });
  const [head = "", row = ""] = lines(edgesCsv({ ...GRAPH_FIXTURE, edges: [edge] }, records));
  const cells = new Map(head.split(",").map((name, i) => [name, row.split(",")[i]]));
  const cell = (...names: string[]) => names.map((name) => cells.get(name));
  expect(cell("p90 ms", "average ms", "client error ratio", "health")).toEqual(["33.25", "21.5", "0.04", "failing"]);
  expect(cell("status codes/s", "response flags/s")).toEqual(["200 50; 503 9", "UF 3"]);
  expect(cell("canary", "badges", "retries/s", "circuit breaker")).toEqual([
    ...["v2 0.1 seen 0.12", "retries 0.5", "0.5", "closed"],
  ]);
  expect(Number(cells.get("share of caller"))).toBeGreaterThan(0);
});

test("caption, sheets and data say what find, scope and focus left out, and how much", () => {
  const { graph, of } = taken("namespace = billing", { namespaces: ["shop", "billing"], focus: "n", hops: 2 });
  expect(graph.nodes.length).toBeLessThan(of.all.nodes);
  const counts = `${graph.nodes.length} of ${of.all.nodes} nodes, ${graph.edges.length} of ${of.all.edges} edges`;
  const around = { ...of, focusName: "payments" };
  for (const said of [caption(graph, around), sheetHead(graph, around)]) {
    expect(said).toContain(counts);
    expect(said).toContain("namespace = billing (only what matches");
    expect(said).toContain("namespaces shop, billing · around payments, 2 hops");
  }
  const data = JSON.parse(graphJson(graph, of));
  expect(data.nodes).toHaveLength(graph.nodes.length);
  expect(data.taken.shown.nodes).toEqual({ shown: graph.nodes.length, of: of.all.nodes });
  expect(data.taken.find).toMatchObject({ text: "namespace = billing", mode: "only", readable: true });
  expect(data.taken.focus).toEqual({ node: "n", hops: 2, direction: "both", operations: false });
});

test("what was folded and compared is said; a find that cannot be read is said to leave nothing out", () => {
  const { graph, of } = taken("error >", { fold: "namespace" });
  const base = { startMs: 1_773_400_000_000, endMs: 1_773_400_300_000 };
  const said = caption(graph, { ...of, base, unfolded: 1_200 });
  expect(said).toContain("folded: by namespace, 0 boxes of 1,200 workloads");
  expect(said).toContain("compared with: 2026-03-13T11:06:40Z to 2026-03-13T11:11:40Z");
  expect(said).toContain("error > (cannot be read, leaves nothing out)");
});

test("every line before a sheet is a comment of two cells, and none is run as a formula", () => {
  const { graph, of } = taken('name = "=1+1"');
  const head = lines(sheetHead(graph, { ...of, state: { ...of.state, find: '=HYPERLINK("x"),1' } }));
  for (const line of head) expect(line).toMatch(/^# [a-z ]+,/);
  expect(head.find((line) => line.startsWith("# find"))).toMatch(/^# find,"'=HYPERLINK\(""x""\),1 /);
});

test("a caption is broken into lines that fit the picture, and loses no word", () => {
  const text = `Meshscope · ${"word ".repeat(80).trim()} ${"x".repeat(200)}`;
  const broken = captionLines(text, 660);
  for (const line of broken) expect(line.length).toBeLessThanOrEqual(100);
  expect(broken.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
});

test("a name that is a formula is not run, and one with a comma stays one cell", () => {
  const [first] = GRAPH_FIXTURE.nodes;
  if (first === undefined) throw new Error("the fixture has nodes");
  const graph = { ...GRAPH_FIXTURE, nodes: [{ ...first, name: '=HYPERLINK("x"),1' }] };
  expect(lines(nodesCsv(graph))[1]).toMatch(/^"'=HYPERLINK\(""x""\),1",/);
});

test("files are named by what they show and its window, in characters that any disk takes", () => {
  expect(fileName(GRAPH_FIXTURE, "edges", "csv")).toMatch(/^meshscope-edges-\d{8}-\d{6}-\d{8}-\d{6}Z\.csv$/);
});
