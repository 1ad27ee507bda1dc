/**
 * Beside the rollouts themselves: the audit as a file, events for charts, a recorded rollout through another policy, where
 * notices go, and approval links. A link's token is its authority: those two routes ask for no other.
 */
import { z } from "zod";
import { csvHead, csvLine, jsonLine } from "../../../lib/control/present/audit-export.ts";
import { isAllowed, type Subject } from "../../../lib/query/access.ts";
import {
  approvalBodySchema,
  approvalSchema,
  madeApprovalSchema,
  useApprovalSchema,
} from "../../../lib/query/schema/approvals.ts";
import { type AuditEntry, auditParametersSchema } from "../../../lib/query/schema/audit.ts";
import { eventListSchema, eventParametersSchema } from "../../../lib/query/schema/events.ts";
import { notificationsSchema } from "../../../lib/query/schema/notifications.ts";
import { replayBodySchema, replaySchema } from "../../../lib/query/schema/replay.ts";
import { receiptSchema } from "../../../lib/query/schema/rollouts.ts";
import type { ApprovalRefusal } from "../../control/approvals.ts";
import type { AuditLog } from "../../control/audit-log.ts";
import { marksOf } from "../../control/marks.ts";
import type { Beside } from "../../control/open-beside.ts";
import type { OwnRollouts } from "../../control/own-rollouts.ts";
import { replayRollout } from "../../control/replay.ts";
import type { RolloutService } from "../../control/rollout-service.ts";
import { json, type Route, type RouteAnswer, route } from "../route.ts";
import { refused } from "./rollouts.ts";

export interface RecordParts {
  readonly service: RolloutService;
  readonly own: OwnRollouts;
  readonly audit: AuditLog;
  readonly beside: Beside;
}

const idSchema = z.object({ id: z.string().max(200) });
const tokenSchema = z.object({ token: z.string().max(200) });

const mayReadEntry =
  (subject: Subject) =>
  ({ mesh, cluster, namespace }: AuditEntry): boolean =>
    isAllowed(subject, "viewer", { ...(mesh === null ? {} : { mesh }), cluster, namespace });

function approvalFailure(refusal: ApprovalRefusal): RouteAnswer {
  if (refusal.kind !== "gone") return refused(refusal);
  return { kind: "json", status: 410, body: { code: refusal.code, message: refusal.message } };
}

const exportSchema = auditParametersSchema
  .omit({ limit: true, cursor: true })
  .extend({ format: z.enum(["csv", "jsonl"]).default("csv") });

function exportRoute(audit: AuditLog): Route {
  return route({
    method: "GET",
    path: "/audit/export",
    summary: "The audit as CSV or JSON lines: all of what the same filters find, newest first",
    query: exportSchema,
    answer: z.string(),
    handle: ({ query: { format, ...query }, subject }) => {
      const entries = audit.all(query, mayReadEntry(subject));
      async function* lines(): AsyncGenerator<string> {
        yield format === "csv" ? csvHead() : "";
        for (let from = 0; from < entries.length; from += 500) {
          yield entries
            .slice(from, from + 500)
            .map(format === "csv" ? csvLine : jsonLine)
            .join("");
        }
      }
      const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8";
      return { kind: "stream", chunks: lines(), file: { type, name: `audit.${format}` } };
    },
  });
}

function approvalRoutes({ beside: { approvals } }: RecordParts): Route[] {
  return [
    route({
      method: "POST",
      path: "/rollouts/:id/approvals",
      summary: "Makes a link that does one action on this revision, once, for 15 minutes at most",
      params: idSchema,
      body: approvalBodySchema,
      answer: madeApprovalSchema,
      handle: async ({ params, body, subject }) => {
        const made = await approvals.make(subject, params.id, body);
        return made.ok ? { kind: "json", status: 201, body: made.value } : approvalFailure(made.error);
      },
    }),
    route({
      method: "GET",
      path: "/approvals/:token",
      open: true,
      summary: "What an approval link would do; does nothing and uses nothing up",
      params: tokenSchema,
      answer: approvalSchema,
      handle: async ({ params }) => {
        const found = await approvals.look(params.token);
        return found.ok ? json(found.value) : approvalFailure(found.error);
      },
    }),
    route({
      method: "POST",
      path: "/approvals/:token",
      open: true,
      summary: "Does what an approval link is for, once",
      params: tokenSchema,
      body: useApprovalSchema,
      answer: receiptSchema,
      handle: async ({ params, body }) => {
        const receipt = await approvals.use(params.token, body.reason);
        return receipt.ok ? { kind: "json", status: 202, body: receipt.value } : approvalFailure(receipt.error);
      },
    }),
  ];
}

export function recordRoutes(parts: RecordParts): Route[] {
  const { service, own, audit, beside } = parts;
  return [
    exportRoute(audit),
    ...approvalRoutes(parts),
    route({
      method: "GET",
      path: "/events",
      summary: "What happened, for charts: acts, writes, verdicts, how rollouts ended; oldest first",
      query: eventParametersSchema,
      answer: eventListSchema,
      handle: ({ query, subject }) => {
        const { start, end } = query;
        const window = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
        const entries = audit.all(window, mayReadEntry(subject));
        return json(marksOf({ audit: entries, logs: own.logs() }, subject, query));
      },
    }),
    route({
      method: "GET",
      path: "/notifications",
      summary: "Where events of rollouts are sent, and how that goes",
      answer: notificationsSchema,
      handle: () => json(beside.notifications.answer()),
    }),
    route({
      method: "POST",
      path: "/rollouts/:id/replay",
      summary: "What another policy would have said of this rollout's recorded windows; changes nothing",
      params: idSchema,
      body: replayBodySchema,
      answer: replaySchema,
      handle: async ({ params, body, subject }) => {
        const replayed = await replayRollout({ service, own, evidence: beside.evidence }, subject, params.id, body);
        return replayed.ok ? json(replayed.value) : refused(replayed.error);
      },
    }),
  ];
}
