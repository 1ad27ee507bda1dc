/** Frames: which boxes stand in which, and what of them is folded. */
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import type { GraphNode } from "../../query/schema/graph.ts";
import { FRAMED, FRAMED_BY_MESH, ROOMY_BY_MESH } from "./graph-view.ts";
import { boxesOf, boxIdOf, foldIdOf, meshNameOf } from "./present-box.ts";
import { presentGraph } from "./present-graph.ts";

const { nodes } = GRAPH_FIXTURE;
const [first] = nodes;
if (first === undefined) throw new Error("the fixture has nodes");

/** A workload of a mesh in a namespace of a cluster. */
const workload = (mesh: GraphNode["mesh"], cluster: string, namespace: string, name: string): GraphNode => ({
  ...first,
  id: `${mesh} ${cluster} ${namespace} ${name}`.slice(0, 60),
  kind: "workload",
  name,
  cluster,
  namespace,
  mesh,
  meshes: mesh === null ? [] : [mesh],
});

test("frames of meshes stand around those of clusters and namespaces, each with its name and its parent", () => {
  const estate = [
    workload("istio", "west", "shop", "web"),
    workload("istio", "east", "shop", "web"),
    workload("linkerd", "west", "shop", "cart"),
    workload(null, "west", "data", "redis"),
  ];
  const { boxes, boxOf } = boxesOf(estate, FRAMED_BY_MESH);
  const titleAt = (at: number): string => boxes[at]?.title ?? "";
  const chain = (node: number): string[] => {
    const out: string[] = [];
    for (let at = boxOf[node] ?? -1; at >= 0; at = boxes[at]?.parent ?? -1) out.push(titleAt(at));
    return out;
  };
  expect(estate.map((_, i) => chain(i))).toEqual([
    ["shop", "west", "istio"],
    ["shop", "east", "istio"],
    ["shop", "west", "linkerd"],
    ["data", "west", "no mesh"],
  ]);
  boxes.forEach(({ parent }, b) => {
    expect(parent).toBeLessThan(b);
  });
  expect(new Set(boxes.map(({ id }) => id)).size).toBe(boxes.length);
});

test("without them the frames are as they were: a namespace of two meshes is one box", () => {
  const estate = [workload("istio", "west", "shop", "web"), workload("linkerd", "west", "shop", "cart")];
  const { boxes } = boxesOf(estate, FRAMED);
  expect(boxes.map(({ title, meshes }) => [title, meshes])).toEqual([["shop", ["istio", "linkerd"]]]);
});

test("a mesh that is one node stands folded in its own frame, with the room that what it holds needs", () => {
  const id = foldIdOf("mesh", { mesh: "istio", cluster: "", namespace: "" });
  const folded: GraphNode = {
    ...first,
    id,
    kind: "mesh",
    name: "istio",
    cluster: "",
    namespace: "",
    holds: { nodes: 300, namespaces: 12 },
  };
  const view = presentGraph({ nodes: [folded, workload("linkerd", "west", "shop", "cart")], edges: [] }, ROOMY_BY_MESH);
  const box = view.boxes.find(({ kind, folded: isFolded }) => kind === "mesh" && isFolded);
  expect(box).toMatchObject({ title: "istio", room: 300, children: 12, foldId: id });
  expect(view.nodes[0]).toMatchObject({ folded: true, crowd: false });
});

test("what stands outside all boxes is in none, whatever frames there are", () => {
  const outside = nodes.findIndex(({ kind, namespace }) => kind === "external" && namespace === "");
  expect(outside).toBeGreaterThanOrEqual(0);
  expect(boxesOf(nodes, FRAMED_BY_MESH).boxOf[outside]).toBe(-1);
  expect(meshNameOf(workload(null, "", "", "x"))).toBe("none");
  expect(boxIdOf("cluster", { mesh: "", cluster: "west", namespace: "" })).toBe("cluster:west");
});
