/** Spans of each mesh and of SDKs, as they print themselves: whose they are, whom they name, how the call ended. */
import { describe, expect, test } from "vitest";
import { type AttributeValue, parseSpanId, parseTraceId, type Span } from "../../model/span.ts";
import type { SpanSide } from "../../model/span-side.ts";
import { readSpan } from "./read-span.ts";

type Tags = Readonly<Record<string, AttributeValue>>;

function span(
  kind: Span["kind"],
  service: string,
  tags: Tags = {},
  resource: Tags = {},
  more: Partial<Span> = {},
): Span {
  const traceId = parseTraceId("1".repeat(32));
  const spanId = parseSpanId("2".repeat(16));
  if (traceId === undefined || spanId === undefined) throw new Error("malformed id in a test");
  return {
    traceId,
    spanId,
    shared: false,
    kind,
    startNs: 1_700_000_000_000_000_000n,
    durationNs: 12_500_000n,
    service,
    operation: "x",
    status: "unset",
    attributes: new Map(Object.entries(tags)),
    resource: new Map(Object.entries(resource)),
    events: [],
    links: [],
    ...more,
  };
}

function read(...parts: Parameters<typeof span>): SpanSide {
  const side = readSpan(span(...parts));
  if (side === undefined) throw new Error("no part of the estate");
  return side;
}

/** `cluster/namespace/kind name`. */
const text = (end: SpanSide["own"] | undefined): string =>
  end === undefined ? "nobody" : `${end.cluster}/${end.namespace}/${end.kind} ${end.name}`;
const own = (...parts: Parameters<typeof span>): string => text(read(...parts).own);
const peer = (tags: Tags, service = "web.shop"): string =>
  text(read("client", service, { component: "proxy", ...tags }).peer);

const SIDECAR = "sidecar~10.244.0.14~web-79788cd94-wgmsp.shop~shop.svc.cluster.local";

describe("whose span it is", () => {
  const cases: readonly [string, string, Parameters<typeof span>][] = [
    ["an SDK", "//service checkout", ["server", "checkout"]],
    [
      "an SDK in a pod",
      "east/shop/service checkout",
      ["server", "checkout", {}, { "k8s.namespace.name": "shop", "k8s.cluster.name": "east" }],
    ],
    [
      "an SDK whose name ends in its namespace",
      "/shop/service web",
      ["server", "web.shop", {}, { "k8s.namespace.name": "shop" }],
    ],
    ["an SDK whose name has a dot", "//service my.service", ["server", "my.service"]],
    ["Istio by its node cluster", "/shop/service web", ["server", "web.shop", { node_id: SIDECAR }]],
    [
      "Istio by its tags",
      "east/shop/service web",
      ["server", "x", { "istio.canonical_service": "web", "istio.namespace": "shop", "istio.cluster_id": "east" }],
    ],
    [
      "Istio where nobody named the cluster",
      "/shop/service web",
      ["server", "x", { "istio.canonical_service": "web", node_id: SIDECAR, "istio.cluster_id": "Kubernetes" }],
    ],
    [
      "an Istio gateway",
      "/shop/gateway web",
      ["client", "web.shop", { node_id: SIDECAR.replace("sidecar", "router") }],
    ],
    [
      "a waypoint",
      "/shop/waypoint waypoint",
      ["server", "waypoint.shop", { node_id: SIDECAR.replace("sidecar", "waypoint") }],
    ],
    [
      "Linkerd by its pod's labels",
      "/shop/service web",
      ["server", "linkerd-proxy", {}, { "linkerd.io/proxy-deployment": "web", "linkerd.io/workload-ns": "shop" }],
    ],
    [
      "Linkerd in a stateful set",
      "/data/service queue",
      ["client", "linkerd-proxy", {}, { "linkerd.io/proxy-statefulset": "queue", "linkerd.io/workload-ns": "data" }],
    ],
    ["App Mesh by its node", "/shop/service web", ["server", "x", { node_id: "mesh/apps/virtualNode/web_shop" }]],
    [
      "App Mesh by X-Ray's names",
      "/shop/service web",
      ["server", "x", { "aws.app_mesh.virtual_node_name": "web_shop" }],
    ],
    [
      "Consul by the name of its service",
      "//service web",
      ["server", "web", { component: "proxy", node_id: "web-1-proxy" }],
    ],
    ["nobody", "//unknown unknown_service:proxy", ["server", "unknown_service:proxy"]],
  ];
  test.each(cases)("%s: %s", (_, wanted, parts) => expect(own(...parts)).toBe(wanted));
});

describe("whom a client names", () => {
  const upstream = (cluster: string): string => peer({ upstream_cluster: cluster });
  test("Istio's clusters", () => {
    expect(upstream("outbound|9080|v1|reviews.books.svc.cluster.local")).toBe("/books/service reviews");
    expect(upstream("outbound|443||api.stripe.com")).toBe("//external api.stripe.com");
    expect(upstream("PassthroughCluster")).toBe("//passthrough PassthroughCluster");
    expect(upstream("BlackHoleCluster")).toBe("//blackhole BlackHoleCluster");
  });

  test("Consul's clusters, and its default namespace, which says nothing", () => {
    const td = "e5b08d03-bfc3-c870-1833-baddb116e648";
    expect(upstream(`v2.cart.default.dc1.internal.${td}.consul`)).toBe("//service cart");
    expect(upstream(`cart.shop.east.dc2.internal-v1.${td}.consul`)).toBe("/shop/service cart");
    expect(upstream(`cart.default.cloud.external.${td}.consul`)).toBe("//service cart");
    expect(upstream("original-destination")).toBe("//passthrough original-destination");
  });

  test("App Mesh's clusters", () => {
    expect(upstream("cds_egress_apps_cart_shop_http_8080")).toBe("/shop/service cart");
    expect(upstream("cds_egress_apps_amazonaws")).toBe("//external amazonaws");
  });

  test("a plain Envoy's cluster is a service beside it", () => expect(upstream("cart")).toBe("/shop/service cart"));

  test("the full name is read before the name for statistics", () => {
    const tags = { upstream_cluster: "outbound|80||cart.shop.svc.cluster.local", "upstream_cluster.name": "short" };
    expect(peer(tags)).toBe("/shop/service cart");
    expect(peer({ "upstream_cluster.name": "outbound|80||cart.shop.svc.cluster.local" })).toBe("/shop/service cart");
  });

  test("a proxy's call to its control plane is no part of the estate", () => {
    expect(readSpan(span("client", "web.shop", { upstream_cluster: "xds-grpc" }))).toBeUndefined();
  });

  test("databases and brokers, under their host where there is one, else under their system", () => {
    const of = (tags: Tags) => read("client", "web", tags, { "k8s.namespace.name": "shop" }).peer;
    expect(of({ "db.system.name": "postgresql" })).toMatchObject({
      kind: "external",
      name: "postgresql",
      reason: "database:postgresql",
    });
    expect(of({ "db.system": "mysql", "server.address": "orders.abc.rds.amazonaws.com" })).toMatchObject({
      kind: "external",
      name: "orders.abc.rds.amazonaws.com",
      reason: "database:mysql",
    });
    expect(of({ "db.system": "mysql", "net.peer.name": "orders-db.data.svc.cluster.local" })).toMatchObject({
      kind: "service",
      namespace: "data",
      name: "orders-db",
      reason: "database:mysql",
    });
    expect(of({ "messaging.system": "kafka" })).toMatchObject({ name: "kafka", reason: "queue:kafka" });
    expect(text(read("producer", "web", { "messaging.system": "kafka" }).peer)).toBe("//external kafka");
    expect(text(read("consumer", "web", { "peer.service": "rabbit" }).peer)).toBe("//service rabbit");
  });

  test("peer.service and hosts; an address or the machine itself names nobody", () => {
    const of = (tags: Tags) => text(read("client", "web", tags, { "k8s.namespace.name": "shop" }).peer);
    expect(of({ "peer.service": "cart" })).toBe("//service cart");
    expect(of({ "peer.service": "cart.shop.svc.cluster.local:80" })).toBe("/shop/service cart");
    expect(of({ "server.address": "cart" })).toBe("/shop/service cart");
    expect(of({ "net.peer.name": "api.stripe.com" })).toBe("//external api.stripe.com");
    expect(of({ "url.full": "https://user@API.stripe.com:8443/v1?x=@y" })).toBe("//external api.stripe.com");
    expect(of({ "http.url": "http://10.0.0.7:9080/x" })).toBe("nobody");
    expect(of({ "server.address": "[fd00::7]:80" })).toBe("nobody");
    expect(of({ "server.address": "localhost" })).toBe("nobody");
    expect(of({ "peer.address": "10.0.0.7:9080" })).toBe("nobody");
  });
});

describe("which side of the call it is", () => {
  test("an old Envoy's inbound span, labelled CLIENT, is the server's", () => {
    for (const cluster of ["inbound|9080||", "local_app", "cds_ingress_apps_web_shop_http_80"]) {
      expect(read("client", "web.shop", { upstream_cluster: cluster }).role).toBe("server");
    }
    expect(read("client", "web.shop", { upstream_cluster: "outbound|80||a.b.svc.cluster.local" }).role).toBe("client");
  });

  test("Linkerd says it by direction", () => {
    expect(read("unspecified", "linkerd-proxy", { direction: "inbound" }).role).toBe("server");
    expect(read("unspecified", "linkerd-proxy", { direction: "outbound" }).role).toBe("client");
  });

  test("a server may name its caller", () => {
    expect(text(read("server", "cart", { "peer.service": "web" }).peer)).toBe("//service web");
    expect(text(read("server", "cart", { downstream_cluster: "web" }).peer)).toBe("//service web");
    expect(text(read("server", "cart", { downstream_cluster: "-" }).peer)).toBe("nobody");
  });

  test("a waypoint's span carries both ends", () => {
    const tags = {
      "istio.source_workload": "web-v1",
      "istio.source_canonical_service": "web",
      "istio.source_namespace": "shop",
      "istio.source_cluster_id": "east",
      "istio.destination_workload": "cart-v2",
      "istio.destination_namespace": "shop",
    };
    const { through } = read("server", "waypoint.shop", tags);
    expect([text(through?.source), text(through?.target)]).toEqual(["east/shop/service web", "/shop/service cart-v2"]);
  });

  test("a span that names itself as its parent has none", () => {
    const spanId = parseSpanId("2".repeat(16));
    if (spanId === undefined) throw new Error("malformed id in a test");
    expect(read("server", "web", {}, {}, { parentSpanId: spanId })).not.toHaveProperty("parentSpanId");
  });
});

describe("how it ended", () => {
  const ended = (tags: Tags, more: Partial<Span> = {}) => {
    const { protocol, code, grpcStatus, flags } = read("server", "web", tags, {}, more);
    return [protocol, code, grpcStatus, flags.join()];
  };
  test("HTTP codes in each spelling, as number and as text", () => {
    expect(ended({ "http.response.status_code": 503 })).toEqual(["http", "503", "", ""]);
    expect(ended({ "http.status_code": "404", response_flags: "-" })).toEqual(["http", "404", "", ""]);
    expect(ended({ "http.status_code": "0", response_flags: "UF,URX" })).toEqual(["http", "none", "", "UF,URX"]);
    expect(ended({ "http.status_code": "9999" })).toEqual(["http", "ok", "", ""]);
  });

  test("gRPC statuses in each spelling", () => {
    expect(ended({ "rpc.grpc.status_code": 14 })).toEqual(["grpc", "ok", "14", ""]);
    expect(ended({ "grpc.status_code": "0", "http.status_code": "200" })).toEqual(["grpc", "200", "0", ""]);
    expect(ended({ "http.request.header.content-type": "application/grpc+proto" })[0]).toBe("grpc");
    expect(ended({ "rpc.system": "grpc" }, { status: "error" })).toEqual(["grpc", "error", "", ""]);
  });

  test("without a code its status says it", () => {
    expect(ended({ "db.system": "mysql" })).toEqual(["http", "ok", "", ""]);
    expect(ended({ "db.system": "mysql" }, { status: "error" })).toEqual(["http", "error", "", ""]);
  });

  test("the end is start and duration, in ms", () => {
    expect(read("server", "web")).toMatchObject({ endMs: 1_700_000_000_012, durationMs: 12.5 });
  });
});

describe("what share of requests was kept", () => {
  const kept = (traceState: string): number | null => read("server", "web", {}, {}, { traceState }).sampled;
  test("W3C's trace state: the threshold of OpenTelemetry", () => {
    expect(kept("ot=th:0")).toBe(1);
    expect(kept("ot=th:c")).toBe(0.25);
    expect(kept("vendor=x,ot=rv:abcdef;th:8;p:1")).toBe(0.5);
    expect(kept("ot=th:fd70a3d70a3d7")).toBeCloseTo(0.01, 6);
    for (const odd of ["", "ot=th:", "ot=th:xyz", "ot=th:123456789abcdef0", "th:8", "xot=th:8"])
      expect(kept(odd)).toBeNull();
  });

  test("attributes of samplers, and null where none says it", () => {
    const by = (tags: Tags): number | null => read("server", "web", tags).sampled;
    expect(by({ "sampler.type": "probabilistic", "sampler.param": 0.05 })).toBe(0.05);
    expect(by({ "sampler.type": "ratelimiting", "sampler.param": 2 })).toBeNull();
    expect(by({ SampleRate: 20 })).toBe(0.05);
    expect(by({ "sampling.probability": "0.5" })).toBe(0.5);
    expect(by({ "sampling.probability": "2" })).toBeNull();
    expect(by({})).toBeNull();
  });
});
