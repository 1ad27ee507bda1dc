/**
 * Members of a graph as text. In: nodes and edges of the API's schema; out: JSON. A summary leaves out what has its value
 * by default in the schema: empty reasons, L7 as the layer, shares that are zero, requests as the unit of security, and whose word the
 * security counts are, where nobody says why they are not mutual. Zero and null of every other member are printed.
 */
import type { Health } from "./schema/common.ts";
import type { GraphEdge, GraphNode } from "./schema/graph.ts";

function shortHealth({ state, reasons, requests }: Health) {
  return reasons.length === 0 ? { state, requests } : { state, reasons, requests };
}

function shortMtls({ mutual, tls, plaintext, unknown, total, unit, evidence }: NonNullable<GraphEdge["mtls"]>) {
  return {
    ...(mutual === 0 ? {} : { mutual }),
    ...(tls === 0 ? {} : { tls }),
    ...(plaintext === 0 ? {} : { plaintext }),
    ...(unknown === 0 ? {} : { unknown }),
    total,
    ...(unit === "requests" ? {} : { unit }),
    ...(evidence?.reason === undefined ? {} : { evidence }),
  };
}

export function nodeText(node: GraphNode): string {
  return JSON.stringify({ ...node, health: shortHealth(node.health) });
}

/** An edge of a summary. */
export function edgeText(edge: GraphEdge): string {
  const mtls = edge.mtls === null ? null : shortMtls(edge.mtls);
  const layer = edge.layer === "L7" ? undefined : edge.layer;
  return JSON.stringify({ ...edge, layer, mtls, health: shortHealth(edge.health) });
}
