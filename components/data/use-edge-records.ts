"use client";
/** All that is known of each edge of the graph that is asked for, in the window of what is on screen, and whether that is waited for. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type EdgeRecords, edgeRecordsSchema } from "../../lib/query/schema/edge-records.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { recordsPath } from "../../lib/view/live-query.ts";
import { type ApiFailure, apiGet, asFailure } from "./api.ts";
import { useOperations } from "./use-operations.ts";
import { usePictured } from "./use-pictured.ts";

export interface KnownRecords {
  /** Empty until the first answer. */
  readonly records: EdgeRecords;
  /** The answer of this window is on its way: the records are of the window before, or none. */
  readonly isWaiting: boolean;
  readonly failure: ApiFailure | null;
}

/** Nothing was asked. */
export const NO_RECORDS: KnownRecords = { records: new Map(), isWaiting: false, failure: null };

export function useEdgeRecords({ window }: Pick<Graph, "window">, isWanted: boolean): KnownRecords {
  const { state } = usePictured();
  // Operations are told of by traces alone: the API has no records of them.
  const { isOn: isByOperation } = useOperations();
  const isAsked = isWanted && !isByOperation;
  const path = recordsPath(state, { startMs: window.start, endMs: window.end });
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["edge-records", path],
    queryFn: ({ signal }) => apiGet(path, edgeRecordsSchema, signal),
    enabled: isAsked,
    staleTime: Number.POSITIVE_INFINITY,
    // Those of windows before are of no use to anybody.
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
  return useMemo(() => {
    if (!isAsked) return NO_RECORDS;
    const isWaiting = isPlaceholderData || (data === undefined && error === null);
    return { records: data?.edges ?? NO_RECORDS.records, isWaiting, failure: asFailure(error) };
  }, [isAsked, data, error, isPlaceholderData]);
}
