/**
 * A view edge as the API prints it, in summary and in full. In: its facts; out: the schema's objects, numbers to four
 * digits. A member that is null says why in `absent`: unknown (not observed), notApplicable, notCollected.
 */
import { finish, type Sliced } from "../base/sliced.ts";
import { type EdgeStats, foldFlags, type RequestTotals, requestTotals } from "../model/edge-stats.ts";
import type { Histogram } from "../model/histogram.ts";
import { quantile, totalCount } from "../model/histogram-quantile.ts";
import type { CounterName } from "../model/rollup-row.ts";
import { healthOf, type JudgedTotals } from "./health.ts";
import { type MergedEdge, mergeSteps, type PresentContext } from "./merged-edge.ts";
import { digits4, digits4OrNull, ratio, settled } from "./numbers.ts";
import { samplingOf } from "./sampling.ts";
import type { AbsentReason } from "./schema/common.ts";
import type { EdgeDetail, GraphEdge, OtherView } from "./schema/graph.ts";
import { type ArmShare, armsOf, NO_SPLITS, splitOf } from "./splits.ts";
import type { ViewEdge } from "./view-graph.ts";

const QUANTILES = [
  ["p50", 0.5],
  ["p90", 0.9],
  ["p95", 0.95],
  ["p99", 0.99],
] as const;

function latencySummary(latency: Histogram | null): GraphEdge["latencyMs"] {
  if (latency === null) return null;
  const at = (q: number): number | null => digits4OrNull(quantile(latency, q)?.value);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function latencyDetail(stats: EdgeStats): EdgeDetail["latencyMs"] {
  const { latency, latencyOf } = stats;
  if (latency === null || latencyOf === null) return null;
  const count = totalCount(latency);
  const known: Record<string, [number, number | null]> = {};
  const values: Record<string, number | null> = {};
  for (const [name, q] of QUANTILES) {
    const found = quantile(latency, q);
    values[name] = digits4OrNull(found?.value);
    if (found !== null) known[name] = [digits4(found.lo), digits4OrNull(found.hi)];
  }
  const { p50 = null, p90 = null, p95 = null, p99 = null } = values;
  return {
    avg: digits4OrNull(count > 0 ? latency.sum / count : null),
    p50,
    p90,
    p95,
    p99,
    count: digits4(count),
    known,
    of: latencyOf,
  };
}

function rates(map: Iterable<readonly [string, number]>): Record<string, number> {
  const sorted = [...map].filter(([, value]) => value > 0).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, value]) => [key, digits4(value)]));
}

function ratesBy(perSec: EdgeStats, key: "code" | "grpcStatus"): Record<string, number> {
  const sums = new Map<string, number>();
  for (const one of perSec.classes.values())
    if (one[key] !== "") sums.set(one[key], (sums.get(one[key]) ?? 0) + one.count);
  return rates(sums);
}

const COUNTED_BADGES = ["retries", "timeouts", "overflow", "ejections", "rateLimited", "denied"] as const;

/** Of each that was seen at work, times per second. The caller's proxy tells of most, whichever view counts the requests. */
function badgeRatesOf({ perSec, callerPerSec }: MergedEdge): Record<string, number> {
  const rate = (name: CounterName): number =>
    (perSec.counters.get(name) ?? 0) + (callerPerSec?.counters.get(name) ?? 0);
  const seen = COUNTED_BADGES.filter((name) => rate(name) > 0);
  return Object.fromEntries(seen.map((name) => [name, digits4(rate(name))]));
}

function badgesOf({ facts }: ViewEdge, merged: MergedEdge, arms: readonly ArmShare[], counted: readonly string[]) {
  const { counts, callerCounts } = merged;
  const circuitOpen = circuitOf(counts) ?? (callerCounts === null ? null : circuitOf(callerCounts));
  return [
    // Told by spans: counts of what was traced, not of what ran.
    ...(counts.reporters.has("span") ? ["spans"] : []),
    ...counted,
    ...(circuitOpen === true ? ["circuitOpen"] : []),
    ...(facts.some((fact) => fact.viaWaypoint) ? ["waypoint"] : []),
    ...(arms.some(({ isCanary }) => isCanary) ? ["canary"] : []),
  ];
}

function circuitOf(stats: EdgeStats): boolean | null {
  if (stats.tls.size === 0) return null;
  const states = [...stats.tls.values()].flatMap((state) => state.circuitOpen ?? []);
  return states.length === 0 ? null : states.some((open) => open > 0);
}

function tcpOf(edge: ViewEdge, counts: EdgeStats, perSec: EdgeStats, covered: boolean): GraphEdge["tcp"] {
  if (edge.protocol !== "tcp") return undefined;
  const rate = (name: CounterName): number | null =>
    covered && counts.counters.has(name) ? digits4(perSec.counters.get(name) ?? 0) : null;
  const active = [...counts.tls.values()].flatMap((state) => state.activeConnections ?? []);
  const rates = {
    openedPerSec: rate("opened"),
    closedPerSec: rate("closed"),
    requestBytesPerSec: rate("requestBytes"),
    responseBytesPerSec: rate("responseBytes"),
  };
  const why: AbsentReason = covered ? "notCollected" : "unknown";
  const missing = Object.entries(rates).flatMap(([name, value]) => (value === null ? [[name, why] as const] : []));
  return {
    ...rates,
    ...(missing.length === 0 ? {} : { absent: Object.fromEntries(missing) }),
    ...(active.length === 0 ? {} : { active: active.reduce((a, b) => a + b, 0) }),
  };
}

/** A summary with all that is known of its security. */
type Summary = GraphEdge & Pick<EdgeDetail, "mtls">;

/** What the called side says may hold a few requests of others: its share of failures, in the edge's own number. */
function atMost(view: RequestTotals, total: number): RequestTotals {
  const scale = view.total > total ? total / view.total : 1;
  const { failures, clientErrors } = view;
  return { total: view.total * scale, failures: failures * scale, clientErrors: clientErrors * scale };
}

function summaryOf(edge: ViewEdge, merged: MergedEdge, arms: readonly ArmShare[]): Summary {
  const { counts, perSec, callerCounts, calleeCounts, covered, mtls } = merged;
  const isTcp = edge.protocol === "tcp";
  const totals = requestTotals(counts);
  const absent: Record<string, AbsentReason> = {};
  const why: AbsentReason = isTcp ? "notApplicable" : covered ? "notApplicable" : "unknown";
  const requestsPerSec = isTcp || !covered ? null : digits4(requestTotals(perSec).total);
  const errorRatio = isTcp ? null : ratio(totals.failures, totals.total);
  const latencyMs = latencySummary(counts.latency);
  if (requestsPerSec === null) absent["requestsPerSec"] = why;
  if (errorRatio === null) absent["errorRatio"] = why;
  if (latencyMs === null) absent["latencyMs"] = totals.total > 0 ? "notCollected" : why;
  // Traffic without evidence is unknown; without traffic there is nothing to secure.
  if (mtls === null)
    absent["mtls"] = totals.total > 0 || (isTcp && edge.active) || !covered ? "unknown" : "notApplicable";
  const tcp = tcpOf(edge, counts, perSec, covered);
  const badgeRates = badgeRatesOf(merged);
  const badges = badgesOf(edge, merged, arms, Object.keys(badgeRates));
  const views: JudgedTotals[] = [totals];
  if (callerCounts !== null) views.push({ ...requestTotals(callerCounts), of: "caller" });
  if (calleeCounts !== null) views.push({ ...atMost(requestTotals(calleeCounts), totals.total), of: "callee" });
  return {
    id: edge.id,
    source: edge.source,
    target: edge.target,
    protocol: edge.protocol,
    layer: edge.layer,
    requestsPerSec,
    errorRatio,
    latencyMs,
    mtls,
    ...(tcp === undefined ? {} : { tcp }),
    ...(badges.length === 0 ? {} : { badges }),
    ...(Object.keys(badgeRates).length === 0 ? {} : { badgeRates }),
    ...splitOf(arms),
    health: healthOf({ totals: views, tcp: isTcp && edge.active, covered }),
    ...(edge.facts.every((fact) => fact.stale) ? { stale: true } : {}),
    ...(Object.keys(absent).length === 0 ? {} : { absent }),
  };
}

/** The summary of an edge, in steps: one of a coarse view is merged from very many. Null where it has no facts. */
export function* summarySteps(edge: ViewEdge, context: PresentContext): Sliced<GraphEdge | null> {
  const merged = yield* mergeSteps(edge.facts, context);
  return merged === null ? null : summaryOf(edge, merged, armsOf(edge.facts, context.splits ?? NO_SPLITS));
}

export function presentEdge(edge: ViewEdge, context: PresentContext): GraphEdge | null {
  return finish(summarySteps(edge, context));
}

/** The view of one side beside the edge's own; undefined where it counted nothing. */
function otherView(counts: EdgeStats | null, perSec: EdgeStats | null): OtherView | undefined {
  if (counts === null || perSec === null) return undefined;
  const totals = requestTotals(counts);
  if (totals.total === 0) return undefined;
  const flags = rates(foldFlags(perSec.flags));
  return {
    requestsPerSec: digits4(requestTotals(perSec).total),
    errorRatio: ratio(totals.failures, totals.total),
    latencyMs: latencySummary(counts.latency),
    statusCodes: ratesBy(perSec, "code"),
    ...(Object.keys(flags).length === 0 ? {} : { responseFlags: flags }),
  };
}

/** Retries, timeouts and their like are told by the caller's proxy, whichever view counts the requests. */
function resilienceOf(merged: MergedEdge): { values: EdgeDetail["resilience"]; absent: Record<string, AbsentReason> } {
  const absent: Record<string, AbsentReason> = {};
  const rate = (name: CounterName): number | null => {
    const collected = [merged.counts, merged.callerCounts].some((stats) => stats?.counters.has(name) === true);
    if (!collected || !merged.covered) {
      absent[`resilience.${name}`] = collected ? "unknown" : "notCollected";
      return null;
    }
    return digits4((merged.perSec.counters.get(name) ?? 0) + (merged.callerPerSec?.counters.get(name) ?? 0));
  };
  const circuitOpen =
    circuitOf(merged.counts) ?? (merged.callerCounts === null ? null : circuitOf(merged.callerCounts));
  if (circuitOpen === null) absent["resilience.circuitOpen"] = "notCollected";
  const values = {
    retries: rate("retries"),
    timeouts: rate("timeouts"),
    overflow: rate("overflow"),
    ejections: rate("ejections"),
    rateLimited: rate("rateLimited"),
    denied: rate("denied"),
    circuitOpen,
  };
  return { values, absent };
}

function evidenceOf(edge: ViewEdge, counts: EdgeStats): EdgeDetail["evidence"] {
  const join = edge.facts.map((fact) => fact.join).find((known) => known !== "same_key") ?? "same_key";
  const { from, share } = samplingOf([counts]);
  const sampling = from === "metrics" || share !== null ? undefined : "sampling_unknown";
  const note = edge.facts.map((fact) => fact.note).find((known) => known !== undefined) ?? sampling;
  return {
    from,
    reporters: [...counts.reporters].sort(),
    families: [...counts.families].sort(),
    ...(share === null ? {} : { sampledShare: share }),
    join,
    ...(edge.facts.every((fact) => fact.stale) ? { stale: true } : {}),
    ...(note === undefined ? {} : { note }),
  };
}

export function presentEdgeDetail(edge: ViewEdge, context: PresentContext): EdgeDetail | null {
  return finish(detailSteps(edge, context));
}

/** The full record of an edge, in steps. Null where it has no facts. */
export function* detailSteps(edge: ViewEdge, context: PresentContext): Sliced<EdgeDetail | null> {
  const merged = yield* mergeSteps(edge.facts, context);
  return merged === null ? null : detailOf(edge, merged, armsOf(edge.facts, context.splits ?? NO_SPLITS));
}

function detailOf(edge: ViewEdge, merged: MergedEdge, arms: readonly ArmShare[]): EdgeDetail {
  const { counts, perSec, covered } = merged;
  const summary = summaryOf(edge, merged, arms);
  const totals = requestTotals(counts);
  const { values: resilience, absent: resilienceAbsent } = resilienceOf(merged);
  const absent: Record<string, AbsentReason> = { ...summary.absent, ...resilienceAbsent };
  const bytes = (name: CounterName): number | null => {
    if (counts.counters.has(name) && covered) return digits4(perSec.counters.get(name) ?? 0);
    absent[`${name}PerSec`] = covered ? "notCollected" : "unknown";
    return null;
  };
  const clientErrorRatio = edge.protocol === "tcp" ? null : ratio(totals.clientErrors, totals.total);
  if (clientErrorRatio === null) absent["clientErrorRatio"] = summary.absent?.["errorRatio"] ?? "notApplicable";
  const grpcStatuses = ratesBy(perSec, "grpcStatus");
  const responseFlags = rates(foldFlags(perSec.flags));
  const hosts = rates(perSec.hosts);
  const caller = otherView(merged.callerCounts, merged.callerPerSec);
  const callee = otherView(merged.calleeCounts, merged.calleePerSec);
  const { source, destination } = counts.principals;
  return {
    ...summary,
    ...(edge.protocol === "tcp" ? {} : { requests: settled(totals.total) }),
    statusCodes: ratesBy(perSec, "code"),
    clientErrorRatio,
    ...(Object.keys(grpcStatuses).length === 0 ? {} : { grpcStatuses }),
    ...(Object.keys(responseFlags).length === 0 ? {} : { responseFlags }),
    ...(Object.keys(hosts).length === 0 ? {} : { hosts }),
    latencyMs: latencyDetail(counts),
    ...(caller === undefined ? {} : { callerView: caller }),
    ...(callee === undefined ? {} : { calleeView: callee }),
    requestBytesPerSec: bytes("requestBytes"),
    responseBytesPerSec: bytes("responseBytes"),
    ...(source.size + destination.size === 0
      ? {}
      : { principals: { source: [...source].sort(), destination: [...destination].sort() } }),
    resilience,
    evidence: evidenceOf(edge, counts),
    ...(Object.keys(absent).length === 0 ? {} : { absent }),
  };
}
