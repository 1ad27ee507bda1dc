/** What the store says of itself: part of `GET /meta`. Sizes in bytes, times Unix ms, durations ms. */
import { z } from "zod";

export const storeErrorSchema = z.object({ code: z.string(), message: z.string(), atMs: z.number() });

export const storeTierSchema = z.object({
  slotMs: z.number(),
  retainMs: z.number(),
  slots: z.number(),
  /** Start of the oldest slot held; null while there is none. */
  oldestMs: z.number().nullable(),
});

export const storeFactsSchema = z.object({
  kind: z.enum(["memory", "duckdb", "clickhouse"]),
  /** `starting`: it ended and is being started again, reads answer `store_unavailable` meanwhile. */
  state: z.enum(["up", "starting"]),
  spans: z.object({ count: z.number(), traces: z.number(), bytes: z.number(), evicted: z.number() }),
  rollups: z.object({
    tiers: z.array(storeTierSchema),
    values: z.number(),
    bytes: z.number().nullable(),
    evicted: z.number(),
  }),
  /** Null: what is stored ends with the process, and there is no log. */
  log: z
    .object({
      /** Of all its files. */
      bytes: z.number(),
      /** Acknowledged and not yet stored. */
      lagBytes: z.number(),
      /** How long the oldest of that has waited. */
      lagMs: z.number(),
      /** Bodies that could not be read again, put aside in `quarantine`. */
      quarantined: z.number(),
    })
    .nullable(),
  /** Times that the store's process was started again. */
  restarts: z.number(),
  /** Of the store's own process; null where it has none. */
  residentBytes: z.number().nullable(),
  lastError: storeErrorSchema.nullable(),
});
export type StoreFacts = z.infer<typeof storeFactsSchema>;
export type StoreError = z.infer<typeof storeErrorSchema>;
