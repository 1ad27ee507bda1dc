/**
 * Kayenta's score of a canary: classified metrics by group → a score of each group, and of the canary, 0 to 100. The
 * weights of groups are percents; groups without one share what is left. A critical metric that is not Pass, or no data in
 * half of the metrics, makes it 0. (WeightedSumScorer, ThresholdScoreClassifier.)
 */
import type { Classification } from "./classify.ts";

export interface Scored {
  readonly name: string;
  readonly groups: readonly string[];
  /** Reported and not scored. */
  readonly muted: boolean;
  readonly classification: Classification;
}

export interface Score {
  readonly summary: number;
  readonly groups: readonly { readonly name: string; readonly score: number }[];
  readonly reason: "critical" | "no_data" | null;
}

/** 100 where a group had data in no metric: it neither helps nor harms. */
function groupScore(name: string, metrics: readonly Scored[]): { readonly name: string; readonly score: number } {
  const count = (...labels: readonly string[]): number =>
    metrics.filter(({ classification }) => labels.includes(classification.label)).length;
  const passed = count("Pass");
  const total = passed + count("High", "Low", "NodataFailMetric");
  return { name, score: total === 0 ? 100 : (100 * passed) / total };
}

export function scoreOf(all: readonly Scored[], groupWeights: Readonly<Record<string, number>>): Score {
  const metrics = all.filter(({ muted }) => !muted);
  const names = [...new Set(metrics.flatMap(({ groups }) => groups))];
  const groups = names.map((name) =>
    groupScore(
      name,
      metrics.filter((metric) => metric.groups.includes(name)),
    ),
  );
  const weights = new Map(Object.entries(groupWeights));
  const given = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const unweighted = names.filter((name) => !weights.has(name)).length;
  const rest = unweighted === 0 ? 0 : (100 - given) / unweighted;
  const sum = groups.reduce((total, { name, score }) => total + (score * (weights.get(name) ?? rest)) / 100, 0);
  const isCritical = metrics.some(({ classification }) => classification.isCritical && classification.label !== "Pass");
  const silent = metrics.filter(({ classification }) => classification.label === "Nodata").length;
  if (isCritical) return { summary: 0, groups, reason: "critical" };
  if (silent >= metrics.length / 2) return { summary: 0, groups, reason: "no_data" };
  return { summary: Math.round(sum * 100) / 100, groups, reason: null };
}

export function scoreLabel(score: number, thresholds: { readonly pass: number; readonly marginal: number }) {
  if (score >= thresholds.pass) return "pass" as const;
  return score >= thresholds.marginal ? ("marginal" as const) : ("fail" as const);
}
