import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import type { Graph, GraphDelta } from "../query/schema/graph.ts";
import { mendedDelta, mendedGraph } from "../query/schema/mended-graph.ts";
import { applyDelta } from "./live-delta.ts";

const QUIET: GraphDelta = {
  window: GRAPH_FIXTURE.window,
  completeness: GRAPH_FIXTURE.completeness,
  nodes: { put: [], remove: [] },
  edges: { put: [], remove: [] },
};

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
const sorted: Graph = {
  ...GRAPH_FIXTURE,
  nodes: [...GRAPH_FIXTURE.nodes].sort(byId),
  edges: [...GRAPH_FIXTURE.edges].sort(byId),
};
const some = fc.subarray(sorted.edges).map((edges) => edges.map((e) => ({ ...e, requestsPerSec: 7 })));

describe("a delta on a snapshot", () => {
  it("replaces what is put, drops what is removed and keeps every other object as it was", () => {
    fc.assert(
      fc.property(some, fc.subarray(sorted.edges), (put, gone) => {
        const remove = gone.map((e) => e.id);
        const next = applyDelta(sorted, { ...QUIET, edges: { put, remove } });
        const expected = sorted.edges.filter((e) => !remove.includes(e.id) && !put.some((p) => p.id === e.id));
        expect(next.edges).toEqual([...expected, ...put].sort(byId));
        for (const edge of expected) expect(next.edges.find((e) => e.id === edge.id)).toBe(edge);
        expect(next.nodes).toBe(sorted.nodes);
      }),
    );
  });

  it("takes the window and the completeness of the delta", () => {
    const window = { ...QUIET.window, end: QUIET.window.end + 10_000 };
    expect(applyDelta(sorted, { ...QUIET, window }).window.end).toBe(window.end);
  });

  const [edge] = sorted.edges;
  const { source: _source, ...endless } = edge ?? {};
  const read = (edges: readonly unknown[]) => {
    const parsed = mendedGraph.safeParse({ ...sorted, edges: [...sorted.edges.slice(1), ...edges] });
    if (!parsed.success) throw new Error("it is a graph");
    return parsed.data;
  };
  const applied = (graph: Graph, edges: { put?: readonly unknown[]; remove?: readonly string[] }) => {
    const parsed = mendedDelta.safeParse({ ...QUIET, edges: { put: [], remove: [], ...edges } });
    if (!parsed.success) throw new Error("it is a delta");
    return applyDelta(graph, parsed.data);
  };
  const missing = ({ completeness }: Graph) => completeness.dropped["not_readable"] ?? 0;

  it("counts what could not be read as long as it is missing", () => {
    const graph = read([endless, {}]);
    expect(missing(graph)).toBe(2);
    expect(missing(applied(graph, {}))).toBe(2);
    expect(missing(applied(applied(graph, {}), {}))).toBe(2);
    // Again what cannot be read, the same by its id and one without: no more are missing than before.
    expect(missing(applied(graph, { put: [endless, {}] }))).toBe(2);
    expect(missing(applied(graph, { put: [{ id: "another" }] }))).toBe(3);
  });

  it("counts it no longer once it is told whole, or is gone", () => {
    const graph = read([endless]);
    expect(missing(applied(graph, { put: [edge] }))).toBe(0);
    expect(missing(applied(graph, { remove: [edge?.id ?? ""] }))).toBe(0);
    expect(missing(applied(applied(read([]), { put: [endless] }), {}))).toBe(1);
  });

  it("adds new things in order and ignores the removal of unknown ones", () => {
    const [first] = sorted.nodes;
    if (first === undefined) throw new Error("the fixture has nodes");
    const put = [
      { ...first, id: "~last" },
      { ...first, id: "!first" },
    ];
    const next = applyDelta(sorted, { ...QUIET, nodes: { put, remove: ["nobody"] } });
    expect(next.nodes.at(-1)?.id).toBe("~last");
    expect(next.nodes[0]?.id).toBe("!first");
    expect(next.nodes).toHaveLength(sorted.nodes.length + 2);
  });
});
