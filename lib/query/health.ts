/**
 * Health of nodes and edges from counts (contracts/health-and-mtls.md §1). Tolerances are data. In: requests, failures
 * and client errors per protocol and view; out: the worst state with its reasons. Ratios are 0..1.
 */
import type { RequestTotals } from "../model/edge-stats.ts";
import type { Protocol } from "../model/identity.ts";
import { digits4, settled } from "./numbers.ts";
import type { Health, HealthState } from "./schema/common.ts";

export interface Tolerance {
  readonly code: "errors" | "client_errors";
  readonly degraded: { readonly ratio: number; readonly failed: number };
  readonly failure: { readonly ratio: number; readonly requests: number };
}

export const DEFAULT_TOLERANCES: readonly Tolerance[] = [
  { code: "errors", degraded: { ratio: 0.001, failed: 5 }, failure: { ratio: 0.1, requests: 20 } },
  { code: "client_errors", degraded: { ratio: 0.1, failed: 5 }, failure: { ratio: 0.2, requests: 20 } },
];

const RANK: Readonly<Record<HealthState, number>> = {
  failure: 5,
  degraded: 4,
  notReady: 3,
  healthy: 2,
  noTraffic: 1,
  unknown: 0,
};

export function worse(a: HealthState, b: HealthState): HealthState {
  return RANK[a] >= RANK[b] ? a : b;
}

/** Of whom a count is: another proxy's view of the same requests, or one protocol of several. */
export type CountOf = "caller" | "callee" | Protocol;

export interface JudgedTotals extends RequestTotals {
  /** Absent: of all that is judged. */
  readonly of?: CountOf;
}

export interface HealthInput {
  /** One entry per protocol and view of the same traffic, its own view first. */
  readonly totals: readonly JudgedTotals[];
  /** Whether there was any traffic that has no requests (TCP). */
  readonly tcp: boolean;
  /** False where nothing was observed. */
  readonly covered: boolean;
}

function judge(part: number, total: number, tolerance: Tolerance): HealthState {
  const share = part / total;
  const { degraded, failure } = tolerance;
  if (share >= failure.ratio && total >= failure.requests) return "failure";
  return share >= degraded.ratio && part >= degraded.failed ? "degraded" : "healthy";
}

const isOtherView = ({ of }: JudgedTotals): boolean => of === "caller" || of === "callee";

/** All that was counted by its own view; where that counted nothing, by the one that counted most. */
function requestsOf(views: readonly JudgedTotals[]): number {
  const own = views.filter((view) => !isOtherView(view)).reduce((sum, { total }) => sum + total, 0);
  return settled(own > 0 ? own : Math.max(0, ...views.map(({ total }) => total)));
}

interface Found {
  readonly verdict: HealthState;
  readonly reason: Health["reasons"][number];
}

/** The worse verdict; of equal ones the greater share, but that of another view only where the own one has none. */
function isBetter(known: Found | undefined, { verdict, reason }: Found, view: JudgedTotals): boolean {
  if (known === undefined) return true;
  if (RANK[verdict] !== RANK[known.verdict]) return RANK[verdict] > RANK[known.verdict];
  return !isOtherView(view) && (reason.ratio ?? 0) > (known.reason.ratio ?? 0);
}

export function healthOf(input: HealthInput, tolerances: readonly Tolerance[] = DEFAULT_TOLERANCES): Health {
  const requests = requestsOf(input.totals);
  if (!input.covered) return { state: "unknown", reasons: [{ code: "not_observed" }], requests: 0 };
  if (requests === 0) return { state: input.tcp ? "healthy" : "noTraffic", reasons: [], requests: 0 };
  let state: HealthState = "healthy";
  const reasons = new Map<string, Found>();
  for (const totals of input.totals) {
    const total = settled(totals.total);
    if (total === 0) continue;
    for (const tolerance of tolerances) {
      const part = settled(tolerance.code === "errors" ? totals.failures : totals.clientErrors);
      if (part === 0) continue;
      const verdict = judge(part, total, tolerance);
      const code = verdict === "healthy" ? "few_requests" : tolerance.code;
      const share = digits4(part / total);
      // Below a bound on the ratio there is nothing to say; below one on the number there is.
      if (verdict === "healthy" && share < tolerance.degraded.ratio) continue;
      state = worse(state, verdict);
      const of = totals.of === undefined ? {} : { of: totals.of };
      const found = { verdict, reason: { code, ratio: share, requests: digits4(total), ...of } };
      if (isBetter(reasons.get(code), found, totals)) reasons.set(code, found);
    }
  }
  if (reasons.size === 0) return { state, reasons: [], requests: digits4(requests) };
  const told = [...reasons.values()]
    .map(({ reason }) => reason)
    .filter((reason) => state === "healthy" || reason.code !== "few_requests");
  return { state, reasons: told, requests: digits4(requests) };
}
