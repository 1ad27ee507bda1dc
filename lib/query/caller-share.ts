/** What of a caller's requests runs on one of its edges, 0..1. */
import { type ComparedEdge, isOfBase } from "./compare/compared-edge.ts";
import type { GraphNode } from "./schema/graph.ts";

/**
 * In: an edge's requests and all that the caller sends, a second or in all; out: null where one of the two is not known, or
 * it sends none.
 */
export function callerShare(onEdge: number | null, sent: number | null): number | null {
  return onEdge === null || sent === null || sent === 0 ? null : Math.min(1, onEdge / sent);
}

/** Of an edge; null of TCP, and of one that is in the base of a comparison alone, whose caller sends otherwise now. */
export function shareOfCaller(edge: ComparedEdge, source: Pick<GraphNode, "outbound"> | undefined): number | null {
  if (edge.protocol === "tcp" || isOfBase(edge)) return null;
  return callerShare(edge.requestsPerSec, source?.outbound.requestsPerSec ?? null);
}
