"use client";
/** The comparison that the URL asks for: with which earlier window, and what it found. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { compareAnswerSchema } from "../../lib/query/schema/compare.ts";
import { AGAINST, type Against, baseOf } from "../../lib/view/compare-view.ts";
import { graphParameters } from "../../lib/view/live-query.ts";
import { queryText, type ViewState } from "../../lib/view/url-state.ts";
import { apiGet, asFailure } from "../data/api.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useParam } from "../data/use-view-state.ts";

const REFRESH_MS = 10_000;

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
  const against = AGAINST.find((one) => one === asked) ?? "off";
  const { data, error } = useQuery({
    queryKey: ["compare", against, graphParameters(state), state.time],
    queryFn: ({ signal }) =>
      apiGet(comparePath(state, against === "off" ? "before" : against, Date.now()), compareAnswerSchema, signal),
    enabled: against !== "off",
    refetchInterval: state.time.kind === "live" ? REFRESH_MS : false,
    placeholderData: keepPreviousData,
  });
  return {
    against,
    setAgainst: (next: Against) => set(next === "off" ? null : next),
    answer: against === "off" ? undefined : data,
    failure: against === "off" ? null : asFailure(error),
  } as const;
}
