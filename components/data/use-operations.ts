"use client";
/** The operations of the node in focus, where the URL asks for them; drawn in place of the graph about it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { type Operations, operationsSchema } from "../../lib/query/schema/operations.ts";
import { queryText, windowParameters } from "../../lib/view/url-state.ts";
import { type ApiFailure, apiGet, asFailure } from "./api.ts";
import { useViewState } from "./use-view-state.ts";

const AGAIN_MS = 15_000;

export interface OperationsData {
  readonly isOn: boolean;
  readonly answer: Operations | undefined;
  readonly failure: ApiFailure | null;
  /** The API call that gives the same. */
  readonly path: string;
}

export function useOperations(): OperationsData {
  const [{ operations, focus, time }] = useViewState();
  const isOn = operations && focus !== "";
  const pathAt = (nowMs: number) => `/operations${queryText({ node: focus, ...windowParameters(time, nowMs) })}`;
  const { data, error } = useQuery({
    queryKey: ["operations", focus, time],
    queryFn: ({ signal }) => apiGet(pathAt(Date.now()), operationsSchema, signal),
    enabled: isOn,
    refetchInterval: time.kind === "live" ? AGAIN_MS : false,
    placeholderData: keepPreviousData,
  });
  return { isOn, answer: isOn ? data : undefined, failure: isOn ? asFailure(error) : null, path: pathAt(0) };
}

/** The graph that is drawn: what is known of the whole window stays as the graph about the node says it. */
export function useOperationGraph(graph: Graph | undefined, { answer }: OperationsData): Graph | undefined {
  return useMemo(
    () =>
      graph === undefined || answer === undefined
        ? undefined
        : { ...graph, window: answer.window, nodes: answer.nodes, edges: answer.edges },
    [graph, answer],
  );
}
