import { describe, expect, test } from "vitest";
import { branch, mix, poisson } from "./draw.ts";
import { atlasOf, DEMO_ESTATE } from "./estate.ts";
import { expose } from "./exposition.ts";
import type { Estate, Link } from "./spec.ts";
import { World } from "./world.ts";

function relinked(change: (link: Link) => Link): Estate {
  return { ...DEMO_ESTATE, links: DEMO_ESTATE.links.map(change) };
}

describe("an estate", () => {
  test("of the demo has no loose ends", () => {
    expect(() => atlasOf(DEMO_ESTATE)).not.toThrow();
    expect(DEMO_ESTATE.workloads.length).toBeGreaterThanOrEqual(15);
  });

  test("with a cycle of calls is refused", () => {
    const back: Link = { from: "stock", to: "web", networkMs: 1, tls: "mutual" };
    expect(() => atlasOf({ ...DEMO_ESTATE, links: [...DEMO_ESTATE.links, back] })).toThrow(/cycle/);
  });

  test("with a call along no link, or a link that retries refused connections, is refused", () => {
    expect(() => atlasOf(relinked((l) => (l.to === "ledger" ? { ...l, to: "risk" } : l)))).toThrow(
      /no link payments ledger/,
    );
    expect(() => atlasOf(relinked((l) => (l.to === "stock" ? { ...l, connectFailure: 0.1 } : l)))).toThrow(/retries/);
  });

  test("whose upstream has no healthy endpoint reports 503 UH at an unknown workload and nothing beyond", () => {
    const startMs = Date.UTC(2026, 0, 5);
    const estate = relinked((l) => (l.to === "ledger" ? { ...l, noHealthyUpstream: 1 } : l));
    const world = new World({ seed: 1, startMs, estate });
    world.advance(startMs + 5000);
    const edges = world.truth().filter((e) => e.target.kind === "unreached");
    const ledger = world.truth().filter((e) => e.target.name === "ledger-v1");
    expect(ledger).toEqual([]);
    const pod = world.pods.find((p) => p.workload.name === "payments-v2");
    const text = (pod && expose(pod, { startMs, nowMs: world.nowMs }, 1)?.text) ?? "";
    const line = /^istio_requests_total\{(.*destination_workload="unknown".*response_flags="UH".*)\} (\d+)$/m.exec(
      text,
    );
    expect(line?.[1]).toContain('response_code="503"');
    expect(line?.[1]).toContain('destination_service_name="ledger"');
    expect(Number(line?.[2])).toBe(edges.find((e) => e.source.name === "payments-v2")?.neverLeft);
  });
});

describe("a gRPC caller that times out", () => {
  test("sees a 200 with UNAVAILABLE and UT, and the callee a reset stream", () => {
    const startMs = Date.UTC(2026, 0, 5);
    const estate = relinked((l) => (l.to === "pricing" ? { ...l, timeoutMs: 40 } : l));
    const world = new World({ seed: 1, startMs, estate, arrivalsEndMs: 5000 });
    world.advance(startMs + 15_000);
    const timeouts = world.truth().find((e) => e.target.name === "pricing-v1")?.timeouts ?? 0;
    expect(timeouts).toBeGreaterThan(50);
    const counted = (reporter: string, workload: string, end: string): number => {
      const pods = world.pods.filter((p) => p.workload.name === workload);
      const text = pods.map((pod) => expose(pod, { startMs, nowMs: world.nowMs }, 1)?.text ?? "").join("");
      const lines = text.matchAll(new RegExp(`^istio_requests_total\\{reporter="${reporter}",(.*)\\} (\\d+)$`, "gm"));
      return [...lines].filter(([, labels = ""]) => labels.includes(end)).reduce((sum, [, , n]) => sum + Number(n), 0);
    };
    const grpc = 'request_protocol="grpc",';
    const seen = `${grpc}response_code="200",grpc_response_status="14",response_flags="UT"`;
    const cut = `${grpc}response_code="0",grpc_response_status="",response_flags="DC"`;
    expect(counted("source", "catalog-v1", seen)).toBe(timeouts);
    expect(counted("destination", "pricing-v1", cut)).toBe(timeouts);
  });
});

describe("draws", () => {
  test("of branched seeds differ for every branch", () => {
    const seen = new Set(Array.from({ length: 50_000 }, (_, i) => mix(9, i)));
    expect(seen.size).toBe(50_000);
  });

  test("of a Poisson count have its mean and variance, below and above the switch of methods", () => {
    for (const mean of [0.3, 12, 80]) {
      const draw = branch(1, mean);
      const counts = Array.from({ length: 20_000 }, () => poisson(draw, mean));
      const average = counts.reduce((a, b) => a + b) / counts.length;
      const variance = counts.reduce((a, b) => a + (b - average) ** 2, 0) / counts.length;
      expect(Math.abs(average - mean)).toBeLessThan(0.05 * mean + 0.01);
      expect(Math.abs(variance - mean)).toBeLessThan(0.1 * mean + 0.01);
    }
  });
});
