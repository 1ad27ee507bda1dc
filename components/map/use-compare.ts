"use client";
/** The comparison that the URL asks for: with which earlier window, and what it found. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { compareAnswerSchema } from "../../lib/query/schema/compare.ts";
import { type Against, baseOf, formatAgainst, parseAgainst } from "../../lib/view/compare-view.ts";
import { graphParameters } from "../../lib/view/live-query.ts";
import { queryText, type ViewState } from "../../lib/view/url-state.ts";
import { apiGet, asFailure } from "../data/api.ts";
import { pace } from "../data/pace.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useParam } from "../data/use-view-state.ts";

/** `/graph/compare?…` for a request made at `nowMs`. */
export function comparePath(state: ViewState, against: Exclude<Against, "off">, nowMs: number): string {
  const { time } = state;
  const window = time.kind === "range" ? time : { startMs: nowMs - time.minutes * 60_000, endMs: nowMs };
  const base = baseOf(window, against);
  const times = { start: window.startMs, end: window.endMs, baseStart: base.startMs, baseEnd: base.endMs };
  const { idle: _idle, ...drawn } = graphParameters(state);
  return `/graph/compare${queryText({ ...drawn, ...times })}`;
}

export function useCompare() {
  const state = usePictured().state;
  const [asked, set] = useParam("against");
  const against = parseAgainst(asked);
  // What a replay shows is the window alone: a comparison of the step before would be taken for one of this step.
  const isOn = against !== "off" && state.replay?.isPlaying !== true;
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["compare", formatAgainst(against), graphParameters(state), state.time],
    queryFn: ({ signal }) =>
      apiGet(comparePath(state, against === "off" ? "before" : against, Date.now()), compareAnswerSchema, signal),
    enabled: isOn,
    refetchInterval: ({ state: { data: last } }) =>
      pace(state.time, last?.completeness.window) || pace(state.time, last?.completeness.base),
    placeholderData: keepPreviousData,
  });
  return {
    against,
    /** The window that is compared with, where it was chosen by its bounds. */
    base: typeof against === "string" ? null : against,
    setAgainst: (next: Against) => set(formatAgainst(next)),
    isOn,
    answer: isOn ? data : undefined,
    /** The answer is of the windows before, while that of these is on its way. */
    isRefreshing: isOn && isPlaceholderData,
    failure: isOn ? asFailure(error) : null,
  } as const;
}
