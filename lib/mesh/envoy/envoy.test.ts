import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import { autoAdapter } from "../auto.ts";
import { meaningsIn } from "../reading-rig.ts";
import { type ReadStats, SeriesTable } from "../series-table.ts";
import { envoyAdapter } from "./adapter.ts";
import { clusterPeer } from "./cluster-names.ts";

const target: TargetLabels = { cluster: "c1", namespace: "shop", workload: "a", service: "", version: "", app: "" };

type Labels = Readonly<Record<string, string>>;

function meanings(name: string, labels: Labels): readonly SeriesMeaning[] {
  if (!envoyAdapter.wants(name)) return [];
  const adapted = envoyAdapter.adapt({ name, labels: new Map(Object.entries(labels)) }, target);
  if ("refused" in adapted) throw new Error(adapted.refused);
  return adapted.meanings;
}

const b = { envoy_cluster_name: "b" };
const HTTP = {
  protocol: "http",
  source: { kind: "workload", name: "a", namespace: "shop", cluster: "c1", mesh: "envoy", service: "a" },
  target: { kind: "service", name: "b", namespace: "shop", cluster: "c1", mesh: "envoy", service: "b" },
};

describe("names of clusters", () => {
  test.each([
    ["b", "", { kind: "service", name: "b", namespace: undefined }],
    ["b.shop.svc.cluster.local", "", { kind: "service", name: "b", namespace: "shop" }],
    ["outbound|9080|v1|b.shop.svc.cluster.local", "", { kind: "service", name: "b", namespace: "shop" }],
    ["outbound_.9080_.v1_.b.shop.svc.cluster.local", "", { kind: "service", name: "b", namespace: "shop" }],
    // Envoy's own tags cut a name at its first dot and leave the rest in the metric's name.
    ["outbound|9080||b", "shop_svc_cluster_local", { kind: "service", name: "b", namespace: "shop" }],
    ["b", "my_shop_svc_cluster_local", { kind: "service", name: "b", namespace: "my-shop" }],
    ["www", "example_com", { kind: "external", host: "www.example.com" }],
    ["outbound|443||api.example.com", "", { kind: "external", host: "api.example.com" }],
    ["PassthroughCluster", "", { kind: "passthrough", name: "PassthroughCluster", reason: "allow_any" }],
    ["BlackHoleCluster", "", { kind: "blackhole", name: "BlackHoleCluster", reason: "block_all" }],
    ["inbound|9080||", "", { kind: "ownApplication" }],
    ["local_app", "", { kind: "ownApplication" }],
    ["service_local", "", { kind: "ownApplication" }],
    ["xds-grpc", "", { kind: "infrastructure" }],
    ["zipkin", "", { kind: "infrastructure" }],
  ])("%s with %j left over", (name, infix, peer) => {
    expect(clusterPeer(name, infix)).toEqual(peer);
  });
});

describe("a plain Envoy's clusters", () => {
  test.each([
    ["envoy_cluster_upstream_rq", { envoy_response_code: "503", ...b }, "503"],
    ["envoy_cluster_upstream_rq_xx", { envoy_response_code_class: "5", ...b }, "5xx"],
    ["envoy_cluster_upstream_rq", { cluster_name: "b", response_code: "503" }, "503"],
    ["envoy_cluster_upstream_rq", { cluster_name: "b", response_code_class: "5xx" }, "5xx"],
  ])("%s %j", (name, labels, code) => {
    expect(meanings(name, labels)).toMatchObject([
      { kind: "counter", reporter: "outbound", edge: HTTP, measure: { kind: "requests", code, left: true } },
    ]);
  });

  test.each([
    "envoy_cluster_internal_upstream_rq",
    "envoy_cluster_external_upstream_rq_xx",
    "envoy_cluster_canary_upstream_rq_time_bucket",
    "envoy_cluster_retry_upstream_rq",
    "envoy_cluster_zone_us_central1_c__upstream_rq",
    "envoy_cluster_shop_svc_cluster_local_external_upstream_rq",
    "envoy_cluster_upstream_rq_total",
    "envoy_cluster_upstream_rq_completed",
    "envoy_cluster_upstream_rq_retry_success",
  ])("%s repeats requests counted elsewhere and is passed over", (name) => {
    expect(envoyAdapter.wants(name)).toBe(false);
  });

  test.each([
    ["upstream_rq_retry", "retries"],
    ["upstream_rq_timeout", "timeouts"],
    ["upstream_rq_per_try_timeout", "timeouts"],
    ["upstream_rq_pending_overflow", "overflow"],
    ["upstream_rq_active_overflow", "overflow"],
    ["outlier_detection_ejections_enforced_total", "ejections"],
    ["ratelimit_over_limit", "rateLimited"],
  ])("%s counts %s", (stat, kind) => {
    expect(meanings(`envoy_cluster_${stat}`, b)).toMatchObject([{ kind: "counter", edge: HTTP, measure: { kind } }]);
  });

  test("connections and bytes are the tcp edge's, unless they carry an http edge", () => {
    expect(meanings("envoy_cluster_upstream_cx_tx_bytes_total", b)).toMatchObject([
      { edge: { protocol: "tcp", layer: "L4" }, measure: { kind: "requestBytes" }, transportOf: "http" },
    ]);
    const total = meanings("envoy_cluster_upstream_cx_total", b);
    expect(total.map((m) => ("measure" in m ? `${m.kind} ${m.measure.kind}` : m.kind))).toEqual([
      "counter connectionsOpened",
      "state upstreamConnections",
      "state upstreamConnections",
    ]);
  });

  test("handshakes and failed connections are evidence for both protocols", () => {
    const protocols = (name: string) =>
      meanings(name, b).map((m) => m.kind === "state" && `${m.edge.protocol} ${m.measure.kind}`);
    expect(protocols("envoy_cluster_ssl_handshake")).toEqual(["http upstreamHandshakes", "tcp upstreamHandshakes"]);
    expect(protocols("envoy_cluster_upstream_cx_connect_fail")).toEqual([
      "http upstreamConnectFailures",
      "tcp upstreamConnectFailures",
    ]);
  });

  test("every circuit breaker gauge is a state", () => {
    for (const priority of ["default", "high"]) {
      for (const what of ["cx", "cx_pool", "rq", "rq_pending", "rq_retry"]) {
        const name = `envoy_cluster_circuit_breakers_${priority}_${what}_open`;
        expect(meanings(name, b)).toMatchObject([{ measure: { kind: "circuitOpen" } }, {}]);
      }
    }
    expect(envoyAdapter.wants("envoy_cluster_circuit_breakers_default_remaining_cx")).toBe(false);
  });

  test("the proxy's own application and its collectors are no edges", () => {
    for (const name of ["local_app", "inbound|9080||", "xds-grpc", "otlp", ""]) {
      expect(meanings("envoy_cluster_upstream_rq", { envoy_response_code: "200", envoy_cluster_name: name })).toEqual(
        [],
      );
    }
  });

  test("without target labels the source is nobody, and the series says so", () => {
    const nobody = { ...target, workload: "" };
    const series = { name: "envoy_cluster_upstream_rq_retry", labels: new Map(Object.entries(b)) };
    expect(envoyAdapter.adapt(series, nobody)).toEqual({ refused: "no_target_labels" });
  });
});

describe("what a plain Envoy accepts", () => {
  test("the manager that faces callers is the inbound view, from a caller not named", () => {
    const labels = { envoy_response_code_class: "2", envoy_http_conn_manager_prefix: "ingress_http" };
    expect(meanings("envoy_http_downstream_rq_xx", labels)).toMatchObject([
      {
        reporter: "inbound",
        edge: { source: { kind: "unknown", reason: "caller_not_named" }, target: { name: "a", kind: "workload" } },
        measure: { code: "2xx" },
      },
    ]);
    const cut = { envoy_response_code_class: "2", envoy_http_conn_manager_prefix: "inbound_0" };
    expect(meanings("envoy_http_0_0_0_9080__downstream_rq_xx", cut)).toHaveLength(1);
    for (const prefix of ["egress_http", "admin", "outbound_0.0.0.0_9080"]) {
      expect(meanings("envoy_http_downstream_rq_xx", { ...labels, envoy_http_conn_manager_prefix: prefix })).toEqual(
        [],
      );
    }
  });

  test("listeners keep their address, and shares of one are passed over", () => {
    const labels = { envoy_listener_address: "0.0.0.0_15006" };
    expect(meanings("envoy_listener_ssl_handshake", labels)).toMatchObject([
      { kind: "listener", workload: { name: "a" }, measure: { kind: "handshakes" }, listener: "0.0.0.0_15006" },
    ]);
    expect(envoyAdapter.wants("envoy_listener_worker_0_downstream_cx_total")).toBe(false);
    // With Envoy's own tags the worker's number is a label, and its share would double the listener's connections.
    expect(envoyAdapter.wants("envoy_listener_worker_downstream_cx_total")).toBe(false);
    expect(envoyAdapter.wants("envoy_listener_admin_downstream_cx_total")).toBe(false);
  });

  test("connection managers that face callers tell connections over TLS from those in plaintext, in both dialects", () => {
    const stat = "envoy_http_downstream_cx_ssl_total";
    for (const prefix of ["envoy_http_conn_manager_prefix", "http_conn_manager_prefix"]) {
      expect(meanings(stat, { [prefix]: "inbound_0.0.0.0_9080" })).toMatchObject([
        { kind: "listener", measure: { kind: "tlsConnections" }, listener: "manager inbound_0.0.0.0_9080" },
      ]);
      expect(meanings(stat, { [prefix]: "egress_http" })).toEqual([]);
    }
    expect(meanings("envoy_http_0_0_0_9080__downstream_cx_ssl_total", {})).toEqual([]);
  });

  test("denials and rate limits, in both dialects", () => {
    const at = { envoy_http_conn_manager_prefix: "ingress_http" };
    expect(meanings("envoy_http_rbac_denied", at)).toMatchObject([{ measure: { kind: "denied" } }]);
    const istio = { http_conn_manager_prefix: "inbound_0.0.0.0_9080" };
    expect(meanings("envoy_http_rbac", { ...istio, authz_enforce_result: "denied" })).toHaveLength(1);
    expect(meanings("envoy_http_rbac", { ...istio, authz_dry_run_result: "denied" })).toEqual([]);
    for (const name of [
      "envoy_http_local_rate_limit_rate_limited",
      "envoy_http_x_http_local_rate_limit_rate_limited",
    ]) {
      expect(meanings(name, {})).toMatchObject([{ measure: { kind: "rateLimited" } }]);
    }
  });

  test("certificates by any of their names", () => {
    const labels = { envoy_cluster_name: "b", envoy_tls_certificate: "default" };
    expect(meanings("envoy_cluster_ssl_certificate_expiration_unix_time_seconds", labels)).toMatchObject([
      { kind: "certificateSeconds", name: "default", epoch: true },
    ]);
    const named = "envoy_listener_ssl_certificate_ROOTCA_expiration_unix_time_seconds";
    expect(meanings(named, {})).toMatchObject([{ name: "ROOTCA" }]);
  });
});

const AT_MS = 1_790_000_000_000;

/** One body through the table: meaning and value, side by side. */
function read(path: string, from: TargetLabels, mesh = envoyAdapter) {
  const table = new SeriesTable(mesh, from);
  const result = table.read(new Uint8Array(readFileSync(path)), AT_MS);
  if (!result.ok) throw new Error(`${path}: ${result.error.message}`);
  const { reading, stats } = result.value;
  const rows: { meaning: SeriesMeaning; value: number }[] = [];
  const meanings = meaningsIn(reading);
  for (let i = 0; i < reading.size; i++) {
    const meaning = meanings.get(reading.ids[i] ?? -1);
    if (meaning) rows.push({ meaning, value: reading.values[i] ?? 0 });
  }
  return { rows, stats };
}

function codes(rows: readonly { meaning: SeriesMeaning; value: number }[], to: string, classes: boolean) {
  const out: Record<string, number> = {};
  for (const { meaning, value } of rows) {
    if (meaning.kind !== "counter" || meaning.measure.kind !== "requests") continue;
    if (meaning.edge.target.name !== to || meaning.reporter !== "outbound") continue;
    const { code } = meaning.measure;
    if (code.endsWith("xx") === classes && value > 0) out[code] = (out[code] ?? 0) + value;
  }
  return out;
}

function state(rows: readonly { meaning: SeriesMeaning; value: number }[], to: string, kind: string) {
  const hits = rows.filter(
    ({ meaning }) =>
      meaning.kind === "state" &&
      meaning.edge.target.name === to &&
      meaning.edge.protocol === "http" &&
      meaning.measure.kind === kind,
  );
  return hits.length === 0 ? undefined : hits.reduce((sum, hit) => sum + hit.value, 0);
}

function nothingLost(stats: ReadStats): void {
  expect(Object.fromEntries(stats.drops)).toEqual({});
}

const sample = "../shared/samples/plain-envoy.prom.txt";

test.skipIf(!existsSync(sample))("the stock demo: one upstream by TLS, no certificate of its own", () => {
  const { rows, stats } = read(sample, target);
  nothingLost(stats);
  expect(codes(rows, "service_envoyproxy_io", true)).toEqual({});
  expect(state(rows, "service_envoyproxy_io", "upstreamHandshakes")).toBe(0);
  expect(state(rows, "service_envoyproxy_io", "upstreamConnections")).toBe(0);
  expect(rows.some(({ meaning }) => meaning.kind === "certificateSeconds")).toBe(false);
});

const captures = "e2e/real/captures";
interface Truth {
  readonly certificates: Readonly<Record<string, { readonly notAfterSec: number }>>;
  readonly hops: readonly {
    readonly from: string;
    readonly to: string;
    readonly mtls: boolean;
    readonly codes: Readonly<Record<string, number>>;
  }[];
}

function truthOf(set: string): Truth {
  return JSON.parse(readFileSync(`${captures}/${set}/truth.json`, "utf8"));
}

const sets = ["plain", "istio-shape", "permissive-shared-spans"];

describe("captures of real Envoys", () => {
  test.each(sets)("%s: every edge has the codes that were sent, and the handshakes that were configured", (set) => {
    const truth = truthOf(set);
    let checked = 0;
    for (const hop of truth.hops) {
      const path = `${captures}/${set}/${hop.from}.after.prom.txt`;
      if (!existsSync(path)) continue;
      const { rows, stats } = read(path, { ...target, workload: hop.from });
      nothingLost(stats);
      expect(codes(rows, hop.to, false)).toEqual(hop.codes);
      const total = (of: Record<string, number>) => Object.values(of).reduce((sum, n) => sum + n, 0);
      expect(total(codes(rows, hop.to, true))).toBe(total(hop.codes));
      expect(state(rows, hop.to, "upstreamConnections")).toBe(1);
      expect(state(rows, hop.to, "upstreamHandshakes")).toBe(hop.mtls ? 1 : undefined);
      const targets = new Set(rows.flatMap(({ meaning }) => ("edge" in meaning ? [meaning.edge.target.name] : [])));
      expect([...targets].sort()).toEqual(
        [...new Set([hop.from, ...truth.hops.filter((h) => h.from === hop.from).map((h) => h.to)])].sort(),
      );
      checked++;
    }
    if (set !== "permissive-shared-spans") expect(checked).toBeGreaterThan(0);
  });

  test("plain: latency counts every request, certificates have their expiry", () => {
    const { rows } = read(`${captures}/plain/a.after.prom.txt`, target);
    const counts = rows.filter(
      ({ meaning }) => meaning.kind === "latency" && meaning.part === "count" && meaning.edge.target.name === "b",
    );
    expect(counts.map(({ value }) => value)).toEqual([10]);
    const expiries = rows.filter(({ meaning }) => meaning.kind === "certificateSeconds");
    const truth = truthOf("plain");
    const left = (truth.certificates["a"]?.notAfterSec ?? 0) - AT_MS / 1000;
    const exact = expiries.filter(({ meaning }) => meaning.kind === "certificateSeconds" && meaning.epoch === true);
    expect(exact.length).toBeGreaterThan(0);
    // The authority's certificate is in the same family.
    const leaves = exact.filter(
      ({ meaning }) => meaning.kind === "certificateSeconds" && !meaning.name.includes("ca_"),
    );
    expect(leaves.length).toBeGreaterThan(0);
    for (const { value } of leaves) expect(value).toBe(left);
  });

  test("Istio's allow-list leaves the server and nothing of the traffic", () => {
    const { rows, stats } = read(`${captures}/istio-stock-stats/a.after.prom.txt`, target, autoAdapter);
    nothingLost(stats);
    expect(rows.map(({ meaning }) => meaning.kind)).toEqual(["certificateSeconds", "uptimeSeconds"]);
  });
});
