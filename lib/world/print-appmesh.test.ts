/** A tiny App Mesh estate, its tags off, on and extended, and one of ECS Service Connect: what is printed, against the truth. */
import { describe, expect, test } from "vitest";
import { expose } from "./exposition.ts";
import type { Estate, ServiceSpec, WorkloadSpec } from "./spec.ts";
import { samplesOf, sumOf, tinyOperation, tinyService, tinyWorkload } from "./tiny-estate.ts";
import type { TruthEdge } from "./truth.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);

const BASE = { role: "appmesh", cluster: "k2", namespace: "ship", format: "zipkinProto" } as const;
const workload = (name: string, rest: Partial<WorkloadSpec>): WorkloadSpec => tinyWorkload(BASE, name, rest);
const service = (name: string, rest: Partial<ServiceSpec> = {}): ServiceSpec => tinyService("ship", name, rest);

const link = (from: string, to: string, tls: "mutual" | "none" = "none") => ({ from, to, networkMs: 1, tls });

const ESTATE: Estate = {
  workloads: [
    workload("gate", { relays: true, appmesh: { mesh: "ship-mesh", node: "gate_ship", statsTags: true } }),
    workload("orders", { appmesh: { mesh: "ship-mesh", node: "orders_ship", statsTags: true } }),
    workload("plain", { appmesh: { mesh: "ship-mesh", node: "plain_ship" } }),
    workload("track", { appmesh: { mesh: "ship-mesh", node: "track_ship", extension: true } }),
    workload("store", { appmesh: { mesh: "ship-mesh", node: "store_ship", extension: true } }),
    workload("bus", { role: "serviceConnect", serviceConnect: ecs("bus-svc", "bus") }),
    workload("seat", { role: "serviceConnect", serviceConnect: ecs("seat-svc", "seat.v2") }),
  ],
  services: [
    service("gate", { operations: [tinyOperation("orders")] }),
    service("orders", { operations: [tinyOperation("plain", "track", "queue")] }),
    service("plain", { operations: [tinyOperation("bucket", "partner")] }),
    service("track", { host: "track.Main.ship.local", operations: [tinyOperation("store", "seen")] }),
    service("store", { protocol: "tcp", port: 5432 }),
    service("seen", {
      host: "seen.ship.local",
      protocol: "grpc",
      port: 9000,
      backends: [{ workload: "plain", weight: 1 }],
    }),
    service("bucket", { kind: "external", host: "s3.eu-west-1.amazonaws.com", backends: [] }),
    service("partner", { kind: "passthrough", host: "partner.example", backends: [] }),
    service("queue", { kind: "mesh", backends: [{ workload: "bus", weight: 1 }], operations: [tinyOperation("seat")] }),
    service("seat"),
  ],
  links: [
    link("gate", "orders", "mutual"),
    link("orders", "plain", "mutual"),
    link("orders", "track"),
    link("orders", "queue"),
    link("plain", "bucket"),
    link("plain", "partner"),
    link("track", "store"),
    link("track", "seen"),
    link("bus", "seat"),
    link("queue", "seat"),
  ],
  sources: [
    { name: "people", workload: "gate", service: "gate", operations: [{ name: "GET /", weight: 1 }], ratePerSec: 60 },
  ],
};

function ecs(serviceName: string, discoveryName: string) {
  return { clusterName: "prod", serviceName, discoveryName, extension: true };
}

function settled(seed = 5): World {
  const world = new World({ seed, startMs: START, arrivalsEndMs: 20_000, estate: ESTATE });
  world.advance(START + 30_000);
  expect(world.underWay).toBe(0);
  return world;
}

function textOf(world: World, name: string): string {
  const pod = world.pods.find((p) => p.workload.name === name);
  return (pod && expose(pod, { startMs: START, nowMs: world.nowMs }, 1)?.text) ?? "";
}

const world = settled();

function edge(source: string, target: string): TruthEdge {
  const found = world.truth().find((e) => e.source.name === source && e.target.name === target);
  if (found === undefined) throw new Error(`no edge ${source} → ${target}`);
  return found;
}

describe("an App Mesh Envoy prints", () => {
  test.each([
    ["gate", "orders", "orders_ship_http_8080"],
    ["orders", "plain", "plain_ship_http_8080"],
    ["orders", "track", "track_ship_http_8080"],
  ])("calls of %s to %s by mesh, node, protocol and port, as the truth has them", (from, to, cluster) => {
    const truth = edge(from, to);
    const text = textOf(world, from);
    const name = `envoy_cluster_name="cds_egress_ship-mesh_${cluster}"`;
    expect(truth.failures).toBeGreaterThan(0);
    const completed = sumOf(text, "envoy_cluster_upstream_rq_completed", name);
    expect(completed + sumOf(text, "envoy_cluster_upstream_rq_cancelled", name)).toBe(truth.sent);
    expect(sumOf(text, "envoy_cluster_upstream_rq_xx", name, 'envoy_response_code_class="5"')).toBe(truth.failures);
    const handshakes = sumOf(text, "envoy_cluster_ssl_handshake", name);
    const connections = sumOf(text, "envoy_cluster_upstream_cx_total", name);
    expect(handshakes).toBe(truth.security.mutual > 0 ? connections : 0);
    expect(connections).toBeGreaterThan(0);
  });

  test("with tags on: mesh and node on every series, protocol and port of the listener on what comes in", () => {
    const text = textOf(world, "orders");
    const series = text.split("\n").filter((line) => line.startsWith("envoy_"));
    expect(
      series.filter((line) => !line.includes('appmesh_mesh="ship-mesh",appmesh_virtual_node="orders_ship"')),
    ).toEqual([]);
    const inbound = samplesOf(text, "envoy_http_downstream_rq_total").filter(([labels]) => labels.includes("ingress"));
    expect(inbound).toEqual([
      [
        'appmesh_mesh="ship-mesh",appmesh_virtual_node="orders_ship",appmesh_listener_protocol="http",' +
          'appmesh_listener_port="8080",envoy_http_conn_manager_prefix="ingress"',
        edge("gate", "orders").arrived,
      ],
    ]);
    expect(sumOf(text, "envoy_listener_ssl_handshake", 'envoy_listener_address="0.0.0.0_15000"')).toBeGreaterThan(0);
    expect(sumOf(text, "envoy_listener_downstream_cx_total", 'envoy_listener_address="0.0.0.0_15001"')).toBeGreaterThan(
      0,
    );
    expect(text).not.toContain("envoy_appmesh_");
  });

  test("with tags off: nothing of itself, the listener's tags all the same", () => {
    const text = textOf(world, "plain");
    expect(text).not.toMatch(/plain_ship"|appmesh_mesh|Mesh=/);
    expect(text).toContain('{envoy_cluster_name="cds_ingress_ship-mesh_plain_ship_http_8080"}');
    expect(text).toContain('appmesh_listener_port="8080"');
  });

  test("clusters of everybody: beyond the mesh, AWS, and the secrets' socket", () => {
    const text = textOf(world, "plain");
    const total = (name: string): number =>
      sumOf(text, "envoy_cluster_upstream_rq_total", `envoy_cluster_name="${name}"`);
    expect(total("cds_egress_ship-mesh_amazonaws")).toBe(edge("plain", "s3.eu-west-1.amazonaws.com").sent);
    expect(total("cds_egress_ship-mesh_mesh-allow-all")).toBe(edge("plain", "partner.example").sent);
    expect(text).toContain('"static_cluster_sds_unix_socket"');
    expect(textOf(world, "orders")).toContain('"cds_egress_ship-mesh_amazonaws"} 0');
  });

  test("a virtual gateway under its own name, with a redirect to itself", () => {
    const text = textOf(world, "gate");
    expect(text).toContain('appmesh_virtual_gateway="gate_ship"');
    expect(text).not.toContain("appmesh_virtual_node");
    expect(text).toContain('"cds_ingress_ship-mesh_gate_ship_self_redirect_http_8080"');
    expect(text).toContain('envoy_listener_address="0.0.0.0_8080"');
  });

  test("a service of another mesh as the node that stands for it", () => {
    const sent = edge("orders", "bus").sent;
    const name = 'envoy_cluster_name="cds_egress_ship-mesh_queue_ship_http_8080"';
    expect(sumOf(textOf(world, "orders"), "envoy_cluster_upstream_rq_total", name)).toBe(sent);
  });
});

describe("the metrics extension prints", () => {
  const track = textOf(world, "track");
  const own = 'Mesh="ship-mesh",VirtualNode="track_ship"';

  test("mesh and node on all series and requests without a caller", () => {
    const series = track.split("\n").filter((line) => line.startsWith("envoy_"));
    expect(series.filter((line) => !line.includes(own))).toEqual([]);
    expect(samplesOf(track, "envoy_appmesh_RequestCount")).toEqual([[own, edge("orders", "track").arrived]]);
    expect(samplesOf(track, "envoy_appmesh_GrpcRequestCount")).toEqual([[own, 0]]);
    expect(sumOf(track, "envoy_appmesh_NewConnectionCount", own)).toBeGreaterThan(0);
  });

  test("targets by virtual node and service", () => {
    const target = `${own},TargetVirtualNode="plain_ship",TargetVirtualService="seen.ship.local"`;
    const seen = edge("track", "plain");
    expect(samplesOf(track, "envoy_appmesh_GrpcRequestCountPerTarget")).toEqual([[target, seen.sent]]);
    const classes = [2, 3, 4, 5].map((n) => sumOf(track, `envoy_appmesh_HTTPCode_Target_${n}XX_Count`, target));
    expect(classes.reduce((a, b) => a + b)).toBe(seen.sent);
    expect(sumOf(track, "envoy_appmesh_TargetResponseTime_count", target)).toBe(seen.sent);
    const { tcp } = edge("track", "store");
    expect(sumOf(track, "envoy_appmesh_TargetProcessedBytes", 'TargetVirtualService="store.ship.local"')).toBe(
      tcp.requestBytes + tcp.responseBytes,
    );
  });

  test("a virtual service up to the dot before its first capital M, V or T, and the rest in the metric's name", () => {
    const orders: WorkloadSpec = workload("orders", { appmesh: { mesh: "m", node: "orders", extension: true } });
    const estate = { ...ESTATE, workloads: ESTATE.workloads.map((w) => (w.name === "orders" ? orders : w)) };
    const other = new World({ seed: 5, startMs: START, arrivalsEndMs: 5000, estate });
    other.advance(START + 10_000);
    const text = textOf(other, "orders");
    expect(text).toMatch(
      /^envoy_appmesh_Main_ship_local_RequestCountPerTarget\{.*TargetVirtualNode="track_ship",TargetVirtualService="track"\} [1-9]/m,
    );
    expect(text).toMatch(/^envoy_appmesh_RequestCountPerTarget\{.*TargetVirtualService="plain.ship.local"\}/m);
  });
});

describe("a Service Connect Envoy prints", () => {
  test("its service, cluster and discovery name on the extension's families alone, dots included", () => {
    const bus = textOf(world, "bus");
    const target = 'ServiceName="bus-svc",ClusterName="prod",Direction="egress",TargetDiscoveryName="seat.v2"';
    const seat = edge("bus", "seat");
    expect(samplesOf(bus, "envoy_appmesh_RequestCountPerTarget")).toEqual([[target, seat.sent]]);
    expect(samplesOf(bus, "envoy_appmesh_RequestCount")).toEqual([
      [
        'ServiceName="bus-svc",ClusterName="prod",Direction="ingress",DiscoveryName="bus"',
        edge("orders", "bus").arrived,
      ],
    ]);
    const others = bus
      .split("\n")
      .filter((line) => line.includes("ServiceName=") && !line.startsWith("envoy_appmesh_"));
    expect(others).toEqual([]);
  });
});

describe("the estate", () => {
  test("is the same for the same seed", () => {
    const again = settled();
    for (const { name } of ESTATE.workloads) expect(textOf(again, name)).toBe(textOf(world, name));
    expect(textOf(settled(6), "orders")).not.toBe(textOf(world, "orders"));
  });

  test("traces with the node's resource name, 64-bit ids and no shared spans, for Zipkin protobuf", () => {
    const spans = settled().takeSpans();
    const server = spans.find(({ span, pod }) => span.kind === "server" && pod.workload.name === "track");
    expect(server?.format).toBe("zipkinProto");
    expect(server?.span.service).toBe("mesh/ship-mesh/virtualNode/track_ship");
    expect(server?.span.attributes.get("upstream_cluster")).toBe("cds_ingress_ship-mesh_track_ship_http_8080");
    expect(spans.every(({ span }) => span.traceId.startsWith("0".repeat(16)) && !span.shared)).toBe(true);
  });
});
