/**
 * Virtual nodes of App Mesh and services of ECS Service Connect as their Envoys print them, with and without tags, through
 * the whole chain: one edge with what was sent, secured as it was.
 */
import { expect, test } from "vitest";
import { lines, Rig, T0 } from "./truth-rig.ts";

type Labels = Readonly<Record<string, string>>;
type Printed = readonly (readonly [name: string, value: number, labels?: Labels])[];

function print(own: Labels, series: Printed): string {
  return lines(
    ...series.map(([name, value, labels = {}]) => {
      const all = Object.entries({ ...own, ...labels }).map(([key, label]) => `${key}="${label}"`);
      return `${name}{${all.join(",")}} ${value}`;
    }),
  );
}

const tags = (node: string): Labels => ({ appmesh_mesh: "shop-mesh", appmesh_virtual_node: `${node}_shop` });
const extension = (node: string): Labels => ({ Mesh: "shop-mesh", VirtualNode: `${node}_shop` });
const NO_TAGS = (): Labels => ({});

const CART = { envoy_cluster_name: "cds_egress_shop-mesh_cart_shop_http_8080" };
const FACE = { envoy_http_conn_manager_prefix: "ingress" };
const LISTENER = { envoy_listener_address: "0.0.0.0_15000" };

interface Sent {
  readonly ok: number;
  readonly failed: number;
  readonly connections: number;
  readonly handshakes?: number;
}

function web({ ok, failed, connections, handshakes }: Sent): Printed {
  return [
    ["envoy_cluster_upstream_rq", ok, { ...CART, envoy_response_code: "200" }],
    ["envoy_cluster_upstream_rq", failed, { ...CART, envoy_response_code: "503" }],
    ["envoy_cluster_upstream_rq_xx", ok, { ...CART, envoy_response_code_class: "2" }],
    ["envoy_cluster_upstream_rq_xx", failed, { ...CART, envoy_response_code_class: "5" }],
    ["envoy_cluster_upstream_cx_total", connections, CART],
    ["envoy_cluster_upstream_cx_connect_fail", 0, CART],
    ...(handshakes === undefined ? [] : [["envoy_cluster_ssl_handshake", handshakes, CART] as const]),
    ["envoy_http_downstream_rq_xx", ok, { envoy_http_conn_manager_prefix: "egress", envoy_response_code_class: "2" }],
    ["envoy_listener_downstream_cx_total", 3, { envoy_listener_address: "0.0.0.0_15001" }],
    [
      "envoy_cluster_upstream_rq",
      5,
      { envoy_cluster_name: "static_cluster_sds_unix_socket", envoy_response_code: "200" },
    ],
  ];
}

/** `infix`: what is left in the names where the image has no tags for listeners. */
function cart({ ok, failed, connections, handshakes = 0 }: Sent, infix = "", plain = 0): Printed {
  const own = { envoy_cluster_name: "cds_ingress_shop-mesh_cart_shop_http_8080" };
  return [
    [`envoy_http_${infix}downstream_rq_xx`, ok, { ...FACE, envoy_response_code_class: "2" }],
    [`envoy_http_${infix}downstream_rq_xx`, failed, { ...FACE, envoy_response_code_class: "5" }],
    [`envoy_http_${infix}downstream_cx_ssl_total`, connections - plain, FACE],
    ["envoy_listener_downstream_cx_total", connections, LISTENER],
    ["envoy_listener_ssl_handshake", handshakes, LISTENER],
    ["envoy_listener_ssl_no_certificate", 0, LISTENER],
    ["envoy_cluster_upstream_rq", ok, { ...own, envoy_response_code: "200" }],
    ["envoy_cluster_upstream_cx_total", 8, own],
  ];
}

/** The same requests as the metrics extension has them. */
function extended(prefix: string, { ok, failed }: Sent): Printed {
  const target = { TargetVirtualNode: "cart_shop", TargetVirtualService: "cart.shop.svc.cluster.local" };
  return [
    [`${prefix}HTTPCode_Target_2XX_Count`, ok, target],
    [`${prefix}HTTPCode_Target_5XX_Count`, failed, target],
    [`${prefix}RequestCountPerTarget`, ok + failed, target],
    [`${prefix}TargetResponseTime_bucket`, ok + failed, { ...target, le: "5" }],
    [`${prefix}TargetResponseTime_bucket`, ok + failed, { ...target, le: "+Inf" }],
    [`${prefix}TargetResponseTime_sum`, 2 * (ok + failed), target],
    [`${prefix}TargetResponseTime_count`, ok + failed, target],
  ];
}

const WEB = { pod: "web-1", port: 9901, mesh: "appmesh", workload: "web" } as const;
const CART_POD = { pod: "cart-1", port: 9901, mesh: "appmesh", workload: "cart" } as const;

async function edgesOf(rig: Rig): Promise<string[]> {
  const graph = await rig.graph();
  const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name;
  return graph.edges.map((edge) => `${name(edge.source)} → ${name(edge.target)} ${edge.protocol}`).sort();
}

test.each([
  ["tags on", tags, ""],
  ["tags of the metrics extension", extension, ""],
  ["tags off, a custom image", NO_TAGS, "http_8080_"],
])(
  "%s: source and destination are one edge, with what was sent and mutual TLS under keep-alive",
  async (_, own, infix) => {
    const rig = new Rig();
    for (let i = 0; i <= 60; i++) {
      const sent = { ok: 90 * i, failed: 10 * i, connections: 4, handshakes: 4 };
      rig.scrape(T0 + i * 10_000, print(own("web"), web(sent)), WEB);
      rig.scrape(T0 + i * 10_000 + 500, print(own("cart"), cart(sent, infix)), CART_POD);
    }
    expect(await edgesOf(rig)).toEqual(["web → cart http"]);
    const edge = await rig.edge("web", "cart", { start: T0, end: T0 + 600_000 });
    expect(edge.health.requests).toBe(6000);
    expect(edge.errorRatio).toBe(0.1);
    expect(edge.statusCodes).toMatchObject({ "200": expect.anything(), "503": expect.anything() });
    expect(edge.mtls).toMatchObject({ mutual: 1, plaintext: 0, unknown: 0, unit: "connections" });
  },
);

test("a plaintext caller is seen, and one whose cluster never shook hands is plaintext", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 12; i++) {
    rig.scrape(T0 + i * 10_000, print(tags("web"), web({ ok: 100 * i, failed: 0, connections: 4 })), WEB);
    const arrived = { ok: 250 * i, failed: 0, connections: 7 };
    rig.scrape(T0 + i * 10_000 + 500, print(tags("cart"), cart(arrived, "", 7)), CART_POD);
  }
  expect(await edgesOf(rig)).toEqual(["unknown → cart http", "web → cart http"]);
  expect((await rig.edge("web", "cart")).mtls).toMatchObject({ plaintext: 1, mutual: 0 });
  expect((await rig.edge("unknown", "cart")).evidence.note).toBe("inbound_remainder");
});

test.each([
  ["beside the clusters, under its own prefix", "envoy_appmesh_", 9901],
  ["bare, at the agent's port of the same proxy", "", 9902],
])("the extension's counts are the same requests again: %s", async (_, prefix, port) => {
  const rig = new Rig();
  for (let i = 0; i <= 6; i++) {
    const sent = { ok: 90 * i, failed: 10 * i, connections: 4 };
    const again = extended(prefix, sent);
    rig.scrape(T0 + i * 10_000, print(extension("web"), port === 9901 ? [...web(sent), ...again] : web(sent)), WEB);
    if (port !== 9901) rig.scrape(T0 + i * 10_000 + 100, print(extension("web"), again), { ...WEB, port });
  }
  expect(await edgesOf(rig)).toEqual(["web → cart http"]);
  const edge = await rig.edge("web", "cart");
  expect(edge.health.requests).toBe(600);
  expect(edge.errorRatio).toBe(0.1);
  expect(edge.evidence.reporters).toEqual(["outbound"]);
});

test("where only the extension is scraped it is the edge, by class and with its latency", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 6; i++) {
    const sent = { ok: 90 * i, failed: 10 * i, connections: 0 };
    rig.scrape(T0 + i * 10_000, print(extension("web"), extended("", sent)), WEB);
  }
  const edge = await rig.edge("web", "cart");
  expect(edge.health.requests).toBe(600);
  expect(edge.errorRatio).toBe(0.1);
  expect(edge.latencyMs?.p50).toBeGreaterThan(0);
  expect(edge.evidence.reporters).toEqual(["outboundRoute"]);
});

test("ECS Service Connect: services by their discovery names, in the cluster that theirs is called here", async () => {
  const rig = new Rig();
  const names = { clusters: new Map([["prod-ecs", "ecs"]]), namespaces: new Map() };
  for (let i = 0; i <= 6; i++) {
    const own = { ServiceName: "ui", ClusterName: "prod-ecs", Direction: "egress" };
    const target = { TargetDiscoveryName: "cart" };
    const text = print(own, [
      ["envoy_appmesh_HTTPCode_Target_2XX_Count", 50 * i, target],
      ["envoy_appmesh_HTTPCode_Target_5XX_Count", 0, target],
    ]);
    rig.scrape(T0 + i * 10_000, text, { pod: "ui-1", mesh: "auto", names });
  }
  expect(await edgesOf(rig)).toEqual(["ui → cart http"]);
  expect(await rig.counted("ui", "cart")).toBe(300);
  const graph = await rig.graph();
  expect(graph.nodes.map((node) => `${node.cluster} ${node.mesh}`)).toEqual(["ecs appmesh", "ecs appmesh"]);
});

test("gRPC and TCP are told apart by the cluster's name", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 3; i++) {
    const grpc = { envoy_cluster_name: "cds_egress_shop-mesh_price_shop_grpc_50051" };
    const tcp = { envoy_cluster_name: "cds_egress_shop-mesh_db_shop_tcp_5432" };
    const text = print(tags("web"), [
      ["envoy_cluster_upstream_rq", 10 * i, { ...grpc, envoy_response_code: "200" }],
      ["envoy_cluster_upstream_cx_total", 2, grpc],
      ["envoy_cluster_upstream_cx_total", 5 * i, tcp],
      ["envoy_cluster_upstream_rq_retry", 0, tcp],
    ]);
    rig.scrape(T0 + i * 10_000, text, WEB);
  }
  expect(await edgesOf(rig)).toEqual(["web → db tcp", "web → price grpc"]);
});
