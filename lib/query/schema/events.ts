/**
 * `GET /events`: what happened, for charts to draw on their time axis: acts of people, writes, verdicts, how rollouts ended.
 * Times Unix ms. `kind` is open: a reader passes over one that it does not know, so that nodes that appear or vanish and
 * changes of configuration can be added.
 */
import { z } from "zod";
import { meshSchema, repeatedSchema, timeParameterSchema } from "./common.ts";

export const EVENT_KINDS = ["action", "write", "foreignWrite", "verdict", "shift", "started", "finished"] as const;

export const markSchema = z.object({
  id: z.string(),
  atMs: z.number(),
  kind: z.string(),
  mesh: meshSchema.nullable(),
  cluster: z.string(),
  namespace: z.string(),
  /** Null where it is of no one service. */
  service: z.string().nullable(),
  rollout: z.string().nullable(),
  /** In words, for a person. */
  text: z.string(),
  actor: z.string().optional(),
  outcome: z.string().optional(),
});
export type Mark = z.infer<typeof markSchema>;

export const eventListSchema = z.object({
  events: z.array(markSchema),
  /** True where older ones of the window were left out. */
  truncated: z.boolean(),
});

export const eventParametersSchema = z.object({
  start: timeParameterSchema,
  end: timeParameterSchema,
  mesh: repeatedSchema,
  cluster: repeatedSchema,
  namespace: repeatedSchema,
  service: repeatedSchema,
  kind: repeatedSchema,
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});
export type EventQuery = z.output<typeof eventParametersSchema>;
