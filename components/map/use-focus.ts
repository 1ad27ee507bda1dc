"use client";
/** The node about which the graph is drawn, in the URL. */
import { useCallback } from "react";
import { MOST_HOPS } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";

export function useFocus() {
  const [state, update] = useViewState();
  const { focus } = state;
  const setHops = useCallback((hops: number) => update({ hops: Math.max(1, Math.min(MOST_HOPS, hops)) }), [update]);
  const leave = useCallback(() => update({ focus: "", hops: 1, direction: "both", operations: false }), [update]);
  /** Focuses a node; the one that is in focus leaves it. */
  const toggle = useCallback(
    (id: string) => (focus === id ? leave() : update({ focus: id, hops: 1, operations: false })),
    [focus, leave, update],
  );
  /** The node by its versions, with whom each calls and is called by. */
  const detail = useCallback(
    (id: string) => update({ focus: id, hops: 1, direction: "both", view: "version" }),
    [update],
  );
  /** The node by its operations, from traces. */
  const operations = useCallback(
    (id: string) => update({ focus: id, hops: 1, direction: "both", operations: true }),
    [update],
  );
  return { focus, operations, hops: state.hops, setHops, leave, toggle, detail } as const;
}
