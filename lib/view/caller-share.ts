/** What of a caller's requests runs on one of its edges: 0..1; null where one of the two is not known, or it sends none. */
import type { GraphEdge, GraphNode } from "../query/schema/graph.ts";

export function callerShare(
  edge: Pick<GraphEdge, "requestsPerSec">,
  source: Pick<GraphNode, "outbound">,
): number | null {
  const all = source.outbound.requestsPerSec;
  if (edge.requestsPerSec === null || all === null || all === 0) return null;
  return Math.min(1, edge.requestsPerSec / all);
}
