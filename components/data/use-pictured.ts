"use client";
/** The state of the URL with its fold settled: as it says, or by the size of the estate, which is asked first. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type GraphSize, graphSizeSchema } from "../../lib/query/schema/graph.ts";
import { BOX_VIEWS } from "../../lib/query/view-key.ts";
import { decideFold, type Fold } from "../../lib/view/folding.ts";
import { type Pictured, sizePath } from "../../lib/view/live-query.ts";
import { scopeParameters, type ViewState } from "../../lib/view/url-state.ts";
import { apiGet } from "./api.ts";
import { useViewState } from "./use-view-state.ts";

const AGAIN_MS = 60_000;

interface Decided {
  readonly size: GraphSize;
  readonly fold: Fold;
}

/** What was decided last for the same view and scope: a limit is not crossed to and fro. */
const before = new Map<string, Fold>();

async function decide(state: ViewState, signal: AbortSignal): Promise<Decided> {
  const size = await apiGet(sizePath(state, Date.now()), graphSizeSchema, signal);
  const key = JSON.stringify([state.view, scopeParameters(state)]);
  const fold = decideFold(size, before.get(key) ?? null);
  before.set(key, fold);
  return { size, fold };
}

export interface PicturedState {
  readonly state: Pictured;
  /** False while the size is asked for: which graph is drawn is not known yet. */
  readonly isSettled: boolean;
  /** Of the graph that nothing is folded in; undefined where it was not asked for. */
  readonly size: GraphSize | undefined;
}

export function usePictured(): PicturedState {
  const [state] = useViewState();
  const isAsked = state.focus === "" && !BOX_VIEWS.has(state.view) && state.fold !== "none";
  const { data, error } = useQuery({
    // A replay keeps the fold that it began with.
    queryKey: ["size", state.view, scopeParameters(state), state.idle, state.replay === null ? state.time : "replay"],
    queryFn: ({ signal }) => decide(state, signal),
    enabled: isAsked,
    staleTime: AGAIN_MS,
    refetchInterval: state.time.kind === "live" ? AGAIN_MS : false,
    placeholderData: keepPreviousData,
  });
  const auto: Fold | undefined = !isAsked || error !== null ? "none" : data?.fold;
  const fold = state.fold === "auto" || !isAsked ? auto : state.fold;
  const size = isAsked ? data?.size : undefined;
  return useMemo(
    () => ({ state: { ...state, fold: fold ?? "none" }, isSettled: fold !== undefined, size }),
    [state, fold, size],
  );
}
