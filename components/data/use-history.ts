"use client";
/** Nodes and edges of the view that came and went on a strip. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { historySchema } from "../../lib/query/schema/history.ts";
import type { Range } from "../../lib/view/timeline/range.ts";
import { queryText, scopeParameters, type ViewState } from "../../lib/view/url-state.ts";
import { apiGet } from "./api.ts";

const PACE_MS = 30_000;

/** `/graph/history?…` */
export function historyPath(state: ViewState, { startMs, endMs }: Range): string {
  return `/graph/history${queryText({ view: state.view, ...scopeParameters(state), start: startMs, end: endMs })}`;
}

/** `isOpen`: the strip reaches to now, and what comes and goes is still to be told. */
export function useHistory(state: ViewState, range: Range, isOpen: boolean) {
  const path = historyPath(state, range);
  return useQuery({
    queryKey: ["history", path],
    queryFn: ({ signal }) => apiGet(path, historySchema, signal),
    refetchInterval: isOpen ? PACE_MS : false,
    placeholderData: keepPreviousData,
  });
}
