/** What each mesh could tell and does not, with the setting that would turn it on; through the whole chain. */
import { expect, test } from "vitest";
import { istio, lines, Rig, T0 } from "./truth-rig.ts";

const VM =
  'local_cluster="billing",consul_source_service="billing",consul_source_namespace="default",consul_source_partition="default",consul_source_datacenter="vm"';
const TO_RATES = `envoy_cluster_name="rates.default.vm.internal.1.consul",consul_destination_full_target="rates.default.vm.internal.11111111-2222-3333-4444-555555555555.consul",${VM}`;
const connections = (value: number): string => `envoy_cluster_upstream_cx_total{${TO_RATES}} ${value}`;
const requests = (value: number): string => `envoy_cluster_upstream_rq{envoy_response_code="200",${TO_RATES}} ${value}`;

async function missing(rig: Rig, dropped: Record<string, number> = {}): Promise<string[]> {
  const { completeness } = await rig.graph({}, {}, dropped);
  return completeness.notCollected.map(({ mesh, setting }) => `${mesh}: ${setting}`);
}

test("Istio's stock stats and Consul's tcp services are told side by side, each with its own setting", async () => {
  const rig = new Rig();
  for (const n of [0, 1]) {
    rig.scrape(T0 + n * 10_000, istio(n * 100), { pod: "api-1" });
    rig.scrape(T0 + n * 10_000, connections(n * 3), { mesh: "consul", pod: "billing-1" });
  }
  expect(await missing(rig)).toEqual([
    'consul: Kind = "service-defaults", Name = "<service>", Protocol = "http"',
    "istio: proxyStatsMatcher.inclusionPrefixes: [cluster.outbound]",
  ]);
});

test("a Consul service that speaks HTTP has its requests, and nothing is missing", async () => {
  const rig = new Rig();
  for (const n of [0, 1]) {
    rig.scrape(T0 + n * 10_000, lines(connections(n * 3), requests(n * 90)), { mesh: "consul", pod: "billing-1" });
  }
  expect(await missing(rig)).toEqual([]);
});

test("App Mesh without its extension knows no virtual service, and without its tags some proxies have no name", async () => {
  const rig = new Rig();
  const sent = (value: number): string =>
    `envoy_cluster_upstream_rq{appmesh_mesh="m",appmesh_virtual_node="web_shop",envoy_cluster_name="cds_egress_m_api_shop_http_8080",envoy_response_code="200"} ${value}`;
  for (const n of [0, 1]) rig.scrape(T0 + n * 10_000, sent(n * 90), { mesh: "appmesh", pod: "web-1" });
  expect(await missing(rig)).toEqual(["appmesh: APPMESH_METRIC_EXTENSION_VERSION=1"]);
  expect(await missing(rig, { no_target_labels: 40 })).toEqual([
    "appmesh: ENABLE_ENVOY_STATS_TAGS=1",
    "appmesh: APPMESH_METRIC_EXTENSION_VERSION=1",
  ]);
});

test("Linkerd's routes without hosts name the annotation that adds them", async () => {
  const rig = new Rig();
  const route = (value: number, host = ""): string =>
    `outbound_http_route_request_statuses_total{parent_kind="Service",parent_namespace="bank",parent_name="ledger",parent_port="80",hostname="${host}",http_status="200",error=""} ${value}`;
  const cart = { mesh: "linkerd", pod: "cart-1", namespace: "bank", workload: "cart" } as const;
  for (const n of [0, 1]) rig.scrape(T0 + n * 10_000, route(n * 90), cart);
  expect(await missing(rig)).toEqual(['linkerd: config.linkerd.io/proxy-metrics-hostname-labels: "true"']);
  for (const n of [2, 3])
    rig.scrape(T0 + n * 10_000, lines(route(90), route(n * 9, "ledger.bank.svc.cluster.local")), cart);
  expect(await missing(rig)).toEqual([]);
});
