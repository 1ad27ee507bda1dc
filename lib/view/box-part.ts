/** The part of a graph inside one box of the picture. In: a graph and a box id; out: its nodes, the edges that touch them, its name. */
import type { Graph, GraphNode } from "../query/schema/graph.ts";
import { clusterBoxId, namespaceBoxId } from "./graph/present-box.ts";

export interface BoxPart {
  readonly graph: Graph;
  readonly title: string;
  readonly kind: "namespace" | "cluster";
}

function kindOf(node: GraphNode, id: string): BoxPart["kind"] | null {
  if (namespaceBoxId(node.cluster, node.namespace) === id) return "namespace";
  return clusterBoxId(node.cluster) === id ? "cluster" : null;
}

/** Null when no node of the graph lies in that box. */
export function boxPart(graph: Graph, id: string): BoxPart | null {
  const nodes = graph.nodes.filter((node) => kindOf(node, id) !== null);
  const [first] = nodes;
  if (first === undefined) return null;
  const kind = kindOf(first, id) ?? "cluster";
  const ids = new Set(nodes.map((node) => node.id));
  const edges = graph.edges.filter((edge) => ids.has(edge.source) || ids.has(edge.target));
  return { graph: { ...graph, nodes, edges }, kind, title: kind === "namespace" ? first.namespace : first.cluster };
}
