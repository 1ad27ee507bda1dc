import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import type { GraphEdge, GraphNode, Mtls } from "../query/schema/graph.ts";
import { NODE_WARNING_WORDS, warningsOf, warningWords } from "./node-warnings.ts";

function firstOf<T>(items: readonly T[], is: (item: T) => boolean): T {
  const found = items.find(is);
  if (found === undefined) throw new Error("not in the fixture");
  return found;
}

const workload = firstOf(GRAPH_FIXTURE.nodes, ({ kind, mesh }) => kind === "workload" && mesh === "istio");
const node = (id: string, over: Partial<GraphNode> = {}): GraphNode => ({ ...workload, id, name: id, ...over });
const plain: Mtls = {
  mutual: 0,
  tls: 0,
  plaintext: 1,
  unknown: 0,
  total: 10,
  unit: "requests",
  evidence: { family: "f", reporter: "destination" },
};
const http = firstOf(GRAPH_FIXTURE.edges, ({ protocol }) => protocol === "http");
const edge = (source: string, target: string, over: Partial<GraphEdge> = {}): GraphEdge => ({
  ...http,
  id: `${source}>${target}`,
  source,
  target,
  mtls: { ...plain, mutual: 1, plaintext: 0 },
  badges: [],
  ...over,
});
const told = (reason: string): Mtls => ({ ...plain, evidence: { ...plain.evidence, reason } });

function codes(nodes: readonly GraphNode[], edges: readonly GraphEdge[], id: string): readonly string[] {
  return warningsOf({ nodes: [...nodes], edges: [...edges] }).get(id) ?? [];
}

test("a workload that its mesh calls as one without an identity is said to lack a proxy, and to take plaintext", () => {
  const found = codes(
    [node("a"), node("b")],
    [edge("a", "b", { mtls: told("not_provided_by_service_discovery") })],
    "b",
  );
  expect(found).toEqual(["no_proxy", "plaintext_in"]);
});

test("another mesh cannot tell whether a workload has a proxy", () => {
  const nodes = [node("a", { mesh: "linkerd" }), node("b", { mesh: "consul" })];
  const edges = [edge("a", "b", { mtls: told("not_provided_by_service_discovery") })];
  expect(codes(nodes, edges, "b")).toEqual(["plaintext_in"]);
});

test("one edge with mutual TLS shows a proxy at work, whatever another says", () => {
  const edges = [edge("a", "b", { mtls: told("destination_outside_mesh") }), edge("b", "c")];
  expect(codes([node("a"), node("b"), node("c")], edges, "b")).toEqual(["plaintext_in"]);
});

test("a workload that no mesh claims though proxies count it lacks one; what spans alone tell of does not", () => {
  const nodes = [node("a"), node("b", { mesh: null }), node("c", { mesh: null })];
  const edges = [edge("a", "b", { mtls: null }), edge("a", "c", { mtls: null, badges: ["spans"] })];
  expect(codes(nodes, edges, "b")).toEqual(["no_proxy"]);
  expect(codes(nodes, edges, "c")).toEqual([]);
});

test("hosts outside, and boxes, are never said to lack a proxy", () => {
  const nodes = [node("a"), node("b", { mesh: null, kind: "external" })];
  expect(codes(nodes, [edge("a", "b", { mtls: null })], "b")).toEqual([]);
});

test("a node into which nothing fresh is told of is silent; with one fresh edge it is not", () => {
  const nodes = [node("a"), node("b"), node("c")];
  expect(codes(nodes, [edge("a", "b", { stale: true })], "b")).toEqual(["silent"]);
  expect(codes(nodes, [edge("a", "b", { stale: true }), edge("c", "b")], "b")).toEqual([]);
});

test("each warning has words", () => {
  for (const code of Object.keys(NODE_WARNING_WORDS)) expect(warningWords(code)).not.toBe(code);
});
