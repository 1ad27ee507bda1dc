/** `/operations` behind the real API server and a real store of spans: what calls are counted, and between whom. */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { Span } from "../../../lib/model/span.ts";
import type { GraphDirectory, ServiceRef } from "../../../lib/query/directory.ts";
import { type Operations, operationsSchema } from "../../../lib/query/schema/operations.ts";
import { MemorySpanStore } from "../../store/memory-span-store.ts";
import { BASE_MS, testSpan, testSpanId } from "../../store/span-store-contract.ts";
import { silentLog } from "../../telemetry/log.ts";
import { apiServer } from "../server.ts";
import { operationsRoute } from "./operations.ts";

const NOW = 1_700_000_000_000;

type Fields = Partial<Span> & { readonly parent?: number; readonly atMs?: number; readonly ms?: number };

function span(trace: number, id: number, { parent, atMs = NOW - 1000, ms = 5, ...fields }: Fields): Span {
  return testSpan(trace, id, atMs - BASE_MS, {
    ...(parent === undefined ? {} : { parentSpanId: testSpanId(parent) }),
    ...{ durationNs: BigInt(ms) * 1_000_000n, service: "cart.shop", operation: "GET /cart", ...fields },
  });
}

const ref = (nodeId: string, name: string): ServiceRef => ({ nodeId, cluster: "c1", namespace: "shop", name });
const WEB = ref("AAAAAAAAAAAAAAAA", "web");
const CART = ref("BBBBBBBBBBBBBBBB", "cart");
const PRICES = ref("CCCCCCCCCCCCCCCC", "prices");

const directory: GraphDirectory = {
  services: ({ namespace, name }) =>
    [WEB, CART, PRICES].filter((known) => known.name === name && (namespace ?? "shop") === known.namespace),
  edge: () => undefined,
  node: (id) => (id === CART.nodeId ? { services: [CART], side: "server" } : undefined),
  edgeBetween: () => undefined,
};

async function ask(spans: readonly Span[], query = `node=${CART.nodeId}`) {
  const store = new MemorySpanStore();
  await store.write(spans);
  const routes = [operationsRoute({ store, directory: () => directory, clock: { nowMs: () => NOW } })];
  const ready = () => ({ ready: true, waitingFor: [] });
  const app = apiServer({ routes, registry: new Registry(), log: silentLog, version: "0", hosts: [], ready });
  const answer = await app.inject({ url: `/api/v1/operations?${query}`, headers: { host: "localhost" } });
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}

async function operations(spans: readonly Span[], query?: string): Promise<Operations> {
  const { status, body } = await ask(spans, query);
  expect(status, JSON.stringify(body)).toBe(200);
  return operationsSchema.parse(body);
}

/** "web → GET /cart: 2 of which 1 failed" by edge, with counts made of rates. */
function told({ nodes, edges, window }: Operations): string[] {
  const name = (id: string): string => nodes.find((node) => node.id === id)?.name || "unknown";
  const seconds = (window.end - window.start) / 1000;
  return edges
    .map(({ source, target, requestsPerSec, errorRatio }) => {
      const calls = Math.round((requestsPerSec ?? 0) * seconds);
      return `${name(source)} → ${name(target)}: ${calls}, ${Math.round((errorRatio ?? 0) * calls)} failed`;
    })
    .sort();
}

/** web asks cart for two things; cart asks prices in one of them, and a database that sends no spans. */
const TRACE = (trace: number, failed = false): Span[] => [
  span(trace, 1, { service: "web.shop", operation: "GET /" }),
  span(trace, 2, { service: "web.shop", kind: "client", operation: "GET", parent: 1 }),
  span(trace, 3, { parent: 2, ms: 30, status: failed ? "error" : "unset" }),
  span(trace, 4, { kind: "internal", operation: "price it", parent: 3 }),
  span(trace, 5, { kind: "client", operation: "prices", parent: 4 }),
  span(trace, 6, { service: "prices.shop", operation: "GET /price", parent: 5 }),
  span(trace, 7, {
    kind: "client",
    operation: "SELECT",
    parent: 3,
    attributes: new Map([["db.system", "postgresql"]]),
  }),
  span(trace, 8, { service: "web.shop", kind: "client", operation: "DELETE", parent: 1 }),
  span(trace, 9, { operation: "DELETE /cart", parent: 8 }),
];

test("each operation stands between who calls it and what it calls, with what failed", async () => {
  const answer = await operations([...TRACE(1), ...TRACE(2, true)]);
  expect(answer.traces).toEqual({ read: 2, total: 2 });
  expect(told(answer)).toEqual([
    "GET /cart → postgresql: 2, 0 failed",
    "GET /cart → prices: 2, 0 failed",
    "web → DELETE /cart: 2, 0 failed",
    "web → GET /cart: 2, 1 failed",
  ]);
  const cart = answer.nodes.find((node) => node.name === "GET /cart");
  expect(cart).toMatchObject({ kind: "operation", namespace: "shop", service: "cart" });
  expect(answer.nodes.find((node) => node.name === "web")?.id).toBe(WEB.nodeId);
  expect(answer.edges.find((edge) => edge.target === cart?.id)?.latencyMs).toEqual({ p50: 30, p95: 30, p99: 30 });
});

test("a proxy's span and the application's are one call, on both sides", async () => {
  const answer = await operations([
    span(1, 1, { service: "web.shop", kind: "client" }),
    span(1, 2, { operation: "ingress", parent: 1 }),
    span(1, 3, { operation: "handler", parent: 2 }),
    span(1, 4, { kind: "client", operation: "app asks", parent: 3 }),
    span(1, 5, { kind: "client", operation: "proxy asks", parent: 4 }),
    span(1, 6, { service: "prices.shop", parent: 5 }),
  ]);
  expect(told(answer)).toEqual(["ingress → prices: 1, 0 failed", "web → ingress: 1, 0 failed"]);
});

test("a first span counts for its operation and makes no edge; a callee that nobody names is unknown", async () => {
  const answer = await operations([span(1, 1, {}), span(1, 2, { kind: "client", operation: "ask", parent: 1 })]);
  expect(told(answer)).toEqual(["GET /cart → unknown: 1, 0 failed"]);
  expect(answer.nodes.find((node) => node.kind === "operation")?.inbound.requestsPerSec).toBeGreaterThan(0);
  expect(answer.nodes.find((node) => node.kind === "unknown")?.reason).toBe("span_peer_unknown");
});

test("of many traces the newest are read, and the window and the rates are of the time that those cover", async () => {
  const many = Array.from({ length: 6 }, (_, i) => span(i + 1, 1, { atMs: NOW - (i + 1) * 10_000 }));
  const answer = await operations(many, `node=${CART.nodeId}&traces=3`);
  expect(answer.traces).toEqual({ read: 3, total: 6 });
  expect(answer.window).toMatchObject({ start: NOW - 30_000, end: NOW });
  expect(answer.nodes[0]?.inbound.requestsPerSec).toBe(0.1);
});

test("spans that are each other's parents end, and an unknown node is an error", async () => {
  const answer = await operations([span(1, 1, { parent: 2 }), span(1, 2, { kind: "client", parent: 1 })]);
  expect(answer.traces.read).toBe(1);
  expect(await ask([], "node=nowhere")).toMatchObject({ status: 404, body: { code: "node_not_found" } });
});

test("paths that differ by what they name are one operation, and a route that the span says wins", async () => {
  const at = (id: number, operation: string, attributes: Record<string, string> = {}) =>
    span(id, 1, { operation, attributes: new Map(Object.entries(attributes)) });
  const { nodes } = await operations([
    at(1, "/orders/17?full=1"),
    at(2, "/orders/9001"),
    at(3, "/orders/0b6f4b52-31a8-4c5b-9a57-0f3a5e1f4a10"),
    at(4, "GET", { "http.route": "/orders/{order}", "http.request.method": "GET" }),
  ]);
  expect(nodes.map(({ name }) => name).sort()).toEqual(["/orders/{id}", "GET /orders/{order}"]);
});
