/** `GET /heatmap`: latency over time of a node, an edge or whatever a name finds. Times are Unix ms, latency is ms. */
import { z } from "zod";
import { absentSchema, completenessSchema, timeParameterSchema, windowSchema } from "./common.ts";
import { viewSchema } from "./graph.ts";

export const heatmapParametersSchema = z.object({
  node: z.string().max(100).optional(),
  edge: z.string().max(100).optional(),
  /** Where the id is looked for first. */
  view: viewSchema.optional(),
  /** A piece of a workload's name, at either end of an edge. With none of the three: the whole estate. */
  filter: z.string().max(2000).optional(),
  start: timeParameterSchema,
  end: timeParameterSchema,
  /** At most so many; never more than the window has slots. */
  columns: z.coerce.number().int().min(1).max(720).default(60),
  /** 0: without traces, which cost the most of the answer. */
  exemplars: z.enum(["0", "1"]).default("1"),
  /** At most so many; above it the narrowest neighbours of the histogram's own buckets are merged. */
  rows: z.coerce.number().int().min(1).max(400).default(64),
});
export type HeatmapParameters = z.infer<typeof heatmapParametersSchema>;

export const exemplarSchema = z.object({
  /** Index of the column in which the span ended, and of the row that holds its duration. */
  column: z.number(),
  row: z.number(),
  traceId: z.string(),
  durationMs: z.number(),
});
export type Exemplar = z.infer<typeof exemplarSchema>;

export const heatmapSchema = z.object({
  window: windowSchema,
  /** Start of each column; the last one ends with the window. */
  xMs: z.array(z.number()),
  /**
   * Ascending upper bounds, inclusive, as the proxies sent them: row 0 is up to yMs[0], row i is (yMs[i-1], yMs[i]], and
   * one more row holds what took longer than the last bound.
   */
  yMs: z.array(z.number()),
  /** By column, then row: one more than there are bounds. Null where nothing was observed, which is not zero. */
  counts: z.array(z.array(z.number()).nullable()),
  /** Share of each column's time that was observed, weighted by traffic, 0..1; the counts of one below 1 are too low. */
  observed: z.array(z.number()),
  /** What was timed; null with its reason in `absent`. */
  of: z.enum(["firstByte", "response", "span", "mixed"]).nullable(),
  exemplars: z.array(exemplarSchema),
  completeness: completenessSchema,
  absent: absentSchema,
});
export type Heatmap = z.infer<typeof heatmapSchema>;
