import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { graphEdgeSchema } from "../query/schema/graph.ts";
import { inboundFigures } from "./inbound-figures.ts";

const [first] = GRAPH_FIXTURE.edges;

function edge(id: string, own: object) {
  return graphEdgeSchema.parse({ ...first, tcp: undefined, badges: [], id, target: "t", ...own });
}

const latency = (p95: number | null) => ({ p50: 1, p95, p99: 9 });
const mtls = (mutual: number, total: number, unit: string) => ({ mutual, total, unit, plaintext: 1 - mutual });

test("the latency into a node is that of its slowest edge, its mutual TLS a share of all requests into it", () => {
  const edges = [
    edge("a", { protocol: "http", latencyMs: latency(40), mtls: mtls(1, 300, "requests") }),
    edge("b", { protocol: "http", latencyMs: latency(900), mtls: mtls(0, 100, "requests") }),
    edge("c", { protocol: "tcp", latencyMs: null, mtls: mtls(0, 5_000, "connections") }),
  ];
  expect(inboundFigures({ edges }).get("t")).toEqual({ edges: 3, slowestP95: 900, mutual: 0.75 });
});

test("edges that are in the base of a comparison alone say nothing of the window", () => {
  const now = edge("a", { protocol: "http", latencyMs: latency(40), mtls: mtls(1, 300, "requests") });
  const gone = edge("b", { protocol: "http", latencyMs: latency(5_000), mtls: mtls(0, 300, "requests") });
  const edges = [now, { ...gone, ofBase: true as const }];
  expect(inboundFigures({ edges }).get("t")).toEqual({ edges: 1, slowestP95: 40, mutual: 1 });
  expect(inboundFigures({ edges: edges.slice(1) }).get("t")).toBeUndefined();
});

test("a node that TCP alone leads to has a share of connections, and one of which nothing is known has none", () => {
  const tcp = (own: object) => edge("a", { protocol: "tcp", latencyMs: null, ...own });
  const figuresOf = (own: object) => inboundFigures({ edges: [tcp(own)] }).get("t");
  expect(figuresOf({ mtls: mtls(0.5, 8, "connections") })).toEqual({ edges: 1, slowestP95: null, mutual: 0.5 });
  expect(figuresOf({ mtls: null })).toEqual({ edges: 1, slowestP95: null, mutual: null });
  expect(inboundFigures({ edges: [] }).get("t")).toBeUndefined();
});
