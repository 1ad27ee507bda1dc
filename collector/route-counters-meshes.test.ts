/** Which counters of each mesh tell a split, by caller: the callers' own, or a waypoint's; never both. */
import { expect, test } from "vitest";
import { CountersRig, INTERVAL_MS, type Labels, routeRef, T0 } from "./route-counters-rig.ts";

interface Body {
  readonly target: string;
  /** Lines of an exposition, by what was counted so far. */
  readonly text: (count: number) => string;
  readonly labels?: Labels;
}

/** Two readings of each: what is counted was 10, then 20. */
function readTwice(rig: CountersRig, bodies: readonly Body[]): void {
  for (const [i, count] of [10, 20].entries())
    for (const { target, text, labels } of bodies) rig.scrape(target, T0 + i * INTERVAL_MS, text(count), labels);
}

function istio(reporter: string, source: string, version: string, more: string, times: number) {
  return (count: number) => {
    const labels = [
      `reporter="${reporter}"`,
      `source_workload="${source}"`,
      `source_workload_namespace="${source === "unknown" ? "unknown" : "shop"}"`,
      `source_canonical_service="${source}"`,
      `destination_workload="web-${version}"`,
      'destination_workload_namespace="shop"',
      'destination_canonical_service="web"',
      `destination_canonical_revision="${version}"`,
      'destination_service="web.shop.svc.cluster.local"',
      'destination_service_name="web"',
      'destination_service_namespace="shop"',
      'request_protocol="http"',
      more,
    ];
    return `istio_requests_total{${labels.join()}} ${count * times}`;
  };
}

const OK = 'response_code="200",response_flags="-",connection_security_policy="unknown"';
const lines =
  (...texts: readonly ((count: number) => string)[]) =>
  (count: number): string =>
    ["# TYPE istio_requests_total counter", ...texts.map((text) => text(count))].join("\n");

test("Istio: what callers' proxies chose counts; what the destination says, and a second view, does not", async () => {
  const rig = await CountersRig.open("istio");
  const route = routeRef("istio", "web/v1", "web/v2");
  rig.counters.watch(route);
  readTwice(rig, [
    {
      target: "front-1",
      text: lines(istio("source", "front", "v1", OK, 3), istio("source", "front", "v2", OK, 1)),
    },
    { target: "front-2", text: lines(istio("source", "front", "v2", OK, 1)) },
    {
      target: "web-2",
      text: lines(istio("destination", "front", "v2", OK, 2), istio("destination", "unknown", "v2", OK, 5)),
    },
    // Front has a proxy of its own, cart only the waypoint.
    {
      target: "waypoint",
      text: lines(istio("waypoint", "front", "v2", OK, 2), istio("waypoint", "cart", "v1", OK, 4)),
    },
  ]);
  expect(rig.counters.callers(route, T0)).toEqual([
    { caller: "front", requests: 50, canaryRequests: 20 },
    { caller: "cart", requests: 40, canaryRequests: 0 },
  ]);
  expect(rig.counters.book(route)?.unproxied(T0)).toEqual({ requests: 50, canaryRequests: 50 });
});

test("Istio: a request that reached nobody is of the arm that it was meant for, where that is said", async () => {
  const lost =
    'response_code="503",response_flags="UH",destination_service="web-canary.shop.svc.cluster.local",destination_service_name="web-canary",destination_service_namespace="shop"';
  const text = (count: number): string =>
    `istio_requests_total{reporter="source",source_workload="front",source_workload_namespace="shop",request_protocol="http",destination_workload="unknown",destination_workload_namespace="unknown",${lost}} ${count}`;
  const rig = await CountersRig.open("istio");
  const hosts = routeRef("istio", "web", "web-canary");
  const subsets = routeRef("istio", "web-canary/v1", "web-canary/v2");
  rig.counters.watch(hosts);
  rig.counters.watch(subsets);
  readTwice(rig, [{ target: "front-1", text: lines(text) }]);
  expect(rig.counters.callers(hosts, T0)).toEqual([{ caller: "front", requests: 10, canaryRequests: 10 }]);
  expect(rig.counters.callers(subsets, T0)).toEqual([]);
});

test.each([
  ["a VirtualService", "istio", "web/v1", "web/v2", "web"],
  ["a Gateway API route", "httpRoute", "web-v1:80", "web-v2:80", "web-v2"],
] as const)(
  "copies that %s mirrors to the canary are no requests of an arm: callers do not count them, and receivers by the host",
  async (_, driver, stable, canary, service) => {
    const host = `${service}.shop.svc.cluster.local`;
    const come = (source: string, named: string, times: number) => (count: number) =>
      istio(
        "destination",
        source,
        "v2",
        OK,
        times,
      )(count).replace(
        /destination_service="[^"]*",destination_service_name="[^"]*"/,
        `destination_service="${named}",destination_service_name="${service}"`,
      );
    const rig = await CountersRig.open("istio");
    const route = routeRef(driver, stable, canary);
    rig.counters.watch(route);
    readTwice(rig, [
      // What the caller's proxy sends a second time goes past its own listener, and is not in its counters.
      { target: "front-1", text: lines(istio("source", "front", "v1", OK, 9), istio("source", "front", "v2", OK, 1)) },
      {
        target: "web-2",
        text: lines(
          come("front", host, 1),
          come("front", `${host}-shadow`, 10),
          come("unknown", `${host}-shadow:8080`, 100),
          come("unknown", host, 3),
        ),
      },
    ]);
    expect(rig.counters.callers(route, T0)).toEqual([{ caller: "front", requests: 100, canaryRequests: 10 }]);
    expect(rig.counters.book(route)?.unproxied(T0)).toEqual({ requests: 30, canaryRequests: 30 });
    const cells = [...(rig.counters.book(route)?.cells.values() ?? [])];
    const answered = cells.filter(({ name }) => name.side === "receiver" && name.arm === "canary");
    const sum = answered.reduce((all, { intervals }) => all + intervals.requestsSince(T0), 0);
    expect(sum, "of the canary's pod: its share of the split, and who has no proxy").toBe(40);
  },
);

test("Linkerd: by who answered, at the service that was chosen", async () => {
  const out = (deployment: string, times: number) => (count: number) =>
    `response_total{direction="outbound",authority="web.shop.svc.cluster.local:80",tls="true",dst_namespace="shop",dst_service="${deployment}",dst_deployment="${deployment}",dst_control_plane_ns="linkerd",status_code="200",classification="success"} ${count * times}`;
  const come = (times: number) => (count: number) =>
    `response_total{direction="inbound",tls="no_identity",no_tls_reason="no_tls_from_remote",srv_name="web",status_code="200",classification="success"} ${count * times}`;
  const rig = await CountersRig.open("linkerd");
  const route = routeRef("httpRoute", "web-v1:80", "web-v2:80");
  rig.counters.watch(route);
  readTwice(rig, [
    { target: "front-1", text: lines(out("web-v1", 9), out("web-v2", 1)), labels: { workload: "front" } },
    {
      target: "web-v2-1",
      text: lines(come(2)),
      labels: { workload: "web-v2", service: "web-v2" },
    },
  ]);
  expect(rig.counters.callers(route, T0)).toEqual([{ caller: "front", requests: 100, canaryRequests: 10 }]);
  expect(rig.counters.book(route)?.unproxied(T0)).toEqual({ requests: 20, canaryRequests: 20 });
});

test("App Mesh: by the cluster of each virtual node", async () => {
  const out = (node: string, times: number) => (count: number) =>
    `envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="cds_egress_shop-mesh_${node}_shop_http_8080",appmesh_mesh="shop-mesh",appmesh_virtual_node="front_shop"} ${count * times}`;
  const rig = await CountersRig.open("appmesh");
  const route = routeRef("appMesh", "web-v1_shop", "web-v2_shop", "shop-mesh");
  rig.counters.watch(route);
  readTwice(rig, [{ target: "front-1", text: lines(out("web-v1", 3), out("web-v2", 1)) }]);
  expect(rig.counters.callers(route, T0)).toEqual([{ caller: "shop/front", requests: 40, canaryRequests: 10 }]);
});

test("the grace is two of the real intervals, or what the mesh needs, whichever is longer", async () => {
  const rig = await CountersRig.open("istio");
  const route = routeRef("istio", "web/v1", "web/v2");
  rig.counters.watch(route);
  expect(rig.counters.graceMs(route)).toBe(2 * INTERVAL_MS);
  for (let i = 0; i < 4; i++)
    rig.scrape("front-1", T0 + i * 45_000, lines(istio("source", "front", "v1", OK, 1 + i))(10), {
      intervalMs: 45_000,
    });
  expect(rig.counters.graceMs(route)).toBe(90_000);
});
