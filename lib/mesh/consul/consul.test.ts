import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../../model/identity.ts";
import type { SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import { autoAdapter } from "../auto.ts";
import { listenerOf, readBody } from "../reading-rig.ts";
import { consulAdapter } from "./adapter.ts";

const target: TargetLabels = { cluster: "c1", namespace: "k8s", workload: "", service: "", version: "", app: "" };
const names = {
  clusters: new Map([
    ["dc1", "c1"],
    ["east/dc2", "c2"],
    ["default/dc3", "c4"],
    ["dc3", "c5"],
    ["abroad", "c3"],
  ]),
  namespaces: new Map([["default", "billing"]]),
};
const named: TargetLabels = { ...target, names };

type Labels = Readonly<Record<string, string>>;

const TD = "e5b08d03-bfc3-c870-1833-baddb116e648";
const OWN = {
  local_cluster: "web",
  consul_source_service: "web",
  consul_source_namespace: "default",
  consul_source_partition: "default",
  consul_source_datacenter: "dc1",
};

function adapted(name: string, labels: Labels, from: TargetLabels = target, adapter = consulAdapter) {
  return adapter.adapt({ name, labels: new Map(Object.entries(labels)) }, from);
}

function meanings(name: string, labels: Labels, from: TargetLabels = target): readonly SeriesMeaning[] {
  if (!consulAdapter.wants(name)) return [];
  const made = adapted(name, { ...OWN, ...labels }, from);
  if ("refused" in made) throw new Error(made.refused);
  return made.meanings;
}

const fullTarget = (sni: string): Labels => ({
  envoy_cluster_name: sni.split(".")[0] ?? "",
  consul_destination_full_target: `${sni}.${TD}`,
});

function edgeOf(name: string, labels: Labels, from: TargetLabels = target) {
  const [meaning] = meanings(name, { envoy_response_code: "200", ...labels }, from);
  return meaning !== undefined && "edge" in meaning ? meaning.edge : undefined;
}

const place = ({ cluster, namespace, kind, name, version }: Endpoint): string =>
  `${kind} ${cluster}/${namespace}/${name}${version === undefined ? "" : `@${version}`}`;

function destination(labels: Labels, from: TargetLabels = target, infix = ""): string | undefined {
  const edge = edgeOf(`envoy_cluster_${infix}upstream_rq`, labels, from);
  return edge === undefined ? undefined : place(edge.target);
}

describe("where an edge of Consul's leads", () => {
  test.each([
    ["pong.default.dc1.internal", "service dc1/default/pong", "service c1/billing/pong"],
    ["v2.pong.default.dc1.internal", "service dc1/default/pong@v2", "service c1/billing/pong@v2"],
    ["f8f8~v2.pong.ns1.dc2.internal", "service dc2/ns1/pong@v2", "service dc2/ns1/pong@v2"],
    ["pong.default.east.dc2.internal-v1", "service east/dc2/default/pong", "service c2/billing/pong"],
    ["v2.pong.default.east.dc2.internal-v1", "service east/dc2/default/pong@v2", "service c2/billing/pong@v2"],
    ["pong.default.default.dc1.internal-v1", "service dc1/default/pong", "service c1/billing/pong"],
    ["pong.default.dc3.internal", "service dc3/default/pong", "service c4/billing/pong"],
    ["pong.default.east.dc3.internal-v1", "service east/dc3/default/pong", "service east/dc3/billing/pong"],
    ["pong.default.abroad.external", "service abroad/default/pong", "service c3/billing/pong"],
    ["pong.default.east.abroad.external", "service abroad/default/pong", "service c3/billing/pong"],
    ["near.default.dc1.query", "service dc1/default/near", "service c1/billing/near"],
    ["Pong_1|ü.default.dc1.internal", "service dc1/default/Pong_1|ü", "service c1/billing/Pong_1|ü"],
  ])("%s is %s, by configured names %s", (sni, plain, mapped) => {
    expect(destination(fullTarget(sni))).toBe(plain);
    expect(destination(fullTarget(sni), named)).toBe(mapped);
  });

  test("tags that mislabel a service in another partition are not believed", () => {
    const lies = { consul_destination_service: "default", consul_destination_namespace: "east" };
    expect(destination({ ...fullTarget("pong.default.east.dc2.internal-v1"), ...lies })).toBe(
      "service east/dc2/default/pong",
    );
  });

  test("the tags of before Consul 1.9 do, alone or beside the newer ones", () => {
    const old = { envoy_cluster_name: "pong", consul_full_target: `v2.pong.default.dc2.internal.${TD}` };
    expect(destination({ ...old, consul_service: "pong" })).toBe("service dc2/default/pong@v2");
    expect(destination({ ...old, ...fullTarget("pong.default.dc2.internal") })).toBe("service dc2/default/pong");
    const parts = { consul_destination_target: "pong.default.dc2", consul_destination_routing_type: "internal" };
    expect(destination({ envoy_cluster_name: "pong", ...parts })).toBe("service dc2/default/pong");
  });

  test.each([
    // No tags of Consul's: the name whole, or cut by Envoy's at its first dot.
    [`pong.default.dc2.internal.${TD}.consul`, "", "service dc2/default/pong"],
    ["pong", "default_dc2_internal_e5b08d03_bfc3_consul_", "service dc2/default/pong"],
    ["passthrough~pong", "default_dc2_internal_td_consul_", "service dc2/default/pong"],
    ["f8~pong", "default_dc2_internal_td_consul_", "service dc2/default/pong"],
    ["pong", "default_east_dc2_internal_v1_td_consul_", "service east/dc2/default/pong"],
    ["pong", "default_abroad_external_td_consul_", "service abroad/default/pong"],
    // A third part may be of the datacenter's name, or the first a subset's: what is known decides.
    ["v2", "pong_default_dc1_internal_td_consul_", "service dc1/default/pong@v2"],
    ["v2", "my_pong_default_dc1_internal_td_consul_", "service dc1/default/my-pong@v2"],
  ])("without Consul's tags %s and %s is %s", (label, infix, is) => {
    expect(destination({ envoy_cluster_name: label }, target, infix)).toBe(is);
  });

  test("a cut name with two readings is refused, or nobody's; no node is made of a guess", () => {
    expect(destination({ envoy_cluster_name: "pong" }, target, "default_us_east_internal_td_consul_")).toBeUndefined();
    const usEast = { ...target, names: { clusters: new Map([["us-east", "c9"]]), namespaces: new Map() } };
    const infix = "default_us_east_internal_td_consul_";
    expect(destination({ envoy_cluster_name: "pong" }, usEast, infix)).toBe("service c9/default/pong");
    const odd = { envoy_cluster_name: "x", consul_destination_full_target: "x.y" };
    expect(adapted("envoy_cluster_upstream_rq", { ...OWN, ...odd })).toEqual({ refused: "bad_labels" });
  });

  test("original-destination is passed through, and its callee is not known", () => {
    expect(destination({ envoy_cluster_name: "original-destination" })).toBe("passthrough dc1//original-destination");
  });

  test.each([
    "local_app",
    "exposed_cluster_8080",
    "prometheus_backend",
    "self_admin",
    "consul-dataplane",
    "local_agent",
    "zipkin",
    "",
    "outbound|9080||b.shop.svc.cluster.local",
    "cds_egress_mesh_cart_shop_http_80",
    `dc2.internal.${TD}.consul`,
  ])("%j is no edge", (name) => {
    expect(meanings("envoy_cluster_upstream_rq", { envoy_cluster_name: name, envoy_response_code: "200" })).toEqual([]);
  });
});

describe("who the proxy is", () => {
  const to = fullTarget("pong.default.dc1.internal");

  test("the service that its tags name, in Consul's places, and the workload that the target is", () => {
    expect(edgeOf("envoy_cluster_upstream_rq", to)?.source).toEqual({
      cluster: "dc1",
      namespace: "default",
      kind: "workload",
      name: "web",
      mesh: "consul",
      service: "web",
    });
    const deployed = { ...named, workload: "web-deployment", version: "v1" };
    expect(edgeOf("envoy_cluster_upstream_rq", to, deployed)?.source).toMatchObject({
      cluster: "c1",
      namespace: "billing",
      name: "web-deployment",
      service: "web",
      version: "v1",
    });
  });

  test("gateways are gateways, and a mesh gateway's connections say nothing of TLS that passes through it", () => {
    const gateway = { ...to, consul_source_service: "mesh-gateway" };
    expect(edgeOf("envoy_cluster_upstream_rq", gateway)?.source.kind).toBe("gateway");
    const kinds = (labels: Labels) => meanings("envoy_cluster_upstream_cx_total", labels).map(({ kind }) => kind);
    expect(kinds(gateway)).toEqual(["counter"]);
    expect(kinds({ ...to, consul_source_service: "api-gateway" })).toEqual(["counter", "state", "state"]);
  });

  test("without its tags the scrape configuration says, else nobody does", () => {
    const labels = { ...to, envoy_response_code: "200" };
    expect(adapted("envoy_cluster_upstream_rq", labels)).toEqual({ refused: "no_target_labels" });
    expect(adapted("envoy_cluster_upstream_rq", labels, { ...target, workload: "web" })).toMatchObject({
      meanings: [{ edge: { source: { name: "web", cluster: "c1", namespace: "k8s", mesh: "consul" } } }],
    });
  });
});

describe("what a Consul proxy accepts", () => {
  test.each([
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "public_listener" }, "http requests"],
    ["envoy_tcp_downstream_cx_total", { envoy_tcp_prefix: "public_listener" }, "tcp connectionsOpened"],
    ["envoy_tcp_downstream_cx_rx_bytes_total", { envoy_tcp_prefix: "public_listener" }, "tcp requestBytes"],
    ["envoy_http_rbac_denied", { envoy_http_conn_manager_prefix: "public_listener" }, "http denied"],
    ["envoy_connect_authzrbac_denied", {}, "tcp denied"],
  ])("%s %j is the inbound view: %s", (name, labels, is) => {
    const [meaning] = meanings(name, { envoy_response_code_class: "2", ...labels });
    expect(meaning).toMatchObject({
      kind: "counter",
      reporter: "inbound",
      edge: { source: { kind: "unknown", reason: "caller_not_named" }, target: { name: "web", mesh: "consul" } },
    });
    expect(meaning?.kind === "counter" && `${meaning.edge.protocol} ${meaning.measure.kind}`).toBe(is);
  });

  test.each([
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "upstream", consul_upstream_service: "pong" }],
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "upstream_peered" }],
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "admin" }],
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "envoy_prometheus_metrics_listener" }],
    ["envoy_tcp_downstream_cx_total", { envoy_tcp_prefix: "upstream" }],
    ["envoy_listener_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "public_listener" }],
    ["envoy_connect_authzrbac_allowed", {}],
    ["envoy_connect_authzrbac_shadow_denied", {}],
    ["envoy_listener_ssl_handshake", { envoy_listener_address: "0.0.0.0_20200" }],
    ["envoy_listener_downstream_cx_total", { envoy_listener_address: "127.0.0.1_9191" }],
  ])("%s %j repeats what is counted elsewhere, or is nobody's call", (name, labels) => {
    expect(meanings(name, { envoy_response_code_class: "2", ...labels })).toEqual([]);
  });

  test.each(["10.50.132.6_20000", "10.0.0.1_21001"])("the listener %s has evidence of TLS", (address) => {
    expect(meanings("envoy_listener_ssl_handshake", { envoy_listener_address: address })).toMatchObject([
      { kind: "listener", workload: { name: "web" }, measure: { kind: "handshakes" }, listener: address },
    ]);
  });
});

const read = (body: string | Uint8Array, adapter = consulAdapter) => readBody(body, target, adapter);

describe("certificates", () => {
  test.each([
    ["consul_mesh_active_root_ca_expiry", "root"],
    ["consul_mesh_active_signing_ca_expiry", "issuer"],
    ["consul_agent_tls_cert_expiry", "leaf"],
    ["consul_server_0_mesh_active_root_ca_expiry", "root"],
    ["consul_ip_10_0_0_1_agent_tls_cert_expiry", "leaf"],
  ])("%s is of the %s, in seconds left", (name, role) => {
    for (const adapter of [consulAdapter, autoAdapter]) {
      const { rows, drops } = read(`# TYPE ${name} gauge\n${name} 86400\n`, adapter);
      expect(rows).toMatchObject([{ meaning: { kind: "certificateSeconds", role }, value: 86_400 }]);
      expect(drops).toEqual({});
    }
  });

  test("a follower's NaN is not collected, and no loss either", () => {
    expect(read("consul_mesh_active_root_ca_expiry NaN\n")).toEqual({ rows: [], drops: {} });
  });

  test("a proxy's days are its leaf's; none is no number of days", () => {
    const days = (value: number) => read(`envoy_server_days_until_first_cert_expiring{local_cluster="web"} ${value}\n`);
    expect(days(2).rows).toMatchObject([{ meaning: { kind: "certificateSeconds", role: "leaf" }, value: 172_800 }]);
    expect(days(4_294_967_295).rows).toEqual([]);
  });

  test("the agent's build", () => {
    expect(read('consul_version{version="1.19.2",pre_release=""} 1\n').rows).toMatchObject([
      { meaning: { kind: "build", version: "1.19.2" } },
    ]);
  });
});

describe("labels that lie", () => {
  test("Istio's series under Consul's adapter are nothing or refused, never a node", () => {
    const own = { ...target, workload: "web" };
    const istio = { reporter: "source", source_workload: "a", destination_workload: "b", response_code: "200" };
    expect(consulAdapter.wants("istio_requests_total")).toBe(false);
    expect(adapted("istio_requests_total", istio, own)).toEqual({ meanings: [] });
    const cluster = { cluster_name: "outbound|9080||b.shop.svc.cluster.local", response_code: "200" };
    expect(adapted("envoy_cluster_upstream_rq", cluster, own)).toEqual({ meanings: [] });
    expect(adapted("envoy_cluster_upstream_rq", cluster)).toEqual({ refused: "no_target_labels" });
    const inbound = { http_conn_manager_prefix: "inbound_0.0.0.0_9080", response_code_class: "2xx" };
    expect(adapted("envoy_http_downstream_rq_xx", inbound, own)).toEqual({ meanings: [] });
  });

  test("the adapter that tells by labels knows Consul's", () => {
    const labels = { ...OWN, ...fullTarget("pong.default.dc1.internal"), envoy_response_code: "200" };
    expect(adapted("envoy_cluster_upstream_rq", labels, target, autoAdapter)).toMatchObject({
      meanings: [{ edge: { source: { mesh: "consul" }, target: { name: "pong", mesh: "consul" } } }],
    });
  });

  test("no labels make it fail, or make a node without a name", () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."aZ.~|_-é日 \n"), maxLength: 12 }),
      fc.constantFrom(
        `pong.default.dc1.internal.${TD}`,
        "local_app",
        "~",
        "....",
        `..internal.${TD}.consul`,
        "__proto__",
      ),
    );
    const key = fc.constantFrom(
      ...Object.keys(OWN),
      "consul_destination_full_target",
      "consul_destination_target",
      "consul_destination_routing_type",
      "envoy_cluster_name",
      "envoy_http_conn_manager_prefix",
      "envoy_listener_address",
    );
    const stat = fc.constantFrom(
      "envoy_cluster_upstream_rq",
      "envoy_cluster_default_dc1_internal_td_consul_upstream_rq",
      "envoy_cluster_upstream_cx_total",
      "envoy_http_downstream_rq",
      "envoy_listener_ssl_handshake",
    );
    fc.assert(
      fc.property(stat, fc.dictionary(key, value), (name, labels) => {
        const made = adapted(name, { envoy_response_code: "200", ...labels }, named);
        for (const meaning of "meanings" in made ? made.meanings : []) {
          if ("edge" in meaning) expect(meaning.edge.source.name !== "" && meaning.edge.target.name !== "").toBe(true);
        }
      }),
    );
  });
});

const sample = "../shared/samples/consul-dataplane-envoy-merged.prom.txt";

test.skipIf(!existsSync(sample))("a real merged scrape of a TCP service", () => {
  for (const adapter of [consulAdapter, autoAdapter]) {
    const body = read(new Uint8Array(readFileSync(sample)), adapter);
    const { rows, drops } = body;
    expect(drops).toEqual({});
    const nodes = new Set(
      rows.flatMap(({ meaning }) => ("edge" in meaning ? [meaning.edge.source, meaning.edge.target] : [])),
    );
    const dc = "consul-sandbox-cluster-0159c9d3";
    expect([...new Set([...nodes].map(place))].sort()).toEqual([
      `passthrough ${dc}//original-destination`,
      `unknown ${dc}//unknown`,
      `workload ${dc}/default/mynginx`,
    ]);
    const counted = (kind: string, reporter: string) =>
      rows.flatMap(({ meaning, value }) =>
        meaning.kind === "counter" && meaning.measure.kind === kind && meaning.reporter === reporter ? [value] : [],
      );
    expect(counted("connectionsOpened", "inbound")).toEqual([6507]);
    expect(counted("connectionsOpened", "outbound")).toEqual([1]);
    expect(counted("denied", "inbound")).toEqual([0]);
    expect(counted("requests", "inbound")).toEqual([]);
    expect(listenerOf(body, "connections")).toEqual([6507]);
    expect(listenerOf(body, "handshakes")).toEqual([0]);
    const leaf = rows.filter(({ meaning }) => meaning.kind === "certificateSeconds");
    expect(leaf).toMatchObject([{ meaning: { role: "leaf" }, value: 2 * 86_400 }]);
    expect(rows.find(({ meaning }) => meaning.kind === "uptimeSeconds")?.value).toBe(32_527);
  }
});
