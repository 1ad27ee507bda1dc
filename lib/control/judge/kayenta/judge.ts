/**
 * The judge of Kayenta over a rollout's windows: a judgement every interval of everything since the analysis began, each
 * window one point of each arm. One whose score is below `marginal` fails the canary; the last passes it from `pass` on,
 * and one in between is left to a person, where Spinnaker would end its pipeline.
 */
import type { KayentaMetric, KayentaPolicy } from "../../../query/schema/judge-policy.ts";
import { armValue, historyFor, windowsIn } from "../measure.ts";
import type { Span } from "../threshold.ts";
import type { Check, MetricHistory, Verdict, VerdictState } from "../verdict.ts";
import { type Classification, classify, type Points } from "./classify.ts";
import { type Score, type Scored, scoreLabel, scoreOf } from "./score.ts";

function pointsOf(histories: readonly MetricHistory[], metric: KayentaMetric, span: Span): Points {
  const history = historyFor(histories, metric.of, metric.measure);
  const windows = history === undefined ? [] : windowsIn(history, span.startMs, span.untilMs);
  // A window's own length is not recorded: rates are compared with each other alone.
  const values = (arm: "canary" | "primary"): number[] =>
    windows.map((window) => armValue([window], arm, metric.measure, 1000) ?? Number.NaN);
  return { canary: values("canary"), baseline: values("primary") };
}

interface Judgement {
  readonly score: Score;
  readonly metrics: readonly Scored[];
}

function judgement(histories: readonly MetricHistory[], policy: KayentaPolicy, span: Span): Judgement {
  const metrics = policy.metrics.map((metric): Scored => {
    const { name, groups, muted } = metric;
    return { name, groups, muted, classification: classify(pointsOf(histories, metric, span), metric) };
  });
  return { score: scoreOf(metrics, policy.groupWeights), metrics };
}

const LABEL_STATES: Readonly<Record<Classification["label"], VerdictState>> = {
  Pass: "pass",
  High: "fail",
  Low: "fail",
  NodataFailMetric: "fail",
  Nodata: "noData",
  Error: "noData",
};

function checkOf({ name, classification: { label, effect, shift, isCritical } }: Scored): Check {
  const parts = [
    isCritical && label !== "Pass" ? `${label}, critical` : label,
    ...(shift === null
      ? []
      : [`shift ${shift.estimate.toPrecision(4)} (${shift.low.toPrecision(4)} to ${shift.high.toPrecision(4)})`]),
  ];
  return { name, state: LABEL_STATES[label], value: effect, text: parts.join(", ") };
}

const REASONS = {
  critical: ": a critical metric did not pass",
  no_data: ": half of the metrics have no data",
} as const;

export function judgeKayenta(histories: readonly MetricHistory[], policy: KayentaPolicy, span: Span): Verdict {
  const everyMs = policy.intervalSec * 1000;
  let done = 0;
  let last: Judgement | null = null;
  let label: ReturnType<typeof scoreLabel> | null = null;
  while (done < policy.intervals && label !== "fail") {
    const untilMs = span.startMs + (done + 1) * everyMs;
    if (untilMs > span.untilMs) break;
    last = judgement(histories, policy, { startMs: span.startMs, untilMs });
    label = scoreLabel(last.score.summary, policy.thresholds);
    done++;
  }
  const state = label === "fail" ? "fail" : label === "pass" && done === policy.intervals ? "pass" : "inconclusive";
  const reason = last === null || last.score.reason === null ? "" : REASONS[last.score.reason];
  const scored = last === null ? "no judgement yet" : `score ${last.score.summary} (${label})${reason}`;
  const summary = `${scored}, judgement ${done} of ${policy.intervals}`;
  const checks = (last?.metrics ?? []).map(checkOf);
  return { state, mode: "kayenta", checks, summary, metrics: [], guards: [], withheld: [] };
}
