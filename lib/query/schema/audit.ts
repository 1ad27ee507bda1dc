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

export const auditListSchema = z.object({
  audit: z.array(auditEntrySchema),
  nextCursor: z.string().nullable(),
  total: z.number(),
});

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
