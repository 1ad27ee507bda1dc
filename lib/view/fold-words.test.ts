import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import type { GraphNode } from "../query/schema/graph.ts";
import { foldWords } from "./fold-words.ts";

const [plain] = GRAPH_FIXTURE.nodes;

function box(kind: GraphNode["kind"], nodes: number): GraphNode {
  if (plain === undefined) throw new Error("the fixture has nodes");
  return { ...plain, kind, holds: { nodes, namespaces: 1 } };
}

test("boxes are named by what they are, apart from what stands outside and from nodes, for how many in all", () => {
  const boxes = [box("namespace", 30), box("namespace", 15), box("external", 8)];
  const few = GRAPH_FIXTURE.nodes.slice(0, 1);
  expect(foldWords([...boxes, ...few], 54)).toBe(
    "Showing 2 namespaces, 1 group outside and 1 node for the 54 nodes in view. Zoom in to open them.",
  );
  expect(foldWords([box("cluster", 1_200), box("namespace", 1)], 1_201)).toContain(
    "1 namespace and 1 cluster for the 1,201 nodes",
  );
  expect(foldWords([box("mesh", 1)], 1)).toContain("Showing 1 mesh for the 1 node in view.");
});

test("a picture with every box open says that", () => {
  expect(foldWords(GRAPH_FIXTURE.nodes, 9)).toBe("All boxes are open.");
});
