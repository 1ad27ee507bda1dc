"use client";
/** How traffic is secured, and certificates: all pages of each as one answer. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import {
  type CertificateList,
  certificateListSchema,
  type MtlsAnswer,
  mtlsAnswerSchema,
} from "../../lib/query/schema/security.ts";
import { queryText, scopeParameters, type ViewState, windowParameters } from "../../lib/view/url-state.ts";
import { allPages, PAGE_ROWS } from "./all-pages.ts";
import { apiGet } from "./api.ts";
import { pace, SLOT_MS } from "./pace.ts";

interface Bounds {
  readonly start?: number;
  readonly end?: number;
}

/** The call below `/api/v1` that a page of edges is from, with the whole of the coverage. */
export function mtlsPath(state: ViewState, bounds: Bounds, cursor: string | null): string {
  const { start = null, end = null } = bounds;
  const view = state.view === "workload" ? null : state.view;
  return `/mtls${queryText({ ...scopeParameters(state), view, limit: PAGE_ROWS, cursor, start, end })}`;
}

/** All pages are of the window of the first one. */
async function wholeMtls(state: ViewState, signal: AbortSignal): Promise<MtlsAnswer> {
  const ask = (cursor: string | null, first: MtlsAnswer | null) => {
    const bounds = first?.window.requested ?? windowParameters(state.time, Date.now());
    return apiGet(mtlsPath(state, bounds, cursor), mtlsAnswerSchema, signal);
  };
  const list = await allPages({ ask, rowsOf: (answer) => answer.edges, idOf: (edge) => edge.id });
  return { ...list.first, edges: list.rows, nextCursor: list.nextCursor, total: list.total };
}

export function useMtls(state: ViewState) {
  return useQuery({
    queryKey: ["mtls", scopeParameters(state), state.view, state.time],
    queryFn: ({ signal }) => wholeMtls(state, signal),
    refetchInterval: ({ state: { data } }) => pace(state.time, data?.completeness),
    placeholderData: keepPreviousData,
  });
}

export function certificatesPath(state: ViewState, cursor: string | null): string {
  return `/certificates${queryText({ ...scopeParameters(state), limit: PAGE_ROWS, cursor })}`;
}

async function wholeCertificates(state: ViewState, signal: AbortSignal): Promise<CertificateList> {
  const ask = (cursor: string | null) => apiGet(certificatesPath(state, cursor), certificateListSchema, signal);
  const list = await allPages({ ask, rowsOf: (answer) => answer.certificates, idOf: (one) => one.id });
  return { ...list.first, certificates: list.rows, nextCursor: list.nextCursor, total: list.total };
}

/** As of now, whatever the window: a certificate has no history here. */
export function useCertificates(state: ViewState) {
  return useQuery({
    queryKey: ["certificates", scopeParameters(state)],
    queryFn: ({ signal }) => wholeCertificates(state, signal),
    refetchInterval: SLOT_MS,
    placeholderData: keepPreviousData,
  });
}
