import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../../model/identity.ts";
import type { SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import { autoAdapter } from "../auto.ts";
import { appmeshAdapter } from "./adapter.ts";

const target: TargetLabels = { cluster: "c1", namespace: "shop", workload: "", service: "", version: "", app: "" };
const known: TargetLabels = { ...target, workload: "web" };
const names = { clusters: new Map([["my_mesh", "c2"]]), namespaces: new Map([["shop", "store"]]) };

type Labels = Readonly<Record<string, string>>;

const NODE = { appmesh_mesh: "my_mesh", appmesh_virtual_node: "web_shop" };
const CART = { envoy_cluster_name: "cds_egress_my_mesh_cart_shop_http_8080", envoy_response_code: "200" };

function adapted(name: string, labels: Labels, from: TargetLabels = target, adapter = appmeshAdapter) {
  return adapter.adapt({ name, labels: new Map(Object.entries(labels)) }, from);
}

function meanings(name: string, labels: Labels, from: TargetLabels = target): readonly SeriesMeaning[] {
  if (!appmeshAdapter.wants(name)) return [];
  const made = adapted(name, labels, from);
  if ("refused" in made) throw new Error(made.refused);
  return made.meanings;
}

const place = ({ cluster, namespace, kind, name }: Endpoint): string => `${kind} ${cluster}/${namespace}/${name}`;

function ends(name: string, labels: Labels, from: TargetLabels = target): string | undefined {
  const [meaning] = meanings(name, labels, from);
  if (meaning === undefined || !("edge" in meaning)) return undefined;
  return `${place(meaning.edge.source)} → ${place(meaning.edge.target)}`;
}

describe("who calls whom", () => {
  const upstream = "envoy_cluster_upstream_rq";
  test.each([
    ["tags on", { ...CART, ...NODE }, target, "workload c1/shop/web → service c1/shop/cart"],
    [
      "a mesh and namespace with names of their own",
      { ...CART, ...NODE },
      { ...target, names },
      "workload c2/store/web → service c2/store/cart",
    ],
    [
      "a virtual gateway",
      { ...CART, appmesh_mesh: "my_mesh", appmesh_virtual_gateway: "ingress-gw_shop" },
      target,
      "gateway c1/shop/ingress-gw → service c1/shop/cart",
    ],
    [
      "the extension's tags",
      { ...CART, Mesh: "my_mesh", VirtualNode: "web_shop" },
      target,
      "workload c1/shop/web → service c1/shop/cart",
    ],
    ["tags off, mesh configured", CART, { ...known, names }, "workload c1/shop/web → service c2/store/cart"],
    [
      "tags off, nothing known: the mesh ends at its first _",
      { ...CART, envoy_cluster_name: "cds_egress_mesh_cart_shop_http_8080" },
      known,
      "workload c1/shop/web → service c1/shop/cart",
    ],
    [
      "a node without a namespace is in the target's",
      { ...CART, ...NODE, envoy_cluster_name: "cds_egress_my_mesh_cart_http_8080" },
      target,
      "workload c1/shop/web → service c1/shop/cart",
    ],
    [
      "no mesh in any tag, no cluster configured",
      { ...CART, ...NODE },
      { ...target, cluster: "" },
      "workload my_mesh/shop/web → service my_mesh/shop/cart",
    ],
    [
      "AWS itself",
      { ...CART, ...NODE, envoy_cluster_name: "cds_egress_my_mesh_amazonaws" },
      target,
      "workload c1/shop/web → external c1//amazonaws",
    ],
    [
      "whatever is let out",
      { ...CART, ...NODE, envoy_cluster_name: "cds_egress_my_mesh_mesh-allow-all" },
      target,
      "workload c1/shop/web → passthrough c1//mesh-allow-all",
    ],
  ] as const)("%s", (_, labels, from, is) => {
    expect(ends(upstream, labels, from)).toBe(is);
  });

  test.each([
    "cds_ingress_my_mesh_web_shop_http_8080",
    "cds_ingress_my_mesh_gw_shop_self_redirect_8088_http_8080",
    "static_cluster_sds_unix_socket",
    "outbound|9080||b.shop.svc.cluster.local",
    "pong.default.dc1.internal.td.consul",
    "",
  ])("%j is no edge", (name) => {
    expect(meanings(upstream, { ...CART, ...NODE, envoy_cluster_name: name })).toEqual([]);
  });

  test("without tags and configuration nobody is the caller", () => {
    expect(adapted(upstream, CART)).toEqual({ refused: "no_target_labels" });
  });

  test("the last part of a cluster's name says gRPC", () => {
    const [meaning] = meanings(upstream, {
      ...NODE,
      ...CART,
      envoy_cluster_name: "cds_egress_my_mesh_cart_shop_grpc_50051",
    });
    expect(meaning).toMatchObject({ edge: { protocol: "grpc", layer: "L7" } });
  });
});

describe("what an App Mesh proxy accepts", () => {
  test.each([
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "ingress" }, "http"],
    [
      "envoy_http_downstream_rq_xx",
      { envoy_http_conn_manager_prefix: "ingress", appmesh_listener_protocol: "grpc", appmesh_listener_port: "50051" },
      "grpc",
    ],
    ["envoy_http_http_5555_downstream_rq_xx", {}, "http"],
    ["envoy_http_http_5555_downstream_rq_xx", { envoy_http_conn_manager_prefix: "ingress" }, "http"],
    ["envoy_http_grpc_5555_downstream_rq_xx", {}, "grpc"],
    ["envoy_tcp_downstream_cx_total", { envoy_tcp_prefix: "ingress" }, "tcp"],
    ["envoy_tcp_tcp_5432_downstream_cx_total", {}, "tcp"],
  ])("%s %j is the inbound view over %s", (name, labels, protocol) => {
    expect(meanings(name, { ...NODE, envoy_response_code_class: "2", ...labels })).toMatchObject([
      { reporter: "inbound", edge: { protocol, source: { kind: "unknown" }, target: { name: "web" } } },
    ]);
  });

  test.each([
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "egress" }],
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "admin" }],
    ["envoy_tcp_downstream_cx_total", { envoy_tcp_prefix: "egress" }],
    ["envoy_listener_downstream_cx_total", { envoy_listener_address: "0.0.0.0_15001" }],
  ])("%s %j repeats what the clusters count", (name, labels) => {
    expect(meanings(name, { ...NODE, envoy_response_code_class: "2", ...labels })).toEqual([]);
  });

  test.each(["0.0.0.0_15000", "0.0.0.0_9080"])("the listener %s has evidence of TLS", (address) => {
    expect(meanings("envoy_listener_ssl_no_certificate", { ...NODE, envoy_listener_address: address })).toMatchObject([
      { kind: "listener", workload: { name: "web" }, measure: { kind: "noCertificate" }, listener: address },
    ]);
  });
});

describe("the metrics extension", () => {
  const OWN = { Mesh: "my_mesh", VirtualNode: "web_shop" };
  const TO = { TargetVirtualNode: "cart_shop", TargetVirtualService: "cart.shop.svc.cluster.local" };

  test("bare names are a view that is silent where the clusters speak", () => {
    expect(meanings("HTTPCode_Target_5XX_Count", { ...OWN, ...TO })).toMatchObject([
      {
        kind: "counter",
        reporter: "outboundRoute",
        edge: { source: { name: "web" }, target: { name: "cart", namespace: "shop" } },
        measure: { kind: "requests", code: "5xx", host: "cart.shop.svc.cluster.local" },
      },
    ]);
    expect(meanings("TargetResponseTime_bucket", { ...OWN, ...TO, le: "25" })).toMatchObject([
      { kind: "latency", reporter: "outboundRoute", of: "response", part: { le: 25 }, toMs: 1 },
    ]);
    expect(adapted("TargetResponseTime_bucket", { ...OWN, ...TO })).toEqual({ refused: "bad_labels" });
  });

  test.each(["cart.", "car", "payments-", "cart.shop.svc.", "10.0.0.1"])(
    "a virtual service cut at a capital, %j, is no host and no node",
    (service) => {
      const [meaning] = meanings("HTTPCode_Target_2XX_Count", { ...OWN, ...TO, TargetVirtualService: service });
      expect(meaning).toMatchObject({ edge: { target: { name: "cart" } } });
      expect(meaning?.kind === "counter" && meaning.measure).not.toHaveProperty("host");
    },
  );

  test("beside the clusters it is left alone, and what has no codes or no ends everywhere", () => {
    expect(meanings("envoy_appmesh_HTTPCode_Target_2XX_Count", { ...OWN, ...TO })).toEqual([]);
    for (const name of ["RequestCount", "GrpcRequestCount", "RequestCountPerTarget", "ProcessedBytes"]) {
      expect(appmeshAdapter.wants(name) || appmeshAdapter.wants(`envoy_appmesh_${name}`)).toBe(false);
    }
    expect(meanings("HTTPCode_Target_2XX_Count", TO)).toEqual([]);
    expect(meanings("HTTPCode_Target_2XX_Count", OWN)).toEqual([]);
    // An application's own metric of the name, on a merged port.
    expect(meanings("TargetResponseTime_bucket", { le: "25", service: "cart" }, known)).toEqual([]);
  });

  test("Service Connect: service, ECS cluster and discovery names", () => {
    const own = { ServiceName: "ui-svc", ClusterName: "prod", Direction: "egress" };
    const labels = { ...own, TargetDiscoveryName: "cart" };
    const at = { ...target, cluster: "", namespace: "" };
    expect(ends("envoy_appmesh_HTTPCode_Target_2XX_Count", labels, at)).toBe(
      "workload prod//ui-svc → service prod//cart",
    );
    const mapped = { ...at, names: { clusters: new Map([["prod", "c9"]]), namespaces: new Map() } };
    expect(ends("HTTPCode_Target_2XX_Count", labels, mapped)).toBe("workload c9//ui-svc → service c9//cart");
    expect(meanings("envoy_appmesh_HTTPCode_Target_2XX_Count", { ...own, DiscoveryName: "ui" })).toEqual([]);
  });
});

describe("labels that lie", () => {
  test("Istio's series under App Mesh's adapter are nothing or refused", () => {
    const istio = { cluster_name: "outbound|9080||b.shop.svc.cluster.local", response_code: "200" };
    expect(adapted("envoy_cluster_upstream_rq", istio, known)).toEqual({ meanings: [] });
    expect(adapted("envoy_cluster_upstream_rq", istio)).toEqual({ refused: "no_target_labels" });
    expect(adapted("istio_requests_total", { destination_workload: "b" }, known)).toEqual({ meanings: [] });
  });

  test.each([
    ["envoy_cluster_upstream_rq", { ...CART, ...NODE }],
    ["envoy_cluster_upstream_rq", { ...CART, Mesh: "my_mesh", VirtualNode: "web_shop" }],
    ["envoy_cluster_upstream_rq", CART],
    ["envoy_http_downstream_rq_xx", { envoy_http_conn_manager_prefix: "ingress", appmesh_listener_port: "80" }],
    ["HTTPCode_Target_2XX_Count", { Mesh: "m", VirtualNode: "web", TargetVirtualNode: "cart" }],
  ])("the adapter that tells by labels knows App Mesh's %s %j", (name, labels) => {
    const made = adapted(name, { envoy_response_code_class: "2", ...labels }, known, autoAdapter);
    expect(autoAdapter.wants(name)).toBe(true);
    expect(made).toMatchObject({ meanings: [{ edge: { target: { mesh: "appmesh" } } }] });
  });

  test("a label Mesh alone does not make a plain Envoy App Mesh's", () => {
    const labels = { envoy_cluster_name: "b", envoy_response_code: "200", Mesh: "x" };
    expect(adapted("envoy_cluster_upstream_rq", labels, known, autoAdapter)).toMatchObject({
      meanings: [{ edge: { source: { mesh: "envoy" } } }],
    });
  });

  test("no labels make it fail, or make a node without a name", () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."aMVT.~|_-é日 \n"), maxLength: 12 }),
      fc.constantFrom(
        "cds_egress_m_cart_shop_http_80",
        "cds_egress__",
        "cds_egress_m_http_80",
        "web_shop",
        "_",
        "__proto__",
      ),
    );
    const key = fc.constantFrom(
      ...Object.keys(NODE),
      "appmesh_virtual_gateway",
      "Mesh",
      "VirtualNode",
      "TargetVirtualNode",
      "TargetVirtualService",
      "ServiceName",
      "ClusterName",
      "TargetDiscoveryName",
      "envoy_cluster_name",
      "envoy_http_conn_manager_prefix",
    );
    const stat = fc.constantFrom(
      "envoy_cluster_upstream_rq",
      "envoy_http_http_80_downstream_rq",
      "envoy_appmesh_HTTPCode_Target_2XX_Count",
      "HTTPCode_Target_2XX_Count",
    );
    fc.assert(
      fc.property(stat, fc.dictionary(key, value), (name, labels) => {
        const made = adapted(name, { envoy_response_code: "200", ...labels }, { ...known, names });
        for (const meaning of "meanings" in made ? made.meanings : []) {
          if ("edge" in meaning) expect(meaning.edge.source.name !== "" && meaning.edge.target.name !== "").toBe(true);
        }
      }),
    );
  });
});
