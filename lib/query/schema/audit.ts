/** `GET /audit`: who did what, when, why and with which outcome. Times Unix ms. */
import { z } from "zod";
import { meshSchema, repeatedSchema, timeParameterSchema } from "./common.ts";

export const auditEntrySchema = z.object({
  id: z.string(),
  atMs: z.number(),
  actor: z.string(),
  action: z.string(),
  reason: z.string(),
  mesh: meshSchema.nullable(),
  cluster: z.string(),
  namespace: z.string(),
  object: z.string(),
  rollout: z.string().nullable(),
  intentId: z.string(),
  revision: z.string(),
  outcome: z.enum(["pending", "applied", "noop", "conflict", "refused", "forbidden", "unavailable", "unknown"]),
  before: z.string().nullable(),
  after: z.string().nullable(),
  evidence: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** Records of what was done that are in memory alone, because their disk does not take them: how many, since when, why. */
export const notOnDiskSchema = z.object({ records: z.number(), sinceMs: z.number(), message: z.string() });
export type NotOnDisk = z.infer<typeof notOnDiskSchema>;

export const auditListSchema = z.object({
  audit: z.array(auditEntrySchema),
  nextCursor: z.string().nullable(),
  total: z.number(),
  /** Left out where all is on disk. */
  notOnDisk: notOnDiskSchema.optional(),
});

export type AuditList = z.infer<typeof auditListSchema>;

export const auditParametersSchema = z.object({
  start: timeParameterSchema,
  end: timeParameterSchema,
  actor: repeatedSchema,
  action: repeatedSchema,
  mesh: repeatedSchema,
  cluster: repeatedSchema,
  namespace: repeatedSchema,
  rollout: repeatedSchema,
  outcome: repeatedSchema,
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(1000).optional(),
});
