import { describe, expect, test } from "vitest";
import { expose } from "./exposition.ts";
import { binMiddle, ENVOY_BOUNDS, newTally, observe } from "./tally.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);
const world = new World({ seed: 11, startMs: START });
world.advance(START + 20_000);
const times = { startMs: START, nowMs: world.nowMs };

function textOf(workload: string): string {
  const pod = world.pods.find((p) => p.workload.name === workload);
  return (pod && expose(pod, times, 3)?.text) ?? "";
}

const LABELS = `reporter source_workload source_canonical_service source_canonical_revision source_workload_namespace
  source_principal source_app source_version source_cluster destination_workload destination_workload_namespace
  destination_principal destination_app destination_version destination_service destination_canonical_service
  destination_canonical_revision destination_service_name destination_service_namespace destination_cluster
  request_protocol response_code grpc_response_status response_flags connection_security_policy`
  .trim()
  .split(/\s+/);

const names = (line: string): string[] => [...line.matchAll(/(\w+)="/g)].map(([, name = ""]) => name);

describe("an exposition", () => {
  const LINE =
    /^(# (TYPE|HELP|UNIT) \S+ .+|# EOF|[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="(\\.|[^"\\])*",?)*\})? (NaN|[-+.\dInfe]+)( # \{.*\} .+)?)$/;

  test.each(world.pods.filter((pod) => typeof pod.proxy?.path === "string").map((pod) => [pod.name, pod] as const))(
    "of %s is well formed, one family at a time",
    (_, pod) => {
      const text = expose(pod, times, 1)?.text ?? "";
      expect(text.endsWith("\n")).toBe(true);
      const lines = text.slice(0, -1).split("\n");
      expect(lines.filter((line) => !LINE.test(line))).toEqual([]);
      const typed = lines.filter((line) => line.startsWith("# TYPE")).map((line) => line.split(" ")[2]);
      expect(new Set(typed).size).toBe(typed.length);
      const series = lines.filter((line) => !line.startsWith("#")).map((line) => line.replace(/ \S+( # .*)?$/, ""));
      expect(new Set(series).size).toBe(series.length);
    },
  );

  test("of a workload without a proxy does not exist", () => {
    const pod = world.pods.find((p) => p.workload.name === "legacy-cron");
    expect(pod && expose(pod, times, 1)).toBeNull();
  });

  test("has Istio's 25 labels on requests and fewer on TCP and message series", () => {
    const lines = textOf("pricing-v1").split("\n");
    const request = lines.find((line) => line.startsWith("istio_requests_total{")) ?? "";
    expect(names(request).sort()).toEqual([...LABELS].sort());
    const message = lines.find((line) => line.startsWith("istio_request_messages_total{")) ?? "";
    expect(names(message)).toHaveLength(20);
    const tcp = textOf("accounts-db-v1").match(/^istio_tcp_sent_bytes_total\{.*$/m)?.[0] ?? "";
    expect(names(tcp).sort()).toEqual(
      LABELS.filter((l) => l !== "response_code" && l !== "grpc_response_status").sort(),
    );
  });

  test("of a sidecar holds what trips readers: empty label sets, NaN, integers beyond 2^53, the agent's and the app's lines", () => {
    const text = textOf("catalog-v1");
    expect(text).toMatch(/^envoy_server_live\{\} 1$/m);
    expect(text).toMatch(/ NaN$/m);
    const version = /^envoy_cluster_manager_cds_version\{\} (\d+)$/m.exec(text)?.[1] ?? "0";
    expect(BigInt(version)).toBeGreaterThan(2n ** 53n);
    expect(text).toMatch(/^istio_agent_cert_expiry_seconds\{resource_name="default"\} 86380$/m);
    expect(text).toMatch(/^istio_build\{component="proxy",tag="[\d.]+"\} 1$/m);
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(textOf("web-v1")).toContain('template="home \\"new\\""');
    expect(text.indexOf("istio_agent_")).toBeLessThan(text.indexOf("envoy_"));
  });

  test("of a sidecar hides what Istio's default allow-list hides", () => {
    const lines = textOf("catalog-v1")
      .split("\n")
      .filter((line) => line.startsWith("envoy_cluster_"));
    const clusters = lines.filter(
      (line) => line.includes("cluster_name=") && !line.includes('cluster_name="xds-grpc"'),
    );
    expect(clusters).toEqual([]);
    expect(lines.some((line) => line.includes("envoy_cluster_name"))).toBe(false);
  });

  test("of a stock Envoy has no HELP, its own label names and the sentinel for no certificate", () => {
    expect(textOf("query")).not.toContain("# HELP");
    expect(textOf("query")).toMatch(
      /^envoy_cluster_circuit_breakers_default_rq_open\{envoy_cluster_name="ranker"\} 0$/m,
    );
    expect(textOf("ranker")).toMatch(/^envoy_server_days_until_first_cert_expiring\{\} 4294967295$/m);
    expect(textOf("query")).toMatch(/^envoy_listener_ssl_no_certificate\{envoy_listener_address="0.0.0.0_9000"\} 0$/m);
  });

  test("has cumulative buckets that end at the count, one per default bound and +Inf", () => {
    const buckets = [...textOf("ranker").matchAll(/^envoy_http_downstream_rq_time_bucket\{.*le="(.*)"\} (\d+)$/gm)];
    expect(buckets.map(([, le]) => le)).toEqual([...ENVOY_BOUNDS.map(String), "+Inf"]);
    const counts = buckets.map(([, , count]) => Number(count));
    expect([...counts].sort((a, b) => a - b)).toEqual(counts);
    expect(textOf("ranker")).toContain(
      `envoy_http_downstream_rq_time_count{envoy_http_conn_manager_prefix="ingress_http"} ${counts.at(-1)}`,
    );
  });
});

describe("a tally", () => {
  test("reads the middles of bins of two significant digits", () => {
    expect([0, 1, 7, 54, 99, 100, 155, 1234].map(binMiddle)).toEqual([0, 1.05, 7.05, 54.5, 99.5, 105, 155, 1250]);
  });

  test("counts an observation once, at or below its bound", () => {
    const tally = newTally();
    for (const value of [0, 3, 54.9, 4_000_000]) observe(tally, value);
    expect(tally.counts.reduce((a, b) => a + b)).toBe(4);
    expect([tally.counts[0], tally.counts[2], tally.counts[6], tally.counts.at(-1)]).toEqual([1, 1, 1, 1]);
    expect(tally.count).toBe(4);
  });
});
