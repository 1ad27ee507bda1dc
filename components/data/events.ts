"use client";
/** What happened in a window, for ticks on its charts. All charts of one window share one request. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { eventListSchema } from "../../lib/query/schema/events.ts";
import { queryText } from "../../lib/view/url-state.ts";
import { apiGet } from "./api.ts";

const PACE_MS = 5_000;
/** Charts whose windows differ by less ask for the same. */
const ROUND_MS = 60_000;

export function useEvents({ start, end }: { readonly start: number; readonly end: number }) {
  const from = Math.floor(start / ROUND_MS) * ROUND_MS;
  const to = Math.ceil(end / ROUND_MS) * ROUND_MS;
  return useQuery({
    queryKey: ["events", from, to],
    queryFn: ({ signal }) => apiGet(`/events${queryText({ start: from, end: to })}`, eventListSchema, signal),
    refetchInterval: PACE_MS,
    placeholderData: keepPreviousData,
  });
}
