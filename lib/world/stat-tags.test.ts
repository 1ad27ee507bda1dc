/** Tag extraction against what real Envoys and Consul's own patterns do with the same names. */
import { describe, expect, test } from "vitest";
import { CONSUL_EXTRACTORS } from "./consul-style.ts";
import { faceOf, type Tagging } from "./stat-tags.ts";

const STOCK: Tagging = { first: [], fixed: [], before: [], after: [] };
const CONSUL: Tagging = { fixed: [], ...CONSUL_EXTRACTORS };
const TD = "e5b08d03-bfc3-c870-1833-baddb116e648";

function labels(tagging: Tagging, prefix: string): Record<string, string> {
  return Object.fromEntries(
    [...faceOf(tagging, prefix).labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, k = "", v = ""]) => [k, v]),
  );
}

describe("Envoy's own tags", () => {
  test.each([
    ["cluster.local_app.", "envoy_cluster_", 'envoy_cluster_name="local_app"'],
    // As captured from a real Envoy: the label ends at the first dot, and the rest stays in the name.
    [
      "cluster.outbound|9080||b.shop.svc.cluster.local.",
      "envoy_cluster_shop_svc_cluster_local_",
      'envoy_cluster_name="outbound|9080||b"',
    ],
    ["http.inbound_0.0.0.0_9080;.", "envoy_http_0_0_0_9080__", 'envoy_http_conn_manager_prefix="inbound_0"'],
    ["listener.10.50.132.6_20000.", "envoy_listener_", 'envoy_listener_address="10.50.132.6_20000"'],
    [
      "listener.0.0.0.0_20200.http.envoy_prometheus_metrics.",
      "envoy_listener_http_",
      'envoy_http_conn_manager_prefix="envoy_prometheus_metrics",envoy_listener_address="0.0.0.0_20200"',
    ],
    ["tcp.upstream.original_destination.", "envoy_tcp_original_destination_", 'envoy_tcp_prefix="upstream"'],
    ["server.", "envoy_server_", ""],
  ])("of %s", (prefix, family, expected) => {
    expect(faceOf(STOCK, prefix)).toEqual({ family, labels: expected });
  });

  test("escape what a label value may not hold", () => {
    expect(faceOf(STOCK, 'cluster.a"b\\c.').labels).toBe('envoy_cluster_name="a\\"b\\\\c"');
  });
});

describe("Consul's tags", () => {
  test("take a cluster of the default partition apart, and leave nothing of it in the metric's name", () => {
    const prefix = `cluster.f8~v2.pong.default.dc2.internal.${TD}.consul.`;
    expect(faceOf(CONSUL, prefix).family).toBe("envoy_cluster_");
    expect(labels(CONSUL, prefix)).toMatchObject({
      envoy_cluster_name: "f8~v2",
      consul_destination_custom_hash: "f8",
      consul_destination_service_subset: "v2",
      consul_destination_service: "pong",
      consul_destination_namespace: "default",
      consul_destination_partition: "",
      consul_destination_datacenter: "dc2",
      consul_destination_routing_type: "internal",
      consul_destination_trust_domain: TD,
      consul_destination_target: "f8~v2.pong.default.dc2",
      consul_destination_full_target: `f8~v2.pong.default.dc2.internal.${TD}`,
      consul_service: "pong",
      consul_full_target: `f8~v2.pong.default.dc2.internal.${TD}`,
    });
  });

  test("are one word off in another partition without a subset, as Consul's are", () => {
    const found = labels(CONSUL, `cluster.pong.default.partA.dc2.internal-v1.${TD}.consul.`);
    expect(found).toMatchObject({
      consul_destination_service: "default",
      consul_destination_namespace: "partA",
      consul_destination_service_subset: "pong",
      consul_destination_partition: "",
      consul_destination_datacenter: "dc2",
      consul_destination_full_target: `pong.default.partA.dc2.internal-v1.${TD}`,
    });
  });

  test("are right in another partition with a subset", () => {
    const found = labels(CONSUL, `cluster.v2.pong.default.partA.dc2.internal-v1.${TD}.consul.`);
    expect(found).toMatchObject({
      consul_destination_service: "pong",
      consul_destination_namespace: "default",
      consul_destination_service_subset: "v2",
      consul_destination_partition: "partA",
    });
  });

  test("let a dialled-direct cluster through, which the old copies of the tags take for a hash", () => {
    const found = labels(CONSUL, `cluster.passthrough~pong.default.dc2.internal.${TD}.consul.`);
    expect(found).toMatchObject({ consul_destination_service: "pong", consul_destination_custom_hash: "" });
    expect(found).toMatchObject({ consul_custom_hash: "passthrough", consul_service: "pong" });
  });

  test("leave clusters that are not a service's alone", () => {
    expect(labels(CONSUL, "cluster.local_app.")).toEqual({ envoy_cluster_name: "local_app" });
  });

  test("name the upstream of a manager and a TCP proxy, but not in the listener's own series of codes", () => {
    const upstream = {
      consul_upstream_service: "pong",
      consul_upstream_namespace: "default",
      consul_upstream_partition: "partA",
      consul_upstream_datacenter: "dc1",
    };
    const http = "http.upstream.pong.default.partA.dc1.";
    expect(faceOf(CONSUL, http).family).toBe("envoy_http_");
    expect(labels(CONSUL, http)).toEqual({ envoy_http_conn_manager_prefix: "upstream", ...upstream });
    expect(labels(CONSUL, "tcp.upstream.pong.default.partA.dc1.")).toEqual({
      envoy_tcp_prefix: "upstream",
      ...upstream,
    });
    expect(faceOf(CONSUL, `listener.127.0.0.1_15001.${http}`)).toEqual({
      family: "envoy_listener_http_pong_default_partA_dc1_",
      labels: 'envoy_http_conn_manager_prefix="upstream",envoy_listener_address="127.0.0.1_15001"',
    });
  });
});
