/** A rollout as people write it: the body of `POST /rollouts`. Shares 0..1, times in seconds. */
import { z } from "zod";
import { policySchema } from "./judge-policy.ts";

/** Kinds of objects that split traffic. */
export const DRIVERS = [
  "istio",
  "httpRoute",
  "grpcRoute",
  "linkerdRoute",
  "trafficSplit",
  "consul",
  "consulCrd",
  "appMesh",
  "appMeshCrd",
] as const;
export type DriverKind = (typeof DRIVERS)[number];

/** What is finer would be written as another share, or as none. */
const isWritten = (share: number): boolean => Math.abs(share * 10_000 - Math.round(share * 10_000)) < 1e-6;
const shareSchema = z
  .number()
  .min(0)
  .max(1)
  .refine(isWritten, { error: "a share is written to a hundredth of a percent: at most four decimals" });

function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== "";
  } catch {
    return false;
  }
}

const headerName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: "the name of a header" });
const text = z.string().min(1).max(1000);
/** Requests that the canary gets whatever its share: by a header, or by a cookie of a value. */
export const matchSchema = z.union(
  [
    z.strictObject({ header: headerName, exact: text }),
    z.strictObject({ header: headerName, prefix: text }),
    z.strictObject({ header: headerName, regex: text.refine(isPattern, { error: "a regular expression" }) }),
    z.strictObject({ cookie: text.regex(/^[^\s=;,]+$/, { error: "the name of a cookie" }), value: text }),
  ],
  { error: "a header with exact, prefix or regex, or a cookie with its value" },
);
export type MatchBody = z.output<typeof matchSchema>;

const stepSchema = z.union(
  [
    z.strictObject({ weight: shareSchema }),
    /** Seconds, or until a person promotes. */
    z.strictObject({ pause: z.union([z.number().positive(), z.literal("manual")]) }),
    z.strictObject({ analysis: z.strictObject({ leastSec: z.number().min(0).default(300) }) }),
    z.strictObject({ match: z.union([matchSchema, z.literal("end")]) }),
    z.strictObject({
      mirror: z.union([
        /** `confirmWrites`: the canary may carry out every write a second time. */
        z.strictObject({ share: shareSchema.default(1), confirmWrites: z.boolean().default(false) }),
        z.literal("end"),
      ]),
    }),
    /** Until the canary has so many ready endpoints, or as many as the stable version. */
    z.strictObject({ check: z.strictObject({ ready: z.union([z.number().int().min(1), z.literal("asStable")]) }) }),
    /** All at once: an optional rule for those who look at it first, a look at readiness, a gate, everything, a hold. */
    z.strictObject({
      blueGreen: z.strictObject({ preview: matchSchema.optional(), holdSec: z.number().positive().optional() }),
    }),
  ],
  { error: "one of weight, pause, analysis, match, mirror, check, blueGreen" },
);
export type StepBody = z.output<typeof stepSchema>;

/** A rollout of Meshscope's own, as it is written down: the body of `POST /rollouts`, and a file of the definitions folder. */
export const definitionSchema = z.strictObject({
  id: z.string().min(1).max(82),
  name: z.string().min(1).max(200),
  service: z.string().min(1).max(200),
  routes: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(80),
        driver: z.enum(DRIVERS),
        /** Name of the control plane in the configuration. */
        cluster: z.string().min(1),
        namespace: z.string().min(1),
        object: z.string().min(1),
        rule: z.string().min(1),
        stable: z.string().min(1),
        canary: z.string().min(1),
        /** Long streams: an old share that stays is not called stalled. */
        streams: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(20),
  steps: z.array(stepSchema).min(1).max(100),
  rollback: z
    .strictObject({ shares: z.array(shareSchema).max(20).default([]), holdSec: z.number().min(0).default(0) })
    .prefault({}),
  revertAfterSec: z.number().positive().nullable().default(null),
  judge: z.enum(["advisory", "automatic"]).default("advisory"),
  /** Ids of rollouts that must be promoted before this one begins. */
  after: z.array(z.string().min(1).max(82)).max(20).default([]),
  /** Which judge; left out: the sequential one with its defaults. */
  policy: policySchema.optional(),
});
export type DefinitionBody = z.output<typeof definitionSchema>;
