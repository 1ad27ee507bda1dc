/** The recorded captures against their own truth: needs no Envoy, so it runs everywhere. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Match, samplesOf, sumOf } from "./exposition.ts";
import { spansOf } from "./spans.ts";
import { clusterLabel, ISTIO_SHAPE, PLAIN, type ServiceName, virtualNode } from "./topology.ts";

const captures = new URL("../captures", import.meta.url).pathname;

type Truth = {
  readonly hops: readonly {
    readonly from: ServiceName;
    readonly to: ServiceName;
    readonly mtls: boolean;
    readonly cluster: string;
    readonly requests: number;
    readonly codes: { readonly [status: string]: number };
  }[];
  readonly traces: { readonly count: number; readonly spansEach: number };
  readonly posts: readonly { readonly file: string; readonly path: string; readonly atMs: number }[];
};

function truthOf(set: string): Truth {
  return JSON.parse(readFileSync(join(captures, set, "truth.json"), "utf8"));
}

function valueIn(set: string, file: string, name: string, match: Match): number | undefined {
  return sumOf(samplesOf(readFileSync(join(captures, set, file), "utf8")), name, match);
}

test.each(["plain", "istio-shape", "istio-stock-stats", "permissive-shared-spans", "consul-shape", "appmesh-shape"])(
  "%s: every request is one trace with all its spans",
  (set) => {
    const truth = truthOf(set);
    const posts = truth.posts.map((post) => ({
      path: post.path,
      atMs: post.atMs,
      headers: {},
      body: readFileSync(join(captures, set, post.file)),
    }));
    const byTrace = new Map<string, number>();
    for (const span of spansOf(posts)) byTrace.set(span.traceId, (byTrace.get(span.traceId) ?? 0) + 1);
    expect([...byTrace.values()]).toEqual(new Array(truth.traces.count).fill(truth.traces.spansEach));
  },
);

describe("plain", () => {
  const { hops } = truthOf("plain");

  test.each(hops)("$from -> $to: the increase is what was sent, by code", (hop) => {
    const label = clusterLabel(PLAIN);
    const at = { [label]: hop.cluster };
    const rise = (name: string, match: Match): number =>
      (valueIn("plain", `${hop.from}.after.prom.txt`, name, match) ?? 0) -
      (valueIn("plain", `${hop.from}.before.prom.txt`, name, match) ?? 0);
    expect(rise("envoy_cluster_upstream_rq_total", at)).toBe(hop.requests);
    for (const [status, requests] of Object.entries(hop.codes)) {
      expect(rise("envoy_cluster_upstream_rq", { ...at, envoy_response_code: status })).toBe(requests);
    }
    const handshakes = valueIn("plain", `${hop.from}.after.prom.txt`, "envoy_cluster_ssl_handshake", at);
    expect(handshakes).toBe(hop.mtls ? 1 : undefined);
  });

  test("b counts from zero after its restart", () => {
    const c = { envoy_cluster_name: "c" };
    expect(valueIn("plain", "b.restarted.prom.txt", "envoy_cluster_upstream_rq_total", c)).toBe(7);
  });
});

test("istio-shape: code and code class are labels of one metric", () => {
  for (const hop of truthOf("istio-shape").hops) {
    const at = { [clusterLabel(ISTIO_SHAPE)]: hop.cluster };
    const file = `${hop.from}.after.prom.txt`;
    expect(valueIn("istio-shape", file, "envoy_cluster_upstream_rq_total", at)).toBe(hop.requests);
    expect(valueIn("istio-shape", file, "envoy_cluster_upstream_rq", at)).toBe(2 * hop.requests);
    expect(valueIn("istio-shape", "a.before.prom.txt", "envoy_cluster_upstream_rq_total", at)).toBeUndefined();
  }
});

test("consul-shape: the destination's tags hold the name that is cut out of the metric's", () => {
  for (const hop of truthOf("consul-shape").hops) {
    const at = {
      consul_source_service: hop.from,
      consul_destination_full_target: hop.cluster.replace(/\.consul$/, ""),
    };
    const file = `${hop.from}.after.prom.txt`;
    expect(valueIn("consul-shape", file, "envoy_cluster_upstream_rq_total", at)).toBe(hop.requests);
    const first = { ...at, envoy_cluster_name: hop.to };
    expect(valueIn("consul-shape", file, "envoy_cluster_upstream_rq_total", first)).toBe(hop.requests);
    expect(valueIn("consul-shape", file, "envoy_cluster_ssl_handshake", at)).toBe(hop.mtls ? 1 : undefined);
  }
});

test("appmesh-shape: the fixed tags say whose proxy it is, the cluster whom it leads to", () => {
  for (const hop of truthOf("appmesh-shape").hops) {
    const at = { appmesh_virtual_node: virtualNode(hop.from), envoy_cluster_name: hop.cluster };
    const file = `${hop.from}.after.prom.txt`;
    expect(valueIn("appmesh-shape", file, "envoy_cluster_upstream_rq_total", at)).toBe(hop.requests);
    expect(valueIn("appmesh-shape", file, "envoy_cluster_ssl_handshake", at)).toBe(hop.mtls ? 1 : undefined);
  }
});
