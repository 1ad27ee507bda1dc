/**
 * What changed on one member between two windows, beyond chance. In: the same node or edge twice; out: changes with their
 * size. Counts are those behind the health verdict (requests of the window); a figure that either window lacks is no change.
 *
 *     rate      1 − smaller ÷ greater, where the counts differ by over 4 standard errors (Poisson)
 *     errors    difference of the shares ÷ 0.1, at most 1, where it is over 3 standard errors (two proportions, pooled)
 *     latency   1 − smaller ÷ greater of p95, over 20 %, with 50 requests or more in both windows
 *     mtls      difference of the mutual shares, over 0.1 %
 */
import type { Change } from "../schema/compare.ts";
import type { GraphEdge, GraphNode } from "../schema/graph.ts";

const RATE_ERRORS = 4;
const SHARE_ERRORS = 3;
const LATENCY_LEAST = 0.2;
const LATENCY_REQUESTS = 50;
const MTLS_LEAST = 0.001;

type Sized = Pick<Change, "kind" | "before" | "after" | "score">;

/** One side of a comparison: per-second rate with the requests that were counted. */
export interface Side {
  readonly rate: number | null;
  readonly requests: number;
  readonly errors: number | null;
}

const drop = (a: number, b: number): number => (Math.max(a, b) === 0 ? 0 : 1 - Math.min(a, b) / Math.max(a, b));

function rateChange(before: Side, after: Side): Sized[] {
  if (before.rate === null || after.rate === null) return [];
  // Seconds that were observed, from the counts; without a count there is nothing to be sure by.
  const seconds = (side: Side): number => (side.rate === null || side.rate === 0 ? 0 : side.requests / side.rate);
  const [first, second] = [seconds(before) || seconds(after), seconds(after) || seconds(before)];
  if (first === 0 || second === 0) return [];
  const error = Math.sqrt(before.requests / first ** 2 + after.requests / second ** 2);
  if (Math.abs(after.rate - before.rate) <= RATE_ERRORS * error) return [];
  return [{ kind: "rate", before: before.rate, after: after.rate, score: drop(before.rate, after.rate) }];
}

function errorChange(before: Side, after: Side): Sized[] {
  if (before.errors === null || after.errors === null || before.requests === 0 || after.requests === 0) return [];
  const pooled = (before.errors * before.requests + after.errors * after.requests) / (before.requests + after.requests);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / before.requests + 1 / after.requests));
  const by = Math.abs(after.errors - before.errors);
  if (by === 0 || by <= SHARE_ERRORS * error) return [];
  return [{ kind: "errors", before: before.errors, after: after.errors, score: Math.min(1, by / 0.1) }];
}

const nodeSide = ({ inbound, health }: GraphNode): Side => ({
  rate: inbound.requestsPerSec,
  requests: health.requests,
  errors: inbound.errorRatio,
});

const edgeSide = ({ requestsPerSec, errorRatio, health }: GraphEdge): Side => ({
  rate: requestsPerSec,
  requests: health.requests,
  errors: errorRatio,
});

function latencyChange(before: GraphEdge, after: GraphEdge): Sized[] {
  const [first, second] = [before.latencyMs?.p95 ?? null, after.latencyMs?.p95 ?? null];
  if (first === null || second === null) return [];
  if (Math.min(before.health.requests, after.health.requests) < LATENCY_REQUESTS) return [];
  const score = drop(first, second);
  return score < LATENCY_LEAST ? [] : [{ kind: "latency", before: first, after: second, score }];
}

function mtlsChange(before: GraphEdge, after: GraphEdge): Sized[] {
  if (before.mtls === null || after.mtls === null) return [];
  const [first, second] = [before.mtls.mutual, after.mtls.mutual];
  const score = Math.abs(second - first);
  return score <= MTLS_LEAST ? [] : [{ kind: "mtls", before: first, after: second, score }];
}

/** A figure that a broken source made no number is no change. */
const sure = (changes: readonly Sized[]): Sized[] => changes.filter(({ score }) => Number.isFinite(score));

export function nodeChanges(before: GraphNode, after: GraphNode): Sized[] {
  const [first, second] = [nodeSide(before), nodeSide(after)];
  return sure([...rateChange(first, second), ...errorChange(first, second)]);
}

export function edgeChanges(before: GraphEdge, after: GraphEdge): Sized[] {
  const [first, second] = [edgeSide(before), edgeSide(after)];
  return sure([
    ...rateChange(first, second),
    ...errorChange(first, second),
    ...latencyChange(before, after),
    ...mtlsChange(before, after),
  ]);
}
