/** A tiny Consul estate: what its proxies print against the truth, and against the shape of a real scrape. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { expose } from "./exposition.ts";
import type { ConsulPlace, Estate, ServiceSpec, WorkloadSpec } from "./spec.ts";
import { sumOf, tinyOperation, tinyService, tinyWorkload } from "./tiny-estate.ts";
import type { TruthEdge } from "./truth.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);
const TD = "8b8b11a2-2d2e-4c39-8a43-3e6f1f0a5d11";
const HOME: ConsulPlace = { datacenter: "dc1", trustDomain: TD };

const BASE = { role: "consul", cluster: "k1", namespace: "shop", format: "zipkin", consul: HOME } as const;
const workload = (name: string, service: string, rest: Partial<WorkloadSpec> = {}): WorkloadSpec =>
  tinyWorkload(BASE, name, { consul: HOME, service, ...rest });
const service = (name: string, rest: Partial<ServiceSpec> = {}): ServiceSpec => tinyService("shop", name, rest);

const ESTATE: Estate = {
  workloads: [
    workload("people", "people", { role: "unmeshed" }),
    workload("web", "web", { replicas: 2 }),
    workload("api", "api"),
    workload("api-canary", "api", { version: "v2", consul: { ...HOME, subset: "canary" } }),
    workload("billing", "billing", { consul: { ...HOME, partition: "finance" } }),
    workload("store", "store"),
  ],
  services: [
    service("web", { operations: [tinyOperation("api", "billing", "hooks", "cards")] }),
    service("api", {
      backends: [
        { workload: "api", weight: 80 },
        { workload: "api-canary", weight: 20 },
      ],
      operations: [tinyOperation("store")],
    }),
    service("billing"),
    service("store", { protocol: "tcp", port: 5432 }),
    service("hooks", { kind: "passthrough", host: "hooks.example", backends: [] }),
    service("cards", { kind: "external", host: "cards.example", backends: [] }),
  ],
  links: [
    { from: "people", to: "web", networkMs: 1, tls: "none" },
    { from: "web", to: "api", networkMs: 1, tls: "mutual" },
    { from: "web", to: "billing", networkMs: 1, tls: "mutual" },
    { from: "web", to: "hooks", networkMs: 1, tls: "none" },
    { from: "web", to: "cards", networkMs: 1, tls: "none" },
    { from: "api", to: "store", networkMs: 1, tls: "mutual" },
  ],
  sources: [
    {
      name: "people",
      workload: "people",
      service: "web",
      operations: [{ name: "GET /", weight: 1 }],
      ratePerSec: 60,
    },
  ],
};

function settled(seed = 5): World {
  const world = new World({ seed, startMs: START, arrivalsEndMs: 20_000, estate: ESTATE });
  world.advance(START + 30_000);
  expect(world.underWay).toBe(0);
  return world;
}

function textsOf(world: World, name: string): string {
  const times = { startMs: START, nowMs: world.nowMs };
  return world.pods
    .filter((pod) => pod.workload.name === name)
    .map((pod) => expose(pod, times, 4)?.text ?? "")
    .join("");
}

/** Σ of the samples of a family that carry all of these labels. */
function sum(text: string, family: string, where: Readonly<Record<string, string>> = {}): number {
  return sumOf(text, family, ...Object.entries(where).map(([name, value]) => `${name}="${value}"`));
}

const world = settled();
const web = textsOf(world, "web");

function edge(source: string, target: string): TruthEdge {
  const found = world.truth().find((e) => e.source.name === source && e.target.workload === target);
  if (found === undefined) throw new Error(`no edge ${source} → ${target}`);
  return found;
}

const target = (cluster: string) => ({ consul_destination_full_target: `${cluster}.${TD}` });

describe("a Consul sidecar prints", () => {
  test("its own place on every series of its Envoy but those of the file system, and its dataplane's first", () => {
    const lines = web.split("\n").filter((line) => line.startsWith("envoy_"));
    const own =
      'local_cluster="web",consul_source_service="web",consul_source_namespace="default",' +
      'consul_source_partition="default",consul_source_datacenter="dc1"';
    const without = lines.filter((line) => !line.includes(own));
    expect(without.length).toBeGreaterThan(0);
    expect(without.filter((line) => !/^envoy_filesystem_\w+\{\} /.test(line))).toEqual([]);
    expect(web.indexOf("consul_dataplane_")).toBeLessThan(web.indexOf("envoy_"));
    expect(web).toMatch(/^consul_dataplane_login_duration\{quantile="0.5"\} NaN$/m);
    expect(web).toMatch(/^envoy_server_days_until_first_cert_expiring\{.*\} 2$/m);
  });

  test.each([
    ["the default partition", "api", "api.default.dc1.internal", { consul_destination_service: "api" }],
    [
      "a subset",
      "api-canary",
      "canary.api.default.dc1.internal",
      { consul_destination_service: "api", consul_destination_service_subset: "canary" },
    ],
    [
      "another partition, mislabelled",
      "billing",
      "billing.default.finance.dc1.internal-v1",
      {
        consul_destination_service: "default",
        consul_destination_namespace: "finance",
        consul_destination_service_subset: "billing",
      },
    ],
  ])("calls to %s as the truth has them", (_, name, cluster, labels) => {
    const truth = edge("web", name);
    const where = { ...target(cluster), ...labels, consul_source_service: "web" };
    expect(truth.sent).toBeGreaterThan(50);
    expect(truth.failures).toBeGreaterThan(0);
    const completed = sum(web, "envoy_cluster_upstream_rq_completed", where);
    expect(completed + sum(web, "envoy_cluster_upstream_rq_cancelled", where)).toBe(truth.sent);
    expect(sum(web, "envoy_cluster_upstream_rq_total", where)).toBe(truth.sent + truth.retries);
    expect(sum(web, "envoy_cluster_upstream_rq_xx", { ...where, envoy_response_code_class: "5" })).toBe(truth.failures);
    expect(sum(web, "envoy_cluster_upstream_rq_time_count", where)).toBe(completed);
    const connections = sum(web, "envoy_cluster_upstream_cx_total", where);
    expect(connections).toBeGreaterThan(0);
    expect(sum(web, "envoy_cluster_ssl_handshake", where)).toBe(connections);
  });

  test("its upstream listener by upstream, and both subsets of one service as one upstream", () => {
    const where = { envoy_http_conn_manager_prefix: "upstream", consul_upstream_service: "api" };
    const sent = edge("web", "api").sent + edge("web", "api-canary").sent;
    expect(sum(web, "envoy_http_downstream_rq_total", where)).toBe(sent);
  });

  test("what passes it by as connections without requests", () => {
    expect(edge("web", "hooks.example").sent).toBeGreaterThan(0);
    const cluster = { envoy_cluster_name: "original-destination" };
    const connections = sum(web, "envoy_cluster_upstream_cx_total", cluster);
    expect(connections).toBeGreaterThan(0);
    expect(sum(web, "envoy_cluster_upstream_rq_completed", cluster)).toBe(0);
    expect(sum(web, "envoy_tcp_original_destination_downstream_cx_total", { envoy_tcp_prefix: "upstream" })).toBe(
      connections,
    );
    const cards = target("cards.default.dc1.internal");
    expect(sum(web, "envoy_cluster_upstream_rq_total", cards)).toBe(edge("web", "cards.example").sent);
  });

  test("its public listener with intentions, and without a caller", () => {
    const billing = textsOf(world, "billing");
    const manager = { envoy_http_conn_manager_prefix: "public_listener" };
    const { arrived } = edge("web", "billing");
    expect(sum(billing, "envoy_http_downstream_rq_total", manager)).toBe(arrived);
    expect(sum(billing, "envoy_http_rbac_allowed", manager)).toBe(arrived);
    expect(sum(billing, "envoy_http_rbac_denied", manager)).toBe(0);
    expect(sum(billing, "envoy_cluster_upstream_rq_total", { envoy_cluster_name: "local_app" })).toBe(arrived);
    expect(billing).toMatch(/^envoy_listener_ssl_handshake\{.*envoy_listener_address="[\d.]+_20000"\} [1-9]\d*$/m);
  });

  test("a TCP service in connections and bytes, with nothing of HTTP", () => {
    const store = textsOf(world, "store");
    const { tcp } = edge("api", "store");
    expect(tcp.opened).toBeGreaterThan(0);
    const prefix = { envoy_tcp_prefix: "public_listener" };
    // Of the canary's few requests none may have come so far.
    const toStore = world.truth().filter(({ target }) => target.workload === "store");
    const calls = toStore.reduce((sum, one) => sum + one.tcp.opened, 0);
    expect(sum(store, "envoy_tcp_downstream_cx_total", prefix)).toBe(calls);
    expect(sum(store, "envoy_connect_authzrbac_allowed")).toBe(calls);
    expect(store).not.toMatch(/http_conn_manager_prefix="public_listener"/);
    const api = textsOf(world, "api");
    const where = target("store.default.dc1.internal");
    expect(sum(api, "envoy_cluster_upstream_cx_total", where)).toBe(tcp.opened);
    expect(sum(api, "envoy_cluster_ssl_handshake", where)).toBe(tcp.opened);
    expect(sum(api, "envoy_cluster_upstream_cx_tx_bytes_total", where)).toBe(tcp.requestBytes);
    expect(sum(api, "envoy_tcp_downstream_cx_rx_bytes_total", { consul_upstream_service: "store" })).toBe(
      tcp.requestBytes,
    );
  });

  test("the same for the same seed", () => {
    expect(textsOf(settled(), "web")).toBe(web);
    expect(textsOf(settled(6), "web")).not.toBe(web);
  });
});

describe("spans of a Consul proxy", () => {
  test("name its service, and its upstream by the whole cluster name", () => {
    const spans = settled()
      .takeSpans()
      .filter(({ by }) => by === "proxy");
    const client = spans.filter(({ span, pod }) => span.kind === "client" && pod.workload.name === "web");
    expect(client.map(({ span }) => span.service)).toContain("web");
    const clusters = new Set(client.map(({ span }) => span.attributes.get("upstream_cluster")));
    expect(clusters).toContain(`canary.api.default.dc1.internal.${TD}.consul`);
    expect(clusters).toContain(`billing.default.finance.dc1.internal-v1.${TD}.consul`);
    expect(clusters).not.toContain("original-destination");
    expect(spans.some(({ span }) => span.shared)).toBe(false);
    const server = spans.find(({ span, pod }) => span.kind === "server" && pod.workload.name === "billing");
    expect(server?.span.attributes.get("upstream_cluster")).toBe("local_app");
    expect(server?.span.attributes.get("node_id")).toMatch(/^billing-\w+-\w+-billing-sidecar-proxy$/);
  });
});

const SAMPLE = "../shared/samples/consul-dataplane-envoy-merged.prom.txt";

/** Label names by sample name; what a label list may lack or have by the kind of cluster is left out. */
function shape(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
    const stock = names.filter(
      (label) => !/^consul_(destination|upstream)_/.test(label) && !/^consul_(?!source)/.test(label),
    );
    found.set(name, stock.sort().join());
  }
  return found;
}

describe.skipIf(!existsSync(SAMPLE))("against a real consul-dataplane scrape (needs ../shared/samples)", () => {
  const real = shape(readFileSync(SAMPLE, "utf8"));
  const printed = shape(textsOf(world, "store") + textsOf(world, "web"));

  test("the label names of every family printed by both are the same", () => {
    const both = [...printed].filter(([name]) => real.has(name));
    expect(both.length).toBeGreaterThan(80);
    for (const [name, labels] of both) expect(`${name} ${labels}`).toBe(`${name} ${real.get(name)}`);
  });

  test("what the real one lacks is what its estate had no use for", () => {
    const more = [...printed.keys()]
      .filter((name) => !real.has(name))
      .map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    const expected =
      /^envoy_(cluster_ssl_|cluster_retry_upstream_rq_xx|http_rbac_|listener_ssl_versions|listener_http_\w+_dc1_downstream)/;
    expect([...new Set(more)].filter((name) => !expected.test(name))).toEqual([]);
  });
});
