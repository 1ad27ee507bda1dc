"use client";
/** Rollouts and the audit: read every few seconds, and acted on. An act carries the revision that was seen. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type AuditEntry, auditListSchema, type NotOnDisk } from "../../lib/query/schema/audit.ts";
import { notificationsSchema } from "../../lib/query/schema/notifications.ts";
import {
  type ActBody,
  type RolloutList,
  receiptSchema,
  rolloutDetailSchema,
  rolloutListSchema,
} from "../../lib/query/schema/rollouts.ts";
import { auditParameters } from "../../lib/view/rollout/audit-filter.ts";
import { queryText, scopeParameters, type ViewState } from "../../lib/view/url-state.ts";
import { allPages, PAGE_ROWS } from "./all-pages.ts";
import { ApiFailure, apiGet, apiPost } from "./api.ts";

const PACE_MS = 3_000;

export function rolloutsPath(state: ViewState, cursor: string | null): string {
  return `/rollouts${queryText({ ...scopeParameters(state), limit: PAGE_ROWS, cursor })}`;
}

async function whole(state: ViewState, signal: AbortSignal): Promise<RolloutList> {
  const ask = (cursor: string | null) => apiGet(rolloutsPath(state, cursor), rolloutListSchema, signal);
  const list = await allPages({ ask, rowsOf: (answer) => answer.rollouts, idOf: (one) => one.id });
  return { ...list.first, rollouts: [...list.rows], nextCursor: list.nextCursor, total: list.total };
}

export function useRollouts(state: ViewState) {
  return useQuery({
    queryKey: ["rollouts", scopeParameters(state)],
    queryFn: ({ signal }) => whole(state, signal),
    refetchInterval: PACE_MS,
    placeholderData: keepPreviousData,
  });
}

export function rolloutPath(id: string): string {
  return `/rollouts/${encodeURIComponent(id)}`;
}

export function useRollout(id: string | null) {
  return useQuery({
    queryKey: ["rollout", id],
    queryFn: ({ signal }) => apiGet(rolloutPath(id ?? ""), rolloutDetailSchema, signal),
    refetchInterval: PACE_MS,
    enabled: id !== null,
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
  });
}

const isAwaited = (error: unknown): boolean => error instanceof ApiFailure && error.code === "awaited";
/** Each of them waits three seconds at the API. */
const AWAITED_TRIES = 10;

/**
 * What is refused is an `ApiFailure` with the code of the refusal. What was sent and not answered yet is asked for again by
 * itself: it is the same act. Lists are read anew either way.
 */
export function useAct(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ActBody) => apiPost(`${rolloutPath(id)}/actions`, receiptSchema, body),
    retry: (tries, error) => isAwaited(error) && tries < AWAITED_TRIES,
    retryDelay: 500,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["rollouts"] }),
        queries.invalidateQueries({ queryKey: ["rollout", id] }),
        queries.invalidateQueries({ queryKey: ["audit"] }),
      ]),
  });
}

export function useNotifications() {
  return useQuery({
    queryKey: ["notifications"],
    queryFn: ({ signal }) => apiGet("/notifications", notificationsSchema, signal),
    refetchInterval: 15_000,
  });
}

type Where = Readonly<Record<string, string>>;

export function auditPath(state: ViewState, where: Where, cursor: string | null): string {
  return `/audit${queryText({ ...auditParameters(state, where), limit: PAGE_ROWS, cursor })}`;
}

/** The file of what the same filters find: a link of this origin. */
export function auditFile(state: ViewState, where: Where, format: "csv" | "jsonl"): string {
  return `/api/v1/audit/export${queryText({ ...auditParameters(state, where), format })}`;
}

interface Audit {
  readonly entries: readonly AuditEntry[];
  readonly total: number;
  readonly notOnDisk?: NotOnDisk;
}

/** All of the audit in scope and time; a table's own filters are not among the question, so that they can be undone at once. */
export function useAudit(state: ViewState) {
  return useQuery({
    queryKey: ["audit", scopeParameters(state), state.time],
    queryFn: async ({ signal }): Promise<Audit> => {
      const ask = (cursor: string | null) => apiGet(auditPath(state, {}, cursor), auditListSchema, signal);
      const list = await allPages({ ask, rowsOf: (answer) => answer.audit, idOf: (one) => one.id });
      const { notOnDisk } = list.first;
      return { entries: list.rows, total: list.total, ...(notOnDisk === undefined ? {} : { notOnDisk }) };
    },
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });
}
