/**
 * The judge of Argo Rollouts: an AnalysisRun. Each metric is measured at its interval, a measurement is Successful, Failed,
 * Inconclusive or Error by its conditions, and counters of these decide the metric; the first metric that does not end well
 * ends the run, and the worst of all is the run's. (argoproj/argo-rollouts, analysis/analysis.go and utils/evaluate.)
 * Failed and Error fail the canary, as they abort a Rollout; Inconclusive leaves it to a person.
 */
import type { ArgoMetric, ArgoPolicy } from "../../query/schema/judge-policy.ts";
import { evaluate, type Measured } from "./expression.ts";
import { historyFor, measured } from "./measure.ts";
import type { Span } from "./threshold.ts";
import type { Check, MetricHistory, Verdict, VerdictState } from "./verdict.ts";

export type Phase = "Successful" | "Failed" | "Inconclusive" | "Error";

/** Between a measurement that failed to be one and the next, where no interval is given. */
const ERROR_RETRY_MS = 10_000;

/** A measurement's phase by its conditions. */
export function phaseOf(
  result: Measured,
  { successCondition, failureCondition }: Pick<ArgoMetric, "successCondition" | "failureCondition">,
): Phase {
  const success = successCondition === "" ? undefined : evaluate(successCondition, result);
  const failure = failureCondition === "" ? undefined : evaluate(failureCondition, result);
  if (success?.ok === false || failure?.ok === false) return "Error";
  if (success === undefined && failure === undefined) return "Successful";
  const succeeded = success === undefined ? failure?.value === false : success.value;
  const failed = failure === undefined ? !succeeded : failure.value;
  if (failed) return "Failed";
  return succeeded ? "Successful" : "Inconclusive";
}

interface Run {
  readonly metric: ArgoMetric;
  counts: { count: number; failed: number; inconclusive: number; errors: number; successes: number };
  /** Of the last measurement. */
  last: { readonly phase: Phase; readonly value: number | undefined } | null;
  /** Null while it goes on. */
  phase: Phase | null;
  nextMs: number;
}

function note(run: Run, phase: Phase, value: number | undefined): void {
  const { counts } = run;
  run.last = { phase, value };
  if (phase === "Error") {
    run.counts = { ...counts, errors: counts.errors + 1, successes: 0 };
    return;
  }
  run.counts = {
    count: counts.count + 1,
    failed: counts.failed + (phase === "Failed" ? 1 : 0),
    inconclusive: counts.inconclusive + (phase === "Inconclusive" ? 1 : 0),
    errors: 0,
    successes: phase === "Successful" ? counts.successes + 1 : 0,
  };
}

/** Measurements that a metric takes; null: until the run is ended. */
const wantedCount = ({ count = 0, intervalSec }: ArgoMetric): number | null =>
  count > 0 ? count : intervalSec === undefined ? 1 : null;

/** What a metric has come to; null while it goes on. */
function assess({ metric, counts, last }: Run, isEnding: boolean): Phase | null {
  if (last === null) return isEnding ? "Successful" : null;
  const { failureLimit, inconclusiveLimit, consecutiveErrorLimit, consecutiveSuccessLimit } = metric;
  if (failureLimit >= 0 && counts.failed > failureLimit) return "Failed";
  if (counts.inconclusive > inconclusiveLimit) return "Inconclusive";
  if (counts.errors > consecutiveErrorLimit) return "Error";
  if (consecutiveSuccessLimit > 0 && counts.successes >= consecutiveSuccessLimit) return "Successful";
  const wanted = wantedCount(metric);
  if (wanted !== null && counts.count >= wanted) {
    if (consecutiveSuccessLimit > 0) return failureLimit >= 0 ? "Inconclusive" : "Failed";
    return "Successful";
  }
  return isEnding ? "Successful" : null;
}

function measure(run: Run, histories: readonly MetricHistory[], atMs: number): void {
  const { metric } = run;
  const history = historyFor(histories, metric.of, metric.measure);
  const value = measured(history, metric.measure, atMs - metric.rangeSec * 1000, atMs);
  const vector = value === undefined ? [] : [value];
  const isScalar = metric.result === "scalar";
  const phase = isScalar && value === undefined ? "Error" : phaseOf(isScalar ? (value ?? 0) : vector, metric);
  note(run, phase, value);
  run.nextMs = atMs + (metric.intervalSec === undefined ? ERROR_RETRY_MS : metric.intervalSec * 1000);
}

const isBad = ({ phase }: Run): boolean => phase !== null && phase !== "Successful";

/** Measures what is due, all of one moment together, until the run is over or the windows end. */
function proceed(runs: readonly Run[], histories: readonly MetricHistory[], untilMs: number): void {
  for (;;) {
    const open = runs.filter(({ phase }) => phase === null);
    const atMs = Math.min(...open.map(({ nextMs }) => nextMs));
    if (open.length === 0 || atMs > untilMs) return;
    for (const run of open) if (run.nextMs === atMs) measure(run, histories, atMs);
    for (const run of open) run.phase = assess(run, false);
    if (!runs.some(isBad)) continue;
    for (const run of runs) run.phase ??= assess(run, true);
    return;
  }
}

const STATES: Readonly<Record<Phase, VerdictState>> = {
  Successful: "pass",
  Failed: "fail",
  Error: "fail",
  Inconclusive: "inconclusive",
};

function stateOf({ phase, last }: Run): VerdictState {
  if (phase !== null) return STATES[phase];
  return last?.phase === "Error" ? "noData" : "inconclusive";
}

function checkOf(run: Run): Check {
  const { metric, counts, last, phase } = run;
  const value = last?.value === undefined || Number.isNaN(last.value) ? null : last.value;
  const parts = [
    phase ?? (last === null ? "Pending" : "Running"),
    `${counts.count} measurements`,
    `${counts.failed} failed`,
    `${counts.inconclusive} inconclusive`,
    `${counts.errors} errors in a row`,
  ];
  return { name: metric.name, state: stateOf(run), value, text: parts.join(", ") };
}

const WORST: readonly Phase[] = ["Failed", "Error", "Inconclusive", "Successful"];

export function judgeArgo(
  histories: readonly MetricHistory[],
  policy: ArgoPolicy,
  { startMs, untilMs }: Span,
): Verdict {
  const runs = policy.metrics.map(
    (metric): Run => ({
      metric,
      counts: { count: 0, failed: 0, inconclusive: 0, errors: 0, successes: 0 },
      last: null,
      phase: null,
      nextMs: startMs + metric.initialDelaySec * 1000,
    }),
  );
  proceed(runs, histories, untilMs);
  const isOver = runs.every(({ phase }) => phase !== null);
  const worst = isOver ? WORST.find((phase) => runs.some((run) => run.phase === phase)) : undefined;
  const isSilent = runs.some((run) => stateOf(run) === "noData");
  const state = worst !== undefined ? STATES[worst] : isSilent ? "noData" : "inconclusive";
  const summary = `analysis run: ${worst ?? "Running"}`;
  return { state, mode: "argo", checks: runs.map(checkOf), summary, metrics: [], guards: [], withheld: [] };
}
