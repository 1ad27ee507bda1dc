/** A rollout as people write it: the body of `POST /rollouts`. Shares 0..1, times in seconds. */
import { z } from "zod";
import { policySchema } from "./judge-policy.ts";

/** What is finer would be written as another share, or as none. */
const isWritten = (share: number): boolean => Math.abs(share * 10_000 - Math.round(share * 10_000)) < 1e-6;
const shareSchema = z
  .number()
  .min(0)
  .max(1)
  .refine(isWritten, { error: "a share is written to a hundredth of a percent: at most four decimals" });

/** A rollout of Meshscope's own, as it is written down: the body of `POST /rollouts`, and a file of the definitions folder. */
export const definitionSchema = z.strictObject({
  id: z.string().min(1).max(82),
  name: z.string().min(1).max(200),
  service: z.string().min(1).max(200),
  routes: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(80),
        driver: z.enum([
          "istio",
          "httpRoute",
          "grpcRoute",
          "linkerdRoute",
          "trafficSplit",
          "consul",
          "consulCrd",
          "appMesh",
          "appMeshCrd",
        ]),
        /** Name of the control plane in the configuration. */
        cluster: z.string().min(1),
        namespace: z.string().min(1),
        object: z.string().min(1),
        rule: z.string().min(1),
        stable: z.string().min(1),
        canary: z.string().min(1),
      }),
    )
    .min(1)
    .max(20),
  steps: z
    .array(
      z.union([
        z.strictObject({ weight: shareSchema }),
        /** Seconds, or until a person promotes. */
        z.strictObject({ pause: z.union([z.number().positive(), z.literal("manual")]) }),
        z.strictObject({ analysis: z.strictObject({ leastSec: z.number().min(0).default(300) }) }),
      ]),
    )
    .min(1)
    .max(100),
  rollback: z
    .strictObject({ shares: z.array(shareSchema).max(20).default([]), holdSec: z.number().min(0).default(0) })
    .prefault({}),
  revertAfterSec: z.number().positive().nullable().default(null),
  judge: z.enum(["advisory", "automatic"]).default("advisory"),
  /** Which judge; left out: the sequential one with its defaults. */
  policy: policySchema.optional(),
});
export type DefinitionBody = z.output<typeof definitionSchema>;
