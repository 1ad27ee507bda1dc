/**
 * Which judge, by the policy. In: what was counted, a policy, when the analysis began, the time. Out: one verdict, whoever
 * gave it. In every mode a failure stands before missing data, missing data before a pass, and only a pass goes on by
 * itself: a canary is never promoted on an inconclusive verdict.
 */
import type { Policy, SequentialPolicy } from "../../query/schema/judge-policy.ts";
import { judgeArgo } from "./argo.ts";
import { parseExpression } from "./expression-parse.ts";
import { judgeKayenta } from "./kayenta/judge.ts";
import { judgeThreshold, measureOf } from "./threshold.ts";
import { DEFAULT_POLICY, type JudgePolicy, judge, type MetricHistory, type Verdict } from "./verdict.ts";

export interface JudgeTimes {
  /** When the analysis began: windows before it are of no check but the sequential one. */
  readonly startMs: number;
  readonly nowMs: number;
}

/** A scrape that ended before a check's time is in by then. */
export const SETTLE_MS = 10_000;

function sequentialOf(policy: SequentialPolicy): JudgePolicy {
  const { failRisk, passRisk, leastSec, leastCanaryRequests, guard } = policy;
  return {
    failRisk,
    passRisk,
    leastMs: leastSec * 1000,
    leastCanaryRequests,
    ...(guard === undefined ? {} : { guard }),
  };
}

function withLimit(histories: readonly MetricHistory[], limit: number | null): readonly MetricHistory[] {
  return limit === null ? histories : histories.map((history) => ({ absoluteLimit: limit, ...history }));
}

/** Without a policy: the sequential judge with its defaults. */
export function judgeBy(policy: Policy | undefined, histories: readonly MetricHistory[], times: JudgeTimes): Verdict {
  const span = { startMs: times.startMs, untilMs: times.nowMs - SETTLE_MS };
  switch (policy?.mode) {
    case undefined:
      return judge(histories, DEFAULT_POLICY, times.nowMs);
    case "sequential":
      return judge(withLimit(histories, policy.absoluteLimit), sequentialOf(policy), times.nowMs);
    case "threshold":
      return judgeThreshold(histories, policy, span);
    case "argo":
      return judgeArgo(histories, policy, span);
    case "kayenta":
      return judgeKayenta(histories, policy, span);
  }
}

/** What a schema cannot see of a policy: a condition that cannot be read, a metric that is not told how to be measured. */
export function policyFault(policy: Policy): { readonly field: string; readonly message: string } | undefined {
  if (policy.mode === "argo") {
    for (const [i, metric] of policy.metrics.entries()) {
      for (const field of ["successCondition", "failureCondition"] as const) {
        if (metric[field] === "") continue;
        const tree = parseExpression(metric[field]);
        if (!tree.ok) return { field: `policy.metrics.${i}.${field}`, message: tree.error };
      }
    }
  }
  if (policy.mode === "threshold") {
    const odd = policy.metrics.findIndex((metric) => measureOf(metric) === undefined);
    if (odd >= 0) return { field: `policy.metrics.${odd}.measure`, message: "what it measures is not said" };
  }
  return undefined;
}
