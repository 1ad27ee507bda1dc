/** `GET /operations`: what one node answers, operation by operation, as traces tell it. Rates are per second, latency in ms. */
import { z } from "zod";
import { timeParameterSchema, windowSchema } from "./common.ts";
import { graphEdgeSchema, graphNodeSchema } from "./graph.ts";

export const MOST_TRACES = 200;

export const operationsParametersSchema = z.object({
  /** Id of a node of any view. */
  node: z.string(),
  start: timeParameterSchema,
  end: timeParameterSchema,
  /** How many traces are read, the newest first. */
  traces: z.coerce.number().int().min(1).max(MOST_TRACES).default(100),
});
export type OperationsParameters = z.infer<typeof operationsParametersSchema>;

export const operationsSchema = z.object({
  /** From the start of the oldest trace that was read, where not all were. Nothing is scaled: what was traced is counted. */
  window: windowSchema,
  traces: z.object({ read: z.number(), total: z.number(), totalIsAtLeast: z.boolean().optional() }),
  nodes: z.array(graphNodeSchema),
  edges: z.array(graphEdgeSchema),
});
export type Operations = z.infer<typeof operationsSchema>;
