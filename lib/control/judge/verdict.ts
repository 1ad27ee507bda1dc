/**
 * The verdict on a canary from what was counted while it ran. In: per metric, windows in order, each within one weight
 * period and with increases of the same callers; the policy; the time. Out: one verdict, and per metric the evidence that
 * it rests on, with what is still needed. Order: fail > no data (hold) > pass > inconclusive. A canary is never promoted
 * on an inconclusive verdict, and never failed for want of data.
 *
 * A metric is a share of bad requests: errors, or requests slower than a bucket's edge. Counts are divided by the split
 * dispersion of the windows before them; where the primary's pods cannot be split, only a person can pass the canary. Where
 * they can and there were too few bad events to estimate it, counts stand as they are: they can pass a canary and not fail it.
 */

import type { JudgeMode } from "../../query/schema/judge-policy.ts";
import { dispersionOf, type Halves, undispersed } from "./dispersion.ts";
import { type GuardFinding, type GuardPolicy, guard, type Moment } from "./guards.ts";
import { type Batch, type Evidence, evidenceOf, logAbsolutePass, ratioInterval } from "./mixture.ts";
import { requestsNeeded, requestsToPass } from "./sample-size.ts";

/** Requests by latency in one window: a count for each bound, and one for what is beyond the last. */
export interface LatencyCounts {
  readonly boundsMs: readonly number[];
  readonly canary: readonly number[];
  readonly primary: readonly number[];
}

export interface MetricWindow extends Moment {
  /** Of a latency metric, where its histogram was kept: for judges that ask for a quantile in ms. */
  readonly latency?: LatencyCounts;
  /** The same window of two halves of the primary's pods, of about the canary's size; absent where there are no two. */
  readonly halves?: Halves;
}

export interface MetricHistory {
  /** "errors", or "slower than 250 ms". */
  readonly name: string;
  readonly kind: "errors" | "latency";
  readonly windows: readonly MetricWindow[];
  /** A share of bad requests below which the canary is good whatever the primary does. */
  readonly absoluteLimit?: number;
}

export interface JudgePolicy {
  /** Risk of failing a canary that is within the tolerance. Default 0.01. */
  readonly failRisk: number;
  /** Risk of passing one that is at the margin or beyond. Default 0.05. */
  readonly passRisk: number;
  readonly leastMs: number;
  readonly leastCanaryRequests: number;
  /** For the error metric; absent: no objective is known, and nothing is guarded. */
  readonly guard?: GuardPolicy;
}

export const DEFAULT_POLICY: JudgePolicy = {
  failRisk: 0.01,
  passRisk: 0.05,
  leastMs: 300_000,
  leastCanaryRequests: 100,
};

export type VerdictState = "fail" | "noData" | "pass" | "inconclusive";

export interface MetricVerdict {
  readonly name: string;
  readonly state: VerdictState;
  readonly evidence: Evidence;
  /** Natural logarithms that `evidence` has to reach. */
  readonly bounds: { readonly fail: number; readonly pass: number };
  readonly counts: Batch;
  /** Ratio of rates not ruled out at the pass risk; an open end is null. */
  readonly ratio: readonly [number, number | null];
  /** Null where it cannot be estimated. */
  readonly dispersion: number | null;
  /** Further requests of the service, at the present share: until a healthy canary passes, and until a doubling fails. */
  readonly needed: { readonly toPass: number | null; readonly toFailDoubled: number | null };
}

/** What one check of a compatible judge said last: its value, and the numbers that it was held against, in words. */
export interface Check {
  readonly name: string;
  readonly state: VerdictState;
  /** Null where there was none. */
  readonly value: number | null;
  readonly text: string;
}

export interface Verdict {
  readonly state: VerdictState;
  readonly mode: JudgeMode;
  /** Of the compatible judges; empty of the sequential one. */
  readonly checks: readonly Check[];
  /** The counters or the score that decide, in words; null of the sequential one. */
  readonly summary: string | null;
  readonly metrics: readonly MetricVerdict[];
  readonly guards: readonly GuardFinding[];
  /** Why a verdict that could be a pass is none: codes with words of their own. */
  readonly withheld: readonly ("too_short" | "too_few_requests" | "no_split" | "service_burn")[];
}

/** Windows in a row without a canary request that make "no data". */
const SILENT_WINDOWS = 3;
const MINUTE_MS = 60_000;

interface Judged {
  readonly batches: readonly Batch[];
  readonly dispersion: number | null;
}

/** Batches that count, each divided by the dispersion of those before it; none before the estimate stands. */
function judgedBatches(windows: readonly MetricWindow[]): Judged {
  const halves: Halves[] = [];
  const batches: Batch[] = [];
  let dispersion: number | null = null;
  for (const window of windows) {
    if (dispersion !== null) batches.push(undispersed(window, dispersion));
    if (window.halves === undefined) continue;
    halves.push(window.halves);
    dispersion = dispersionOf(halves);
  }
  return { batches: dispersion === null ? windows : batches, dispersion };
}

function sumOf(windows: readonly Batch[]): Batch {
  const zero = { canaryRequests: 0, primaryRequests: 0, canaryBad: 0, primaryBad: 0 };
  return windows.reduce<Batch>(
    (sum, window) => ({
      canaryRequests: sum.canaryRequests + window.canaryRequests,
      primaryRequests: sum.primaryRequests + window.primaryRequests,
      canaryBad: sum.canaryBad + window.canaryBad,
      primaryBad: sum.primaryBad + window.primaryBad,
    }),
    zero,
  );
}

/** Of the last windows, ms: the middle of their distances, within what scrapes have; a minute of one alone. */
function windowLength(windows: readonly MetricWindow[]): number {
  const last = windows.slice(-6);
  const gaps = last.slice(1).map(({ atMs }, i) => atMs - (last[i]?.atMs ?? atMs));
  gaps.sort((a, b) => a - b);
  return Math.min(MINUTE_MS, gaps[Math.floor(gaps.length / 2)] ?? MINUTE_MS);
}

/** Whether no window has come for so long that something no longer counts: what was counted before says nothing of now. */
function isStale(windows: readonly MetricWindow[], nowMs: number): boolean {
  const last = windows.at(-1);
  return last !== undefined && nowMs - last.atMs > SILENT_WINDOWS * windowLength(windows) + MINUTE_MS;
}

function isSilent(windows: readonly MetricWindow[]): boolean {
  const last = windows.slice(-SILENT_WINDOWS);
  return last.length < SILENT_WINDOWS ? sumOf(last).canaryRequests === 0 : last.every((w) => w.canaryRequests === 0);
}

function neededFor(counts: Batch, last: MetricWindow | undefined): MetricVerdict["needed"] {
  const requests = counts.canaryRequests + counts.primaryRequests;
  const now = last === undefined ? 0 : last.canaryRequests + last.primaryRequests;
  const share = now === 0 ? 0 : (last?.canaryRequests ?? 0) / now;
  const badShare = counts.primaryRequests === 0 ? 0 : counts.primaryBad / counts.primaryRequests;
  const left = (all: number | null): number | null => (all === null ? null : Math.max(0, all - requests));
  return {
    toPass: left(requestsToPass({ share, badShare })),
    toFailDoubled: left(requestsNeeded({ share, badShare, ratio: 2 })),
  };
}

interface Look {
  readonly nowMs: number;
  /** Judged together. */
  readonly metrics: number;
}

function judgeMetric(metric: MetricHistory, policy: JudgePolicy, { nowMs, metrics }: Look): MetricVerdict {
  const { batches, dispersion } = judgedBatches(metric.windows);
  const evidence = evidenceOf(batches);
  const bounds = { fail: Math.log(metrics / policy.failRisk), pass: -Math.log(policy.passRisk) };
  const counts = sumOf(metric.windows);
  const absolute =
    metric.absoluteLimit === undefined ? Number.NEGATIVE_INFINITY : logAbsolutePass(batches, metric.absoluteLimit);
  const [low, high] = ratioInterval(batches, policy.passRisk);
  const state = (): VerdictState => {
    if (evidence.logFail >= bounds.fail && dispersion !== null) return "fail";
    if (isSilent(metric.windows) || isStale(metric.windows, nowMs)) return "noData";
    return Math.max(evidence.logPass, absolute) >= bounds.pass ? "pass" : "inconclusive";
  };
  return {
    name: metric.name,
    state: state(),
    evidence,
    bounds,
    counts,
    ratio: [low, Number.isFinite(high) ? high : null],
    dispersion,
    needed: neededFor(counts, metric.windows.at(-1)),
  };
}

function withheldOf(histories: readonly MetricHistory[], metrics: readonly MetricVerdict[], policy: JudgePolicy) {
  const ends = histories.flatMap(({ windows }) => windows.map(({ atMs }) => atMs));
  const lastedMs = ends.length === 0 ? 0 : Math.max(...ends) - Math.min(...ends);
  const fewest = Math.min(...metrics.map(({ counts }) => counts.canaryRequests));
  const withheld: Verdict["withheld"][number][] = [];
  if (lastedMs < policy.leastMs) withheld.push("too_short");
  if (fewest < policy.leastCanaryRequests) withheld.push("too_few_requests");
  if (histories.some(({ windows }) => windows.length > 0 && !windows.some((window) => window.halves !== undefined)))
    withheld.push("no_split");
  return withheld;
}

/** Without a metric there is nothing to judge: no data. */
export function judge(histories: readonly MetricHistory[], policy: JudgePolicy, nowMs: number): Verdict {
  const metrics = histories.map((metric) => judgeMetric(metric, policy, { nowMs, metrics: histories.length }));
  const errors = histories.find(({ kind }) => kind === "errors");
  const guards = policy.guard === undefined || errors === undefined ? [] : guard(errors.windows, policy.guard, nowMs);
  const withheld = withheldOf(histories, metrics, policy);
  if (guards.some(({ effect }) => effect === "freeze")) withheld.push("service_burn");
  const state = (): VerdictState => {
    if (guards.some(({ effect }) => effect === "fail") || metrics.some((metric) => metric.state === "fail"))
      return "fail";
    if (metrics.length === 0 || metrics.some((metric) => metric.state === "noData")) return "noData";
    return withheld.length === 0 && metrics.every((metric) => metric.state === "pass") ? "pass" : "inconclusive";
  };
  return { state: state(), mode: "sequential", checks: [], summary: null, metrics, guards, withheld };
}
