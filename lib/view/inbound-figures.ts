/**
 * What the edges into a node say together. In: edges of one answer; out: by node. Latency is that of the slowest of them: the
 * quantiles of several edges have no quantile. Mutual TLS is a share of requests, as in the totals of the estate; where none
 * of the edges has requests it is one of connections.
 */
import { type ComparedEdge, isOfBase } from "../query/compare/compared-edge.ts";
import type { GraphEdge } from "../query/schema/graph.ts";
import { estateTotals } from "./estate.ts";

export interface InboundFigures {
  readonly edges: number;
  /** Greatest p95 of an edge into the node, ms; null where none was measured. */
  readonly slowestP95: number | null;
  /** Share of mutual TLS, 0..1; null where nothing was counted that could be secured. */
  readonly mutual: number | null;
}

/** Of TCP, which has no requests. */
function mutualConnections(edges: readonly GraphEdge[]): number | null {
  let mutual = 0;
  let total = 0;
  for (const { mtls } of edges) {
    if (mtls?.unit !== "connections") continue;
    mutual += mtls.mutual * mtls.total;
    total += mtls.total;
  }
  return total === 0 ? null : mutual / total;
}

/** Nodes that no edge of the window leads to have none. */
export function inboundFigures({
  edges,
}: {
  readonly edges: readonly ComparedEdge[];
}): ReadonlyMap<string, InboundFigures> {
  const into = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    if (isOfBase(edge)) continue;
    const list = into.get(edge.target);
    if (list === undefined) into.set(edge.target, [edge]);
    else list.push(edge);
  }
  return new Map(
    [...into].map(([id, list]) => {
      const p95s = list.flatMap(({ latencyMs }) => latencyMs?.p95 ?? []);
      const slowestP95 = p95s.length === 0 ? null : p95s.reduce((a, b) => Math.max(a, b));
      const mutual = estateTotals({ edges: list }).mutualShare ?? mutualConnections(list);
      return [id, { edges: list.length, slowestP95, mutual }];
    }),
  );
}
