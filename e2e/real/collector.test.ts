/** Real Envoys under the real collector: what its public API says against what was driven, configured and broken. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { type Source, sourceListSchema } from "../../lib/query/schema/estate.ts";
import { type Trace, type TraceList, traceListSchema, traceSchema } from "../../lib/query/schema/traces.ts";
import { eventually } from "../support/collector-process.ts";
import { type Collected, countsOf, edgeNames, SLOT_MS, type Window } from "./collected.ts";
import { booted, drive, expectExact, type Sent } from "./driving.ts";
import { samplesOf, sumOf } from "./envoy/exposition.ts";
import { ISTIO_SHAPE, PLAIN, type ServiceName, type Variant } from "./envoy/topology.ts";

const total = (world: Collected, from: string, to: string, window?: Window): Promise<number> =>
  world.edge(from, to, window).then((edge) => countsOf(edge).requests);

/** A counter of the cluster `to` as the proxy `from` prints it now; 0 where it is not printed. */
async function printed(world: Collected, from: ServiceName, to: ServiceName, stat: string): Promise<number> {
  const samples = samplesOf(await world.estate.scrape(from));
  return sumOf(samples, `envoy_cluster_${stat}`, { envoy_cluster_name: to }) ?? 0;
}

async function tracesOf(world: Collected, edge: string): Promise<TraceList> {
  return world.collector.json(`/api/v1/traces?edge=${edge}&start=${world.always.start}&limit=500`, traceListSchema);
}

/**
 * Warnings that speak of the shape of a trace. Those of time are left aside: Envoy tells a span's start by the wall clock
 * and its length by the monotonic one, and now and then a client span ends, by that, before its server span began.
 */
function brokenBy({ warnings }: Pick<Trace, "warnings">): readonly string[] {
  return warnings.map((warning) => warning.code).filter((code) => code !== "late" && code !== "clock_skew");
}

describe("plain names; a and b speak Zipkin, c speaks OTLP", () => {
  const world = booted(PLAIN);
  const sent: Sent = { requests: 240, failures: 17, missing: 9 };

  test("each edge counts exactly the requests that were sent, by code too", async (context) => {
    const here = world(context);
    await drive(here, sent.requests, sent);
    await expectExact(here, PLAIN, sent);
  });

  test("nodes are the three workloads and the callers nobody named, each once", async (context) => {
    const here = world(context);
    const nodes = async (view: string): Promise<readonly string[]> => {
      const { nodes: all } = await here.graph(here.always, view);
      return all.map((node) => `${node.kind} ${node.namespace}/${node.name}`).sort();
    };
    expect(await nodes("workload")).toEqual([
      "unknown /unknown",
      "workload shop/a",
      "workload shop/b",
      "workload shop/c",
    ]);
    expect(await nodes("service")).toEqual(["service shop/a", "service shop/b", "service shop/c", "unknown /unknown"]);
    expect(edgeNames(await here.graph(here.always))).toEqual(["a->b http", "b->c http", "unknown->a http"]);
    expect(await total(here, "unknown", "a")).toBe(sent.requests);
  });

  test("a → b is mutual and b → c plaintext, by every connection that was made", async (context) => {
    const here = world(context);
    const secure = await here.edge("a", "b");
    const made = await printed(here, "a", "b", "upstream_cx_total");
    expect(secure.mtls).toMatchObject({
      mutual: 1,
      tls: 0,
      plaintext: 0,
      unknown: 0,
      total: made,
      unit: "connections",
    });
    const open = await here.edge("b", "c");
    const plain = await printed(here, "b", "c", "upstream_cx_total");
    expect(open.mtls).toMatchObject({ mutual: 0, tls: 0, plaintext: 1, unknown: 0, total: plain, unit: "connections" });
  });

  test("connections that never finish a handshake, as a probe's, are no callers in plaintext", async (context) => {
    const here = world(context);
    const probe = connect(here.estate.ports.b.inbound, "127.0.0.1");
    await once(probe, "connect");
    await here.scraped();
    const listener = { envoy_listener_address: `127.0.0.1_${here.estate.ports.b.inbound}` };
    const count = async (stat: string): Promise<number> =>
      sumOf(samplesOf(await here.estate.scrape("b")), `envoy_listener_${stat}`, listener) ?? 0;
    expect(await count("downstream_cx_total")).toBeGreaterThan(await count("ssl_handshake"));
    const { mtls } = await here.edge("a", "b");
    probe.destroy();
    expect(mtls).toMatchObject({ mutual: 1, unknown: 0 });
  });

  test("a window of kept-alive traffic without a handshake still reads all mutual", async (context) => {
    const here = world(context);
    const start = Math.ceil(Date.now() / SLOT_MS) * SLOT_MS;
    await here.scraped(undefined, start);
    const handshakes = await printed(here, "a", "b", "ssl_handshake");
    await drive(here, 20, { concurrency: 1 });
    expect(await printed(here, "a", "b", "ssl_handshake")).toBe(handshakes);
    const edge = await here.edge("a", "b", { start, end: Date.now() });
    expect(countsOf(edge).requests).toBe(20);
    expect(edge.mtls).toMatchObject({ mutual: 1, unknown: 0 });
  });

  test("every request is one trace through all three, whole, and found by its edges", async (context) => {
    const here = world(context);
    const requests = sent.requests + 20;
    const ids = { ab: await here.edgeId("a", "b"), bc: await here.edgeId("b", "c") };
    const listed = await eventually(async () => {
      const found = await tracesOf(here, ids.bc);
      expect(found.total).toBe(requests);
      expect(found.traces.every((trace) => trace.spanCount === 5)).toBe(true);
      return found;
    });
    expect((await tracesOf(here, ids.ab)).total).toBe(requests);
    expect(listed.traces.flatMap(brokenBy)).toEqual([]);
    const byService = await here.edgeId("b", "c", "service");
    const trace = await here.collector.json(`/api/v1/traces/${listed.traces[0]?.traceId}`, traceSchema);
    expect([...trace.services].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "a", spans: 2 },
      { name: "b", spans: 2 },
      { name: "c", spans: 1 },
    ]);
    expect(brokenBy(trace)).toEqual([]);
    expect(trace.spans.filter((span) => span.parentSpanId === undefined).map((span) => span.service)).toEqual(["a"]);
    const arrived = trace.spans.find((span) => span.service === "c");
    expect(arrived).toMatchObject({ kind: "server", edge: byService });
    const client = trace.spans.find((span) => span.service === "b" && span.kind === "client");
    expect(client).toMatchObject({ spanId: arrived?.parentSpanId, edge: byService });
  });

  test("all three proxies and both receivers are up, and nothing was left out", async (context) => {
    const here = world(context);
    const { completeness } = await here.graph(here.always);
    expect(completeness).toMatchObject({ targets: { up: 3, down: 0 }, dropped: {} });
    const { sources } = await here.collector.json("/api/v1/sources", sourceListSchema);
    expect(sources.filter(({ up }) => !up)).toEqual([]);
    // A second without an answer happens on a machine that is busy; nothing else does.
    const errors = sources.flatMap(({ lastError }) => (lastError === null ? [] : [lastError]));
    expect(errors.filter(({ code }) => code !== "timeout")).toEqual([]);
    const spans = (kind: Source["kind"]) => sources.find((source) => source.kind === kind)?.items;
    const requests = sent.requests + 20;
    expect(spans("zipkin")).toMatchObject({ unit: "spans", count: 4 * requests });
    expect(spans("otlpHttp")).toMatchObject({ unit: "spans", count: requests });
  });
});

describe("a proxy that restarts, its mesh not configured", () => {
  const world = booted(PLAIN, "auto");

  test("counts from zero anew, and not one request is lost or doubled", async (context) => {
    const here = world(context);
    await drive(here, 10, { failures: 2 });
    await here.estate.restart("b");
    // More than the dead process ever counted, most likely before the next scrape: only its age tells the two apart.
    await drive(here, 60, { failures: 5 });
    for (const [from, to] of [
      ["a", "b"],
      ["b", "c"],
      ["unknown", "a"],
    ] as const) {
      const counted = countsOf(await here.edge(from, to));
      expect([from, to, counted.requests, counted.failures]).toEqual([from, to, 70, 7]);
    }
    expect((await here.edge("a", "b")).mtls).toMatchObject({ mutual: 1, unknown: 0 });
  });

  test("what the dead process never printed is all that is lost", async (context) => {
    const here = world(context);
    const before = { ab: await total(here, "a", "b"), bc: await total(here, "b", "c") };
    await here.estate.drive(30);
    await here.estate.restart("b");
    await here.scraped();
    const printedByB = (await total(here, "b", "c")) - before.bc;
    expect(printedByB).toBeGreaterThanOrEqual(0);
    expect(printedByB).toBeLessThanOrEqual(30);
    expect((await total(here, "a", "b")) - before.ab).toBe(30);
    await drive(here, 25);
    expect((await total(here, "b", "c")) - before.bc).toBe(printedByB + 25);
    expect((await total(here, "a", "b")) - before.ab).toBe(55);
  });
});

describe("a peer that is down", () => {
  const world = booted(PLAIN);

  test("its callers' failures are counted, and failed connects are no connections", async (context) => {
    const here = world(context);
    await drive(here, 20);
    const before = await here.edge("b", "c");
    await here.estate.halt("c");
    expect(await here.estate.drive(12)).toEqual(new Map([[500, 12]]));
    await here.scraped(["a", "b"]);
    const after = await here.edge("b", "c");
    expect(countsOf(after)).toEqual({
      requests: 32,
      codes: new Map([
        ["200", 20],
        ["503", 12],
      ]),
      failures: 12,
    });
    expect(await printed(here, "b", "c", "upstream_cx_connect_fail")).toBeGreaterThan(0);
    expect(after.mtls).toEqual(before.mtls);
  });

  test("a caller that never got through says nothing about TLS, neither plaintext nor mutual", async (context) => {
    const here = world(context);
    await here.estate.halt("b");
    await here.estate.restart("a");
    expect(await here.estate.drive(8)).toEqual(new Map([[500, 8]]));
    await here.scraped(["a"]);
    expect(await printed(here, "a", "b", "upstream_cx_connect_fail")).toBeGreaterThan(0);
    const edge = await here.edge("a", "b");
    expect(countsOf(edge)).toMatchObject({ requests: 40, failures: 20 });
    expect(edge.mtls).toBeNull();
    const { targets } = (await here.graph(here.always)).completeness;
    expect(targets).toEqual({ up: 1, down: 2 });
  });

  test("when the peers are back, the edges are as they were", async (context) => {
    const here = world(context);
    await here.estate.restart("c");
    await here.estate.restart("b");
    await drive(here, 10);
    expect(await total(here, "a", "b")).toBe(50);
    expect((await here.edge("a", "b")).mtls).toMatchObject({ mutual: 1, unknown: 0 });
    expect((await here.edge("b", "c")).mtls).toMatchObject({ plaintext: 1, unknown: 0 });
  });
});

describe("Istio's names and tags, shared span ids, a listener with and without TLS", () => {
  const variant: Variant = { ...ISTIO_SHAPE, tracing: "zipkinShared", permissive: true };
  const world = booted(variant);
  const sent: Sent = { requests: 200, failures: 11, missing: 7 };

  test("each edge counts exactly, though most series appear with the first request", async (context) => {
    const here = world(context);
    await drive(here, sent.requests, sent);
    await expectExact(here, variant, sent);
    expect(edgeNames(await here.graph(here.always))).toEqual([
      "a->b http",
      "a->c http",
      "b->c http",
      "unknown->a http",
    ]);
  });

  test("a caller by TLS of a listener that serves both is unknown, with that reason", async (context) => {
    const here = world(context);
    const mixed = (await here.edge("a", "c")).mtls;
    expect(mixed).toMatchObject({ mutual: 0, tls: 0, plaintext: 0, unknown: 1 });
    expect(mixed?.evidence.reason).toBe("listener_serves_both");
    expect((await here.edge("a", "b")).mtls).toMatchObject({ mutual: 1, unknown: 0 });
    expect((await here.edge("b", "c")).mtls).toMatchObject({ plaintext: 1, unknown: 0 });
  });

  test("shared span ids make one whole trace, found by each of its edges", async (context) => {
    const here = world(context);
    const listed = await eventually(async () => {
      const found = await tracesOf(here, await here.edgeId("b", "c"));
      expect(found.total).toBe(sent.requests);
      expect(found.traces.every((trace) => trace.spanCount === 7)).toBe(true);
      return found;
    });
    expect(listed.traces.flatMap(brokenBy)).toEqual([]);
    for (const [from, to] of [
      ["a", "b"],
      ["a", "c"],
    ] as const) {
      expect((await tracesOf(here, await here.edgeId(from, to))).total).toBe(sent.requests);
    }
    const trace = await here.collector.json(`/api/v1/traces/${listed.traces[0]?.traceId}`, traceSchema);
    expect(brokenBy(trace)).toEqual([]);
    expect(trace.services.map((service) => service.name).sort()).toEqual(["a.shop", "b.shop", "c.shop"]);
    const halves = trace.spans.filter((span) => span.service === "b.shop" && span.kind === "server");
    const edge = await here.edgeId("a", "b", "service");
    expect(halves).toMatchObject([{ shared: true, edge }]);
    const same = trace.spans.filter((span) => span.spanId === halves[0]?.spanId);
    expect(same.map((span) => span.kind).sort()).toEqual(["client", "server"]);
  });
});
