"use client";
/** Sources and services, whole: all pages of their lists as one answer. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import {
  type ServiceList,
  type SourceList,
  serviceListSchema,
  sourceListSchema,
} from "../../lib/query/schema/estate.ts";
import { queryText, scopeParameters, type ViewState, windowParameters } from "../../lib/view/url-state.ts";
import { allPages, PAGE_ROWS } from "./all-pages.ts";
import { apiGet } from "./api.ts";
import { pace } from "./pace.ts";

/** The call below `/api/v1` that a page of sources is from. */
export function sourcesPath(cursor: string | null): string {
  return `/sources${queryText({ limit: PAGE_ROWS, cursor })}`;
}

async function wholeSources(signal: AbortSignal): Promise<SourceList> {
  const ask = (cursor: string | null) => apiGet(sourcesPath(cursor), sourceListSchema, signal);
  const list = await allPages({ ask, rowsOf: (answer) => answer.sources, idOf: (source) => source.id });
  return { sources: list.rows, nextCursor: list.nextCursor, total: list.total };
}

export function useSources() {
  return useQuery({
    queryKey: ["sources"],
    queryFn: ({ signal }) => wholeSources(signal),
    refetchInterval: 5_000,
    placeholderData: keepPreviousData,
  });
}

interface Bounds {
  readonly start?: number;
  readonly end?: number;
}

/** The call below `/api/v1` that a page of services is from. */
export function servicesPath(state: ViewState, bounds: Bounds, cursor: string | null): string {
  const { start = null, end = null } = bounds;
  return `/services${queryText({ ...scopeParameters(state), limit: PAGE_ROWS, cursor, start, end })}`;
}

/** All pages are of the window of the first one. */
async function wholeServices(state: ViewState, signal: AbortSignal): Promise<ServiceList> {
  const ask = (cursor: string | null, first: ServiceList | null) => {
    const bounds = first?.window.requested ?? windowParameters(state.time, Date.now());
    return apiGet(servicesPath(state, bounds, cursor), serviceListSchema, signal);
  };
  const list = await allPages({ ask, rowsOf: (answer) => answer.services, idOf: (service) => service.id });
  return { ...list.first, services: list.rows, nextCursor: list.nextCursor, total: list.total };
}

export function useServices(state: ViewState) {
  return useQuery({
    queryKey: ["services", scopeParameters(state), state.time],
    queryFn: ({ signal }) => wholeServices(state, signal),
    refetchInterval: ({ state: { data } }) => pace(state.time, data?.completeness),
    placeholderData: keepPreviousData,
  });
}
