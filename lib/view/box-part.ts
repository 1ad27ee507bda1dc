/** The part of a graph inside one box of the picture. In: a graph and a box id; out: its nodes, the edges that touch them, its name. */
import type { Graph, GraphNode } from "../query/schema/graph.ts";
import type { FoldTarget } from "./graph/fold-target.ts";
import { clusterBoxId, foldIdOf, namespaceBoxId } from "./graph/present-box.ts";

export interface BoxPart {
  readonly graph: Graph;
  readonly title: string;
  readonly kind: "namespace" | "cluster";
  readonly fold: FoldTarget;
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
  const title = kind === "namespace" ? first.namespace : first.cluster;
  const foldId = foldIdOf({ cluster: first.cluster, namespace: kind === "namespace" ? first.namespace : "" });
  return { graph: { ...graph, nodes, edges }, kind, title, fold: { id: foldId, folded: ids.has(foldId), title } };
}
