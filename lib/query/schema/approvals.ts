/**
 * Approval links: `POST /rollouts/{id}/approvals` makes one, `GET /approvals/{token}` says what it would do and does
 * nothing, `POST /approvals/{token}` does it, once. The token is the authority: whoever holds it needs no other.
 */
import { z } from "zod";
import { meshSchema, metricSchema } from "./common.ts";
import { actionSchema, previewSchema, reverterSchema, shiftStateSchema, verdictStateSchema } from "./rollouts.ts";

export const approvalBodySchema = z.strictObject({
  action: actionSchema,
  expectedRevision: z.string().min(1).max(200),
  /** Seconds until it expires: 15 min at most. */
  ttlSec: z.number().int().min(30).max(900).default(900),
});

export const madeApprovalSchema = z.object({
  id: z.string(),
  /** Shown once: only its hash is kept. */
  token: z.string(),
  /** The page that asks before it acts; null where `publicUrl` is not configured. */
  url: z.string().nullable(),
  expiresMs: z.number(),
});
export type MadeApproval = z.infer<typeof madeApprovalSchema>;

export const approvalSchema = z.object({
  rollout: z.string(),
  name: z.string(),
  mesh: meshSchema,
  cluster: z.string(),
  namespace: z.string(),
  service: z.string(),
  action: actionSchema,
  madeBy: z.string(),
  expiresMs: z.number(),
  /** Where the rollout stands now, in words. */
  step: z.string(),
  /** The canary's share now, whether its callers prove it, and what the judge says: what somebody decides by. */
  desired: metricSchema,
  observed: metricSchema,
  shift: shiftStateSchema.nullable(),
  verdict: verdictStateSchema.nullable(),
  /** Who keeps it in Git. */
  reverters: z.array(reverterSchema),
  /** False where the rollout has changed since the link was made: it does nothing any more. */
  isCurrent: z.boolean(),
  /** Why the action is not possible now; null where it is. */
  blocked: z.string().nullable(),
  /** What it will write; null where it writes nothing. */
  preview: previewSchema.nullable(),
});
export type ApprovalAnswer = z.infer<typeof approvalSchema>;

export const useApprovalSchema = z.strictObject({ reason: z.string().trim().max(900).default("") });
