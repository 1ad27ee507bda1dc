"use client";
/** Everything but the graph and the long lists: one hook per answer of the API. Each keeps its old data while it refreshes. */
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
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
import { pace, type Settles } from "./pace.ts";

interface Ask<T> {
  /** Equal for equal questions. */
  readonly key: readonly unknown[];
  readonly path: () => string;
  readonly schema: Parser<T>;
  /** Again every so many ms, which the last answer may say; never when false. */
  readonly every: number | false | ((last: T | undefined) => number | false);
  readonly enabled?: boolean;
}

function options<T>({ key, path, schema, every, enabled = true }: Ask<T>) {
  return queryOptions({
    queryKey: key,
    queryFn: ({ signal }) => apiGet(path(), schema, signal),
    refetchInterval: ({ state: { data } }) => (typeof every === "function" ? every(data) : every),
    placeholderData: keepPreviousData,
    enabled,
  });
}

const useAnswer = <T>(ask: Ask<T>) => useQuery(options(ask));

interface Complete {
  readonly completeness: Settles;
}

/** The pace of answers that say how complete they are. */
const paceOf =
  ({ time }: ViewState) =>
  (last: Complete | undefined): number | false =>
    pace(time, last?.completeness);

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

export function edgeOptions(id: string, state: ViewState, enabled = true) {
  const own = { view: state.view, ...foldParameters(state) };
  const path = () => timed(`/edges/${encodeURIComponent(id)}`, state, own);
  const key = ["edge", id, own, state.time];
  return options({ key, path, schema: edgeAnswerSchema, every: paceOf(state), enabled });
}

export const useEdge = (id: string, state: ViewState, enabled = true) => useQuery(edgeOptions(id, state, enabled));

export function nodeOptions(id: string, state: ViewState, enabled = true) {
  const own = { view: state.view, ...foldParameters(state) };
  const path = () => timed(`/nodes/${encodeURIComponent(id)}`, state, own);
  const key = ["node", id, own, state.time];
  return options({ key, path, schema: nodeAnswerSchema, every: paceOf(state), enabled });
}

export const useNode = (id: string, state: ViewState, enabled = true) => useQuery(nodeOptions(id, state, enabled));

export function serviceOptions(id: string, state: ViewState) {
  const path = () => timed(`/services/${encodeURIComponent(id)}`, state);
  return options({ key: ["service", id, state.time], path, schema: entityAnswerSchema, every: paceOf(state) });
}

export const useService = (id: string, state: ViewState) => useQuery(serviceOptions(id, state));

/** The newest traces in which the node's service answers. */
export function useRecentTraces(node: string, state: ViewState, limit: number) {
  const path = () => timed("/traces", state, { node, limit: String(limit) });
  const every = pace(state.time, undefined);
  return useAnswer({ key: ["recent", node, limit, state.time], path, schema: traceListSchema, every });
}

export type HeatmapOf = { readonly node: string } | { readonly edge: string };

/** At most so many columns: 15 minutes in slots of 10 s. */
export const HEAT_COLUMNS = 90;

export function heatmapOptions(of: HeatmapOf, state: ViewState) {
  const path = () => timed("/heatmap", state, { ...of, view: state.view, columns: String(HEAT_COLUMNS) });
  const key = ["heatmap", of, state.view, state.time];
  return options({ key, path, schema: heatmapSchema, every: paceOf(state) });
}

/** Traces cost the most of the answer: the first picture is drawn without, and has them as soon as they are found. */
export function useHeatmap(of: HeatmapOf, state: ViewState) {
  const columns = String(HEAT_COLUMNS);
  const whole = useQuery(heatmapOptions(of, state));
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
export function smallHeatmapOptions(of: HeatmapOf, state: ViewState) {
  const path = () =>
    timed("/heatmap", state, { ...of, view: state.view, columns: String(SMALL_COLUMNS), exemplars: "0" });
  return options({
    key: ["small-heatmap", of, state.view, state.time],
    path,
    schema: heatmapSchema,
    every: paceOf(state),
  });
}

export const useSmallHeatmap = (of: HeatmapOf, state: ViewState) => useQuery(smallHeatmapOptions(of, state));

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

export function timeseriesOptions({ of, metrics, window, points, view, every: asked }: SeriesAsk) {
  const path = () => {
    const now = Date.now();
    const bounds =
      "lengthMs" in window
        ? { start: now - window.lengthMs, end: now }
        : { start: Math.round(window.startMs), end: Math.round(window.endMs) };
    return `/timeseries${queryText({ ...of, metric: metrics, points, view: view ?? null, ...bounds })}`;
  };
  const kind = "lengthMs" in window ? "live" : "range";
  const key = ["timeseries", of, metrics, window, points, view];
  const every = (last: Settles | undefined) => asked || pace({ kind }, last);
  return options({ key, path, schema: timeseriesSchema, every });
}

export const useTimeseries = (ask: SeriesAsk) => useQuery(timeseriesOptions(ask));
