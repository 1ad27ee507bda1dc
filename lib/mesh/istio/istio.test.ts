import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { meaningsIn } from "../reading-rig.ts";
import { SeriesTable } from "../series-table.ts";
import { istioAdapter } from "./adapter.ts";

const target: TargetLabels = { cluster: "c1", namespace: "shop", workload: "", service: "", version: "", app: "" };

const SOURCE = {
  source_workload: "web-v1",
  source_workload_namespace: "shop",
  source_principal: "spiffe://cluster.local/ns/shop/sa/web",
  source_app: "web",
  source_version: "v1",
  source_cluster: "c1",
  source_canonical_service: "web",
  source_canonical_revision: "v1",
};
const DESTINATION = {
  destination_workload: "cart-v2",
  destination_workload_namespace: "shop",
  destination_principal: "spiffe://cluster.local/ns/shop/sa/cart",
  destination_app: "cart",
  destination_version: "v2",
  destination_cluster: "c1",
  destination_canonical_service: "cart",
  destination_canonical_revision: "v2",
};
const HOST = {
  destination_service: "cart.shop.svc.cluster.local",
  destination_service_name: "cart",
  destination_service_namespace: "shop",
};
const REQUEST = {
  reporter: "destination",
  request_protocol: "http",
  response_code: "200",
  grpc_response_status: "",
  response_flags: "-",
  connection_security_policy: "mutual_tls",
};
const NOWHERE = Object.fromEntries(Object.keys(DESTINATION).map((name) => [name, "unknown"]));
const NOBODY = Object.fromEntries(Object.keys(SOURCE).map((name) => [name, "unknown"]));

type Labels = Readonly<Record<string, string>>;

function adapt(name: string, labels: Labels, from: TargetLabels = target) {
  const series: Series = { name, labels: new Map(Object.entries(labels)) };
  expect(istioAdapter.wants(name)).toBe(true);
  return istioAdapter.adapt(series, from);
}

function one(name: string, labels: Labels, from: TargetLabels = target): SeriesMeaning {
  const adapted = adapt(name, labels, from);
  const meaning = "meanings" in adapted ? adapted.meanings[0] : undefined;
  if (meaning === undefined) throw new Error(`no meaning: ${JSON.stringify(adapted)}`);
  return meaning;
}

const requests = (over: Labels, from: TargetLabels = target) =>
  one("istio_requests_total", { ...REQUEST, ...SOURCE, ...DESTINATION, ...HOST, ...over }, from);

describe("Istio's requests", () => {
  test("a destination report between two sidecars", () => {
    expect(requests({})).toEqual({
      kind: "counter",
      reporter: "destination",
      family: "istio_requests_total",
      edge: {
        protocol: "http",
        layer: "L7",
        source: {
          cluster: "c1",
          namespace: "shop",
          kind: "workload",
          name: "web-v1",
          version: "v1",
          service: "web",
          app: "web",
          mesh: "istio",
        },
        target: {
          cluster: "c1",
          namespace: "shop",
          kind: "workload",
          name: "cart-v2",
          version: "v2",
          service: "cart",
          app: "cart",
          mesh: "istio",
        },
      },
      measure: {
        kind: "requests",
        code: "200",
        flags: [],
        host: HOST.destination_service,
        security: "mutual",
        left: true,
      },
      principals: { source: SOURCE.source_principal, destination: DESTINATION.destination_principal },
    });
  });

  test.each([
    ["destination", "none", "plaintext"],
    ["waypoint", "mutual_tls", "mutual"],
    ["destination", "unknown", "unknown"],
    ["source", "unknown", "unknown"],
    // A source cannot know, whatever an edited label says.
    ["source", "mutual_tls", "unknown"],
  ])("security as the %s reports it: %s is %s", (reporter, policy, security) => {
    expect(requests({ reporter, connection_security_policy: policy })).toMatchObject({ measure: { security } });
  });

  test.each([
    ["a client timeout", { response_code: "504", response_flags: "UT" }, "source", true],
    ["no healthy upstream", { response_code: "503", response_flags: "UH", ...NOWHERE }, "sourceOnly", false],
    ["a refused connection", { response_code: "503", response_flags: "UF" }, "sourceOnly", false],
    [
      "a refused connection, tried again to the limit",
      { response_code: "503", response_flags: "UF,URX" },
      "sourceOnly",
      false,
    ],
    [
      "the same with the flags the other way round",
      { response_code: "503", response_flags: "URX,UF" },
      "sourceOnly",
      false,
    ],
    [
      "the destination's failures, retried to the limit",
      { response_code: "503", response_flags: "URX" },
      "source",
      true,
    ],
    ["a reset after retries to the limit", { response_code: "503", response_flags: "UC,URX" }, "source", true],
    ["overflow and no route", { response_code: "503", response_flags: "UO,NR" }, "sourceOnly", false],
    ["a destination without a proxy", { ...NOWHERE }, "sourceOnly", true],
    ["an ordinary answer", {}, "source", true],
  ])("a source report of %s", (_, over, reporter, left) => {
    expect(requests({ reporter: "source", ...over })).toMatchObject({ reporter, measure: { left } });
  });

  test("flags of a destination report speak of its own application: the request had left its source", () => {
    expect(requests({ response_code: "503", response_flags: "UF" })).toMatchObject({
      reporter: "destination",
      measure: { left: true, flags: ["UF"] },
    });
  });

  test("0 is no response, a gRPC status is kept, an edited away code is unsaid", () => {
    expect(requests({ response_code: "0", response_flags: "DC" })).toMatchObject({
      measure: { code: "none", flags: ["DC"] },
    });
    expect(requests({ request_protocol: "grpc", grpc_response_status: "14" })).toMatchObject({
      edge: { protocol: "grpc" },
      measure: { code: "200", grpcStatus: "14" },
    });
    expect(requests({ response_code: "" })).toMatchObject({ measure: { code: "unknown" } });
  });

  test("`latest` is the revision's word for none, and the version label steps in", () => {
    const latest = requests({ destination_canonical_revision: "latest", destination_version: "v7" });
    expect(latest).toMatchObject({ edge: { target: { version: "v7" } } });
    const none = requests({ destination_canonical_revision: "latest", destination_version: "unknown" });
    expect(none.kind === "counter" && "version" in none.edge.target).toBe(false);
    const both = requests({ destination_canonical_revision: "latest", destination_version: "latest" });
    expect(both.kind === "counter" && "version" in both.edge.target).toBe(false);
    // A pod may really carry the version label `latest`.
    expect(requests({ destination_canonical_revision: "", destination_version: "latest" })).toMatchObject({
      edge: { target: { version: "latest" } },
    });
  });

  test("Istio's default cluster id gives way to a configured one, and stands where none is", () => {
    const over = { source_cluster: "Kubernetes", destination_cluster: "Kubernetes" };
    expect(requests(over)).toMatchObject({ edge: { source: { cluster: "c1" }, target: { cluster: "c1" } } });
    const bare = { ...target, cluster: "" };
    expect(requests(over, bare)).toMatchObject({ edge: { target: { cluster: "Kubernetes" } } });
    expect(requests({ destination_cluster: "east" })).toMatchObject({ edge: { target: { cluster: "east" } } });
  });
});

describe("who is at the ends", () => {
  test.each([
    ["istio-ingressgateway", "gateway"],
    ["istio-egressgateway", "gateway"],
    ["shop-gateway-istio", "gateway"],
    ["waypoint", "waypoint"],
    ["api-gateway", "workload"],
  ])("%s is a %s", (name, kind) => {
    expect(requests({ source_workload: name, source_canonical_service: name })).toMatchObject({
      edge: { source: { kind, name } },
    });
  });

  test("a caller without a proxy is unknown, with the reason", () => {
    expect(requests({ ...NOBODY, connection_security_policy: "none" })).toMatchObject({
      edge: { source: { kind: "unknown", name: "unknown", cluster: "c1", reason: "no_source_workload" } },
      measure: { security: "plaintext" },
    });
  });

  test.each([
    [
      { destination_service: "PassthroughCluster", destination_service_name: "PassthroughCluster" },
      "passthrough",
      "PassthroughCluster",
      "allow_any",
    ],
    [
      { destination_service: "BlackHoleCluster", destination_service_name: "BlackHoleCluster" },
      "blackhole",
      "BlackHoleCluster",
      "block_all",
    ],
    [
      { destination_service: "www.wikipedia.org", destination_service_name: "www.wikipedia.org" },
      "external",
      "www.wikipedia.org",
      "service_entry",
    ],
    [HOST, "service", "cart", undefined],
    [
      { destination_service: "unknown", destination_service_name: "unknown" },
      "unknown",
      "unknown",
      "no_destination_workload",
    ],
  ])("%j is drawn where no workload is known", (host, kind, name, reason) => {
    const meaning = requests({ reporter: "source", ...NOWHERE, destination_service_namespace: "unknown", ...host });
    expect(meaning).toMatchObject({ reporter: "sourceOnly", edge: { target: { kind, name } } });
    expect(meaning.kind === "counter" && meaning.edge.target.reason).toBe(reason);
  });

  test("a request that came in past the service's port did arrive at its workload", () => {
    expect(requests({ destination_service_name: "InboundPassthroughCluster" })).toMatchObject({
      edge: { target: { kind: "workload", name: "cart-v2", service: "cart" } },
    });
  });

  test.each([
    ["source_half_known", { ...NOBODY, source_workload_namespace: "shop" }],
    ["cluster_unknown", { source_cluster: "unknown" }],
    ["cluster_unknown", { reporter: "source", destination_cluster: "unknown" }],
    [
      "destination_is_ip",
      { reporter: "source", ...NOWHERE, destination_service: "10.0.0.7:80", destination_service_name: "10.0.0.7:80" },
    ],
    ["no_reporter", { reporter: "someone" }],
  ])("%s is refused", (refused, over) => {
    const labels = { ...REQUEST, ...SOURCE, ...DESTINATION, ...HOST, ...over };
    expect(adapt("istio_requests_total", labels)).toEqual({ refused });
  });

  test("labels that users edit away are made up for by the scrape configuration, on the proxy's own side only", () => {
    const own = { ...target, workload: "web-v1", service: "web" };
    const meaning = one("istio_requests_total", { reporter: "source", ...HOST }, own);
    expect(meaning).toMatchObject({
      reporter: "source",
      edge: {
        source: { kind: "workload", name: "web-v1", namespace: "shop", service: "web" },
        target: { kind: "service", name: "cart", namespace: "shop" },
      },
    });
    const { reporter: _, ...unreported } = { ...REQUEST, ...SOURCE, ...DESTINATION };
    expect(one("istio_requests_total", unreported, own)).toMatchObject({ reporter: "source" });
    const bare = one("istio_requests_total", { reporter: "destination" });
    expect(bare).toMatchObject({ edge: { source: { kind: "unknown" }, target: { kind: "unknown" } } });
  });
});

describe("Istio's other families", () => {
  const both = { ...SOURCE, ...DESTINATION, ...HOST, reporter: "source", request_protocol: "tcp" };

  test("TCP bytes: received is what the client sent, so it is the request direction", () => {
    expect(one("istio_tcp_received_bytes_total", both)).toMatchObject({
      edge: { protocol: "tcp", layer: "L4" },
      measure: { kind: "requestBytes" },
    });
    expect(one("istio_tcp_sent_bytes_total", both)).toMatchObject({ measure: { kind: "responseBytes" } });
    expect(one("istio_tcp_connections_closed_total", both)).toMatchObject({ measure: { kind: "connectionsClosed" } });
    const opened = { ...both, reporter: "destination", connection_security_policy: "mutual_tls", response_flags: "UF" };
    expect(one("istio_tcp_connections_opened_total", opened)).toMatchObject({
      measure: { kind: "connectionsOpened", security: "mutual", flags: ["UF"] },
    });
  });

  test("messages lack a protocol label and are gRPC's", () => {
    const { request_protocol: _, ...labels } = both;
    expect(one("istio_request_messages_total", labels)).toMatchObject({
      edge: { protocol: "grpc" },
      measure: { kind: "requestMessages" },
    });
  });

  test("a histogram's samples share one key, and a bucket without a bound is refused", () => {
    const labels = { ...REQUEST, ...SOURCE, ...DESTINATION };
    const name = "istio_request_duration_milliseconds";
    const parts = [
      one(`${name}_bucket`, { ...labels, le: "0.5" }),
      one(`${name}_bucket`, { ...labels, le: "+Inf" }),
      one(`${name}_sum`, labels),
      one(`${name}_count`, labels),
    ];
    expect(parts.map((part) => part.kind === "latency" && part.part)).toEqual([
      { le: 0.5 },
      { le: Number.POSITIVE_INFINITY },
      "sum",
      "count",
    ]);
    expect(new Set(parts.map((part) => part.kind === "latency" && part.histogram)).size).toBe(1);
    expect(adapt(`${name}_bucket`, { ...labels, le: "wide" })).toEqual({ refused: "bad_labels" });
  });

  test("bytes come from the sums; buckets of bytes are of no interest", () => {
    expect(one("istio_request_bytes_sum", { ...REQUEST, ...SOURCE, ...DESTINATION })).toMatchObject({
      measure: { kind: "requestBytes" },
      family: "istio_request_bytes",
    });
    expect(istioAdapter.wants("istio_request_bytes_bucket")).toBe(false);
  });

  test("build, uptime and certificates", () => {
    expect(one("istio_build", { component: "proxy", tag: "1.29.1" })).toEqual({ kind: "build", version: "1.29.1" });
    expect(adapt("istio_build", { component: "agent", tag: "1.29.1" })).toEqual({ meanings: [] });
    expect(one("envoy_server_uptime", {})).toEqual({ kind: "uptimeSeconds" });
    expect(one("envoy_server_days_until_first_cert_expiring", {})).toMatchObject({ sentinels: [4294967295, 0] });
  });

  test("Envoy's stats add resilience where they are turned on, and no traffic", () => {
    const own = { ...target, workload: "web-v1", service: "web" };
    const labels = { cluster_name: "outbound|9080|v2|cart.finance.svc.cluster.local" };
    expect(one("envoy_cluster_upstream_rq_retry", labels, own)).toMatchObject({
      reporter: "source",
      edge: {
        source: { name: "web-v1" },
        target: { kind: "service", name: "cart", namespace: "finance", cluster: "c1" },
      },
      measure: { kind: "retries" },
    });
    expect(adapt("envoy_cluster_upstream_rq_retry", labels)).toEqual({ refused: "no_target_labels" });
    expect(adapt("envoy_cluster_upstream_rq_retry", { cluster_name: "xds-grpc" }, own)).toEqual({ meanings: [] });
    for (const name of ["envoy_cluster_upstream_rq", "envoy_cluster_upstream_cx_total", "envoy_http_downstream_rq"]) {
      expect(istioAdapter.wants(name)).toBe(false);
    }
  });
});

const sample = "../shared/samples/istio-merged-15020-excerpt.prom.txt";

test.skipIf(!existsSync(sample))("the excerpt of a merged scrape: one destination report, nothing left out", () => {
  const table = new SeriesTable(istioAdapter, target);
  const result = table.read(new Uint8Array(readFileSync(sample)), 1_700_000_000_000);
  if (!result.ok) throw new Error(result.error.message);
  const { reading, stats } = result.value;
  expect(stats.drops.size).toBe(0);
  const meanings = [...meaningsIn(reading).values()];
  const counters = meanings.filter((meaning) => meaning?.kind === "counter");
  expect(counters).toHaveLength(1);
  expect(counters[0]).toMatchObject({
    reporter: "destination",
    edge: { source: { name: "productpage-v1", version: "v1" }, target: { name: "reviews-v1", service: "reviews" } },
    measure: { code: "200", security: "mutual" },
  });
});
