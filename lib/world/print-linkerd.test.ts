/** What Linkerd's proxies print: against the truth, against the shape of a real scrape, and what is gone after ten minutes. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { expose } from "./exposition.ts";
import type { Pod } from "./hop.ts";
import type { TruthEdge } from "./truth.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);
const SAMPLE = "../shared/samples/linkerd-proxy-2.12dev.prom.txt";

const world = new World({ seed: 9, startMs: START, arrivalsEndMs: 10_000 });
world.advance(START + 70_000);

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

function print(pod: Pod | undefined, scrapes = 1): string {
  return (pod && expose(pod, { startMs: START, nowMs: world.nowMs }, scrapes)?.text) ?? "";
}

function samplesOf(text: string): Sample[] {
  return [...text.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = "", labels = "", value]) => ({
    name,
    labels: new Map([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", text = ""]) => [key, text])),
    value: Number(value),
  }));
}

const podsOf = (workload: string): readonly Pod[] => world.pods.filter((pod) => pod.workload.name === workload);
const printed = (workload: string): Sample[] => podsOf(workload).flatMap((pod) => samplesOf(print(pod)));

function total(samples: readonly Sample[], name: string, where: Readonly<Record<string, string>>): number {
  return samples
    .filter((s) => s.name === name && Object.entries(where).every(([key, value]) => s.labels.get(key) === value))
    .reduce((sum, s) => sum + s.value, 0);
}

const edges = world.truth().filter((e) => e.source.mesh === "linkerd" && e.target.mesh === "linkerd");
const serviceOf = ({ workload }: TruthEdge["target"]): string => world.atlas.workload(workload).service;
const backendOf = (end: TruthEdge["target"]): string => world.atlas.workload(end.workload).calledAs ?? serviceOf(end);
const named = (e: TruthEdge): string => `${e.source.name} → ${e.target.name}`;

describe("the edges of Linkerd", () => {
  test.each(edges.filter((e) => e.protocol !== "tcp").map((e) => [named(e), e] as const))(
    "%s: outbound, inbound, route and connections say what happened",
    (_, e) => {
      const [source, target] = [printed(e.source.name), printed(e.target.name)];
      const there = { direction: "outbound", dst_deployment: e.target.name, tls: "true" };
      expect(total(source, "request_total", there)).toBe(e.arrived);
      expect(total(source, "response_total", there)).toBe(e.requests);
      expect(total(source, "response_total", { ...there, classification: "failure" })).toBe(e.failures);
      const identity = `${serviceOf(e.source)}.orders.serviceaccount.identity.linkerd.cluster.local`;
      const here = { direction: "inbound", client_id: identity, tls: "true" };
      // Versions of one service have one identity.
      const alike = edges.filter((o) => serviceOf(o.source) === serviceOf(e.source) && o.target.name === e.target.name);
      const sum = (of: (o: TruthEdge) => number): number => alike.reduce((all, o) => all + of(o), 0);
      expect(total(target, "request_total", here)).toBe(sum((o) => o.security.mutual));
      expect(total(target, "inbound_http_authz_allow_total", { client_id: identity })).toBe(sum((o) => o.arrived));
      const kind = e.protocol === "grpc" ? "grpc" : "http";
      const route = { parent_kind: "Service", parent_name: serviceOf(e.target) };
      const split = edges.filter((o) => o.source.name === e.source.name && serviceOf(o.target) === serviceOf(e.target));
      const asked = split.reduce((all, o) => all + o.sent, 0);
      expect(total(source, `outbound_${kind}_route_request_statuses_total`, route)).toBe(asked);
      expect(total(source, `outbound_${kind}_route_request_duration_seconds_count`, route)).toBe(asked);
      const backend = { ...route, backend_name: backendOf(e.target) };
      expect(total(source, `outbound_${kind}_route_backend_requests_total`, backend)).toBe(e.sent);
      const opened = total(source, "tcp_open_total", { ...there, peer: "dst" });
      expect(opened).toBeGreaterThan(0);
      const senders = alike.flatMap((o) => printed(o.source.name));
      expect(total(target, "tcp_open_total", { ...here, peer: "src" })).toBe(
        total(senders, "tcp_open_total", { ...there, peer: "dst" }),
      );
      expect(total(senders, "tcp_write_bytes_total", { ...there, peer: "dst" })).toBe(
        total(target, "tcp_read_bytes_total", { ...here, peer: "src" }),
      );
    },
  );

  test("latencies are whole milliseconds in the 25 bounds of the proxy and add up to the responses", () => {
    const source = printed("orders");
    const where = { direction: "outbound", dst_deployment: "fulfilment" };
    const buckets = source.filter((s) => s.name === "response_latency_ms_bucket" && s.labels.get("dst_deployment"));
    expect(new Set(buckets.map((s) => s.labels.get("le"))).size).toBe(26);
    expect(total(source, "response_latency_ms_count", where)).toBe(total(source, "response_total", where));
    expect(Number.isInteger(total(source, "response_latency_ms_sum", where))).toBe(true);
  });

  test("TCP is counted on both sockets of both proxies, in bytes of each peer", () => {
    const e = edges.find((one) => one.target.name === "orders-db");
    const out = { direction: "outbound", dst_deployment: "orders-db", peer: "dst" };
    const source = printed("orders");
    expect(total(source, "tcp_open_total", out)).toBe(e?.tcp.opened);
    expect(total(source, "tcp_close_total", out)).toBe(e?.tcp.closed);
    expect(total(source, "tcp_write_bytes_total", out)).toBe(e?.tcp.requestBytes);
    expect(total(source, "tcp_read_bytes_total", out)).toBe(e?.tcp.responseBytes);
    const target = printed("orders-db");
    const into = { direction: "inbound", target_port: "5432" };
    expect(total(target, "tcp_open_total", { ...into, peer: "src", tls: "true" })).toBe(e?.tcp.opened);
    expect(total(target, "tcp_open_total", { ...into, peer: "dst", no_tls_reason: "loopback" })).toBe(e?.tcp.opened);
    expect(total(target, "inbound_tcp_authz_allow_total", {})).toBe(e?.tcp.opened);
  });

  test("calls out of the mesh have no endpoint's labels, and callers from another mesh no identity", () => {
    const source = printed("fulfilment");
    const billing = source.filter((s) => s.labels.get("authority") === "billing.vm.example.com:8080");
    const e = world.truth().find((one) => one.source.name === "fulfilment" && one.target.name === "billing");
    expect(total(billing, "response_total", { no_tls_reason: "not_provided_by_service_discovery" })).toBe(e?.requests);
    expect(billing.every((s) => ![...s.labels.keys()].some((key) => key.startsWith("dst_")))).toBe(true);
    const web = world.truth().find((one) => one.source.name === "web-v1" && one.target.name === "orders");
    const inbound = { direction: "inbound", tls: "no_identity", no_tls_reason: "no_tls_from_remote" };
    expect(total(printed("orders"), "request_total", inbound)).toBe(web?.arrived);
  });
});

describe("a Linkerd exposition", () => {
  test("is classic text first and OpenMetrics after it, ends in EOF, and calls itself plain text", () => {
    const [pod] = podsOf("orders");
    const exposition = pod && expose(pod, { startMs: START, nowMs: world.nowMs }, 1);
    expect(exposition?.contentType).toBe("text/plain");
    const lines = (exposition?.text ?? "").trimEnd().split("\n");
    expect(lines.at(-1)).toBe("# EOF");
    const classic = lines.indexOf("# TYPE response_total counter");
    const open = lines.indexOf("# TYPE control_identity_cert_refreshes counter");
    expect(classic).toBeGreaterThan(0);
    expect(open).toBeGreaterThan(classic);
    expect(lines.slice(open).filter((line) => /^# TYPE \S+_total /.test(line))).toEqual([]);
    expect(lines.findIndex((line) => line.startsWith("# UNIT"))).toBeGreaterThan(classic);
  });

  test("counts the scrapes of its own admin port as the requests that they are", () => {
    const samples = samplesOf(print(podsOf("orders")[0], 5));
    expect(total(samples, "request_total", { target_port: "4191" })).toBe(4);
  });

  test("loses series that nothing touched for ten minutes, and starts them from zero when they come back", () => {
    const moving = new World({ seed: 9, startMs: START });
    const pod = moving.pods.find((one) => one.workload.name === "shipping");
    const count = (): number => {
      const text = (pod && expose(pod, { startMs: START, nowMs: moving.nowMs }, 1)?.text) ?? "";
      return total(samplesOf(text), "request_total", { direction: "inbound" });
    };
    moving.advance(START + 5000);
    const before = count();
    expect(before).toBeGreaterThan(50);
    moving.skipTo(START + 5000 + 601_000);
    // What was under way has ended on waking, and is young.
    moving.skipTo(moving.nowMs + 601_000);
    expect(count()).toBe(0);
    moving.advance(moving.nowMs + 2000);
    expect(count()).toBeGreaterThan(0);
    expect(count()).toBeLessThan(before);
  });

  test.skipIf(!existsSync(SAMPLE))(
    "has the families and labels of a real one (skipped without ../shared/samples)",
    () => {
      const real = samplesOf(readFileSync(SAMPLE, "utf8"));
      const ours = printed("orders");
      const labelsOf = (samples: readonly Sample[], name: string, where: Readonly<Record<string, string>>) => {
        const matching = samples.filter(
          (s) => s.name === name && Object.entries(where).every(([key, value]) => s.labels.get(key) === value),
        );
        return new Set(matching.flatMap((s) => [...s.labels.keys()]));
      };
      const inbound = { direction: "inbound", no_tls_reason: "no_tls_from_remote" };
      const outbound = { direction: "outbound", peer: "dst", tls: "true" };
      for (const [name, where] of [
        ["request_total", inbound],
        ["response_total", inbound],
        ["response_latency_ms_bucket", inbound],
        ["tcp_open_total", { ...inbound, peer: "src" }],
        ["tcp_open_total", outbound],
        ["tcp_open_connections", outbound],
        ["tcp_read_bytes_total", outbound],
        ["tcp_write_bytes_total", outbound],
        ["inbound_http_authz_allow_total", {}],
        ["control_request_total", {}],
      ] as const) {
        const known = labelsOf(real, name, where);
        expect(known.size, name).toBeGreaterThan(0);
        const own = labelsOf(ours, name, where);
        expect(
          [...known].filter((label) => !own.has(label)),
          name,
        ).toEqual([]);
      }
      const bounds = (samples: readonly Sample[]) => [
        ...new Set(samples.filter((s) => s.name === "response_latency_ms_bucket").map((s) => s.labels.get("le"))),
      ];
      expect(bounds(ours)).toEqual(bounds(real));
    },
  );
});
