"use client";
/** Before a release starts: what it would write, how long the judge needs, what the definitions folder holds; and the start. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { neededSchema } from "../../lib/query/schema/needed.ts";
import { replaySchema } from "../../lib/query/schema/replay.ts";
import type { DefinitionBody } from "../../lib/query/schema/rollout-definition.ts";
import { definitionListSchema, rolloutPreviewSchema } from "../../lib/query/schema/rollout-preview.ts";
import { rolloutSummarySchema } from "../../lib/query/schema/rollouts.ts";
import { queryText } from "../../lib/view/url-state.ts";
import { apiGet, apiPost } from "./api.ts";

export function usePreview() {
  return useMutation({
    mutationFn: (body: DefinitionBody) => apiPost("/rollouts/preview", rolloutPreviewSchema, body),
  });
}

export function useStart() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: DefinitionBody) => apiPost("/rollouts", rolloutSummarySchema, body),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["rollouts"] }),
        queries.invalidateQueries({ queryKey: ["audit"] }),
      ]),
  });
}

export function useDefinitions() {
  return useQuery({
    queryKey: ["definitions"],
    queryFn: ({ signal }) => apiGet("/rollouts/definitions", definitionListSchema, signal),
    refetchInterval: 10_000,
  });
}

const definitionPath = (id: string): string => `/rollouts/definitions/${encodeURIComponent(id)}`;

export function useDefinitionPreview(id: string | null) {
  return useQuery({
    queryKey: ["definition-preview", id],
    queryFn: ({ signal }) => apiGet(`${definitionPath(id ?? "")}/preview`, rolloutPreviewSchema, signal),
    enabled: id !== null,
    retry: false,
  });
}

export function useStartDefinition(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => apiPost(`${definitionPath(id)}/start`, rolloutSummarySchema, {}),
    onSettled: () => queries.invalidateQueries(),
  });
}

export interface NeededAsk {
  readonly shares: readonly number[];
  readonly requestsPerSec: number | null;
  readonly badShare: number | null;
}

/** Asks only where there is something to compare. */
export function useNeeded({ shares, requestsPerSec, badShare }: NeededAsk) {
  const isAsked =
    shares.length > 0 && requestsPerSec !== null && requestsPerSec > 0 && badShare !== null && badShare > 0;
  // To two figures: a rate that trembles is no other question.
  const rate = Number((requestsPerSec ?? 0).toPrecision(2));
  const bad = Number((badShare ?? 0).toPrecision(2));
  const path = `/judge/needed${queryText({ share: shares.map(String), requestsPerSec: rate, badShare: bad })}`;
  return useQuery({
    queryKey: ["needed", path],
    queryFn: ({ signal }) => apiGet(path, neededSchema, signal),
    enabled: isAsked,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
}

export function useReplay(id: string) {
  return useMutation({
    mutationFn: (policy: unknown) => apiPost(`/rollouts/${encodeURIComponent(id)}/replay`, replaySchema, { policy }),
  });
}
