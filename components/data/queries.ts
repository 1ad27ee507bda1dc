"use client";
/** Everything but the graph and the long lists: one hook per answer of the API. Each keeps its old data while it refreshes. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { entityAnswerSchema } from "../../lib/query/schema/entity.ts";
import { metaSchema, timeseriesSchema } from "../../lib/query/schema/estate.ts";
import { edgeAnswerSchema, nodeAnswerSchema } from "../../lib/query/schema/graph.ts";
import { heatmapSchema } from "../../lib/query/schema/heatmap.ts";
import { mendedGraph } from "../../lib/query/schema/mended-graph.ts";
import { storeFactsSchema } from "../../lib/query/schema/store.ts";
import { traceListSchema } from "../../lib/query/schema/traces.ts";
import { foldParameters } from "../../lib/view/live-query.ts";
import { queryText, type ViewState, windowParameters } from "../../lib/view/url-state.ts";
import { apiGet, type Parser } from "./api.ts";

const SLOT_MS = 10_000;

interface Ask<T> {
  /** Equal for equal questions. */
  readonly key: readonly unknown[];
  readonly path: () => string;
  readonly schema: Parser<T>;
  /** Again every so many ms; never when false. */
  readonly every: number | false;
  readonly enabled?: boolean;
}

function useAnswer<T>({ key, path, schema, every, enabled = true }: Ask<T>) {
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => apiGet(path(), schema, signal),
    refetchInterval: every,
    placeholderData: keepPreviousData,
    enabled,
  });
}

function pace(state: ViewState): number | false {
  return state.time.kind === "live" ? SLOT_MS : false;
}

function timed(path: string, state: ViewState, own: Readonly<Record<string, string | readonly string[]>> = {}): string {
  return `${path}${queryText({ ...own, ...windowParameters(state.time, Date.now()) })}`;
}

export function useMeta() {
  return useAnswer({ key: ["meta"], path: () => "/meta", schema: metaSchema, every: 60_000 });
}

export function useStore() {
  return useAnswer({ key: ["store"], path: () => "/store", schema: storeFactsSchema, every: 5_000 });
}

/** Whatever the estate holds, without regard to the chosen scope: the lists to choose from. */
export function useScopeOptions() {
  const path = () => "/graph?view=namespace&idle=1";
  return useAnswer({ key: ["scope-options"], path, schema: mendedGraph, every: 30_000 });
}

export function useEdge(id: string, state: ViewState, enabled = true) {
  const own = { view: state.view, ...foldParameters(state) };
  const path = () => timed(`/edges/${encodeURIComponent(id)}`, state, own);
  const key = ["edge", id, own, state.time];
  return useAnswer({ key, path, schema: edgeAnswerSchema, every: pace(state), enabled });
}

export function useNode(id: string, state: ViewState, enabled = true) {
  const own = { view: state.view, ...foldParameters(state) };
  const path = () => timed(`/nodes/${encodeURIComponent(id)}`, state, own);
  const key = ["node", id, own, state.time];
  return useAnswer({ key, path, schema: nodeAnswerSchema, every: pace(state), enabled });
}

export function useService(id: string, state: ViewState) {
  const path = () => timed(`/services/${encodeURIComponent(id)}`, state);
  return useAnswer({ key: ["service", id, state.time], path, schema: entityAnswerSchema, every: pace(state) });
}

/** The newest traces in which the node's service answers. */
export function useRecentTraces(node: string, state: ViewState, limit: number) {
  const path = () => timed("/traces", state, { node, limit: String(limit) });
  return useAnswer({ key: ["recent", node, limit, state.time], path, schema: traceListSchema, every: pace(state) });
}

export type HeatmapOf = { readonly node: string } | { readonly edge: string };

/** At most so many columns: 15 minutes in slots of 10 s. */
export const HEAT_COLUMNS = 90;

/** Traces cost the most of the answer: the first picture is drawn without, and has them as soon as they are found. */
export function useHeatmap(of: HeatmapOf, state: ViewState) {
  const columns = String(HEAT_COLUMNS);
  const path = () => timed("/heatmap", state, { ...of, view: state.view, columns });
  const whole = useAnswer({
    key: ["heatmap", of, state.view, state.time],
    path,
    schema: heatmapSchema,
    every: pace(state),
  });
  const bare = useAnswer({
    key: ["bare-heatmap", of, state.view, state.time],
    path: () => timed("/heatmap", state, { ...of, view: state.view, columns, exemplars: "0" }),
    schema: heatmapSchema,
    every: false,
    enabled: whole.data === undefined && whole.error === null,
  });
  return { ...whole, data: whole.data ?? bare.data, tracesPending: whole.data === undefined };
}

const SMALL_COLUMNS = 30;

/** Fewer columns, and no traces. */
export function useSmallHeatmap(of: HeatmapOf, state: ViewState) {
  const path = () =>
    timed("/heatmap", state, { ...of, view: state.view, columns: String(SMALL_COLUMNS), exemplars: "0" });
  return useAnswer({
    key: ["small-heatmap", of, state.view, state.time],
    path,
    schema: heatmapSchema,
    every: pace(state),
  });
}

export interface SeriesAsk {
  readonly of: { readonly node: string } | { readonly edge: string } | null;
  readonly metrics: readonly string[];
  /** Window as Unix ms; `lengthMs` back from now when live. */
  readonly window: { readonly startMs: number; readonly endMs: number } | { readonly lengthMs: number };
  readonly points: number;
  readonly view?: string;
  /** Again every so many ms, where the window itself does not say: one whose end is still to come. */
  readonly every?: number | false;
}

export function useTimeseries({ of, metrics, window, points, view, every: asked }: SeriesAsk) {
  const path = () => {
    const now = Date.now();
    const bounds =
      "lengthMs" in window
        ? { start: now - window.lengthMs, end: now }
        : { start: Math.round(window.startMs), end: Math.round(window.endMs) };
    return `/timeseries${queryText({ ...of, metric: metrics, points, view: view ?? null, ...bounds })}`;
  };
  const every = asked ?? ("lengthMs" in window ? SLOT_MS : false);
  return useAnswer({ key: ["timeseries", of, metrics, window, points, view], path, schema: timeseriesSchema, every });
}
