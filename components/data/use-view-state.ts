"use client";
/** Scope, find, view and time in the URL, typed by lib/view/url-state. One write may change several members. */
import { parseAsString, useQueryState, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import { formatViewState, parseViewState, type ViewState } from "../../lib/view/url-state.ts";

const PARSERS = {
  mesh: parseAsString,
  cluster: parseAsString,
  ns: parseAsString,
  find: parseAsString,
  findMode: parseAsString,
  match: parseAsString,
  view: parseAsString,
  collapse: parseAsString,
  fold: parseAsString,
  expand: parseAsString,
  boxes: parseAsString,
  focus: parseAsString,
  hops: parseAsString,
  way: parseAsString,
  ops: parseAsString,
  idle: parseAsString,
  last: parseAsString,
  start: parseAsString,
  end: parseAsString,
  replay: parseAsString,
};

export type UpdateViewState = (patch: Partial<ViewState>) => void;

export function useViewState(): readonly [ViewState, UpdateViewState] {
  const [raw, setRaw] = useQueryStates(PARSERS, { history: "replace" });
  const state = useMemo(() => {
    const values = new Map<string, string | null>(Object.entries(raw));
    return parseViewState((name) => values.get(name));
  }, [raw]);
  const update = useCallback(
    (patch: Partial<ViewState>) => {
      // Whoever chooses a time ends a replay, unless it says how it goes on.
      const replay = patch.time === undefined ? state.replay : null;
      void setRaw(formatViewState({ ...state, replay, ...patch }));
    },
    [setRaw, state],
  );
  return [state, update];
}

/** One text parameter that belongs to a page; null removes it. */
export function useParam(name: string): readonly [string | null, (value: string | null) => void] {
  const [value, setValue] = useQueryState(name, parseAsString.withOptions({ history: "replace" }));
  return [value, useCallback((next: string | null) => void setValue(next), [setValue])];
}
