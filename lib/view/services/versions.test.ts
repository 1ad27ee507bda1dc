import { describe, expect, it } from "vitest";
import type { EntityVersion } from "../../query/schema/entity.ts";
import { versionQuantile, versionSentences } from "./versions.ts";

function version(name: string | null, fields: Partial<EntityVersion>): EntityVersion {
  return {
    version: name,
    id: `id-${name}`,
    workloads: [],
    requestsPerSec: 9,
    errorRatio: 0,
    latencyMs: {
      avg: 10,
      p50: 8,
      p90: 40,
      p95: 83,
      p99: 99,
      count: 540,
      known: { p50: [5, 10], p95: [50, 100], p99: [50, 100] },
      of: "response",
    },
    share: 0.9,
    health: { state: "healthy", reasons: [], requests: 540 },
    ...fields,
  };
}

const base = version("v1", {});

describe("versions side by side", () => {
  it("say what the smaller one does otherwise", () => {
    const slow = { ...base.latencyMs, p95: 240, known: { p95: [100, 250] } };
    const canary = version("v2", {
      share: 0.1,
      errorRatio: 0.05,
      latencyMs: base.latencyMs === null ? null : { ...base.latencyMs, ...slow, known: { p95: [100, 250] } },
      health: { state: "failure", reasons: [], requests: 60 },
    });
    expect(versionSentences([base, canary])).toEqual([
      {
        version: "v2",
        text: "takes 10 % of the requests, fails 5 % of them against 0 % of v1, p95 240 ms against 83 ms",
      },
    ]);
  });

  it("claim no difference that one bucket hides, and none from a few requests", () => {
    const alike = version("v2", { share: 0.1, health: { state: "healthy", reasons: [], requests: 60 } });
    expect(versionSentences([base, alike])[0]?.text).toContain("p95 83 ms against 83 ms, within one bucket");
    const few = version("v3", { share: 0.001, health: { state: "unknown", reasons: [], requests: 3 } });
    expect(versionSentences([base, few])[0]?.text).toBe("takes 0.1 % of the requests: too few yet to compare");
  });

  it("say nothing of one version, of none, and of one without requests", () => {
    expect(versionSentences([])).toEqual([]);
    expect(versionSentences([base])).toEqual([]);
    expect(versionSentences([base, version(null, { share: 0 })])).toEqual([]);
  });

  it("print a quantile with what is known of it, or why there is none", () => {
    expect(versionQuantile(base, "p95").exact).toContain("known to lie in 50 to 100 ms");
    expect(versionQuantile(version("v1", { latencyMs: null, absent: { latencyMs: "notCollected" } }), "p95").text).toBe(
      "not collected",
    );
  });
});
