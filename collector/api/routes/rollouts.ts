/** Routes of rollouts and of the audit: lists, one rollout, its actions. What may be done is the service's to say. */
import { z } from "zod";
import { definitionOf } from "../../../lib/control/rollout/from-body.ts";
import { isAllowed } from "../../../lib/query/access.ts";
import { needsPerson } from "../../../lib/query/rollout-attention.ts";
import { auditListSchema, auditParametersSchema } from "../../../lib/query/schema/audit.ts";
import { definitionSchema } from "../../../lib/query/schema/rollout-definition.ts";
import { definitionListSchema, rolloutPreviewSchema } from "../../../lib/query/schema/rollout-preview.ts";
import {
  actBodySchema,
  type RolloutSummary,
  receiptSchema,
  rolloutDetailSchema,
  rolloutListSchema,
  rolloutParametersSchema,
  rolloutSummarySchema,
} from "../../../lib/query/schema/rollouts.ts";
import type { AuditLog } from "../../control/audit-log.ts";
import type { RolloutService, ServiceRefusal } from "../../control/rollout-service.ts";
import { failure, json, type Route, type RouteAnswer, route } from "../route.ts";

const idSchema = z.object({ id: z.string().max(700) });

const STATUS: Readonly<Record<ServiceRefusal["kind"], number>> = {
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  refused: 422,
  unavailable: 503,
};

/** A refusal as HTTP says it. */
export function refused(refusal: ServiceRefusal): RouteAnswer {
  const { kind, code, message } = refusal;
  const more =
    "current" in refusal || "breakGlass" in refusal ? { current: refusal.current, breakGlass: refusal.breakGlass } : {};
  return { kind: "json", status: STATUS[kind], body: { code, message, ...more } };
}

const BAD_CURSOR = failure(400, "bad_cursor", "the cursor is not of this list", "cursor");

type ListQuery = z.output<typeof rolloutParametersSchema>;

function isAsked(rollout: RolloutSummary, { mesh, cluster, namespace, state, waiting }: ListQuery): boolean {
  const among = (wanted: readonly string[] | undefined, value: string): boolean =>
    wanted === undefined || wanted.length === 0 || wanted.includes(value);
  return (
    among(mesh, rollout.mesh) &&
    among(cluster, rollout.cluster) &&
    among(namespace, rollout.namespace) &&
    among(state, rollout.state) &&
    (waiting !== "1" || (needsPerson(rollout) && rollout.actions.length > 0))
  );
}

const notOnDiskOf = ({ notOnDisk }: RolloutService) => (notOnDisk === null ? {} : { notOnDisk });

function listRoute(service: RolloutService): Route {
  return route({
    method: "GET",
    path: "/rollouts",
    summary: "Releases on every mesh: those that wait for somebody first",
    query: rolloutParametersSchema,
    answer: rolloutListSchema,
    handle: async ({ query, subject }) => {
      const { rollouts, unreachable } = await service.list(subject);
      const found = rollouts.filter((rollout) => isAsked(rollout, query));
      const from = query.cursor === undefined ? 0 : found.findIndex(({ id }) => id === query.cursor) + 1;
      if (query.cursor !== undefined && from === 0) return BAD_CURSOR;
      const page = found.slice(from, from + query.limit);
      const isMore = from + page.length < found.length;
      return json({
        rollouts: page,
        nextCursor: isMore ? (page.at(-1)?.id ?? null) : null,
        total: found.length,
        unreachable,
        ...notOnDiskOf(service),
      });
    },
  });
}

/** Rollouts that are written down in the folder of the configuration. */
function definitionRoutes(service: RolloutService): Route[] {
  return [
    route({
      method: "GET",
      path: "/rollouts/definitions",
      summary: "Files of the definitions folder: what may be started, and what is wrong at which line",
      answer: definitionListSchema,
      handle: ({ subject }) => json(service.definitions(subject)),
    }),
    route({
      method: "GET",
      path: "/rollouts/definitions/:id/preview",
      summary: "What a definition of the folder would write, and what speaks against it",
      params: idSchema,
      answer: rolloutPreviewSchema,
      handle: async ({ params, subject }) => {
        const definition = service.definition(params.id);
        const preview = definition.ok ? await service.preview(subject, definition.value) : definition;
        return preview.ok ? json(preview.value) : refused(preview.error);
      },
    }),
    route({
      method: "POST",
      path: "/rollouts/definitions/:id/start",
      summary: "Starts a release as the folder defines it",
      params: idSchema,
      body: z.strictObject({}),
      answer: rolloutSummarySchema,
      handle: async ({ params, subject }) => {
        const definition = service.definition(params.id);
        const made = definition.ok ? await service.create(subject, definition.value) : definition;
        return made.ok ? { kind: "json", status: 201, body: made.value } : refused(made.error);
      },
    }),
  ];
}

export function rolloutRoutes(service: RolloutService, audit: AuditLog): Route[] {
  return [
    listRoute(service),
    route({
      method: "GET",
      path: "/rollouts/:id",
      summary: "One release: steps, routes, evidence, what each button would write, history",
      params: idSchema,
      answer: rolloutDetailSchema,
      handle: async ({ params, subject }) => {
        const detail = await service.detail(subject, params.id);
        return detail.ok ? json(detail.value) : refused(detail.error);
      },
    }),
    route({
      method: "POST",
      path: "/rollouts/:id/actions",
      summary: "Promote, pause, abort, …: taken durably before any mesh is touched",
      params: idSchema,
      body: actBodySchema,
      answer: receiptSchema,
      handle: async ({ params, body, subject }) => {
        const receipt = await service.act(subject, params.id, body);
        if (!receipt.ok) return refused(receipt.error);
        return { kind: "json", status: receipt.value.repeated ? 200 : 202, body: receipt.value };
      },
    }),
    route({
      method: "POST",
      path: "/rollouts",
      summary: "Starts a release on routes that nobody else writes",
      body: definitionSchema,
      answer: rolloutSummarySchema,
      handle: async ({ body, subject }) => {
        const made = await service.create(subject, definitionOf(body));
        return made.ok ? { kind: "json", status: 201, body: made.value } : refused(made.error);
      },
    }),
    route({
      method: "POST",
      path: "/rollouts/preview",
      summary: "What a definition would write, step by step, and what speaks against it; nothing is started",
      body: definitionSchema,
      answer: rolloutPreviewSchema,
      handle: async ({ body, subject }) => {
        const preview = await service.preview(subject, definitionOf(body));
        return preview.ok ? json(preview.value) : refused(preview.error);
      },
    }),
    ...definitionRoutes(service),
    route({
      method: "GET",
      path: "/audit",
      summary: "Who did what, when and why, newest first",
      query: auditParametersSchema,
      answer: auditListSchema,
      handle: ({ query, subject }) => {
        const mayRead = ({ mesh, cluster, namespace }: { mesh: string | null; cluster: string; namespace: string }) =>
          isAllowed(subject, "viewer", { ...(mesh === null ? {} : { mesh }), cluster, namespace });
        const page = audit.list(query, mayRead);
        return page === undefined ? BAD_CURSOR : json({ ...page, ...notOnDiskOf(service) });
      },
    }),
  ];
}
