"use client";
/**
 * Nodes that a text names and that the picture does not show, since their boxes are folded or they are not about its focus:
 * asked of the API, since a large estate is not in the page. Nothing is asked for a text of fewer than three characters.
 */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import type { GraphNode } from "../../lib/query/schema/graph.ts";
import { mendedGraph } from "../../lib/query/schema/mended-graph.ts";
import { quotedWord } from "../../lib/view/find-graph.ts";
import { graphPath } from "../../lib/view/live-query.ts";
import { apiGet } from "./api.ts";
import { usePictured } from "./use-pictured.ts";

const FEWEST_CHARACTERS = 3;
const NONE: readonly GraphNode[] = [];

export function useHiddenNodes(text: string): readonly GraphNode[] {
  const { state } = usePictured();
  const wanted = useDeferredValue(text.trim());
  const whole = { ...state, fold: "none", collapse: [], expand: [], focus: "" } as const;
  const isPart = state.fold !== "none" || state.focus !== "" || state.collapse.length > 0;
  const { data } = useQuery({
    queryKey: ["hidden-nodes", graphPath(whole, 0), wanted],
    queryFn: ({ signal }) => apiGet(graphPath(whole, Date.now(), quotedWord(wanted)), mendedGraph, signal),
    enabled: isPart && wanted.length >= FEWEST_CHARACTERS,
    staleTime: 10_000,
  });
  return data?.nodes ?? NONE;
}
