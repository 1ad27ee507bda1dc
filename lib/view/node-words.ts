/** A node of the graph in words: its name and where it lives. */
import type { GraphNode } from "../query/schema/graph.ts";
import { nodeLabel } from "./find.ts";

/** "shop · west · istio"; parts that are not known are left out. */
export function nodePlace(node: GraphNode): string {
  const mesh = (node.meshes ?? (node.mesh === null ? [] : [node.mesh])).join(" + ");
  return [node.namespace, node.cluster, mesh].filter((part) => part !== "").join(" · ");
}

export function endLabel(nodes: ReadonlyMap<string, GraphNode>, id: string): string {
  const node = nodes.get(id);
  return node === undefined ? id : nodeLabel(node);
}
