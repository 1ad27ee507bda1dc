import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import { poisson } from "../../world/draw.ts";
import { GRAPH_FIXTURE } from "../fixtures/graph-fixture.ts";
import { compareAnswerSchema } from "../schema/compare.ts";
import type { Graph, GraphEdge } from "../schema/graph.ts";
import { edgeChanges } from "./changes.ts";
import { compareGraphs } from "./compare.ts";

const graph = GRAPH_FIXTURE;
const busiest = graph.edges.reduce((a, b) => ((b.requestsPerSec ?? 0) > (a.requestsPerSec ?? 0) ? b : a));
const SECONDS = 300;

/** An edge as a window of 5 minutes counts it. */
function counted(requests: number, errors: number, p95: number | null = 40): GraphEdge {
  return {
    ...busiest,
    requestsPerSec: requests / SECONDS,
    errorRatio: requests === 0 ? null : errors / requests,
    latencyMs: { p50: 10, p95, p99: 90 },
    health: { state: "healthy", reasons: [], requests },
  };
}

const withEdge = (edge: GraphEdge): Graph => ({
  ...graph,
  edges: graph.edges.map((one) => (one.id === edge.id ? edge : one)),
});

describe("what changed between two windows", () => {
  test("a window beside itself has no changes", () => {
    expect(compareGraphs(graph, graph)).toMatchObject({ changes: [], added: [], removed: [] });
  });

  test("what came and went is named, with its ends' peers", () => {
    const without: Graph = { ...graph, edges: graph.edges.filter(({ id }) => id !== busiest.id) };
    const came = compareGraphs(without, graph);
    expect(came.added).toEqual([busiest.id]);
    expect(came.changes[0]).toEqual({
      of: "edge",
      id: busiest.id,
      kind: "added",
      before: null,
      after: busiest.requestsPerSec,
      score: 1,
    });
    const peers = came.changes.filter(({ kind }) => kind === "peers").map(({ id }) => id);
    expect(peers.sort()).toEqual([busiest.source, busiest.target].sort());
    const went = compareGraphs(graph, without);
    expect([went.added, went.removed]).toEqual([[], [busiest.id]]);
    expect(went.edges).toHaveLength(graph.edges.length);
    expect(compareAnswerSchema.parse(JSON.parse(JSON.stringify(went)))).toEqual(went);
  });

  test("the same traffic counted twice is no change, but for one comparison in a thousand", () => {
    const random = rng(7);
    let changes = 0;
    for (let run = 0; run < 2_000; run++) {
      const side = (): GraphEdge => {
        const requests = poisson(random, 3_000);
        return counted(requests, poisson(random, requests * 0.02));
      };
      changes += edgeChanges(side(), side()).length;
    }
    // 4 standard errors of a rate, 3 of a share: about 6 of 2,000 by chance.
    expect(changes).toBeLessThan(20);
  });

  test("a rate that doubles, errors that rise by five points and a slower p95 are found, each with its size", () => {
    const changes = edgeChanges(counted(3_000, 30), counted(6_000, 360, 100));
    expect(changes.map(({ kind, score }) => [kind, Math.round(score * 100) / 100])).toEqual([
      ["rate", 0.5],
      ["errors", 0.5],
      ["latency", 0.6],
    ]);
  });

  test("few requests prove nothing: 0 of 10 and 2 of 10", () => {
    expect(edgeChanges(counted(10, 0), counted(10, 2, 400))).toEqual([]);
  });

  test("traffic that stops on an edge that stays is a change of its rate", () => {
    expect(edgeChanges(counted(3_000, 0), counted(0, 0, null))).toEqual([
      { kind: "rate", before: 10, after: 0, score: 1 },
    ]);
  });

  test("a mutual share that falls is found whatever the traffic", () => {
    const mtls = { mutual: 1, tls: 0, plaintext: 0, unknown: 0, total: 40, unit: "requests" as const };
    const before = { ...counted(40, 0), mtls };
    const after = { ...before, mtls: { ...mtls, mutual: 0.9, plaintext: 0.1 } };
    expect(edgeChanges(before, after).map(({ kind }) => kind)).toEqual(["mtls"]);
  });

  test("a figure that one window lacks is no change, and one that is no number neither", () => {
    const unknown: GraphEdge = { ...counted(0, 0, null), requestsPerSec: null, errorRatio: null, latencyMs: null };
    expect(edgeChanges(unknown, counted(3_000, 30))).toEqual([]);
    expect(edgeChanges({ ...counted(3_000, 30), requestsPerSec: Number.NaN }, counted(3_000, 30))).toEqual([]);
  });

  test("most changed is first", () => {
    const { changes } = compareGraphs(withEdge(counted(3_000, 30)), withEdge(counted(3_000, 600)));
    expect(changes[0]).toMatchObject({ of: "edge", id: busiest.id, kind: "errors", score: 1 });
    expect(changes.map(({ score }) => score)).toEqual(changes.map(({ score }) => score).sort((a, b) => b - a));
  });
});
