/**
 * What one request leaves in several places of one mesh, or in two meshes that see one workload, is counted once. Through
 * the whole chain; counts are exact.
 */
import { describe, expect, test } from "vitest";
import { istio, lines, Rig, T0, type Target } from "./truth-rig.ts";

async function edgesOf(rig: Rig, query: Record<string, string> = {}, window = {}): Promise<string[]> {
  const graph = await rig.graph({ idle: "0", ...query }, window);
  const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name;
  return graph.edges.map((edge) => `${name(edge.source)} → ${name(edge.target)} ${edge.health.requests}`).sort();
}

describe("Linkerd's routes and endpoints", () => {
  const CART: Target = { mesh: "linkerd", pod: "cart-1", namespace: "bank", workload: "cart", service: "cart" };
  const endpoint = (value: number, to = "ledger", service = "ledger"): string =>
    `response_total{direction="outbound",authority="${service}.bank.svc.cluster.local:80",target_addr="10.1.0.9:8080",target_ip="10.1.0.9",target_port="8080",dst_deployment="${to}",dst_namespace="bank",dst_service="${service}",dst_control_plane_ns="linkerd",tls="true",server_id="${to}",status_code="200",classification="success",grpc_status="",error=""} ${value}`;
  const parent = (service: string): string =>
    `parent_group="core",parent_kind="Service",parent_namespace="bank",parent_name="${service}",parent_port="80",route_kind="HTTPRoute",route_name="r",route_namespace="bank"`;
  const route = (value: number, service = "ledger", family = "http"): string =>
    family === "http"
      ? `outbound_http_route_request_statuses_total{${parent(service)},hostname="",http_status="200",error=""} ${value}`
      : `outbound_grpc_route_request_statuses_total{${parent(service)},hostname="",grpc_status="OK",error=""} ${value}`;
  const retries = (value: number): string => `outbound_http_route_retry_requests_total{${parent("ledger")}} ${value}`;

  test("of one workload behind the service: the endpoints count, the route adds its retries", async () => {
    const rig = new Rig();
    for (const n of [0, 1, 2]) {
      rig.scrape(T0 + n * 10_000, lines(endpoint(600 * n), route(500 * n), retries(100 * n)), CART);
    }
    expect(await edgesOf(rig)).toEqual(["cart → ledger 1200"]);
    const edge = await rig.edge("cart", "ledger");
    expect(edge.resilience.retries).toBe(10);
    expect(edge).toMatchObject({ badges: ["retries"], badgeRates: { retries: 10 } });
    expect(edge.evidence.reporters).toEqual(["outbound"]);
    expect(edge.mtls).toMatchObject({ mutual: 1, total: 1200 });
  });

  test("of several workloads behind it: the ends differ, and the requests still count once in every view", async () => {
    const rig = new Rig();
    for (const n of [0, 1, 2]) {
      const two = lines(endpoint(400 * n, "ledger-a"), endpoint(100 * n, "ledger-b"));
      rig.scrape(T0 + n * 10_000, lines(two, route(500 * n), retries(20 * n)), CART);
    }
    expect(await edgesOf(rig)).toEqual(["cart → ledger-a 800", "cart → ledger-b 200"]);
    expect(await edgesOf(rig, { view: "service" })).toEqual(["cart → ledger 1000"]);
    const graph = await rig.graph({ idle: "0", view: "service" });
    expect(graph.edges).toMatchObject([{ resilience: { retries: 2 }, requests: 1000 }]);
  });

  test("a workload behind two services: each route's requests are those of its host at the endpoints", async () => {
    const rig = new Rig();
    for (const n of [0, 1, 2]) {
      const two = lines(endpoint(400 * n, "ledger", "ledger"), endpoint(100 * n, "ledger", "ledger-old"));
      rig.scrape(T0 + n * 10_000, lines(two, route(400 * n), route(100 * n, "ledger-old")), CART);
    }
    expect(await edgesOf(rig)).toEqual(["cart → ledger 1000"]);
  });

  test("a gRPC route beside endpoints that do not say what they speak is no second edge", async () => {
    const rig = new Rig();
    for (const n of [0, 1])
      rig.scrape(T0 + n * 10_000, lines(endpoint(500 * n), route(500 * n, "ledger", "grpc")), CART);
    expect(await edgesOf(rig)).toEqual(["cart → ledger 500"]);
  });

  test("of services that the endpoints know nothing of, the route is the edge", async () => {
    const rig = new Rig();
    for (const n of [0, 1]) rig.scrape(T0 + n * 10_000, lines(endpoint(500 * n), route(70 * n, "rates")), CART);
    expect(await edgesOf(rig)).toEqual(["cart → ledger 500", "cart → rates 70"]);
  });

  test("once a proxy no longer prints its endpoints the route speaks, and windows from before do not change", async () => {
    const rig = new Rig();
    for (let n = 0; n <= 60; n++) {
      const old = n <= 20 ? [endpoint(600 * n)] : [];
      rig.scrape(T0 + n * 10_000, lines(...old, route(500 * n)), CART);
    }
    const early = { start: T0, end: T0 + 200_000 };
    const late = { start: T0 + 300_000, end: T0 + 600_000 };
    expect(await edgesOf(rig, {}, early)).toEqual(["cart → ledger 12000"]);
    expect(await edgesOf(rig, {}, late)).toEqual(["cart → ledger 15000"]);
    expect((await rig.edge("cart", "ledger", late)).evidence.reporters).toEqual(["outboundRoute"]);
  });

  test("a proxy that is gone says what it said", async () => {
    const rig = new Rig();
    for (let n = 0; n <= 10; n++) rig.scrape(T0 + n * 10_000, lines(endpoint(600 * n), route(500 * n)), CART);
    for (let n = 11; n <= 20; n++) rig.scrape(T0 + n * 10_000, istio(0), { pod: "other" });
    expect(await edgesOf(rig)).toContain("cart → ledger 6000");
  });
});

describe("a workload half-way from App Mesh to Istio", () => {
  const tags = (node: string): string => `appmesh_mesh="m",appmesh_virtual_node="${node}_shop"`;
  const sent = (value: number): string =>
    `envoy_cluster_upstream_rq{${tags("web")},envoy_cluster_name="cds_egress_m_api_shop_http_8080",envoy_response_code="200"} ${value}`;
  const arrived = (value: number): string =>
    `envoy_http_downstream_rq{${tags("api")},envoy_http_conn_manager_prefix="ingress",appmesh_listener_protocol="http",appmesh_listener_port="8080",envoy_response_code="200"} ${value}`;
  const nameless = (value: number): string =>
    istio(value, { policy: "none" })
      .replace('source_workload="web"', 'source_workload="unknown"')
      .replace('source_workload_namespace="shop"', 'source_workload_namespace="unknown"')
      .replace('source_canonical_service="web"', 'source_canonical_service="unknown"')
      .replace('source_cluster="c1"', 'source_cluster="unknown"');
  const OLD: Target = { mesh: "appmesh" };

  test("is one node of both meshes, and what its replicas send adds", async () => {
    const rig = new Rig();
    for (const n of [0, 1, 2]) {
      const at = T0 + n * 10_000;
      // 300 by replicas of App Mesh: 200 to old replicas, 100 to new ones; 400 by new ones, all to new ones.
      rig.scrape(at, arrived(200 * n), { ...OLD, pod: "api-old" });
      rig.scrape(at, lines(istio(400 * n), nameless(100 * n)), { pod: "api-new" });
      rig.scrape(at, sent(300 * n), { ...OLD, pod: "web-old" });
      rig.scrape(at, istio(400 * n, { reporter: "source" }), { pod: "web-new" });
    }
    expect(await edgesOf(rig)).toEqual(["web → api 1400"]);
    const graph = await rig.graph({ idle: "0" });
    expect(
      graph.nodes.map(({ name, mesh, meshes }) => ({ name, mesh, meshes })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ).toEqual([
      { name: "api", mesh: "appmesh", meshes: ["appmesh", "istio"] },
      { name: "web", mesh: "appmesh", meshes: ["appmesh", "istio"] },
    ]);
    const edge = await rig.edge("web", "api");
    expect(edge.evidence.reporters).toEqual(["destination", "outbound"]);
    expect(edge.callerView?.requestsPerSec).toBe(40);
    expect(await edgesOf(rig, { mesh: "istio" })).toHaveLength(1);
    expect(await edgesOf(rig, { mesh: "appmesh" })).toHaveLength(1);
    expect((await rig.graph({ idle: "0", view: "mesh" })).nodes.map(({ name, meshes }) => `${name} ${meshes}`)).toEqual(
      ["appmesh+istio appmesh,istio"],
    );
  });
});
