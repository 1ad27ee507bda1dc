/** `POST /rollouts/{id}/replay`: what another policy would have said of a rollout's recorded windows, look by look. */
import { z } from "zod";
import { JUDGE_MODES, policySchema } from "./judge-policy.ts";
import { verdictStateSchema } from "./rollouts.ts";

export const replayBodySchema = z.strictObject({
  policy: policySchema,
  /** When its analysis begins; left out: with the first recorded window. Unix ms. */
  startMs: z.number().optional(),
});

export const lookSchema = z.object({
  atMs: z.number(),
  state: verdictStateSchema,
  summary: z.string().nullable(),
  metrics: z.array(z.object({ name: z.string(), state: verdictStateSchema })),
});

export const replaySchema = z.object({
  mode: z.enum(JUDGE_MODES),
  startMs: z.number(),
  endMs: z.number(),
  /** Recorded windows, of all metrics. */
  windows: z.number(),
  /** Recording stopped here, because a rollout keeps so many windows and no more; null: all are there. */
  fullAtMs: z.number().nullable(),
  looks: z.array(lookSchema),
  /** What was said of it while it ran. */
  recorded: z.array(z.object({ atMs: z.number(), state: verdictStateSchema })),
});
export type ReplayAnswer = z.infer<typeof replaySchema>;
