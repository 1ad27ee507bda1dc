/**
 * Pieces that every answer of the API shares. Times are Unix milliseconds, nanoseconds decimal strings, ids opaque.
 * A metric member is a number or null; null has its reason under the same key in `absent`.
 */
import { z } from "zod";
import { MESHES, NODE_KINDS, PROTOCOLS } from "../../model/identity.ts";

export const meshSchema = z.enum(MESHES);
export const nodeKindSchema = z.enum(NODE_KINDS);
export const protocolSchema = z.enum(PROTOCOLS);
export const layerSchema = z.enum(["L4", "L7"]);

export const absentReasonSchema = z.enum(["unknown", "notApplicable", "notCollected"]);
export type AbsentReason = z.infer<typeof absentReasonSchema>;
export const absentSchema = z.record(z.string(), absentReasonSchema).optional();

/** A number, or null with its reason in `absent`. */
export const metricSchema = z.number().nullable();

export const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  field: z.string().optional(),
  /** Commands that do the same by hand, where whoever should do it does not answer. */
  breakGlass: z.array(z.string()).optional(),
});
export type ApiError = z.infer<typeof errorSchema>;

export const windowSchema = z.object({
  /** What the answer covers: whole slots, the last one up to its latest observation. */
  start: z.number(),
  end: z.number(),
  slotMs: z.number(),
  requested: z.object({ start: z.number(), end: z.number() }),
  /** The end that was asked for, where it was still to come: `requested.end` is the time of the answer then. */
  endToCome: z.number().optional(),
});
export type Window = z.infer<typeof windowSchema>;

export const notCollectedSchema = z.object({ mesh: meshSchema, what: z.string(), setting: z.string() });

export const completenessSchema = z.object({
  /** Share of the window between successful observations, 0..1. */
  observedShare: z.number(),
  targets: z.object({ up: z.number(), down: z.number() }),
  /** Age of the newest observation at the end of the window, ms; null before the first. */
  newestAgeMs: metricSchema,
  unpairedSpanShare: metricSchema,
  sampledShare: metricSchema,
  dropped: z.record(z.string(), z.number()),
  notCollected: z.array(notCollectedSchema),
  /**
   * Of a window whose end was asked for: how many may still change its figures. Absent: none, so the figures stay as they
   * are; a window without such an end reaches to now, and is never final.
   */
  settling: z.number().optional(),
  /**
   * The same by why: targets to be read, services whose spans may still come, collectors that have not handed over theirs.
   * Nobody but the clock, 1, where the end is still to come: who tells of the time until then is not known.
   */
  settlingBy: z
    .object({ targets: z.number(), services: z.number(), members: z.number(), clock: z.number().optional() })
    .optional(),
  /** Other collectors of a cluster: how old what is shown of them is, ms; null: nothing is. */
  others: z.array(z.object({ member: z.string(), state: z.string(), ageMs: z.number().nullable() })).optional(),
  absent: absentSchema,
});
export type Completeness = z.infer<typeof completenessSchema>;

export const healthSchema = z.object({
  state: z.enum(["failure", "degraded", "notReady", "healthy", "noTraffic", "unknown"]),
  /**
   * Codes with a figure: `errors 9.4 % of 6390`; the UI puts them in words. `of`: not of all these requests, but as the
   * `caller` or the `callee` saw them, or of one protocol of several.
   */
  reasons: z
    .array(
      z.object({
        code: z.string(),
        ratio: z.number().optional(),
        requests: z.number().optional(),
        of: z.string().optional(),
      }),
    )
    .default([]),
  /** Requests that were judged, all protocols together: those that `errorRatio` beside it is of. */
  requests: z.number(),
});
export type Health = z.infer<typeof healthSchema>;
export type HealthState = Health["state"];

/** A repeated query parameter arrives as a string or an array of them. */
export const repeatedSchema = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .optional();

/** Which part of the estate is asked for. */
export const scopeParameters = { namespace: repeatedSchema, cluster: repeatedSchema, mesh: repeatedSchema };

/** Unix ms in digits; an empty value is not the year 1970. */
export const timeParameterSchema = z
  .string()
  .regex(/^\d{1,15}$/, "a time is Unix milliseconds in digits")
  .transform(Number)
  .optional();
