/** Whether anything ran on an edge in the window. True or false where it was observed, null where nobody looked. */
import type { GraphEdge } from "../query/schema/graph.ts";

export function trafficSeen(edge: Pick<GraphEdge, "requestsPerSec" | "tcp">): boolean | null {
  const { requestsPerSec, tcp } = edge;
  const told = [
    requestsPerSec,
    tcp?.openedPerSec,
    tcp?.closedPerSec,
    tcp?.requestBytesPerSec,
    tcp?.responseBytesPerSec,
    tcp?.active,
  ].filter((value) => typeof value === "number");
  return told.length === 0 ? null : told.some((value) => value > 0);
}
