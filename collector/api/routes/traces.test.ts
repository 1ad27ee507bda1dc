/** The trace routes behind the real API server, over a memory store. */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { parseSpanId, parseTraceId, type Span } from "../../../lib/model/span.ts";
import type { GraphDirectory, ServiceRef } from "../../../lib/query/directory.ts";
import { traceListSchema, traceSchema, traceSpanSchema, traceValuesSchema } from "../../../lib/query/schema/traces.ts";
import { MemorySpanStore } from "../../store/memory-span-store.ts";
import { silentLog } from "../../telemetry/log.ts";
import { apiServer } from "../server.ts";
import { traceRoutes } from "./traces.ts";

const NOW = 1_700_000_000_000;

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("malformed id in a test");
  return value;
}

function span(trace: string, id: string, fields: Partial<Span> = {}): Span {
  return {
    traceId: required(parseTraceId(trace.padStart(32, "a"))),
    spanId: required(parseSpanId(id.padStart(16, "0"))),
    shared: false,
    kind: "server",
    startNs: BigInt(NOW - 1000) * 1_000_000n,
    durationNs: 5_000_000n,
    service: "web.shop",
    operation: "GET /",
    status: "unset",
    attributes: new Map(),
    resource: new Map(),
    events: [],
    links: [],
    ...fields,
  };
}

const WEB: ServiceRef = { nodeId: "node-web", cluster: "c1", namespace: "shop", name: "web" };
const CART: ServiceRef = { nodeId: "node-cart", cluster: "c1", namespace: "shop", name: "cart" };

const directory: GraphDirectory = {
  services: ({ cluster, namespace, name }) =>
    [WEB, CART].filter(
      (known) =>
        known.name === name &&
        (namespace === undefined || known.namespace === namespace) &&
        (cluster === undefined || known.cluster === cluster),
    ),
  edge: (id) => (id === "edge-web-cart" ? { source: WEB, target: CART } : undefined),
  node: (id) => (id === "node-cart" ? { services: [CART], side: "server" } : undefined),
  edgeBetween: (source, target) => (source === WEB && target === CART ? "edge-web-cart" : undefined),
};

async function serve(spans: readonly Span[]) {
  const store = new MemorySpanStore();
  await store.write(spans);
  const routes = traceRoutes({ store, directory: () => directory, clock: { nowMs: () => NOW } });
  const app = apiServer({
    routes,
    registry: new Registry(),
    log: silentLog,
    version: "0",
    hosts: [],
    ready: () => ({ ready: true, waitingFor: [] }),
  });
  const get = async (path: string) => {
    const answer = await app.inject({ method: "GET", url: `/api/v1${path}`, headers: { host: "localhost" } });
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  };
  return { store, get };
}

const ID_1 = "1".padStart(32, "a");

/** web (server 1) → web (client 2) → cart (server 3, internal 4); and a call of web to itself elsewhere. */
const CALL = [
  span("1", "1"),
  span("1", "2", { kind: "client", parentSpanId: required(parseSpanId("1".padStart(16, "0"))) }),
  span("1", "3", { service: "cart.shop", parentSpanId: required(parseSpanId("2".padStart(16, "0"))), status: "error" }),
  span("1", "4", {
    service: "cart.shop",
    kind: "internal",
    parentSpanId: required(parseSpanId("3".padStart(16, "0"))),
  }),
  span("2", "5", { startNs: BigInt(NOW - 2000) * 1_000_000n }),
];

test("a search without a window covers the last five minutes, newest first", async () => {
  const { get } = await serve([...CALL, span("3", "6", { startNs: BigInt(NOW - 400_000) * 1_000_000n })]);
  const { status, body } = await get("/traces");
  expect(status).toBe(200);
  const list = traceListSchema.parse(body);
  expect(list.traces.map((trace) => trace.traceId)).toEqual([ID_1, "2".padStart(32, "a")]);
  expect(list.total).toBe(2);
  expect(list.traces[0]).toMatchObject({ rootService: "web.shop", spanCount: 4, errorCount: 1, warnings: [] });
});

test("a trace is whole and linked to nodes and edges of the graph", async () => {
  const { get } = await serve(CALL);
  const { status, body } = await get(`/traces/${ID_1.toUpperCase()}`);
  expect(status).toBe(200);
  const trace = traceSchema.parse(body);
  expect(trace.spanCount).toBe(4);
  const place = Object.fromEntries(trace.spans.map((s) => [s.spanId.slice(-1), [s.node, s.edge]]));
  expect(place).toEqual({
    1: ["node-web", undefined],
    2: ["node-web", "edge-web-cart"],
    3: ["node-cart", "edge-web-cart"],
    4: ["node-cart", undefined],
  });
  expect(trace.spans[0]?.attributes).toEqual({});
  const summary = traceSchema.parse((await get(`/traces/${ID_1}?summary=1`)).body);
  expect(summary.spans[0]?.attributes).toBeUndefined();
});

test("16 hex digits match the low half of an id", async () => {
  const { get } = await serve([
    span("1", "1"),
    { ...span("1", "2"), traceId: required(parseTraceId("2".padStart(32, "b"))) },
  ]);
  expect((await get(`/traces/${"2".padStart(16, "b")}`)).body.traceId).toBe("2".padStart(32, "b"));
  expect((await get(`/traces/${"9".padStart(16, "b")}`)).body.code).toBe("trace_not_found");
});

test("a low half that two traces share is refused by name", async () => {
  const one = required(parseTraceId(`1111111111111111${"c".repeat(16)}`));
  const two = required(parseTraceId(`2222222222222222${"c".repeat(16)}`));
  const { get } = await serve([
    { ...span("1", "1"), traceId: one },
    { ...span("1", "2"), traceId: two },
  ]);
  const { status, body } = await get(`/traces/${"c".repeat(16)}`);
  expect([status, body.code]).toEqual([409, "trace_id_ambiguous"]);
});

test("what is not there or not an id is a coded 404", async () => {
  const { get } = await serve(CALL);
  expect(await get(`/traces/${"f".repeat(32)}`)).toMatchObject({ status: 404, body: { code: "trace_not_found" } });
  expect(await get("/traces/nonsense")).toMatchObject({ status: 404, body: { code: "trace_not_found" } });
  expect(await get(`/traces/${ID_1}/spans/${"f".repeat(16)}`)).toMatchObject({ body: { code: "span_not_found" } });
});

test("one span has everything", async () => {
  const { get } = await serve(CALL);
  const { body } = await get(`/traces/${ID_1}/spans/${"3".padStart(16, "0")}`);
  expect(traceSpanSchema.parse(body)).toMatchObject({ service: "cart.shop", edge: "edge-web-cart", status: "error" });
});

test("an edge's traces are those with a span of the target below the source", async () => {
  const { get } = await serve(CALL);
  const list = traceListSchema.parse((await get("/traces?edge=edge-web-cart")).body);
  expect(list.traces.map((trace) => trace.traceId)).toEqual([ID_1]);
  expect(await get("/traces?edge=nothing")).toMatchObject({ status: 404, body: { code: "edge_not_found" } });
});

test("a node's traces are those with a span in which its service answers", async () => {
  const { get } = await serve(CALL);
  const list = traceListSchema.parse((await get("/traces?node=node-cart&status=error")).body);
  expect(list.traces.map((trace) => trace.traceId)).toEqual([ID_1]);
  expect((await get("/traces?node=node-cart&status=ok")).body.total).toBe(0);
  expect(await get("/traces?node=nothing")).toMatchObject({ status: 404, body: { code: "node_not_found" } });
});

test("an edge and a status must hold on the same span", async () => {
  const { get } = await serve(CALL);
  expect((await get("/traces?edge=edge-web-cart&status=error")).body.total).toBe(1);
  expect((await get("/traces?edge=edge-web-cart&status=ok")).body.total).toBe(0);
});

test("a lone client span takes its edge from the upstream cluster", async () => {
  const attributes = new Map([["upstream_cluster", "outbound|80||cart.shop.svc.cluster.local"]]);
  const { get } = await serve([span("1", "1", { kind: "client", attributes })]);
  expect((await get(`/traces/${ID_1}`)).body.spans[0].edge).toBe("edge-web-cart");
  expect((await get("/traces?edge=edge-web-cart")).body.total).toBe(1);
});

test("values list services with their operations", async () => {
  const { get } = await serve(CALL);
  const { services } = traceValuesSchema.parse((await get("/traces/values")).body);
  expect(services.map((service) => service.name)).toEqual(["cart.shop", "web.shop"]);
});

test("malformed parameters are named", async () => {
  const { get } = await serve(CALL);
  expect(await get("/traces?attr=oops")).toMatchObject({
    status: 400,
    body: { code: "attr_no_operator", field: "attr" },
  });
  expect(await get("/traces?kind=servre")).toMatchObject({ status: 400, body: { code: "kind_unknown" } });
  expect(await get("/traces?cursor=x")).toMatchObject({ status: 400, body: { code: "bad_cursor" } });
  expect(await get("/traces?start=5&end=5")).toMatchObject({ status: 400, body: { code: "window_empty" } });
  expect(await get("/traces?limit=0")).toMatchObject({ status: 400 });
});

test("pages keep the window of the first and neither repeat nor skip while traces arrive", async () => {
  const many = Array.from({ length: 7 }, (_, i) =>
    span(String(i + 1), String(i + 1), { startNs: BigInt(NOW - 1000 - i) * 1_000_000n }),
  );
  const { get, store } = await serve(many);
  const seen: string[] = [];
  let cursor = "";
  for (let page = 0; page < 4; page++) {
    const { body } = await get(`/traces?limit=2${cursor}`);
    const list = traceListSchema.parse(body);
    seen.push(...list.traces.map((trace) => trace.traceId));
    cursor = `&cursor=${encodeURIComponent(list.nextCursor ?? "")}`;
    await store.write([span(`f${page}`, "9", { startNs: BigInt(NOW - 10) * 1_000_000n })]);
  }
  expect(seen).toEqual(many.map((s) => s.traceId));
});
