/**
 * `/rollouts`, `/rollouts/{id}` and its actions: releases on any mesh, who owns them, what may be done now, and what
 * was done. Shares are 0..1 here (the wire speaks shares, the drivers basis points); times Unix ms.
 */
import { z } from "zod";
import { notOnDiskSchema } from "./audit.ts";
import { absentSchema, meshSchema, metricSchema, repeatedSchema } from "./common.ts";
import { JUDGE_MODES } from "./judge-policy.ts";

export const ACTIONS = ["promote", "promoteFull", "pause", "resume", "abort", "rollback", "retry", "skipStep"] as const;
export const actionSchema = z.enum(ACTIONS);
export type RolloutActionName = z.infer<typeof actionSchema>;

export const rolloutStateSchema = z.enum([
  "running",
  /** Somebody must act. */
  "waiting",
  "paused",
  "rollingBack",
  "promoted",
  "rolledBack",
  "aborted",
  "failed",
  /** A write was refused or somebody else wrote: a person decides. */
  "needsHuman",
  /** Its owner, or the control plane, cannot be asked. */
  "unknown",
]);
export type RolloutState = z.infer<typeof rolloutStateSchema>;

/** Who writes the route's weights. */
export const ownerSchema = z.object({
  kind: z.enum(["meshscope", "argoRollouts", "flagger", "consulKubernetes", "appMeshController", "conflict"]),
  ref: z.string().nullable(),
  evidence: z.array(z.string()),
});

export const reverterSchema = z.object({
  kind: z.enum(["argoCd", "flux"]),
  ref: z.string(),
  /** Null where it is not known. */
  reverts: z.boolean().nullable(),
  evidence: z.array(z.string()),
  /** What to put into Git so that both live together. */
  snippet: z.string().nullable(),
});

export const verdictStateSchema = z.enum(["fail", "noData", "pass", "inconclusive"]);
export const shiftStateSchema = z.enum(["pending", "shifting", "verified", "stalled", "partial", "noTraffic"]);

export const rolloutSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  mesh: meshSchema,
  cluster: z.string(),
  namespace: z.string(),
  service: z.string(),
  owner: ownerSchema,
  state: rolloutStateSchema,
  /** Opaque; what a click is bound to. */
  revision: z.string(),
  step: z.object({ index: z.number(), count: z.number(), text: z.string() }),
  /** The canary's share of requests. */
  desired: metricSchema,
  observed: metricSchema,
  shift: shiftStateSchema.nullable(),
  verdict: verdictStateSchema.nullable(),
  /** For whom or what it waits, as a code. */
  waitingFor: z.string().optional(),
  waitingSinceMs: z.number().optional(),
  /** When it was read last, where its control plane does not answer: all that is said of it is of then. */
  seenMs: z.number().optional(),
  actions: z.array(actionSchema),
  /** By action that is not allowed now: a code and its words. */
  blocked: z.record(z.string(), z.object({ code: z.string(), message: z.string() })),
  absent: absentSchema,
});
export type RolloutSummary = z.infer<typeof rolloutSummarySchema>;

export const rolloutListSchema = z.object({
  rollouts: z.array(rolloutSummarySchema),
  nextCursor: z.string().nullable(),
  total: z.number(),
  /** Control planes that could not be asked: their rollouts may be missing. */
  unreachable: z.array(z.object({ target: z.string(), code: z.string(), message: z.string() })),
  notOnDisk: notOnDiskSchema.optional(),
});
export type RolloutList = z.infer<typeof rolloutListSchema>;

/** What a button would write, as whom, and to what. */
export const previewSchema = z.object({
  action: actionSchema,
  /** In the mesh's own terms. */
  changes: z.array(z.object({ object: z.string(), path: z.string(), before: z.string(), after: z.string() })),
  /** The request itself, to be read. */
  request: z.string(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  /** The command that does the same without this console. */
  breakGlass: z.string(),
});
export type RolloutPreview = z.infer<typeof previewSchema>;

export const callerShiftSchema = z.object({
  caller: z.string(),
  requests: z.number(),
  share: metricSchema,
  state: z.enum(["follows", "stays", "quiet"]),
});

export const metricVerdictSchema = z.object({
  name: z.string(),
  state: verdictStateSchema,
  canary: z.object({ requests: z.number(), bad: z.number() }),
  primary: z.object({ requests: z.number(), bad: z.number() }),
  /** Ratio of rates that is not ruled out; an open end is null. */
  ratio: z.object({ low: z.number(), high: metricSchema }),
  /** How many times likelier than by chance: what failing and passing need, and what there is. */
  evidence: z.object({ fail: z.number(), failBound: z.number(), pass: z.number(), passBound: z.number() }),
  dispersion: metricSchema,
  needed: z.object({
    toPass: metricSchema,
    toFailDoubled: metricSchema,
    secToPass: metricSchema,
    secToFailDoubled: metricSchema.optional(),
  }),
});
export type MetricVerdictAnswer = z.infer<typeof metricVerdictSchema>;

export const historyEntrySchema = z.object({
  atMs: z.number(),
  type: z.string(),
  text: z.string(),
  actor: z.string().optional(),
  reason: z.string().optional(),
});

export const rolloutStepSchema = z.object({
  kind: z.enum(["weight", "pause", "analysis", "match", "mirror", "check", "other"]),
  text: z.string(),
  /** Of a weight that our own engine gives: the canary's share of requests. */
  share: z.number().optional(),
  state: z.enum(["done", "current", "ahead"]),
});

export const rolloutPodSchema = z.object({
  name: z.string(),
  version: z.string(),
  arm: z.enum(["canary", "stable", "other"]),
  ready: z.boolean().nullable(),
  requestsPerSec: metricSchema,
  errorRatio: metricSchema,
  absent: absentSchema,
});

/** One arm of a comparison over time; null is a gap. */
export const armSeriesSchema = z.object({
  requestsPerSec: z.array(metricSchema),
  errorRatio: z.array(metricSchema),
  p50Ms: z.array(metricSchema),
  p99Ms: z.array(metricSchema),
});

/** What an owning controller says of itself, in its own words. */
export const ownedSchema = z.object({
  phase: z.string(),
  message: z.string().nullable(),
  conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() })),
  analyses: z.array(
    z.object({
      name: z.string(),
      /** What it runs for. */
      role: z.string(),
      status: z.string(),
      message: z.string(),
      metrics: z.array(z.object({ name: z.string(), status: z.string(), counts: z.string(), value: z.string() })),
    }),
  ),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  /** What to put where, so that it can be driven from here. */
  setup: z.array(z.object({ title: z.string(), text: z.string() })),
});
export type Owned = z.infer<typeof ownedSchema>;

export const rolloutDetailSchema = rolloutSummarySchema.extend({
  steps: z.array(rolloutStepSchema),
  routes: z.array(
    z.object({
      id: z.string(),
      object: z.string(),
      rule: z.string(),
      stable: z.string(),
      canary: z.string(),
      desired: metricSchema,
      observed: metricSchema,
      /** False where this collector does not count the route's traffic: then no share of it is proved. */
      counted: z.boolean(),
      shift: shiftStateSchema.nullable(),
      accepted: z.enum(["yes", "no", "unknown"]),
      reasons: z.array(z.string()),
      callers: z.array(callerShiftSchema),
      quiet: z.object({ callers: z.number(), share: z.number() }).nullable(),
      neededRequests: metricSchema,
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
      absent: absentSchema,
    }),
  ),
  reverters: z.array(reverterSchema),
  metrics: z.array(metricVerdictSchema),
  guards: z.array(
    z.object({ code: z.string(), effect: z.enum(["fail", "freeze"]), figure: z.number(), bound: z.number() }),
  ),
  withheld: z.array(z.string()),
  /** Of a compatible judge: its counters or score in words, and what each check said last; null before it looked. */
  compatible: z
    .object({
      mode: z.enum(JUDGE_MODES),
      summary: z.string(),
      checks: z.array(z.object({ name: z.string(), state: verdictStateSchema, value: metricSchema, text: z.string() })),
    })
    .nullable()
    .optional(),
  previews: z.array(previewSchema),
  pods: z.array(rolloutPodSchema),
  /** Desired and observed share, and both arms, over time. */
  series: z.object({
    timesMs: z.array(z.number()),
    desired: z.array(metricSchema),
    observed: z.array(metricSchema),
    canary: armSeriesSchema,
    stable: armSeriesSchema,
  }),
  /** By route, desired and observed share over time, of the whole route and of each of its callers. */
  splits: z
    .array(
      z.object({
        route: z.string(),
        timesMs: z.array(z.number()),
        desired: z.array(metricSchema),
        observed: z.array(metricSchema),
        /** Those with the most requests, at most 20. */
        callers: z.array(z.object({ caller: z.string(), requests: z.number(), observed: z.array(metricSchema) })),
        /** Requests of callers without a proxy: the split does not reach them. */
        unproxied: z.object({ requests: z.number(), canaryRequests: z.number() }),
      }),
    )
    .optional(),
  /** Latency of both arms in the same window, counts by the scheme's own bounds (ms); null where none was timed. */
  latency: z
    .object({
      ...{ boundsMs: z.array(z.number()), canary: z.array(z.number()), stable: z.array(z.number()) },
      /** How far each arm's share below any bound may lie from the truth, 0..1, at every look (5 % risk). */
      band: z.object({ canary: z.number(), stable: z.number() }).optional(),
    })
    .nullable(),
  history: z.array(historyEntrySchema),
  /** Left out where Meshscope itself is the owner. */
  owned: ownedSchema.optional(),
});
export type RolloutDetail = z.infer<typeof rolloutDetailSchema>;

export const rolloutParametersSchema = z.object({
  mesh: repeatedSchema,
  cluster: repeatedSchema,
  namespace: repeatedSchema,
  state: repeatedSchema,
  /** 1: only those that wait for somebody who may do what the asker may. */
  waiting: z.enum(["0", "1"]).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(1000).optional(),
});

export const actBodySchema = z.strictObject({
  action: actionSchema,
  expectedRevision: z.string().min(1).max(500),
  /** A UUID of the click: the same again is the same act. */
  intentId: z.uuid(),
  reason: z.string().trim().min(1).max(1000),
});
export type ActBody = z.infer<typeof actBodySchema>;

export const receiptSchema = z.object({
  rollout: z.string(),
  action: actionSchema,
  intentId: z.string(),
  actor: z.string(),
  atMs: z.number(),
  /** Place in the audit. */
  audit: z.string(),
  /** True where this intent was taken before. */
  repeated: z.boolean(),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** The body of a 409 and of a 503. */
export const conflictSchema = z.object({
  code: z.string(),
  message: z.string(),
  current: rolloutSummarySchema.optional(),
  breakGlass: z.array(z.string()).optional(),
});
