/**
 * `GET /graph/history`: which nodes and edges of a view came and went in a window, from the stored rollups. Times Unix ms,
 * each the start of the step in which it was seen; `history/presence.ts` says when something has come or gone.
 */
import { z } from "zod";
import { nodeKindSchema, scopeParameters, timeParameterSchema, windowSchema } from "./common.ts";
import { viewSchema } from "./graph.ts";

/**
 * `new`: never reported before. `started`, `stopped`: known and observed, with traffic from then on, or none. `found`,
 * `lost`: whoever could tell of it is heard again, or no more.
 */
export const HISTORY_KINDS = ["new", "started", "found", "stopped", "lost"] as const;
export const historyKindSchema = z.enum(HISTORY_KINDS);
export type HistoryKind = z.infer<typeof historyKindSchema>;

export const DEFAULT_QUIET_MS = 300_000;

export const historyParametersSchema = z.object({
  start: timeParameterSchema,
  end: timeParameterSchema,
  view: viewSchema.default("workload"),
  ...scopeParameters,
  /** Steps that the window is cut into, at most. */
  points: z.coerce.number().int().min(1).max(360).default(120),
  /** How long something must be without traffic to be gone, and to be new after it. Rounded up to whole steps. */
  quietMs: z.coerce.number().int().min(10_000).max(3_600_000).default(DEFAULT_QUIET_MS),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});
export type HistoryParameters = z.output<typeof historyParametersSchema>;

const endSchema = z.object({
  id: z.string(),
  kind: nodeKindSchema,
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  version: z.string().optional(),
});
export type HistoryEnd = z.infer<typeof endSchema>;

export const historyEntrySchema = z.object({
  atMs: z.number(),
  kind: historyKindSchema,
  of: z.enum(["node", "edge"]),
  id: z.string(),
  /** The node; of an edge its source and its target. */
  ends: z.array(endSchema),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

export const historySchema = z.object({
  window: windowSchema,
  stepMs: z.number(),
  quietMs: z.number(),
  /** Oldest first. An edge that comes or goes together with one of its nodes is not listed beside it. */
  entries: z.array(historyEntrySchema),
  total: z.number(),
  /** True where older ones of the window were left out. */
  truncated: z.boolean(),
});
export type History = z.infer<typeof historySchema>;
