import { expect, it } from "vitest";
import { entityId } from "../model/identity.ts";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { boxPart } from "./box-part.ts";
import { nodesById } from "./estate.ts";
import { boxIdOf, meshNameOf } from "./graph/present-box.ts";
import { endLabel } from "./node-words.ts";

it("keeps the nodes of one namespace and every edge that touches them", () => {
  const node = GRAPH_FIXTURE.nodes.find((n) => n.name === "payments");
  if (node === undefined) throw new Error("the fixture has payments");
  const part = boxPart(
    GRAPH_FIXTURE,
    boxIdOf("namespace", { mesh: "", cluster: node.cluster, namespace: node.namespace }),
  );
  expect(part?.title).toBe("billing");
  expect(part?.graph.nodes.every((n) => n.namespace === "billing")).toBe(true);
  expect(part?.graph.edges.some((e) => e.target === node.id)).toBe(true);
  const ids = new Set(part?.graph.nodes.map((n) => n.id));
  expect(part?.graph.edges.every((e) => ids.has(e.source) || ids.has(e.target))).toBe(true);
});

it("names both ends of an edge that leaves the box", () => {
  const node = GRAPH_FIXTURE.nodes.find((n) => n.name === "payments");
  if (node === undefined) throw new Error("the fixture has payments");
  const { cluster, namespace } = node;
  const part = boxPart(GRAPH_FIXTURE, boxIdOf("namespace", { mesh: "", cluster, namespace }));
  const leaving = part?.graph.edges.filter((e) => e.source !== node.id) ?? [];
  expect(leaving.length).toBeGreaterThan(0);
  const names = nodesById(part?.ends ?? []);
  for (const { source, target } of leaving) {
    expect(endLabel(names, source)).not.toBe(source);
    expect(endLabel(names, target)).not.toBe(target);
  }
});

it("finds nothing for a box that is not there", () => {
  expect(boxPart(GRAPH_FIXTURE, boxIdOf("namespace", { mesh: "", cluster: "nowhere", namespace: "none" }))).toBeNull();
});

it("keeps what a mesh holds where meshes have frames, and folds by the mesh's own id", () => {
  const node = GRAPH_FIXTURE.nodes.find((n) => n.name === "payments");
  if (node === undefined) throw new Error("the fixture has payments");
  const mesh = meshNameOf(node);
  const part = boxPart(GRAPH_FIXTURE, boxIdOf("mesh", { mesh, cluster: "", namespace: "" }));
  expect(part).toMatchObject({ kind: "mesh", title: mesh });
  expect(part?.graph.nodes.every((n) => meshNameOf(n) === mesh)).toBe(true);
  expect(part?.fold.id).toBe(entityId({ cluster: "", namespace: "", kind: "mesh", name: mesh }));
});
