"use client";
/** The node about which the graph is drawn, in the URL. */
import { useCallback } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { MOST_HOPS } from "../../lib/view/url-state.ts";
import { useNode } from "../data/queries.ts";
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

/** The name of the node in focus, which is asked for where it is not in the graph. */
export function useFocusName(graph: Graph | undefined): string {
  const [state] = useViewState();
  const known = nodesById(graph?.nodes ?? []);
  const asked = useNode(state.focus, state, state.focus !== "" && !known.has(state.focus)).data;
  return endLabel(known.has(state.focus) || asked === undefined ? known : nodesById([asked.node]), state.focus);
}
