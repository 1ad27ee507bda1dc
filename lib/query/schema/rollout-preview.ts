/** `POST /rollouts/preview`: what a definition would do, before it starts. Shares 0..1. */
import { z } from "zod";
import { absentSchema, meshSchema, metricSchema } from "./common.ts";
import { ownerSchema, previewSchema, reverterSchema, rolloutStepSchema } from "./rollouts.ts";

export const findingSchema = z.object({
  code: z.string(),
  /** `refuses`: a start, or the step that it is about, would be refused. */
  severity: z.enum(["refuses", "warns"]),
  message: z.string(),
});
export type FindingAnswer = z.infer<typeof findingSchema>;

export const rolloutPreviewSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Whether it would start now. */
  canStart: z.boolean(),
  /** Of the definition as a whole. */
  findings: z.array(findingSchema),
  routes: z.array(
    z.object({
      id: z.string(),
      object: z.string(),
      mesh: meshSchema.nullable(),
      cluster: z.string(),
      namespace: z.string(),
      /** Who writes it; null where nobody does. */
      owner: ownerSchema.nullable(),
      reverters: z.array(reverterSchema),
      /** The canary's share now. */
      share: metricSchema,
      findings: z.array(findingSchema),
      absent: absentSchema,
    }),
  ),
  /** Steps that write, and what they write to each route once the steps before are done. */
  steps: z.array(
    z.object({
      index: z.number(),
      kind: rolloutStepSchema.shape.kind,
      text: z.string(),
      writes: z.array(previewSchema.omit({ action: true }).extend({ route: z.string() })),
    }),
  ),
});
export type RolloutPreviewAnswer = z.infer<typeof rolloutPreviewSchema>;

/** `GET /rollouts/definitions`: files of the definitions folder, and what is wrong with them. */
export const definitionListSchema = z.object({
  definitions: z.array(
    z.object({
      file: z.string(),
      id: z.string(),
      name: z.string(),
      /** Whether a rollout of this id was begun already. */
      started: z.boolean(),
      after: z.array(z.string()),
    }),
  ),
  errors: z.array(
    z.object({
      file: z.string(),
      line: z.number().nullable(),
      column: z.number().nullable(),
      code: z.string(),
      message: z.string(),
    }),
  ),
});
export type DefinitionList = z.infer<typeof definitionListSchema>;
