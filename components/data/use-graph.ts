"use client";
/**
 * The graph of the URL: from the live stream, from polling where the stream is refused, or fetched once for a window
 * that stands still. Old data stays while new data comes.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { mendedGraph } from "../../lib/query/schema/mended-graph.ts";
import { graphKey, graphPath, livePath, type Pictured } from "../../lib/view/live-query.ts";
import { type ApiFailure, apiGet, asFailure } from "./api.ts";
import { streamKey } from "./LiveGraph.tsx";
import type { StreamState } from "./live-hub.ts";
import { usePictured } from "./use-pictured.ts";

const POLL_MS = 5_000;
/** A past window whose figures may still change is asked for again. */
const SLOT_MS = 10_000;

export interface GraphData {
  readonly graph: Graph | undefined;
  /** What that graph was asked for, which the URL may have left already; null where that is not known. */
  readonly pictured: Pictured | null;
  readonly failure: ApiFailure | null;
  /** When the graph on screen arrived, Unix ms; 0 before the first. */
  readonly receivedAtMs: number;
  /** `still` for a window that does not move. */
  readonly stream: StreamState | "still";
  /** False: the connection is lost. The stream is interrupted, or was refused and nothing that was asked for since has come. */
  readonly isAnswered: boolean;
  /** The picture is the one before while its successor loads. */
  readonly refreshing: boolean;
  readonly retry: () => void;
}

/** The stream's state, and when it became that, Unix ms. */
function useStreamState(path: string | null): readonly [StreamState | "still", number] {
  const { data, dataUpdatedAt } = useQuery<StreamState>({
    queryKey: streamKey(path ?? ""),
    queryFn: () => "connecting",
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return path === null ? ["still", 0] : [data ?? "connecting", dataUpdatedAt];
}

/** When each answer came, Unix ms: one that stays while its successor loads keeps its own time. */
const arrivals = new WeakMap<Graph, number>();

function arrivedAtMs(graph: Graph | undefined, updatedAtMs: number): number {
  if (graph === undefined) return 0;
  if (updatedAtMs > 0) arrivals.set(graph, updatedAtMs);
  return arrivals.get(graph) ?? 0;
}

/** What each answer was asked for: one that stays while its successor loads is not of what the URL says. */
const askedFor = new WeakMap<Graph, Pictured>();

function picturedOf(graph: Graph | undefined, state: Pictured, isOfState: boolean): Pictured | null {
  if (graph === undefined) return null;
  if (isOfState) askedFor.set(graph, state);
  return askedFor.get(graph) ?? null;
}

export function useGraph(): GraphData {
  const { state, isSettled } = usePictured();
  const [stream, streamAtMs] = useStreamState(livePath(state));
  const query = useQuery({
    queryKey: ["graph", graphKey(state)],
    queryFn: ({ signal }) => apiGet(graphPath(state, Date.now()), mendedGraph, signal),
    enabled: isSettled && (stream === "still" || stream === "failed"),
    refetchInterval: ({ state: { data } }) => {
      if (stream === "failed") return POLL_MS;
      return stream === "still" && data?.completeness.settling !== undefined ? SLOT_MS : false;
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    // A delta keeps what did not move as the same object already: comparing all of it again costs more than it saves.
    structuralSharing: false,
  });
  const failure = asFailure(query.error);
  const receivedAtMs = arrivedAtMs(query.data, query.dataUpdatedAt);
  const isLost = stream === "broken" || (stream === "failed" && receivedAtMs <= streamAtMs);
  return {
    graph: query.data,
    pictured: picturedOf(query.data, state, !query.isPlaceholderData),
    failure,
    receivedAtMs,
    stream,
    isAnswered: stream === "still" || (failure === null && !isLost),
    refreshing: query.isPlaceholderData,
    retry: () => void query.refetch(),
  };
}
