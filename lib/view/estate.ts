/**
 * Sums and orders over a whole graph. In: nodes and edges of one answer; out: totals and worst-first lists. A request
 * that passes three services is three requests between services, and is counted as such.
 */
import type { Completeness, HealthState } from "../query/schema/common.ts";
import type { Graph, GraphNode } from "../query/schema/graph.ts";
import { stateRank } from "./health-words.ts";
import { trafficSeen } from "./traffic-seen.ts";

export interface EstateTotals {
  readonly requestsPerSec: number | null;
  /** Failures ÷ requests over all edges; null without requests. */
  readonly errorRatio: number | null;
  /** Edges by state. */
  readonly states: Readonly<Partial<Record<HealthState, number>>>;
  /** Requests whose mTLS is known to be mutual ÷ all requests; null without any. As on the mTLS page. */
  readonly mutualShare: number | null;
  readonly mutualOf: number;
  /** All edges were observed and none had a request: then there is no share to know. */
  readonly withoutRequests: boolean;
}

/**
 * The requests that an edge's shares are of: those that were classed; where connections are the evidence, its own; and
 * where there is none they are not known to be mutual. Spans are a sample and stand among no counts; TCP has no requests.
 */
function securedRequests({ protocol, mtls, health, badges }: Graph["edges"][number]): number {
  if (protocol === "tcp" || badges?.includes("spans") === true) return 0;
  return mtls?.unit === "requests" ? mtls.total : health.requests;
}

export function estateTotals(graph: Pick<Graph, "edges">): EstateTotals {
  let requests = 0;
  let failures = 0;
  let seen = false;
  let mutual = 0;
  let classed = 0;
  const states: Partial<Record<HealthState, number>> = {};
  for (const edge of graph.edges) {
    states[edge.health.state] = (states[edge.health.state] ?? 0) + 1;
    if (edge.requestsPerSec !== null) {
      seen = true;
      requests += edge.requestsPerSec;
      failures += edge.requestsPerSec * (edge.errorRatio ?? 0);
    }
    const secured = securedRequests(edge);
    mutual += (edge.mtls?.mutual ?? 0) * secured;
    classed += secured;
  }
  return {
    requestsPerSec: seen ? requests : null,
    errorRatio: requests > 0 ? failures / requests : null,
    states,
    mutualShare: classed > 0 ? mutual / classed : null,
    mutualOf: classed,
    withoutRequests:
      requests === 0 && graph.edges.length > 0 && graph.edges.every((edge) => trafficSeen(edge) !== null),
  };
}

interface Ranked {
  readonly health: { readonly state: HealthState };
  readonly requestsPerSec: number | null;
  readonly errorRatio: number | null;
}

/** Worst state first, then the most failures a second, then the most traffic. */
export function worstFirst<T extends Ranked>(edges: readonly T[]): T[] {
  const ranked = edges.map((edge) => {
    const rate = edge.requestsPerSec ?? 0;
    return { edge, rank: stateRank(edge.health.state), failures: rate * (edge.errorRatio ?? 0), rate };
  });
  ranked.sort((a, b) => a.rank - b.rank || b.failures - a.failures || b.rate - a.rate);
  return ranked.map(({ edge }) => edge);
}

export function nodesById(nodes: readonly GraphNode[]): ReadonlyMap<string, GraphNode> {
  return new Map(nodes.map((node) => [node.id, node]));
}

/** The status line's part: what is not collected where it is one thing, else on which meshes; the list has the rest. */
export function notCollectedLine(missing: Completeness["notCollected"]): string {
  const [first, second] = missing;
  if (first === undefined) return "";
  if (second === undefined) return `not collected: ${first.what} on ${first.mesh} (why?)`;
  const meshes = [...new Set(missing.map(({ mesh }) => mesh))];
  return `${missing.length} kinds of figures not collected on ${meshes.join(", ")} (why?)`;
}

export interface Talker {
  readonly node: GraphNode;
  readonly inPerSec: number | null;
  readonly outPerSec: number | null;
  /** Bytes: of a node that has no requests. */
  readonly isTcp: boolean;
}

/** Nodes by what they answer and send together, most first: those with requests, then those with bytes alone. */
export function talkers(nodes: readonly GraphNode[]): readonly Talker[] {
  const all = nodes.map((node): Talker => {
    const { inbound, outbound } = node;
    const isTcp = (inbound.requestsPerSec ?? 0) + (outbound.requestsPerSec ?? 0) === 0;
    return isTcp
      ? { node, inPerSec: inbound.tcpBytesPerSec ?? null, outPerSec: outbound.tcpBytesPerSec ?? null, isTcp }
      : { node, inPerSec: inbound.requestsPerSec, outPerSec: outbound.requestsPerSec, isTcp };
  });
  const sum = ({ inPerSec, outPerSec }: Talker): number => (inPerSec ?? 0) + (outPerSec ?? 0);
  return all
    .filter((talker) => sum(talker) > 0)
    .sort((a, b) => Number(a.isTcp) - Number(b.isTcp) || sum(b) - sum(a) || (a.node.id < b.node.id ? -1 : 1));
}
