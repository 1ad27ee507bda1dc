import { describe, expect, it } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import type { GraphEdge } from "../query/schema/graph.ts";
import { estateTotals, notCollectedLine, worstFirst } from "./estate.ts";

const [first] = GRAPH_FIXTURE.edges;
if (first === undefined) throw new Error("the fixture has edges");
const edge = (change: Partial<GraphEdge>): GraphEdge => ({ ...first, ...change });

describe("totals of a graph", () => {
  it("weighs error ratios by traffic and leaves unknown traffic out", () => {
    const totals = estateTotals({
      edges: [
        edge({ requestsPerSec: 90, errorRatio: 0, mtls: null }),
        edge({ requestsPerSec: 10, errorRatio: 0.5, mtls: null }),
        edge({ requestsPerSec: null, errorRatio: null, mtls: null }),
      ],
    });
    expect(totals.requestsPerSec).toBe(100);
    expect(totals.errorRatio).toBeCloseTo(0.05, 12);
    expect(totals.mutualShare).toBeNull();
  });

  it("says unknown, not zero, when nothing was seen", () => {
    expect(estateTotals({ edges: [] })).toMatchObject({ requestsPerSec: null, errorRatio: null, mutualShare: null });
  });

  it("tells an estate without requests from one that nobody observed", () => {
    const { tcp: _, ...http } = edge({ errorRatio: null, mtls: null });
    const idle = { ...http, requestsPerSec: 0 };
    const dark = { ...http, requestsPerSec: null };
    expect(estateTotals({ edges: [idle, idle] }).withoutRequests).toBe(true);
    expect(estateTotals({ edges: [idle, dark] }).withoutRequests).toBe(false);
    expect(estateTotals({ edges: [idle, edge({ requestsPerSec: 1 })] }).withoutRequests).toBe(false);
    expect(estateTotals({ edges: [] }).withoutRequests).toBe(false);
  });

  it("adds shares of mutual traffic by their totals", () => {
    const of = (mutual: number, total: number, unit: "requests" | "connections" = "requests", requests = total) =>
      edge({
        protocol: "http",
        health: { state: "healthy", reasons: [], requests },
        mtls: {
          mutual,
          tls: 0,
          plaintext: 1 - mutual,
          unknown: 0,
          total,
          unit,
          evidence: { family: "f", reporter: "destination" },
        },
      });
    expect(estateTotals({ edges: [of(1, 40), of(0, 20)] }).mutualShare).toBeCloseTo(2 / 3, 12);
    // Three connections that carried 60 requests; 80 requests of which nothing is known; TCP has no requests.
    const without = edge({ protocol: "http", mtls: null, health: { state: "healthy", reasons: [], requests: 80 } });
    const tcp = { ...of(0, 7, "connections"), protocol: "tcp" } as const;
    const all = estateTotals({ edges: [of(1, 40), of(0, 20), of(1, 3, "connections", 60), without, tcp] });
    expect(all).toMatchObject({ mutualShare: 0.5, mutualOf: 200 });
  });
});

describe("worst first", () => {
  it("puts the worst state first, then the most failures", () => {
    const healthy = edge({ id: "h", health: { state: "healthy", reasons: [], requests: 1 } });
    const few = edge({
      id: "few",
      requestsPerSec: 1,
      errorRatio: 1,
      health: { state: "failure", reasons: [], requests: 1 },
    });
    const many = edge({
      id: "many",
      requestsPerSec: 100,
      errorRatio: 0.5,
      health: { state: "failure", reasons: [], requests: 1 },
    });
    expect(worstFirst([healthy, few, many]).map((e) => e.id)).toEqual(["many", "few", "h"]);
  });
});

it("the status line names the one thing that is not collected, or the meshes of several", () => {
  const istio = { mesh: "istio", what: "retries", setting: "s" } as const;
  const consul = { mesh: "consul", what: "requests", setting: "t" } as const;
  expect(notCollectedLine([])).toBe("");
  expect(notCollectedLine([istio])).toBe("not collected: retries on istio (why?)");
  expect(notCollectedLine([consul, istio])).toBe("2 kinds of figures not collected on consul, istio (why?)");
});
