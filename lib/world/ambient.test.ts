/** Ambient mode: what ztunnels and the waypoint print, against the truth and the shape of a real ztunnel's scrape. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { expose } from "./exposition.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);
const SAMPLE = "../shared/samples/istio-ztunnel-1.24-excerpt.prom.txt";

const world = new World({ seed: 6, startMs: START, arrivalsEndMs: 10_000 });
world.advance(START + 75_000);
const { nowMs } = world;

const textOf = (workload: string): string =>
  world.pods
    .filter((pod) => pod.workload.name === workload)
    .map((pod) => expose(pod, { startMs: START, nowMs }, 1)?.text ?? "")
    .join("");

/** Sum of a family's samples with these label values. */
function total(text: string, name: string, where: Readonly<Record<string, string>>): number {
  let sum = 0;
  for (const line of text.split("\n")) {
    if (!line.startsWith(`${name}{`)) continue;
    if (Object.entries(where).every(([key, value]) => line.includes(`${key}="${value}"`)))
      sum += Number(line.slice(line.lastIndexOf(" ")));
  }
  return sum;
}

const edge = (source: string, target: string) =>
  world.truth().find((e) => e.source.name === source && e.target.name === target);
const nodes = textOf("ztunnel");
const waypoint = textOf("waypoint");
const between = (source: string, target: string) => ({ source_workload: source, destination_workload: target });

describe("ambient mode", () => {
  test("the waypoint counts requests between workloads of the mode, with both ends and mutual TLS", () => {
    for (const [source, target] of [
      ["feed-v1", "reviews-v1"],
      ["reviews-v1", "ratings-v1"],
    ] as const) {
      const e = edge(source, target);
      const where = { reporter: "waypoint", ...between(source, target) };
      expect(e?.arrived).toBeGreaterThan(100);
      expect(total(waypoint, "istio_requests_total", where)).toBe(e?.requests);
      expect(total(waypoint, "istio_requests_total", { ...where, connection_security_policy: "mutual_tls" })).toBe(
        e?.security.mutual,
      );
    }
    expect(waypoint).not.toContain('source_workload="web-v1"');
  });

  test("ztunnels count the two legs to and from the waypoint, and never the pair as one", () => {
    const opened = "istio_tcp_connections_opened_total";
    const bytes = "istio_tcp_received_bytes_total";
    const first = { reporter: "source", ...between("feed-v1", "waypoint") };
    const second = { reporter: "destination", ...between("waypoint", "reviews-v1") };
    expect(total(nodes, opened, first)).toBeGreaterThan(0);
    expect(total(nodes, opened, second)).toBeGreaterThan(0);
    expect(total(nodes, bytes, first)).toBeGreaterThan(0);
    expect(total(nodes, bytes, first)).toBe(total(nodes, bytes, second));
    expect(total(nodes, opened, between("feed-v1", "reviews-v1"))).toBe(0);
  });

  test("TCP past the waypoint is counted at both ends, in mutual TLS by both", () => {
    const e = edge("reviews-v1", "reviews-db-v1");
    for (const reporter of ["source", "destination"]) {
      const where = { reporter, ...between("reviews-v1", "reviews-db-v1"), connection_security_policy: "mutual_tls" };
      expect(total(nodes, "istio_tcp_connections_opened_total", where)).toBe(e?.tcp.opened);
      expect(total(nodes, "istio_tcp_connections_closed_total", where)).toBe(e?.tcp.closed);
      expect(total(nodes, "istio_tcp_received_bytes_total", where)).toBe(e?.tcp.requestBytes);
      expect(total(nodes, "istio_tcp_sent_bytes_total", where)).toBe(e?.tcp.responseBytes);
    }
  });

  test("a sidecar that calls in counts the requests alone, and the far node its connections", () => {
    const e = edge("web-v1", "reviews-v1");
    const where = { reporter: "source", ...between("web-v1", "reviews-v1") };
    expect(total(textOf("web-v1"), "istio_requests_total", where)).toBe(e?.requests);
    const there = { reporter: "destination", ...between("web-v1", "reviews-v1") };
    expect(total(nodes, "istio_tcp_connections_opened_total", there)).toBeGreaterThan(0);
    expect(total(nodes, "istio_tcp_connections_opened_total", { ...where })).toBe(0);
  });

  test("workloads of the mode print nothing themselves", () => {
    expect(textOf("reviews-v1")).toBe("");
  });

  test.skipIf(!existsSync(SAMPLE))(
    "a ztunnel has the families and labels of a real one (skipped without ../shared/samples)",
    () => {
      const real = readFileSync(SAMPLE, "utf8");
      const typed = (text: string) => new Set(text.split("\n").filter((line) => line.startsWith("# TYPE ")));
      const own = typed(nodes);
      expect([...typed(real)].filter((line) => !own.has(line))).toEqual([]);
      const labels = (text: string) => {
        const line = text.split("\n").find((one) => one.startsWith("istio_tcp_connections_opened_total{")) ?? "";
        return [...line.matchAll(/(\w+)="/g)].map(([, name]) => name);
      };
      expect(labels(real).length).toBeGreaterThan(20);
      expect(labels(nodes)).toEqual(labels(real));
    },
  );
});
