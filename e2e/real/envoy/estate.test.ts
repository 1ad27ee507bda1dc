/** The harness against itself: what real Envoys report about known traffic, with a local sink in the collector's place. */
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { findEnvoy } from "./binary.ts";
import { type Estate, startEstate } from "./estate.ts";
import { type Sample, samplesOf, sumOf } from "./exposition.ts";
import { type Sink, startSink } from "./sink.ts";
import { type SeenSpan, spansOf } from "./spans.ts";
import {
  clusterLabel,
  type Hop,
  hopsOf,
  ISTIO_SHAPE,
  inboundCluster,
  outboundCluster,
  PLAIN,
  SERVICES,
  type ServiceName,
  statusOf,
  type Variant,
} from "./topology.ts";

const BOOT_MS = 300_000;
const SPANS_MS = 15_000;

type World = { readonly estate: Estate; readonly sink: Sink };

/** Boots one estate for the tests of a block; each test skips, with the reason, where there is no Envoy to be had. */
function booted(variant: Variant): (context: TestContext) => World {
  let world: World | undefined;
  let reason = "the estate did not start";
  beforeAll(async () => {
    const sink = await startSink();
    const estate = await startEstate({ ...sink, variant });
    if ("skip" in estate) {
      await sink.stop();
      reason = estate.skip;
      console.warn(`SKIPPED, no real Envoy here: ${reason}`);
      return;
    }
    world = { estate, sink };
  }, BOOT_MS);
  afterAll(async () => {
    await world?.estate.stop();
    await world?.sink.stop();
  });
  return (context) => world ?? context.skip(reason);
}

type Scrapes = ReadonlyMap<ServiceName, readonly Sample[]>;

async function scrapeAll(estate: Estate, names: readonly ServiceName[] = SERVICES): Promise<Scrapes> {
  const scrapes = new Map<ServiceName, readonly Sample[]>();
  for (const name of names) scrapes.set(name, samplesOf(await estate.scrape(name)));
  return scrapes;
}

/** Counts by series: a series that is not there yet counts from 0. */
function count(
  scrapes: Scrapes,
  service: ServiceName,
  name: string,
  match: { readonly [label: string]: string },
): number {
  return sumOf(scrapes.get(service) ?? [], name, match) ?? 0;
}

/** The increase of one cluster's counter between two scrapes. */
function increase(
  [before, after]: readonly [Scrapes, Scrapes],
  hop: Pick<Hop, "from"> & { readonly cluster: string; readonly label: string },
  name: string,
  extra: { readonly [label: string]: string } = {},
): number {
  const match = { [hop.label]: hop.cluster, ...extra };
  return count(after, hop.from, name, match) - count(before, hop.from, name, match);
}

async function spansWhen(sink: Sink, traces: number, spansEach: number): Promise<ReadonlyMap<string, SeenSpan[]>> {
  await sink.until((received) => spansOf(received).length >= traces * spansEach, SPANS_MS);
  const byTrace = new Map<string, SeenSpan[]>();
  for (const span of spansOf(sink.received)) {
    byTrace.set(span.traceId, [...(byTrace.get(span.traceId) ?? []), span]);
  }
  return byTrace;
}

function one(spans: readonly SeenSpan[], service: string, kind: string): SeenSpan {
  const found = spans.filter((span) => span.service === service && span.kind === kind);
  const span = found[0];
  if (span === undefined || found.length > 1) throw new Error(`${found.length} ${kind} spans of ${service}`);
  return span;
}

const REQUESTS = 60;
const FAILURES = 7;
const MISSING = 4;

describe("plain names, Envoy's own tags, Zipkin and OTLP in one trace", () => {
  const world = booted(PLAIN);

  test("every hop counts exactly the requests that were sent, by code too", async (context) => {
    const { estate } = world(context);
    const before = await scrapeAll(estate);
    const driven = await estate.drive(REQUESTS, { failures: FAILURES, missing: MISSING });
    const both = [before, await scrapeAll(estate)] as const;
    expect([...driven].sort()).toEqual([
      [200, REQUESTS - FAILURES - MISSING],
      [404, MISSING],
      [500, FAILURES],
    ]);
    for (const hop of hopsOf(PLAIN)) {
      const at = { from: hop.from, cluster: outboundCluster(PLAIN, hop.to), label: clusterLabel(PLAIN) };
      expect(increase(both, at, "envoy_cluster_upstream_rq_total")).toBe(REQUESTS);
      expect(increase(both, at, "envoy_cluster_upstream_rq_completed")).toBe(REQUESTS);
      expect(increase(both, at, "envoy_cluster_upstream_rq_xx")).toBe(REQUESTS);
      for (const [outcome, sent] of [
        ["fail", FAILURES],
        ["missing", MISSING],
        ["ok", REQUESTS - FAILURES - MISSING],
      ] as const) {
        const code = { envoy_response_code: String(statusOf(hop.to, outcome)) };
        expect(increase(both, at, "envoy_cluster_upstream_rq", code)).toBe(sent);
      }
    }
    for (const from of SERVICES) {
      const own = { from, cluster: inboundCluster(PLAIN, from), label: clusterLabel(PLAIN) };
      expect(increase(both, own, "envoy_cluster_upstream_rq_total")).toBe(REQUESTS);
    }
  });

  test("handshakes show mTLS on its hop and nothing on the plaintext hop", async (context) => {
    const { estate } = world(context);
    await estate.drive(4);
    const now = await scrapeAll(estate);
    const a = { envoy_cluster_name: "b" };
    const opened = count(now, "a", "envoy_cluster_upstream_cx_total", a);
    expect(opened).toBeGreaterThan(0);
    expect(count(now, "a", "envoy_cluster_ssl_handshake", a)).toBe(opened);
    expect(count(now, "b", "envoy_listener_ssl_handshake", {})).toBe(opened);
    expect(count(now, "b", "envoy_listener_ssl_no_certificate", {})).toBe(0);
    const c = { envoy_cluster_name: "c" };
    expect(count(now, "b", "envoy_cluster_upstream_cx_total", c)).toBeGreaterThan(0);
    expect(sumOf(now.get("b") ?? [], "envoy_cluster_ssl_handshake", c)).toBeUndefined();
    expect(sumOf(now.get("c") ?? [], "envoy_listener_ssl_handshake")).toBeUndefined();
  });

  test("the certificates' expiry is what openssl wrote", async (context) => {
    const { estate } = world(context);
    const samples = samplesOf(await estate.scrape("b"));
    const printed = samples
      .filter((sample) => sample.name === "envoy_listener_ssl_certificate_expiration_unix_time_seconds")
      .map((sample) => Number(sample.text));
    expect(printed).toContain(estate.certificates.leaves.get("b")?.notAfterSec);
  });

  test("one trace spans all three, each span the child of the one before", async (context) => {
    const { estate, sink } = world(context);
    const before = new Set(spansOf(sink.received).map((span) => span.traceId));
    await estate.drive(5);
    const rq = count(await scrapeAll(estate), "a", "envoy_cluster_upstream_rq_total", { envoy_cluster_name: "b" });
    const all = await spansWhen(sink, rq, 5);
    const fresh = [...all].filter(([traceId]) => !before.has(traceId));
    expect(fresh.length).toBeGreaterThanOrEqual(5);
    expect(all.size).toBe(rq);
    for (const [traceId, spans] of all) {
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spans).toHaveLength(5);
      const chain = [
        one(spans, "a", "SERVER"),
        one(spans, "a", "CLIENT"),
        one(spans, "b", "SERVER"),
        one(spans, "b", "CLIENT"),
        one(spans, "c", "SERVER"),
      ];
      expect(chain.map((span) => span.parentId)).toEqual(["", ...chain.slice(0, -1).map((span) => span.spanId)]);
      expect(chain.map((span) => span.from)).toEqual(["zipkin", "zipkin", "zipkin", "zipkin", "otlp"]);
    }
  });

  test("histograms come with the next flush, and then count the same requests", async (context) => {
    const { estate } = world(context);
    const b = { envoy_cluster_name: "b" };
    await estate.drive(3);
    const completed = count(await scrapeAll(estate), "a", "envoy_cluster_upstream_rq_completed", b);
    await expect
      .poll(async () => count(await scrapeAll(estate), "a", "envoy_cluster_upstream_rq_time_count", b), {
        timeout: 5_000,
      })
      .toBe(completed);
  });

  test("requests to a peer that is down are completed, but were never sent", async (context) => {
    const { estate } = world(context);
    await estate.halt("c");
    const before = await scrapeAll(estate, ["b"]);
    const driven = await estate.drive(6);
    const both = [before, await scrapeAll(estate, ["b"])] as const;
    await estate.restart("c");
    expect(driven).toEqual(new Map([[500, 6]]));
    const c = { from: "b", cluster: "c", label: clusterLabel(PLAIN) } as const;
    expect(increase(both, c, "envoy_cluster_upstream_rq_total")).toBe(0);
    expect(increase(both, c, "envoy_cluster_upstream_rq_completed")).toBe(6);
    expect(increase(both, c, "envoy_cluster_upstream_rq", { envoy_response_code: "503" })).toBe(6);
    // Each failed attempt is a connection too: handshakes must be held against connections less these.
    expect(increase(both, c, "envoy_cluster_upstream_cx_total")).toBe(6);
    expect(increase(both, c, "envoy_cluster_upstream_cx_connect_fail")).toBe(6);
  });

  test("a restarted proxy counts from zero, its neighbours go on", async (context) => {
    const { estate } = world(context);
    const before = await scrapeAll(estate);
    await estate.restart("b");
    expect(await estate.drive(9)).toEqual(new Map([[200, 9]]));
    const after = await scrapeAll(estate);
    expect(count(after, "b", "envoy_cluster_upstream_rq_total", { envoy_cluster_name: "c" })).toBe(9);
    const a = { from: "a", cluster: "b", label: clusterLabel(PLAIN) } as const;
    expect(increase([before, after], a, "envoy_cluster_upstream_rq_total")).toBe(9);
  });
});

describe("names and tags of Istio's shape, shared span ids, a listener with and without TLS", () => {
  const variant: Variant = { ...ISTIO_SHAPE, tracing: "zipkinShared", permissive: true };
  const world = booted(variant);

  test("every hop counts exactly the requests that were sent", async (context) => {
    const { estate } = world(context);
    const before = await scrapeAll(estate);
    await estate.drive(REQUESTS, { failures: FAILURES });
    const both = [before, await scrapeAll(estate)] as const;
    for (const hop of hopsOf(variant)) {
      const at = { from: hop.from, cluster: outboundCluster(variant, hop.to), label: clusterLabel(variant) };
      expect(increase(both, at, "envoy_cluster_upstream_rq_total")).toBe(REQUESTS);
      const failed = { response_code_class: "5xx" };
      expect(increase(both, at, "envoy_cluster_upstream_rq", failed)).toBe(FAILURES);
    }
  });

  test("the listener that serves both has fewer handshakes than connections", async (context) => {
    const { estate } = world(context);
    await estate.drive(4);
    const now = await scrapeAll(estate);
    const address = { listener_address: `127.0.0.1_${estate.ports.c.inbound}` };
    const opened = count(now, "c", "envoy_listener_downstream_cx_total", address);
    const handshakes = count(now, "c", "envoy_listener_ssl_handshake", address);
    expect(handshakes).toBeGreaterThan(0);
    expect(opened).toBeGreaterThan(handshakes);
    expect(count(now, "c", "envoy_listener_ssl_no_certificate", address)).toBe(0);
  });

  test("client and server share a span id in the same trace", async (context) => {
    const { estate, sink } = world(context);
    await estate.drive(2);
    const hop = { cluster_name: outboundCluster(variant, "b") };
    const rq = count(await scrapeAll(estate), "a", "envoy_cluster_upstream_rq_total", hop);
    const all = await spansWhen(sink, rq, 7);
    expect(all.size).toBe(rq);
    for (const spans of all.values()) {
      const server = one(spans, "b.shop", "SERVER");
      const clients = spans.filter((span) => span.kind === "CLIENT" && span.spanId === server.spanId);
      expect(server.shared).toBe(true);
      expect(clients.map((span) => span.service)).toEqual(["a.shop"]);
    }
  });
});

describe("OTLP on all three, only Istio's stock stats let through", () => {
  const world = booted({ ...ISTIO_SHAPE, stats: "istioStock", tracing: "otlp" });

  test("the traffic is traced, and its counters are not collected", async (context) => {
    const { estate, sink } = world(context);
    await estate.drive(3);
    const all = await spansWhen(sink, 3, 5);
    expect([...all.values()].map((spans) => new Set(spans.map((span) => span.service)).size)).toEqual([3, 3, 3]);
    const samples = samplesOf(await estate.scrape("a"));
    expect(sumOf(samples, "envoy_cluster_upstream_rq_total")).toBeUndefined();
    expect(sumOf(samples, "envoy_server_live")).toBe(1);
    expect(sumOf(samples, "envoy_http_rbac", { authz_enforce_result: "allowed" })).toBe(3);
  });
});

describe("dotted cluster names under Envoy's own tag extraction", () => {
  const world = booted({ names: "istio", stats: "default", tracing: "otlp", permissive: false });

  test("the label holds the name up to its first dot, the rest is in the metric's name", async (context) => {
    const { estate } = world(context);
    await estate.drive(3);
    const samples = samplesOf(await estate.scrape("a"));
    const label = { envoy_cluster_name: "outbound|9080||b" };
    expect(sumOf(samples, "envoy_cluster_upstream_rq_total", label)).toBeUndefined();
    expect(sumOf(samples, "envoy_cluster_shop_svc_cluster_local_upstream_rq_total", label)).toBe(3);
  });
});

test("where Envoy is switched off there is a reason instead of one", async () => {
  const before = process.env["MESHSCOPE_ENVOY"];
  process.env["MESHSCOPE_ENVOY"] = "off";
  try {
    expect(await findEnvoy()).toEqual({ skip: "MESHSCOPE_ENVOY=off" });
    process.env["MESHSCOPE_ENVOY"] = "/nowhere/envoy";
    expect(await findEnvoy()).toHaveProperty("skip");
  } finally {
    if (before === undefined) delete process.env["MESHSCOPE_ENVOY"];
    else process.env["MESHSCOPE_ENVOY"] = before;
  }
});

test(
  "a stopped estate leaves no process behind",
  async (context) => {
    const sink = await startSink();
    const estate = await startEstate({ ...sink, variant: PLAIN });
    if ("skip" in estate) {
      await sink.stop();
      return context.skip(estate.skip);
    }
    const pids = estate.pids();
    expect(pids).toHaveLength(SERVICES.length);
    await estate.stop();
    await estate.stop();
    await sink.stop();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(estate.drive(1)).rejects.toThrow();
  },
  BOOT_MS,
);
