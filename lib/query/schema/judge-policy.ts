/**
 * How a rollout is judged, as people write it: which judge, and its numbers. `sequential` is Meshscope's own; `threshold`,
 * `argo` and `kayenta` mean what Flagger, Argo Rollouts and Kayenta mean by the same words. Shares 0..1, times in seconds.
 */
import { z } from "zod";

export const JUDGE_MODES = ["sequential", "threshold", "argo", "kayenta"] as const;
export type JudgeMode = (typeof JUDGE_MODES)[number];

/**
 * What is measured of the canary in an interval: percent of good or bad requests, requests a second, latency. `of` names
 * a metric of the rollout ("errors", "slower than 250 ms"); a latency in ms needs one that keeps its histogram.
 */
export const measureSchema = z.enum(["goodPercent", "badPercent", "requestsPerSec", "p50Ms", "p90Ms", "p99Ms"]);
export type MeasureName = z.infer<typeof measureSchema>;

const seconds = z.number().positive().max(86_400);
const name = z.string().min(1).max(100);
const limit = z.number().int().min(-1).max(10_000);

const sequentialSchema = z.strictObject({
  mode: z.literal("sequential"),
  /** Risk of failing a canary within 1.25 times the old version's rate. */
  failRisk: z.number().min(1e-6).max(0.2).default(0.01),
  /** Risk of passing one at 1.5 times the rate, or beyond. */
  passRisk: z.number().min(1e-6).max(0.2).default(0.05),
  leastSec: z.number().min(0).max(86_400).default(300),
  leastCanaryRequests: z.number().int().min(0).max(1e9).default(100),
  /** A share of bad requests below which the canary is good whatever the old version does; null: there is none. */
  absoluteLimit: z.number().gt(0).lt(1).nullable().default(null),
  /** The service's objective: guards against burning its budget. Absent: nothing is guarded. */
  guard: z
    .strictObject({
      objective: z.number().min(0.5).lt(1),
      /** Share of the period's error budget that the canary may use up beyond what the old version would have. */
      budgetShare: z.number().gt(0).max(1).default(0.01),
      /** Requests of the service in the budget's period. */
      periodRequests: z.number().positive(),
    })
    .optional(),
});

const thresholdMetricSchema = z.strictObject({
  /** `request-success-rate` and `request-duration` are Flagger's own; anything else names its measure. */
  name,
  of: name.optional(),
  measure: measureSchema.optional(),
  thresholdRange: z.strictObject({ min: z.number().optional(), max: z.number().optional() }).optional(),
  /** Flagger's older field: the least success rate in percent, the most of anything else. */
  threshold: z.number().optional(),
  intervalSec: seconds.default(60),
});

const thresholdSchema = z.strictObject({
  mode: z.literal("threshold"),
  /** Between two checks. */
  intervalSec: seconds.default(60),
  /** Failed checks, counted over the whole analysis, that fail the canary. */
  threshold: z.number().int().min(1).max(10_000).default(1),
  /** Good checks that pass it. */
  iterations: z.number().int().min(1).max(10_000).default(10),
  metrics: z.array(thresholdMetricSchema).min(1).max(20),
});

const argoMetricSchema = z.strictObject({
  name,
  of: name.optional(),
  measure: measureSchema,
  /** `vector` as Prometheus answers (`result[0]`), `scalar` as web and job providers do (`result`). */
  result: z.enum(["vector", "scalar"]).default("vector"),
  /** How far back one measurement looks. */
  rangeSec: seconds.default(60),
  intervalSec: seconds.optional(),
  initialDelaySec: z.number().min(0).max(86_400).default(0),
  count: z.number().int().min(0).max(10_000).optional(),
  failureLimit: limit.default(0),
  inconclusiveLimit: limit.default(0),
  consecutiveErrorLimit: limit.default(4),
  consecutiveSuccessLimit: z.number().int().min(0).max(10_000).default(0),
  successCondition: z.string().max(1000).default(""),
  failureCondition: z.string().max(1000).default(""),
});

const argoSchema = z.strictObject({ mode: z.literal("argo"), metrics: z.array(argoMetricSchema).min(1).max(20) });

const effect = z.number().min(0).max(1000).optional();

const kayentaMetricSchema = z.strictObject({
  name,
  of: name.optional(),
  measure: measureSchema,
  groups: z.array(name).min(1).max(10),
  direction: z.enum(["increase", "decrease", "either"]).default("either"),
  nanStrategy: z.enum(["remove", "replace"]).default("remove"),
  outliers: z.enum(["keep", "remove"]).default("keep"),
  critical: z.boolean().default(false),
  mustHaveData: z.boolean().default(false),
  muted: z.boolean().default(false),
  effectSize: z
    .strictObject({
      measure: z.enum(["meanRatio", "cles"]).default("meanRatio"),
      ...{ allowedIncrease: effect, allowedDecrease: effect, criticalIncrease: effect, criticalDecrease: effect },
    })
    .prefault({}),
});

const kayentaSchema = z
  .strictObject({
    mode: z.literal("kayenta"),
    /** Between two judgements, each of everything since the analysis began. */
    intervalSec: seconds.default(300),
    /** Judgements; the last one decides, an earlier one below `marginal` fails at once. */
    intervals: z.number().int().min(1).max(1000).default(4),
    thresholds: z
      .strictObject({ pass: z.number().min(0).max(100), marginal: z.number().min(0).max(100) })
      .prefault({ pass: 95, marginal: 75 }),
    /** Percents; groups without one share what is left. */
    groupWeights: z.record(z.string(), z.number().min(0).max(100)).default({}),
    metrics: z.array(kayentaMetricSchema).min(1).max(50),
  })
  .refine(({ thresholds: { pass, marginal } }) => marginal <= pass, {
    error: "marginal is not above pass",
    path: ["thresholds", "marginal"],
  })
  .refine(({ groupWeights }) => Object.values(groupWeights).reduce((sum, weight) => sum + weight, 0) <= 100, {
    error: "weights of groups are percents: together at most 100",
    path: ["groupWeights"],
  });

export const policySchema = z.discriminatedUnion("mode", [
  sequentialSchema,
  thresholdSchema,
  argoSchema,
  kayentaSchema,
]);
export type Policy = z.output<typeof policySchema>;
export type SequentialPolicy = Extract<Policy, { readonly mode: "sequential" }>;
export type ThresholdPolicy = Extract<Policy, { readonly mode: "threshold" }>;
export type ThresholdMetric = ThresholdPolicy["metrics"][number];
export type ArgoPolicy = Extract<Policy, { readonly mode: "argo" }>;
export type ArgoMetric = ArgoPolicy["metrics"][number];
export type KayentaPolicy = Extract<Policy, { readonly mode: "kayenta" }>;
export type KayentaMetric = KayentaPolicy["metrics"][number];
