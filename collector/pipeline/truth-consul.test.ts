/**
 * Two services of Consul as their sidecars print them, through the whole chain: one edge with what was sent, secured as it
 * was. The text is made by hand from what the proxies are known to print, with Consul's own wrong tags where it has them.
 */
import { expect, test } from "vitest";
import { lines, Rig, T0 } from "./truth-rig.ts";

const TD = "e5b08d03-bfc3-c870-1833-baddb116e648";
type Labels = Readonly<Record<string, string>>;

/** One proxy's exposition: every series carries where it runs. */
function proxy(service: string, series: readonly (readonly [name: string, value: number, labels?: Labels])[]): string {
  const own = {
    local_cluster: service,
    consul_source_service: service,
    consul_source_namespace: "default",
    consul_source_partition: "default",
    consul_source_datacenter: "dc1",
  };
  return lines(
    ...series.map(([name, value, labels = {}]) => {
      const all = Object.entries({ ...own, ...labels }).map(([key, label]) => `${key}="${label}"`);
      return `${name}{${all.join(",")}} ${value}`;
    }),
  );
}

const API = {
  envoy_cluster_name: "api",
  consul_destination_service: "api",
  consul_destination_routing_type: "internal",
  consul_destination_full_target: `api.default.dc1.internal.${TD}`,
  consul_full_target: `api.default.dc1.internal.${TD}`,
};
const PUBLIC = { envoy_http_conn_manager_prefix: "public_listener" };
const LISTENER = { envoy_listener_address: "10.1.0.7_20000" };

interface Sent {
  readonly ok: number;
  readonly failed: number;
  /** Connections since the proxy started, and those of them by TLS. */
  readonly connections: number;
  readonly handshakes?: number;
}

function web({ ok, failed, connections, handshakes }: Sent): string {
  return proxy("web", [
    ["envoy_cluster_upstream_rq_xx", ok, { ...API, envoy_response_code_class: "2" }],
    ["envoy_cluster_upstream_rq_xx", failed, { ...API, envoy_response_code_class: "5" }],
    ["envoy_cluster_upstream_rq", ok, { ...API, envoy_response_code: "200" }],
    ["envoy_cluster_upstream_rq", failed, { ...API, envoy_response_code: "503" }],
    ["envoy_cluster_internal_upstream_rq", ok, { ...API, envoy_response_code: "200" }],
    ["envoy_cluster_upstream_rq_total", ok + failed, API],
    ["envoy_cluster_upstream_rq_retry", 0, API],
    ["envoy_cluster_upstream_cx_total", connections, API],
    ["envoy_cluster_upstream_cx_connect_fail", 0, API],
    ["envoy_cluster_upstream_cx_tx_bytes_total", (ok + failed) * 100, API],
    ...(handshakes === undefined ? [] : [["envoy_cluster_ssl_handshake", handshakes, API] as const]),
    // The listener of the upstream repeats the same requests under the caller's name.
    [
      "envoy_http_downstream_rq_xx",
      ok + failed,
      { envoy_http_conn_manager_prefix: "upstream", consul_upstream_service: "api", envoy_response_code_class: "2" },
    ],
    ["envoy_listener_downstream_cx_total", 1, { envoy_listener_address: "127.0.0.1_9191" }],
  ]);
}

function api(arrived: Sent & { readonly plain?: number }): string {
  const { ok, failed, connections, handshakes = 0, plain = 0 } = arrived;
  return proxy("api", [
    ["envoy_http_downstream_rq_xx", ok, { ...PUBLIC, envoy_response_code_class: "2" }],
    ["envoy_http_downstream_rq_xx", failed, { ...PUBLIC, envoy_response_code_class: "5" }],
    ["envoy_listener_http_downstream_rq_xx", ok, { ...PUBLIC, ...LISTENER, envoy_response_code_class: "2" }],
    ["envoy_http_downstream_cx_ssl_total", connections - plain, PUBLIC],
    ["envoy_listener_downstream_cx_total", connections, LISTENER],
    ["envoy_listener_ssl_handshake", handshakes, LISTENER],
    ["envoy_listener_ssl_no_certificate", 0, LISTENER],
    // The scrape's own listener, with TLS and without client certificates.
    ["envoy_listener_ssl_handshake", 9, { envoy_listener_address: "0.0.0.0_20200" }],
    ["envoy_listener_ssl_no_certificate", 9, { envoy_listener_address: "0.0.0.0_20200" }],
    ["envoy_listener_downstream_cx_total", 9, { envoy_listener_address: "0.0.0.0_20200" }],
    ["envoy_cluster_upstream_rq", ok, { envoy_cluster_name: "local_app", envoy_response_code: "200" }],
    ["envoy_cluster_upstream_cx_total", 5, { envoy_cluster_name: "local_app" }],
  ]);
}

const WEB = { pod: "web-1", port: 20200, mesh: "consul" } as const;
const API_POD = { pod: "api-1", port: 20200, mesh: "consul" } as const;

/** What the graph has of edges, each once: `web → api http`. */
async function edgesOf(rig: Rig): Promise<string[]> {
  const graph = await rig.graph();
  const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name;
  return graph.edges.map((edge) => `${name(edge.source)} → ${name(edge.target)} ${edge.protocol}`).sort();
}

test("source and destination scraped are one edge, with the requests that were sent and mutual TLS under keep-alive", async () => {
  const rig = new Rig();
  // Ten minutes on connections that were opened before the first scrape: no handshake in the window.
  for (let i = 0; i <= 60; i++) {
    const sent = { ok: 90 * i, failed: 10 * i, connections: 4, handshakes: 4 };
    rig.scrape(T0 + i * 10_000, web(sent), WEB);
    rig.scrape(T0 + i * 10_000 + 500, api(sent), API_POD);
  }
  expect(await edgesOf(rig)).toEqual(["web → api http"]);
  const window = { start: T0, end: T0 + 600_000 };
  const edge = await rig.edge("web", "api", window);
  expect(edge.health.requests).toBe(6000);
  expect(edge.errorRatio).toBe(0.1);
  expect(edge.evidence.reporters).toEqual(["outbound"]);
  expect(edge.mtls).toMatchObject({ mutual: 1, tls: 0, plaintext: 0, unknown: 0, unit: "connections" });
});

test("a plaintext caller of a permissive listener is seen, and the listener then proves nothing for the others", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 12; i++) {
    rig.scrape(T0 + i * 10_000, web({ ok: 100 * i, failed: 0, connections: 4, handshakes: 4 }), WEB);
    const arrived = { ok: 200 * i, failed: 0, connections: 7, handshakes: 4, plain: 3 };
    rig.scrape(T0 + i * 10_000 + 500, api(arrived), API_POD);
  }
  expect(await edgesOf(rig)).toEqual(["unknown → api http", "web → api http"]);
  expect((await rig.edge("web", "api")).mtls).toMatchObject({
    unknown: 1,
    evidence: { reason: "listener_serves_both" },
  });
  const unnamed = await rig.edge("unknown", "api");
  expect(unnamed.evidence.note).toBe("inbound_remainder");
  // Half of what arrived, within what one interval of scrapes may hide.
  expect(unnamed.health.requests).toBeGreaterThan(1000);
});

test("a caller whose cluster never shook hands is plaintext", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 3; i++) {
    rig.scrape(T0 + i * 10_000, web({ ok: 100 * i, failed: 0, connections: 4 }), WEB);
    rig.scrape(T0 + i * 10_000 + 500, api({ ok: 100 * i, failed: 0, connections: 4, plain: 4 }), API_POD);
  }
  expect((await rig.edge("web", "api")).mtls).toMatchObject({ plaintext: 1, mutual: 0 });
});

test("a service of protocol tcp has connections, and requests are not collected", async () => {
  const rig = new Rig();
  const db = { ...API, envoy_cluster_name: "db", consul_destination_full_target: `db.default.dc1.internal.${TD}` };
  for (let i = 0; i <= 6; i++) {
    const source: Parameters<typeof proxy>[1] = [
      ["envoy_cluster_upstream_cx_total", 10 + i, db],
      ["envoy_cluster_upstream_rq_total", 10 + i, db],
      ["envoy_cluster_upstream_rq_retry", 0, db],
      ["envoy_cluster_upstream_rq_timeout", 0, db],
      ["envoy_cluster_upstream_cx_tx_bytes_total", 1000 * i, db],
      ["envoy_cluster_upstream_cx_rx_bytes_total", 5000 * i, db],
      ["envoy_cluster_ssl_handshake", 10 + i, db],
      ["envoy_tcp_downstream_cx_total", 10 + i, { envoy_tcp_prefix: "upstream", consul_upstream_service: "db" }],
    ];
    const destination: Parameters<typeof proxy>[1] = [
      ["envoy_tcp_downstream_cx_total", 10 + i, { envoy_tcp_prefix: "public_listener" }],
      ["envoy_tcp_downstream_cx_rx_bytes_total", 1000 * i, { envoy_tcp_prefix: "public_listener" }],
      ["envoy_listener_downstream_cx_total", 10 + i, LISTENER],
      ["envoy_listener_ssl_handshake", 10 + i, LISTENER],
      ["envoy_cluster_upstream_cx_total", 10 + i, { envoy_cluster_name: "local_app" }],
    ];
    rig.scrape(T0 + i * 10_000, proxy("web", source), WEB);
    rig.scrape(T0 + i * 10_000 + 500, proxy("db", destination), { ...API_POD, pod: "db-1" });
  }
  expect(await edgesOf(rig)).toEqual(["web → db tcp"]);
  const [edge] = (await rig.graph()).edges;
  expect(edge).toMatchObject({ protocol: "tcp", requestsPerSec: null, errorRatio: null });
  expect(edge?.mtls).toMatchObject({ mutual: 1, unit: "connections" });
});

test("services of one name in two partitions are two services, whatever Consul's own tags say", async () => {
  const rig = new Rig();
  const east = {
    envoy_cluster_name: "api",
    // The tags that Consul makes of a name without a subset in another partition.
    consul_destination_service: "default",
    consul_destination_namespace: "east",
    consul_destination_service_subset: "api",
    consul_destination_partition: "",
    consul_destination_datacenter: "dc1",
    consul_destination_full_target: `api.default.east.dc1.internal-v1.${TD}`,
    envoy_response_code: "200",
  };
  const names = { clusters: new Map([["east/dc1", "c2"]]), namespaces: new Map([["default", "shop"]]) };
  for (let i = 0; i <= 3; i++) {
    const text = proxy("web", [
      ["envoy_cluster_upstream_rq", 100 * i, { ...API, envoy_response_code: "200" }],
      ["envoy_cluster_upstream_rq", 30 * i, east],
    ]);
    rig.scrape(T0 + i * 10_000, text, { ...WEB, names });
  }
  const graph = await rig.graph();
  const found = graph.nodes.map(({ name, cluster, namespace }) => `${cluster}/${namespace}/${name}`).sort();
  expect(found).toEqual(["c2/shop/api", "dc1/shop/api", "dc1/shop/web"]);
});

test("denied by an intention: counted on the way in, at the connection or at the request", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 3; i++) {
    const text = proxy("api", [
      ["envoy_http_downstream_rq_xx", 10 * i, { ...PUBLIC, envoy_response_code_class: "4" }],
      ["envoy_http_rbac_denied", 10 * i, PUBLIC],
      ["envoy_http_rbac_allowed", 0, PUBLIC],
      ["envoy_tcp_downstream_cx_total", 4 * i, { envoy_tcp_prefix: "public_listener" }],
      ["envoy_connect_authzrbac_denied", 4 * i],
      ["envoy_connect_authzrbac_shadow_denied", 7 * i],
    ]);
    rig.scrape(T0 + i * 10_000, text, API_POD);
  }
  const snapshot = await rig.snapshot();
  const denied = snapshot.facts.map((fact) => `${fact.protocol} ${fact.counts.counters.get("denied")}`);
  expect(denied.sort()).toEqual(["http 30", "tcp 12"]);
});

/** `denied` of 100 requests of each caller every ten seconds are refused by an intention; `api` counts them without a name. */
async function denials(callers: Readonly<Record<string, number>>, more = 0): Promise<Record<string, number | null>> {
  const rig = new Rig();
  const all = Object.values(callers).reduce((sum, denied) => sum + denied, 0);
  for (let i = 0; i <= 12; i++) {
    for (const [name, denied] of Object.entries(callers)) {
      const series: Parameters<typeof proxy>[1] = [
        ["envoy_cluster_upstream_rq", (100 - denied) * i, { ...API, envoy_response_code: "200" }],
        ["envoy_cluster_upstream_rq", denied * i, { ...API, envoy_response_code: "403" }],
      ];
      rig.scrape(T0 + i * 10_000, proxy(name, series), { ...WEB, pod: name });
    }
    const count = Object.keys(callers).length;
    const text = proxy("api", [
      ["envoy_http_downstream_rq_xx", (100 * count - all) * i, { ...PUBLIC, envoy_response_code_class: "2" }],
      ["envoy_http_downstream_rq_xx", (all + more) * i, { ...PUBLIC, envoy_response_code_class: "4" }],
      ["envoy_http_rbac_denied", (all + more) * i, PUBLIC],
    ]);
    rig.scrape(T0 + i * 10_000 + 100, text, API_POD);
  }
  const found: Record<string, number | null> = {};
  for (const edge of await edgesOf(rig)) {
    const from = edge.split(" ")[0] ?? "";
    found[from] = (await rig.edge(from, "api")).resilience.denied;
  }
  return found;
}

test("denials are the one caller's who was answered 403", async () => {
  expect(await denials({ web: 10 })).toEqual({ web: 1 });
  expect(await denials({ web: 10, cron: 0 })).toEqual({ web: 1, cron: null });
});

test("of two who were answered 403, or of callers without a name, it is not told whom", async () => {
  expect(await denials({ web: 10, cron: 5 })).toEqual({ web: null, cron: null });
  const unnamed = await denials({ web: 10 }, 200);
  expect(unnamed["web"]).toBeNull();
  expect(unnamed["unknown"]).toBeGreaterThan(10);
});

test("one proxy on two ports counts once", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 3; i++) {
    const sent = { ok: 100 * i, failed: 0, connections: 2, handshakes: 2 };
    rig.scrape(T0 + i * 10_000, web(sent), WEB);
    rig.scrape(T0 + i * 10_000 + 200, web(sent), { ...WEB, port: 19000, mesh: "auto" });
  }
  expect(await edgesOf(rig)).toEqual(["web → api http"]);
  expect(await rig.counted("web", "api")).toBe(300);
});

test("a proxy that restarts between scrapes, every scrape, loses nothing that it printed", async () => {
  const rig = new Rig();
  const up = (seconds: number): string => proxy("web", [["envoy_server_uptime", seconds]]);
  for (let i = 0; i <= 6; i++) {
    const sent = { ok: 50, failed: 0, connections: 2, handshakes: 2 };
    rig.scrape(T0 + i * 10_000, lines(web(sent), up(4)), WEB);
  }
  expect(await rig.counted("web", "api")).toBe(300);
});
