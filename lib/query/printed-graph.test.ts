/** An answer put together from texts is the answer that the objects make; only what changed is computed and printed. */
import { expect, test } from "vitest";
import { finish, type Sliced } from "../base/sliced.ts";
import { GRAPH_FIXTURE } from "./fixtures/graph-fixture.ts";
import { printGraph } from "./fixtures/print-graph.ts";
import { applyDelta } from "./graph-delta.ts";
import { deltaPieces, graphPieces } from "./printed-graph.ts";
import { type Graph, graphDeltaSchema, graphSchema } from "./schema/graph.ts";

const text = (pieces: Iterable<string>): string => [...pieces].join("");

const byId = <T extends { readonly id: string }>(members: readonly T[]): T[] =>
  [...members].sort((a, b) => (a.id < b.id ? -1 : 1));

/** Sorted, as answers are. */
const SORTED: Graph = { ...GRAPH_FIXTURE, nodes: byId(GRAPH_FIXTURE.nodes), edges: byId(GRAPH_FIXTURE.edges) };

const withoutEvidence = (graph: Graph): Graph => ({
  ...graph,
  edges: graph.edges.map((edge) => {
    if (edge.mtls === null || edge.mtls.evidence?.reason !== undefined) return edge;
    const { evidence: _left, ...mtls } = edge.mtls;
    return { ...edge, mtls };
  }),
});

test("a printed graph reads as the graph, but for the evidence of security that gives no reason", () => {
  const whole = text(graphPieces(printGraph(SORTED)));
  expect(graphSchema.parse(JSON.parse(whole))).toEqual(withoutEvidence(SORTED));
  expect(Object.keys(JSON.parse(whole))).toEqual(["window", "nodes", "edges", "completeness"]);
});

test("a summary leaves out what is so by default, and no null and no other zero", () => {
  const [first] = SORTED.edges;
  if (first === undefined) throw new Error("no edges");
  const mtls = { mutual: 1, tls: 0, plaintext: 0, unknown: 0, total: 5, unit: "requests" } as const;
  const evidence = { family: "f", reporter: "destination" };
  const health = { state: "healthy", reasons: [], requests: 0 } as const;
  const edge = { ...first, layer: "L7" as const, errorRatio: 0, latencyMs: null, health: { ...health, reasons: [] } };
  const printed = (shares: object) => {
    const [one] = printGraph({ ...SORTED, edges: [{ ...edge, mtls: { ...mtls, evidence, ...shares } }] }).edges;
    return JSON.parse(one?.text ?? "");
  };
  expect(printed({})).toMatchObject({ errorRatio: 0, latencyMs: null });
  expect(printed({}).mtls).toEqual({ mutual: 1, total: 5 });
  expect(printed({}).health).toEqual({ state: "healthy", requests: 0 });
  expect("layer" in printed({})).toBe(false);
  const plain = { mutual: 0, plaintext: 1, unit: "connections", evidence: { ...evidence, reason: "no_handshake" } };
  expect(printed(plain).mtls).toEqual({ ...plain, mutual: undefined, total: 5 });
});

test("what a reader of a graph and then a delta holds is the next graph", () => {
  const [gone, changed, ...rest] = SORTED.edges;
  const [node, ...nodes] = SORTED.nodes;
  if (gone === undefined || changed === undefined || node === undefined) throw new Error("too few members");
  const after: Graph = {
    ...SORTED,
    window: { ...SORTED.window, end: SORTED.window.end + 10_000 },
    nodes: byId([...nodes, { ...node, id: `${node.id}-new` }]),
    edges: byId([{ ...changed, requestsPerSec: 12_340 }, ...rest, { ...gone, id: "~last" }, { ...gone, id: "!first" }]),
  };
  const delta = graphDeltaSchema.parse(JSON.parse(text(deltaPieces(printGraph(SORTED), printGraph(after)))));
  expect(applyDelta(withoutEvidence(SORTED), delta)).toEqual(withoutEvidence(after));
  expect(delta.edges.put.map(({ id }) => id).sort()).toEqual(["!first", changed.id, "~last"].sort());
  expect([delta.edges.remove, delta.nodes.remove]).toEqual([[gone.id], [node.id]]);
});

test("sliced work has the result of all its steps, and stops at each", () => {
  function* count(): Sliced<number> {
    for (let i = 0; i < 4; i++) yield;
    return 7;
  }
  const work = count();
  expect([work.next().done, work.next().done]).toEqual([false, false]);
  expect(finish(work)).toBe(7);
});
