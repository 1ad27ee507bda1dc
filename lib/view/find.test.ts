import { describe, expect, it } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { findMatches, nodeLabel, stepMatch } from "./find.ts";

describe("find", () => {
  it("names a node with its version once", () => {
    expect(nodeLabel({ kind: "workload", name: "payments", version: "v2" })).toBe("payments v2");
    expect(nodeLabel({ kind: "workload", name: "payments-v2", version: "v2" })).toBe("payments-v2");
    expect(nodeLabel({ kind: "workload", name: "redis" })).toBe("redis");
    expect(nodeLabel({ kind: "unknown", name: "" })).toBe("unknown");
  });

  it("matches names without regard to case, sorted by name", () => {
    const names = findMatches(GRAPH_FIXTURE.nodes, "CA").map(
      (id) => GRAPH_FIXTURE.nodes.find((n) => n.id === id)?.name,
    );
    expect(names).toContain("cart");
    expect(names).toContain("catalog");
    expect(names.indexOf("cart")).toBeLessThan(names.indexOf("catalog"));
  });

  it("finds nothing for blank text and for a name that is not there", () => {
    expect(findMatches(GRAPH_FIXTURE.nodes, "  ")).toEqual([]);
    expect(findMatches(GRAPH_FIXTURE.nodes, "zzz-none")).toEqual([]);
  });

  it("steps round the end in both directions", () => {
    expect(stepMatch(2, 1, 3)).toBe(0);
    expect(stepMatch(0, -1, 3)).toBe(2);
    expect(stepMatch(9, 1, 0)).toBe(0);
  });
});
