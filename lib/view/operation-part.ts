/** What the panel shows of one member of a picture of operations. In: the answer and an id; out: it, with what touches it. */
import type { GraphEdge, GraphNode } from "../query/schema/graph.ts";
import type { Operations } from "../query/schema/operations.ts";

export type OperationPart =
  | {
      readonly kind: "node";
      readonly node: GraphNode;
      readonly inbound: readonly GraphEdge[];
      readonly outbound: readonly GraphEdge[];
      readonly answer: Operations;
    }
  | {
      readonly kind: "edge";
      readonly edge: GraphEdge;
      readonly source: GraphNode;
      readonly target: GraphNode;
      readonly answer: Operations;
    };

/** Null for what is not in the answer: a node that the graph knows has its own panel. */
export function operationPart(
  answer: Operations,
  { kind, id }: { readonly kind: string; readonly id: string },
): OperationPart | null {
  if (kind === "node") {
    const node = answer.nodes.find((one) => one.id === id);
    if (node === undefined) return null;
    const inbound = answer.edges.filter(({ target }) => target === id);
    return { kind: "node", node, inbound, outbound: answer.edges.filter(({ source }) => source === id), answer };
  }
  const edge = answer.edges.find((one) => one.id === id);
  const source = answer.nodes.find((one) => one.id === edge?.source);
  const target = answer.nodes.find((one) => one.id === edge?.target);
  if (edge === undefined || source === undefined || target === undefined) return null;
  return { kind: "edge", edge, source, target, answer };
}
