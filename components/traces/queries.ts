"use client";
/** The traces' answers: one trace, what the form offers, and found traces page by page over one window. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type TraceList, traceListSchema, traceValuesSchema } from "../../lib/query/schema/traces.ts";
import { fastTraceSchema } from "../../lib/view/trace/read-trace.ts";
import type { Pair } from "../../lib/view/trace/search-view.ts";
import { type TimeChoice, windowParameters } from "../../lib/view/url-state.ts";
import { apiGet } from "../data/api.ts";

const LIVE_MS = 10_000;
const DEFAULT_WINDOW_MS = 300_000;
export const PAGE_SIZE = 50;

/** Fetched once and again on demand: a trace of 100,000 spans is not polled. Answers are compared by identity only. */
export function useTrace(traceId: string) {
  return useQuery({
    queryKey: ["trace", traceId],
    queryFn: ({ signal }) => apiGet(`/traces/${encodeURIComponent(traceId)}`, fastTraceSchema, signal),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  });
}

export function useTraceValues() {
  return useQuery({
    queryKey: ["trace-values"],
    queryFn: ({ signal }) => apiGet("/traces/values", traceValuesSchema, signal),
    staleTime: 30_000,
  });
}

export interface SearchWindow {
  readonly start: number;
  readonly end: number;
}

interface PageParameter {
  readonly cursor: string;
  readonly window: SearchWindow;
}

export interface FoundPage {
  readonly list: TraceList;
  readonly window: SearchWindow;
}

function windowNow(time: TimeChoice): SearchWindow {
  const now = Date.now();
  const { start, end } = windowParameters(time, now);
  return { start: start ?? now - DEFAULT_WINDOW_MS, end: end ?? now };
}

export function searchPath(parameters: readonly Pair[], window: SearchWindow, cursor: string | null): string {
  const pairs: Pair[] = [...parameters, ["start", String(window.start)], ["end", String(window.end)]];
  pairs.push(["limit", String(PAGE_SIZE)]);
  if (cursor !== null) pairs.push(["cursor", cursor]);
  return `/traces?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

/** Later pages keep the window of the first. A live window is asked again while only its first page is shown. */
export function useTraceSearch(parameters: readonly Pair[], time: TimeChoice) {
  const first: PageParameter | null = null;
  return useInfiniteQuery({
    queryKey: ["traces", parameters, time],
    initialPageParam: first,
    queryFn: async ({
      signal,
      pageParam,
    }: {
      signal: AbortSignal;
      pageParam: PageParameter | null;
    }): Promise<FoundPage> => {
      const window = pageParam?.window ?? windowNow(time);
      const list = await apiGet(searchPath(parameters, window, pageParam?.cursor ?? null), traceListSchema, signal);
      return { list, window };
    },
    getNextPageParam: ({ list, window }: FoundPage): PageParameter | null =>
      list.nextCursor === null ? null : { cursor: list.nextCursor, window },
    refetchInterval: (query) => (time.kind === "live" && (query.state.data?.pages.length ?? 0) <= 1 ? LIVE_MS : false),
    placeholderData: keepPreviousData,
  });
}
