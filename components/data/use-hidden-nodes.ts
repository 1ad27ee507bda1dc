"use client";
/**
 * Nodes that a text names and that the picture does not show, since their boxes are folded or they are not about its focus:
 * asked of the API, since a large estate is not in the page. Nothing is asked for a text of fewer than three characters, nor
 * while somebody types, nor where the answer for a part of the text is at hand: it has all that the text names.
 */
import { keepPreviousData, type QueryClient, type QueryState, queryOptions, useQuery } from "@tanstack/react-query";
import type { Graph, GraphNode } from "../../lib/query/schema/graph.ts";
import { mendedGraph } from "../../lib/query/schema/mended-graph.ts";
import { quotedWord } from "../../lib/view/find-graph.ts";
import { graphPath, type Pictured } from "../../lib/view/live-query.ts";
import { apiGet } from "./api.ts";
import { usePictured } from "./use-pictured.ts";

const FEWEST_CHARACTERS = 3;
const TYPED_MS = 250;
const FRESH_MS = 10_000;
const NONE: readonly GraphNode[] = [];

interface Answered {
  readonly graph: Graph;
  /** When it was asked for, Unix ms: what answers for a longer text too is as old there as here. */
  readonly askedAtMs: number;
}

const graphOf = ({ graph }: Answered): Graph => graph;

/** How long after a query had its data these are fresh, ms. */
function freshMs({ state: { data, dataUpdatedAt } }: { readonly state: QueryState<Answered> }): number {
  return data === undefined ? FRESH_MS : Math.max(0, data.askedAtMs + FRESH_MS - dataUpdatedAt);
}

/** Errors: `signal`'s reason, once the text is another one. */
function typed(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, TYPED_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** The answer for a part of the text. */
function atHand(client: QueryClient, path: string, wanted: string): Answered | undefined {
  for (const query of client.getQueryCache().findAll({ queryKey: ["hidden-nodes", path] })) {
    const [, , text] = query.queryKey;
    const isPart = typeof text === "string" && wanted.toLowerCase().includes(text.toLowerCase());
    const state = client.getQueryState<Answered>(query.queryKey);
    if (isPart && state !== undefined && !query.isStaleByTime(freshMs({ state }))) return state.data;
  }
  return undefined;
}

export function hiddenNodesOptions(state: Pictured, text: string) {
  const wanted = text.trim();
  const whole = { ...state, fold: "none", collapse: [], expand: [], focus: "" } as const;
  const isPart = state.fold !== "none" || state.focus !== "" || state.collapse.length > 0;
  const path = graphPath(whole, 0);
  return queryOptions({
    queryKey: ["hidden-nodes", path, wanted],
    queryFn: async ({ client, signal }): Promise<Answered> => {
      const known = atHand(client, path, wanted);
      if (known !== undefined) return known;
      await typed(signal);
      const askedAtMs = Date.now();
      const graph = await apiGet(graphPath(whole, askedAtMs, quotedWord(wanted)), mendedGraph, signal);
      return { graph, askedAtMs };
    },
    enabled: isPart && wanted.length >= FEWEST_CHARACTERS,
    select: graphOf,
    staleTime: freshMs,
    placeholderData: keepPreviousData,
    // What answers for a part of a text is that part's answer, not a copy to compare with.
    structuralSharing: false,
  });
}

/** Those named among what is known so far; whoever shows them leaves out what the text does not name. */
export function useHiddenNodes(text: string): readonly GraphNode[] {
  const options = hiddenNodesOptions(usePictured().state, text);
  const { data } = useQuery(options);
  return options.enabled ? (data?.nodes ?? NONE) : NONE;
}
