/** `GET /graph/compare`: what differs between two windows of one view. Rates per second, latency in ms, shares 0..1. */
import { z } from "zod";
import { completenessSchema, metricSchema, timeParameterSchema, windowSchema } from "./common.ts";
import { graphEdgeSchema, graphNodeSchema, graphParametersSchema } from "./graph.ts";

export const compareParametersSchema = graphParametersSchema.omit({ detail: true, idle: true }).extend({
  /** The window before; by default the one of the same length that ends where the other starts. */
  baseStart: timeParameterSchema,
  baseEnd: timeParameterSchema,
});
export type CompareParameters = z.infer<typeof compareParametersSchema>;

export const CHANGE_KINDS = ["added", "removed", "rate", "errors", "latency", "mtls", "peers"] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export const changeSchema = z.object({
  of: z.enum(["node", "edge"]),
  id: z.string(),
  kind: z.enum(CHANGE_KINDS),
  before: metricSchema,
  after: metricSchema,
  /** How much it changed, 0..1; comparable between kinds. */
  score: z.number(),
});
export type Change = z.infer<typeof changeSchema>;

export const compareAnswerSchema = z.object({
  window: windowSchema,
  base: windowSchema,
  /** Most changed first. */
  changes: z.array(changeSchema),
  /** Members of either window, as in the later one where they are in both. */
  nodes: z.array(graphNodeSchema),
  edges: z.array(graphEdgeSchema),
  /** Ids that are in one window only, and of which the other tells that they were not there. */
  added: z.array(z.string()),
  removed: z.array(z.string()),
  /** Ids that are in one window only, while nobody was observed in the other who would tell of them: neither new nor gone. */
  notKnown: z.array(z.string()),
  /** Ids that are in the base only, gone or not known to be: their figures are those that they had there. */
  baseOnly: z.array(z.string()),
  completeness: z.object({ window: completenessSchema, base: completenessSchema }),
});
export type CompareAnswer = z.infer<typeof compareAnswerSchema>;
