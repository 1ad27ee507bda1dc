/** The metrics routes behind the real API server: every answer by its schema, one computation for many, 304, errors. */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { z } from "zod";
import { entityAnswerSchema } from "../../../lib/query/schema/entity.ts";
import { metaSchema, serviceListSchema, sourceListSchema, timeseriesSchema } from "../../../lib/query/schema/estate.ts";
import {
  edgeAnswerSchema,
  graphSchema,
  graphSizeSchema,
  nodeAnswerSchema,
  VIEWS,
} from "../../../lib/query/schema/graph.ts";
import { historySchema } from "../../../lib/query/schema/history.ts";
import { Ids } from "../../../lib/query/view-key.ts";
import { SlotTable } from "../../../lib/rollup/slot-table.ts";
import { ScrapePipeline } from "../../pipeline/scrape-pipeline.ts";
import { MemoryRollupStore } from "../../store/memory-rollup-store.ts";
import { silentLog } from "../../telemetry/log.ts";
import { SourceBoard } from "../../telemetry/source-board.ts";
import { apiServer } from "../server.ts";
import { metricsRoutes } from "./metrics.ts";
import { MetricsAnswers, type MetricsDeps } from "./metrics-answers.ts";
import { serviceRoutes } from "./services.ts";

const T0 = 1_700_000_000_000;
const HOST = { host: "localhost" };

function exposition(n: number): string {
  const ends = (from: string, to: string, ns: string): string =>
    `reporter="destination",source_workload="${from}",source_workload_namespace="shop",source_canonical_service="${from}",source_cluster="c1",destination_workload="${to}",destination_workload_namespace="${ns}",destination_canonical_service="${to}",destination_cluster="c1",destination_service_name="${to}"`;
  const request = (from: string, to: string, ns: string, code: string, value: number): string =>
    `istio_requests_total{${ends(from, to, ns)},request_protocol="http",response_code="${code}",response_flags="-",connection_security_policy="mutual_tls"} ${value}`;
  const bucket = (le: string, value: number): string =>
    `istio_request_duration_milliseconds_bucket{${ends("web", "cart", "shop")},request_protocol="http",response_code="200",response_flags="-",connection_security_policy="mutual_tls",le="${le}"} ${value}`;
  return [
    request("web", "cart", "shop", "200", n * 100),
    request("web", "pay", "billing", "200", n * 10),
    request("web", "pay", "billing", "503", n * 10),
    `istio_tcp_connections_opened_total{${ends("cart", "redis", "data")},request_protocol="tcp",response_flags="-",connection_security_policy="none"} ${n}`,
    `istio_tcp_received_bytes_total{${ends("cart", "redis", "data")},request_protocol="tcp",response_flags="-",connection_security_policy="none"} ${n * 5000}`,
    bucket("10", n * 50),
    bucket("100", n * 100),
    bucket("+Inf", n * 100),
    "",
  ].join("\n");
}

function rig(spans?: MetricsDeps["spans"]) {
  const time = { nowMs: T0 };
  const clock = { nowMs: () => time.nowMs };
  const registry = new Registry();
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const board = new SourceBoard(registry, clock);
  const pipeline = new ScrapePipeline({ slots, store, registry, clock, log: silentLog });
  const source = board.open({
    id: "scrape/shop/http://p:15020",
    kind: "scrape",
    address: "http://p:15020",
    unit: "series",
  });
  const labels = { cluster: "c1", namespace: "shop", workload: "", service: "", version: "", app: "" };
  const endpoint = {
    id: "e",
    job: "shop",
    mesh: "istio" as const,
    target: "p",
    targetLabels: labels,
    intervalMs: 10_000,
    sampleLimit: 1000,
  };
  const scrape = (n: number): void => {
    time.nowMs = T0 + n * 10_000;
    const taken = pipeline.sink(endpoint, new TextEncoder().encode(exposition(n)), time.nowMs);
    expect(taken.ok).toBe(true);
    source.succeeded(7, 3);
  };
  const meta = () => ({
    version: "0.1.0",
    boot: "b1",
    startedMs: T0,
    nowMs: time.nowMs,
    slotMs: 10_000,
    simulated: null,
    store: "memory",
    auth: "none",
    listen: {},
  });
  const estate = { live: slots, store };
  const base: MetricsDeps = { estate, ids: new Ids(), board, clock, boot: "b1", meta };
  const deps: MetricsDeps = spans === undefined ? base : { ...base, spans };
  const answers = new MetricsAnswers(deps);
  const ready = () => ({ ready: true, waitingFor: [] });
  const app = apiServer({
    routes: [...metricsRoutes(deps, answers), ...serviceRoutes(answers)],
    registry,
    log: silentLog,
    version: "0",
    hosts: [],
    ready,
  });
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const answer = await app.inject({ url: `/api/v1${path}`, headers: HOST });
    expect([path, answer.statusCode, answer.statusCode === 200 ? "" : answer.body]).toEqual([path, 200, ""]);
    const body = answer.json();
    // A summary leaves out what is so by default; nothing is there that the schema does not know.
    expect(schema.parse(body)).toMatchObject(Object(body));
    return schema.parse(body);
  };
  return { time, scrape, app, get, answers, slots };
}

test("every answer is by its schema, with nothing besides", async () => {
  const { scrape, get } = rig();
  for (let n = 0; n <= 6; n++) scrape(n);
  for (const view of VIEWS) {
    const graph = await get(`/graph?view=${view}`, graphSchema);
    expect(graph.edges.map((edge) => edge.id)).toEqual([...graph.edges.map((edge) => edge.id)].sort());
    for (const edge of graph.edges) {
      expect((await get(`/edges/${edge.id}`, edgeAnswerSchema)).edge.requestsPerSec).toBe(edge.requestsPerSec);
    }
    for (const node of graph.nodes) {
      expect((await get(`/nodes/${node.id}`, nodeAnswerSchema)).node).toEqual(node);
    }
  }
  const services = await get("/services?limit=2", serviceListSchema);
  expect(services).toMatchObject({ total: 4, services: [{ name: "cart" }, { name: "pay" }] });
  const more = await get(
    `/services?limit=2&cursor=${encodeURIComponent(services.nextCursor ?? "")}`,
    serviceListSchema,
  );
  expect(more).toMatchObject({ nextCursor: null, services: [{ name: "redis" }, { name: "web" }] });
  const whole = await get(`/services/${services.services[0]?.id}`, entityAnswerSchema);
  expect(whole.versions).toMatchObject([{ version: null, share: 1, workloads: [{ name: "cart" }] }]);
  await get(`/workloads/${whole.versions[0]?.workloads[0]?.id}`, entityAnswerSchema);
  expect((await get("/sources", sourceListSchema)).total).toBe(1);
  expect((await get("/meta", metaSchema)).boot).toBe("b1");
  const series = await get("/timeseries?metric=requestsPerSec&metric=p95", timeseriesSchema);
  expect(series.series["requestsPerSec"]?.slice(-6)).toEqual([12, 12, 12, 12, 12, 12]);
  expect(series.series["requestsPerSec"]?.[0]).toBeNull();
  // Everything was there from the first slot on: before that nobody looked, so that nothing of it is new.
  for (const view of VIEWS)
    expect(await get(`/graph/history?view=${view}&quietMs=10000`, historySchema)).toMatchObject({
      entries: [],
      total: 0,
    });
});

test("the numbers of an edge are the ones that were counted", async () => {
  const { scrape, get } = rig();
  for (let n = 0; n <= 6; n++) scrape(n);
  const graph = await get("/graph", graphSchema);
  const named = new Map(graph.nodes.map((node) => [node.id, node.name] as const));
  const to = (name: string) => graph.edges.find((edge) => named.get(edge.target) === name);
  expect(to("cart")).toMatchObject({
    requestsPerSec: 10,
    errorRatio: 0,
    latencyMs: { p50: 10, p99: 98.2 },
    mtls: { mutual: 1, total: 600 },
  });
  expect(to("pay")).toMatchObject({ requestsPerSec: 2, errorRatio: 0.5, health: { state: "failure", requests: 120 } });
  expect(to("redis")).toMatchObject({
    requestsPerSec: null,
    tcp: { openedPerSec: 0.1, requestBytesPerSec: 500, closedPerSec: null },
  });
  expect(to("redis")?.mtls).toMatchObject({ plaintext: 1, unit: "connections" });
  expect(graph.completeness).toMatchObject({ targets: { up: 1, down: 0 }, notCollected: [{ mesh: "istio" }] });
});

test("filters are OR within a name and AND between, focus and hops narrow, collapse merges a box", async () => {
  const { scrape, get } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const names = async (query: string): Promise<string[]> =>
    (await get(`/graph?${query}`, graphSchema)).nodes.map((node) => node.name).sort();
  expect(await names("namespace=billing")).toEqual(["pay", "web"]);
  expect(await names("namespace=billing&namespace=data")).toEqual(["cart", "pay", "redis", "web"]);
  expect(await names("namespace=billing&cluster=elsewhere")).toEqual([]);
  expect(await names("mesh=istio&filter=RED")).toEqual(["cart", "redis"]);
  const all = await get("/graph", graphSchema);
  const pay = all.nodes.find((node) => node.name === "pay")?.id;
  expect(await names(`focus=${pay}`)).toEqual(["pay", "web"]);
  expect(await names(`focus=${pay}&hops=3`)).toEqual(["pay", "web"]);
  const web = all.nodes.find((node) => node.name === "web")?.id;
  expect(await names(`focus=${web}&hops=2`)).toEqual(["cart", "pay", "redis", "web"]);
  const boxes = await get("/graph?view=namespace", graphSchema);
  const shop = boxes.nodes.find((node) => node.name === "shop")?.id;
  expect(await names(`collapse=${shop}`)).toEqual(["pay", "redis", "shop"]);
  const collapsed = await get(`/graph?collapse=${shop}`, graphSchema);
  const mixed = collapsed.edges.find((edge) => edge.target === pay)?.id;
  expect((await get(`/edges/${mixed}?collapse=${shop}`, edgeAnswerSchema)).source.name).toBe("shop");
});

test("a level is folded at once, but for what is expanded, and its size is told before", async () => {
  const { scrape, get } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const graph = (query: string) => get(`/graph?${query}`, graphSchema);
  const names = async (query: string): Promise<string[]> => (await graph(query)).nodes.map((node) => node.name).sort();
  expect(await get("/graph/size", graphSizeSchema)).toMatchObject({
    nodes: 4,
    edges: 3,
    boxes: { namespace: 3, cluster: 1, mesh: 1 },
  });
  expect(await names("fold=namespace")).toEqual(["billing", "data", "shop"]);
  const folded = await graph("fold=namespace");
  const shop = folded.nodes.find((node) => node.name === "shop");
  expect(shop?.holds).toEqual({ nodes: 2, namespaces: 1 });
  // web calls cart within shop: what is merged in a box stays, as a call to itself.
  expect(folded.edges.filter((edge) => edge.source === edge.target).map((edge) => edge.source)).toEqual([shop?.id]);
  expect(await names(`fold=namespace&expand=${shop?.id}`)).toEqual(["billing", "cart", "data", "web"]);
  expect(await names("fold=cluster")).toEqual(["c1"]);
  const [cluster] = (await graph("fold=cluster")).nodes;
  expect(cluster?.holds).toEqual({ nodes: 4, namespaces: 3 });
  expect(await names(`fold=cluster&expand=${cluster?.id}`)).toEqual(["billing", "data", "shop"]);
  expect(await names(`fold=cluster&expand=${cluster?.id}&expand=${shop?.id}`)).toEqual([
    "billing",
    "cart",
    "data",
    "web",
  ]);
  expect(await names(`fold=cluster&expand=${cluster?.id}&collapse=${cluster?.id}`)).toEqual(["c1"]);
  expect(await names("view=namespace&fold=cluster")).toEqual(["billing", "data", "shop"]);
  const merged = folded.edges.find((edge) => edge.source === shop?.id && edge.target !== shop?.id);
  const edge = await get(`/edges/${merged?.id}?fold=namespace`, edgeAnswerSchema);
  expect(edge.source.name).toBe("shop");
  const traffic = ({ edges }: Awaited<ReturnType<typeof graph>>): number =>
    edges.reduce((sum, { requestsPerSec }) => sum + (requestsPerSec ?? 0), 0);
  expect(traffic(folded)).toBeCloseTo(traffic(await graph("")), 6);
});

test("hops are counted up to callers, down to callees, or both", async () => {
  const { scrape, get } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const all = await get("/graph", graphSchema);
  const cart = all.nodes.find((node) => node.name === "cart")?.id;
  const names = async (query: string): Promise<string[]> =>
    (await get(`/graph?focus=${cart}&${query}`, graphSchema)).nodes.map((node) => node.name).sort();
  expect(await names("direction=up")).toEqual(["cart", "web"]);
  expect(await names("direction=down&hops=2")).toEqual(["cart", "redis"]);
  expect(await names("hops=1")).toEqual(["cart", "redis", "web"]);
  expect(await names("direction=up&hops=2")).toEqual(["cart", "web"]);
  // An id of another view means what it is merged with, or falls apart into.
  expect(await names("view=version")).toEqual(["cart", "redis", "web"]);
  expect(await names("view=namespace&hops=1&direction=down")).toEqual(["billing", "data", "shop"]);
  // Of a caller, the callers are followed, and not whom else it calls.
  const redis = all.nodes.find((node) => node.name === "redis")?.id;
  const about = async (query: string): Promise<string[]> =>
    (await get(`/graph?focus=${redis}&${query}`, graphSchema)).nodes.map((node) => node.name).sort();
  expect(await about("hops=1")).toEqual(["cart", "redis"]);
  expect(await about("hops=2")).toEqual(["cart", "redis", "web"]);
  expect(await about("hops=3")).toEqual(["cart", "redis", "web"]);
});

test("fifty viewers of one query make one computation, and an unchanged answer is 304", async () => {
  const { scrape, app, answers, time } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const ask = (headers = {}) => app.inject({ url: "/api/v1/graph", headers: { ...HOST, ...headers } });
  const all = await Promise.all(Array.from({ length: 50 }, () => ask()));
  expect(new Set(all.map((answer) => answer.headers.etag)).size).toBe(1);
  expect(answers.cache.computations).toBe(1);
  expect((await ask({ "if-none-match": all[0]?.headers.etag })).statusCode).toBe(304);
  time.nowMs += 1_500;
  await ask();
  expect(answers.cache.computations).toBe(1);
  scrape(4);
  const after = await ask();
  expect(answers.cache.computations).toBe(2);
  expect(after.headers.etag).not.toBe(all[0]?.headers.etag);
});

test("what was folded is in the next answer after at most a second, however often others ask", async () => {
  const { scrape, app, time } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const rate = async () => {
    const { edges } = graphSchema.parse((await app.inject({ url: "/api/v1/graph?view=mesh", headers: HOST })).json());
    return edges.find((edge) => edge.protocol === "http")?.health.requests;
  };
  expect(await rate()).toBe(360);
  scrape(4);
  time.nowMs += 1_000;
  expect(await rate()).toBe(480);
});

test("a past window is final once the time for it has come, though nothing is read any more", async () => {
  const { scrape, get, time } = rig();
  for (let n = 0; n <= 6; n++) scrape(n);
  const edge = (await get("/graph", graphSchema)).edges[0]?.id;
  const window = `start=${T0}&end=${T0 + 65_000}`;
  const settling = () =>
    Promise.all([
      get(`/graph?${window}`, graphSchema).then(({ completeness }) => completeness.settling),
      get(`/edges/${edge}?${window}`, edgeAnswerSchema).then(({ completeness }) => completeness.settling),
      get(`/timeseries?${window}`, timeseriesSchema).then(({ settling: left }) => left),
    ]);
  time.nowMs += 10_000;
  expect(await settling()).toEqual([1, 1, 1]);
  // Its readings stopped; after five minutes of silence nothing is spread back over the time between.
  time.nowMs += 200_000;
  expect(await settling()).toEqual([1, 1, 1]);
  time.nowMs += 100_000;
  expect(await settling()).toEqual([undefined, undefined, undefined]);
});

test("a window that is asked for by a clock ahead says so in every answer, and is another answer once its end has passed", async () => {
  const { scrape, get, time } = rig();
  for (let n = 0; n <= 6; n++) scrape(n);
  const edge = (await get("/graph", graphSchema)).edges[0]?.id;
  const end = time.nowMs + 2_000;
  const window = `start=${T0}&end=${end}`;
  const told = async () => {
    const graph = await get(`/graph?${window}`, graphSchema);
    const panel = await get(`/edges/${edge}?${window}`, edgeAnswerSchema);
    const series = await get(`/timeseries?${window}`, timeseriesSchema);
    const by = [graph.completeness, panel.completeness, series].map(({ settlingBy }) => settlingBy?.clock);
    return { by, ends: [graph, panel, series].map((one) => one.window.requested.end) };
  };
  const nowMs = time.nowMs;
  expect(await told()).toEqual({ by: [1, 1, 1], ends: [nowMs, nowMs, nowMs] });
  time.nowMs = end + 1;
  expect(await told()).toEqual({ by: [undefined, undefined, undefined], ends: [end, end, end] });
});

test("after the wall clock stepped back an hour the graph is of now again", async () => {
  const { scrape, get, time } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const end = async () => (await get("/graph", graphSchema)).window.requested.end;
  expect(await end()).toBe(time.nowMs);
  time.nowMs -= 3_600_000;
  expect(await end()).toBe(time.nowMs);
});

test("an answer made from a snapshot shared with another query does not outlive it", async () => {
  const { scrape, app, time } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const ask = async (view: string) => {
    const answer = await app.inject({ url: `/api/v1/graph?view=${view}`, headers: HOST });
    return graphSchema.parse(answer.json()).edges.find((edge) => edge.protocol === "http")?.health.requests;
  };
  expect(await ask("mesh")).toBe(360);
  const before = time.nowMs;
  scrape(4);
  time.nowMs = before + 100;
  await ask("cluster");
  time.nowMs = before + 10_000;
  expect(await ask("cluster")).toBe(480);
  expect(await ask("mesh")).toBe(480);
});

test("unknown ids and bad windows are coded errors", async () => {
  const { scrape, app } = rig();
  scrape(0);
  const code = async (path: string) => {
    const answer = await app.inject({ url: `/api/v1${path}`, headers: HOST });
    return [answer.statusCode, answer.json().code];
  };
  expect(await code("/edges/AAAAAAAAAAAAAAAA")).toEqual([404, "edge_not_found"]);
  expect(await code("/nodes/AAAAAAAAAAAAAAAA")).toEqual([404, "node_not_found"]);
  expect(await code("/services/AAAAAAAAAAAAAAAA")).toEqual([404, "service_not_found"]);
  expect(await code("/workloads/AAAAAAAAAAAAAAAA")).toEqual([404, "workload_not_found"]);
  expect(await code("/graph?start=20&end=10")).toEqual([400, "bad_window"]);
  expect(await code("/graph?view=planet")).toEqual([400, "bad_request"]);
  expect(await code("/timeseries?metric=joy")).toEqual([400, "unknown_metric"]);
});

test("the share of unpaired spans is told once there are spans, and why it is not before", async () => {
  const told = async (spans?: MetricsDeps["spans"]) => {
    const { scrape, get } = rig(spans);
    for (let n = 0; n <= 3; n++) scrape(n);
    const { unpairedSpanShare, absent } = (await get("/graph", graphSchema)).completeness;
    return [unpairedSpanShare, absent?.["unpairedSpanShare"]];
  };
  expect(await told()).toEqual([null, "notCollected"]);
  expect(await told(() => ({ spans: 0, unpairedShare: null }))).toEqual([null, "notCollected"]);
  expect(await told(() => ({ spans: 3, unpairedShare: null }))).toEqual([null, "unknown"]);
  expect(await told(() => ({ spans: 300, unpairedShare: 0 }))).toEqual([0, undefined]);
  expect(await told(() => ({ spans: 300, unpairedShare: 1 / 3 }))).toEqual([0.3333, undefined]);
});
