/**
 * The judge of Flagger: a check every interval, of all metrics in order; the first that is out of its range, or has no
 * value, makes it a failed check. Failed checks are counted over the whole analysis and never forgiven: at `threshold` the
 * canary fails, after `iterations` good ones it passes. Missing data counts as a failed check here, as it does there.
 * (fluxcd/flagger, pkg/controller/scheduler_metrics.go and scheduler.go.) Flagger acts on a full count at its next tick;
 * here it is said at once.
 */
import type { MeasureName, ThresholdMetric, ThresholdPolicy } from "../../query/schema/judge-policy.ts";
import { historyFor, measured } from "./measure.ts";
import type { Check, MetricHistory, Verdict, VerdictState } from "./verdict.ts";

/** When an analysis began, and until when windows are in. */
export interface Span {
  readonly startMs: number;
  readonly untilMs: number;
}

const BUILT_IN: ReadonlyMap<string, MeasureName> = new Map([
  ["request-success-rate", "goodPercent"],
  ["request-duration", "p99Ms"],
]);

/** Undefined for a metric that is none of Flagger's own and does not say it. */
export function measureOf({ name, measure }: ThresholdMetric): MeasureName | undefined {
  return measure ?? BUILT_IN.get(name);
}

/** Flagger holds durations in whole milliseconds, values and bounds. */
const inUnit = (name: string, value: number): number => (name === "request-duration" ? Math.trunc(value) : value);

function isWithin({ name, thresholdRange, threshold = 0 }: ThresholdMetric, value: number): boolean {
  const given = inUnit(name, value);
  if (thresholdRange !== undefined) {
    const { min, max } = thresholdRange;
    return (min === undefined || given >= inUnit(name, min)) && (max === undefined || given <= inUnit(name, max));
  }
  return name === "request-success-rate" ? threshold <= given : given <= inUnit(name, threshold);
}

function rangeText({ name, thresholdRange, threshold = 0 }: ThresholdMetric): string {
  if (thresholdRange === undefined)
    return name === "request-success-rate" ? `at least ${threshold}` : `at most ${threshold}`;
  const { min, max } = thresholdRange;
  const parts = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])];
  return parts.length === 0 ? "any value" : parts.join(" and ");
}

function checkOf(histories: readonly MetricHistory[], metric: ThresholdMetric, atMs: number): Check {
  const measure = measureOf(metric);
  const fromMs = atMs - metric.intervalSec * 1000;
  const value =
    measure === undefined ? undefined : measured(historyFor(histories, metric.of, measure), measure, fromMs, atMs);
  const { name } = metric;
  if (value === undefined || Number.isNaN(value))
    return { name, state: "noData", value: null, text: "no values found" };
  return { name, state: isWithin(metric, value) ? "pass" : "fail", value, text: rangeText(metric) };
}

/** All checks of a tick up to the first that is not good. */
function tick(histories: readonly MetricHistory[], policy: ThresholdPolicy, atMs: number): readonly Check[] {
  const checks: Check[] = [];
  for (const metric of policy.metrics) {
    const check = checkOf(histories, metric, atMs);
    checks.push(check);
    if (check.state !== "pass") break;
  }
  return checks;
}

export function judgeThreshold(histories: readonly MetricHistory[], policy: ThresholdPolicy, span: Span): Verdict {
  const everyMs = policy.intervalSec * 1000;
  let failed = 0;
  let good = 0;
  let last: readonly Check[] = [];
  for (let atMs = span.startMs + everyMs; atMs <= span.untilMs; atMs += everyMs) {
    if (failed >= policy.threshold || good >= policy.iterations) break;
    last = tick(histories, policy, atMs);
    if (last.every(({ state }) => state === "pass")) good++;
    else failed++;
  }
  const state = (): VerdictState => {
    if (failed >= policy.threshold) return "fail";
    if (good >= policy.iterations) return "pass";
    return last.some((check) => check.state === "noData") ? "noData" : "inconclusive";
  };
  const summary = `${failed} of ${policy.threshold} failed checks, ${good} of ${policy.iterations} good ones`;
  return { state: state(), mode: "threshold", checks: last, summary, metrics: [], guards: [], withheld: [] };
}
