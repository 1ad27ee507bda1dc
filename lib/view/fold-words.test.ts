import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import type { GraphNode } from "../query/schema/graph.ts";
import { foldWords } from "./fold-words.ts";

const [plain] = GRAPH_FIXTURE.nodes;

function box(kind: GraphNode["kind"], nodes: number): GraphNode {
  if (plain === undefined) throw new Error("the fixture has nodes");
  return { ...plain, kind, holds: { nodes, namespaces: 1 } };
}

test("boxes are named by what they are, apart from what stands outside, and say how many nodes they stand for", () => {
  const nodes = [box("namespace", 30), box("namespace", 15), box("external", 8), ...GRAPH_FIXTURE.nodes];
  expect(foldWords(nodes)).toBe("Showing 2 namespaces and 1 group outside in place of 53 nodes. Zoom in to open them.");
  expect(foldWords([box("cluster", 1_200), box("namespace", 1)])).toContain(
    "1 namespace and 1 cluster in place of 1,201",
  );
  expect(foldWords([box("mesh", 1)])).toContain("1 mesh in place of 1 node.");
});

test("a picture with every box open says that", () => {
  expect(foldWords(GRAPH_FIXTURE.nodes)).toBe("All boxes are open.");
});
