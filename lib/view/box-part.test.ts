import { expect, it } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { boxPart } from "./box-part.ts";
import { namespaceBoxId } from "./graph/present-box.ts";

it("keeps the nodes of one namespace and every edge that touches them", () => {
  const node = GRAPH_FIXTURE.nodes.find((n) => n.name === "payments");
  if (node === undefined) throw new Error("the fixture has payments");
  const part = boxPart(GRAPH_FIXTURE, namespaceBoxId(node.cluster, node.namespace));
  expect(part?.title).toBe("billing");
  expect(part?.graph.nodes.every((n) => n.namespace === "billing")).toBe(true);
  expect(part?.graph.edges.some((e) => e.target === node.id)).toBe(true);
  const ids = new Set(part?.graph.nodes.map((n) => n.id));
  expect(part?.graph.edges.every((e) => ids.has(e.source) || ids.has(e.target))).toBe(true);
});

it("finds nothing for a box that is not there", () => {
  expect(boxPart(GRAPH_FIXTURE, namespaceBoxId("nowhere", "none"))).toBeNull();
});
