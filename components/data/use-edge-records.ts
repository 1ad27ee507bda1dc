"use client";
/** All that is known of each edge of the graph that is asked for, in the window of what is on screen; empty until it is there. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type EdgeRecords, edgeRecordsSchema } from "../../lib/query/schema/edge-records.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { recordsPath } from "../../lib/view/live-query.ts";
import { apiGet } from "./api.ts";
import { usePictured } from "./use-pictured.ts";

const NONE: EdgeRecords = new Map();

export function useEdgeRecords({ window }: Pick<Graph, "window">, isWanted: boolean): EdgeRecords {
  const { state } = usePictured();
  const path = recordsPath(state, { startMs: window.start, endMs: window.end });
  const { data } = useQuery({
    queryKey: ["edge-records", path],
    queryFn: ({ signal }) => apiGet(path, edgeRecordsSchema, signal),
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
    // Those of windows before are of no use to anybody.
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
  return isWanted ? (data?.edges ?? NONE) : NONE;
}
