"use client";
/** What the find box holds, asked of the graph on screen: worked out once for the box, the picture, the table and the panel. */
import { useMemo } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { findOnGraph, type GraphFind } from "../../lib/view/find-graph.ts";
import type { FindMode } from "../../lib/view/url-state.ts";
import { useViewState } from "./use-view-state.ts";

interface Asked {
  readonly graph: Graph;
  readonly text: string;
  readonly mode: FindMode;
  readonly answer: GraphFind;
}

/** Several components ask the same in one pass. */
let last: Asked | null = null;

function ask(graph: Graph, text: string, mode: FindMode): GraphFind {
  if (last?.graph === graph && last.text === text && last.mode === mode) return last.answer;
  last = { graph, text, mode, answer: findOnGraph(graph, text, mode) };
  return last.answer;
}

export function useFind(graph: Graph | undefined): GraphFind | undefined {
  const [{ find, findMode }] = useViewState();
  return useMemo(() => (graph === undefined ? undefined : ask(graph, find, findMode)), [graph, find, findMode]);
}
