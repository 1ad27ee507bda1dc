/** What single broken members of an answer do to a graph: they are marked or left out and counted, and the rest is as it was. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../fixtures/graph-fixture.ts";
import { graphDeltaSchema, graphEdgeSchema, graphNodeSchema, graphSchema } from "./graph.ts";
import { mendedDelta, mendedGraph } from "./mended-graph.ts";

type Loose = Record<string, unknown>;

/** As it comes over the wire: without what JSON cannot say. */
const wire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function read(value: unknown) {
  const parsed = mendedGraph.safeParse(wire(value));
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
  return parsed.data;
}

const whole = read(GRAPH_FIXTURE);
const [node, edge] = [GRAPH_FIXTURE.nodes[3], GRAPH_FIXTURE.edges[3]];
if (node === undefined || edge === undefined) throw new Error("the fixture has members");

const withNode = (odd: unknown) => ({
  ...GRAPH_FIXTURE,
  nodes: GRAPH_FIXTURE.nodes.map((one, i) => (i === 3 ? odd : one)),
});
const withEdge = (odd: unknown) => ({
  ...GRAPH_FIXTURE,
  edges: GRAPH_FIXTURE.edges.map((one, i) => (i === 3 ? odd : one)),
});
const isMarked = (member: { health: { reasons: readonly { code: string }[] } } | undefined): boolean =>
  member?.health.reasons.some(({ code }) => code === "not_readable") ?? false;

test("an answer without a fault is read as its schema reads it", () => {
  expect(whole).toEqual(graphSchema.parse(wire(GRAPH_FIXTURE)));
  expect([...whole.nodes, ...whole.edges].some(isMarked)).toBe(false);
});

test("a node of which only the id is told is there, as unknown and marked; its edges stay", () => {
  const graph = read(withNode({ id: node.id }));
  const odd = graph.nodes[3];
  expect(odd).toMatchObject({ id: node.id, kind: "unknown", name: "", health: { state: "unknown", requests: 0 } });
  expect(odd?.inbound).toMatchObject({ requestsPerSec: null, absent: { requestsPerSec: "unknown" } });
  expect(isMarked(odd)).toBe(true);
  expect(graph.edges).toEqual(whole.edges);
  expect(graph.nodes.filter((_, i) => i !== 3)).toEqual(whole.nodes.filter((_, i) => i !== 3));
});

test("what cannot be told apart or joined is left out and counted", () => {
  for (const odd of [{}, null, 7, "edge", [], { id: "" }]) {
    expect(read(withNode(odd)).nodes).toEqual(whole.nodes.filter((_, i) => i !== 3));
    const graph = read(withEdge(odd));
    expect(graph.edges).toEqual(whole.edges.filter((_, i) => i !== 3));
    expect(graph.completeness.dropped).toMatchObject({ not_readable: 1 });
  }
  const twice = read({ ...GRAPH_FIXTURE, nodes: [...GRAPH_FIXTURE.nodes, node] });
  expect(twice.nodes).toEqual(whole.nodes);
  expect(twice.completeness.dropped).toMatchObject({ not_readable: 1 });
});

test("figures that no count can have are not known, and the others of the same edge stay", () => {
  const latencyMs = { p50: 12, p95: -4, p99: Number.NaN };
  const mtls = { mutual: 1.5, tls: 0, plaintext: 0, unknown: 0, total: 10, unit: "requests" };
  const odd = read(withEdge({ ...edge, requestsPerSec: -3, errorRatio: 0.25, latencyMs, mtls })).edges[3];
  expect(odd).toMatchObject({ requestsPerSec: null, errorRatio: 0.25, mtls: null });
  expect(odd?.latencyMs).toMatchObject({ p50: 12, p95: null, p99: null });
  expect(odd?.absent).toMatchObject({ requestsPerSec: "unknown", mtls: "unknown" });
  expect(isMarked(odd)).toBe(true);
  const inbound = { requestsPerSec: 7, errorRatio: 3 };
  expect(read(withNode({ ...node, inbound })).nodes[3]?.inbound).toMatchObject({ requestsPerSec: 7, errorRatio: null });
});

test("rates of badges and shares of a release that cannot be are not known, and the edge is marked", () => {
  const badges = ["retries", "timeouts"];
  const odd = read(withEdge({ ...edge, badges, badgeRates: { retries: -3, timeouts: 2 } })).edges[3];
  expect(odd).toMatchObject({ badges, badgeRates: { timeouts: 2 } });
  expect(odd?.badgeRates).not.toHaveProperty("retries");
  expect(isMarked(odd)).toBe(true);
  const split = [
    { version: "v1", desired: 7, observed: -1 },
    { version: "v2", desired: 0.1, observed: null },
  ];
  const shifted = read(withEdge({ ...edge, split })).edges[3];
  expect(shifted?.split).toEqual([{ version: "v1", desired: null, observed: null }, split[1]]);
  expect(isMarked(shifted)).toBe(true);
  const sound = { ...edge, badges, badgeRates: { retries: 3 }, split: split.slice(1) };
  expect(read(withEdge(sound)).edges[3]).toEqual(sound);
});

test("one figure of another type costs that figure alone", () => {
  const odd = read(withEdge({ ...edge, requestsPerSec: 12, latencyMs: { p50: 3, p95: "slow", p99: 9 } })).edges[3];
  expect(odd).toMatchObject({ requestsPerSec: 12, latencyMs: { p50: 3, p95: null, p99: 9 } });
  const inbound = { requestsPerSec: 40, errorRatio: "none" };
  const mended = read(withNode({ ...node, inbound })).nodes[3];
  expect(mended?.inbound).toEqual({ requestsPerSec: 40, errorRatio: null, absent: { errorRatio: "unknown" } });
  expect(mended?.name).toBe(node.name);
});

test("a failure that is told stays a failure where something else of the edge is broken", () => {
  const health = { state: "failure", reasons: [{ code: "errors", ratio: 0.5 }], requests: 100 };
  const odd = read(withEdge({ ...edge, health, protocol: "carrier pigeon" })).edges[3];
  expect(odd?.health).toMatchObject({ state: "failure", requests: 100 });
  expect(isMarked(odd)).toBe(true);
});

test("whatever one member is, every member fits the schema and the others are as they were", () => {
  const field = fc.constantFrom(...Object.keys(graphEdgeSchema.shape), ...Object.keys(graphNodeSchema.shape));
  const value = fc.oneof(fc.anything(), fc.double(), fc.constant(Number.NaN), fc.constant(-1), fc.string());
  const change = fc.array(fc.tuple(field, value), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(change, fc.boolean(), (changes, isNode) => {
      const odd: Loose = { ...(isNode ? node : edge), ...Object.fromEntries(changes) };
      const text = (() => {
        try {
          return JSON.parse(JSON.stringify(odd));
        } catch {
          return {};
        }
      })();
      const graph = read(isNode ? withNode(text) : withEdge(text));
      for (const one of graph.nodes) expect(graphNodeSchema.safeParse(one).success).toBe(true);
      for (const one of graph.edges) expect(graphEdgeSchema.safeParse(one).success).toBe(true);
      const ids = new Set(GRAPH_FIXTURE[isNode ? "nodes" : "edges"].map(({ id }) => id));
      ids.delete(isNode ? node.id : edge.id);
      const kept = <T extends { readonly id: string }>(all: readonly T[]) => all.filter(({ id }) => ids.has(id));
      if (isNode) expect(kept(graph.nodes)).toEqual(kept(whole.nodes));
      else expect(kept(graph.edges)).toEqual(kept(whole.edges));
      for (const one of graph.edges) {
        if (one.requestsPerSec !== null) expect(one.requestsPerSec).toBeGreaterThanOrEqual(0);
        if (one.errorRatio !== null) expect(one.errorRatio).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 150 },
  );
});

test("a delta with a broken member changes the rest, and an answer that is no graph is refused", () => {
  const { window, completeness } = GRAPH_FIXTURE;
  const put = { nodes: { put: [{ id: "x" }, node], remove: [] }, edges: { put: [{}, edge], remove: ["e"] } };
  const parsed = mendedDelta.safeParse(wire({ window, completeness, ...put }));
  expect(parsed.success && graphDeltaSchema.safeParse(parsed.data).success).toBe(true);
  if (!parsed.success) return;
  expect(parsed.data.nodes.put.map(({ id }) => id)).toEqual(["x", node.id]);
  expect(parsed.data.edges).toMatchObject({ put: [{ id: edge.id }], remove: ["e"] });
  for (const none of [null, {}, { ...GRAPH_FIXTURE, nodes: 7 }, { ...GRAPH_FIXTURE, edges: undefined }]) {
    expect(mendedGraph.safeParse(wire(none)).success).toBe(false);
  }
  expect(mendedDelta.safeParse({ window, completeness, nodes: {}, edges: {} }).success).toBe(false);
});
