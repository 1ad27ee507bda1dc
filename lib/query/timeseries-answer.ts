/**
 * `/timeseries`: a node, an edge or the whole estate over time. In: a window cut into equal steps of whole slots; out: one
 * number per step and metric, null where nothing was observed. Each step is answered as a window of its own, so a step
 * and a graph of the same time agree.
 */
import { err, ok, type Result } from "../base/result.ts";
import { requestTotals } from "../model/edge-stats.ts";
import type { Histogram } from "../model/histogram.ts";
import { mergeHistograms } from "../model/histogram-merge.ts";
import { quantile } from "../model/histogram-quantile.ts";
import type { RollupRow } from "../model/rollup-row.ts";
import { type EdgeFact, edgeFacts } from "./edge-facts.ts";
import { EdgeIndex } from "./edge-index.ts";
import { digits4, digits4OrNull, ratio } from "./numbers.ts";
import type { ApiError, Window } from "./schema/common.ts";
import { SERIES_METRICS, type Timeseries } from "./schema/estate.ts";
import { VIEWS } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import { tcpBytesPerSec, viewGraph } from "./view-graph.ts";
import { type Ids, nodeIdentity } from "./view-key.ts";
import { readWindow } from "./window.ts";

type SeriesMetric = (typeof SERIES_METRICS)[number];

export interface SeriesQuery {
  readonly node?: string | undefined;
  readonly edge?: string | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly points: number;
}

/** Facts of the thing asked for; a node's are those into it, or out of it where nobody calls it. */
type Scope = (facts: readonly EdgeFact[]) => readonly EdgeFact[];

function scopeOf(snapshot: Snapshot, query: SeriesQuery, ids: Ids): Result<Scope, ApiError> {
  if (query.node === undefined && query.edge === undefined) return ok((facts) => facts);
  for (const view of VIEWS) {
    const graph = viewGraph(snapshot.facts, view, new Set(), ids);
    const edge = query.edge === undefined ? undefined : graph.edges.find((one) => one.id === query.edge);
    if (edge !== undefined) {
      const wanted = new Set(edge.facts.map(factKey));
      return ok((facts) => facts.filter((fact) => wanted.has(factKey(fact))));
    }
    const node = query.node === undefined ? undefined : graph.nodes.get(query.node);
    if (node === undefined) continue;
    const idOf = (end: EdgeFact["source"]): string => ids.node(nodeIdentity(view, new Set(), end, ids));
    const far = node.inbound.edges > 0 ? "target" : "source";
    return ok((facts) => facts.filter((fact) => idOf(fact[far]) === node.id));
  }
  return query.edge === undefined
    ? err({ code: "node_not_found", message: "no node of any view has this id", field: "node" })
    : err({ code: "edge_not_found", message: "no edge of any view has this id", field: "edge" });
}

const factKey = ({ source, target, protocol, layer }: EdgeFact): string =>
  JSON.stringify([source, target].map((end) => [end.cluster, end.namespace, end.kind, end.name, end.version ?? ""])) +
  protocol +
  layer;

/** Below this share of the window's traffic observed, a step is a gap: its sum would read low and mean nothing. */
const ENOUGH = 0.95;

/** How much each fact carries in the whole window; all alike where there is no traffic. */
function weightsOf(facts: readonly EdgeFact[]): ReadonlyMap<string, number> {
  const requests = facts.map((fact) => requestTotals(fact.perSec).total);
  const bytes = facts.map((fact) => tcpBytesPerSec(fact.perSec));
  const [weights] = [requests, bytes].filter((all) => all.some((weight) => weight > 0));
  return new Map(facts.map((fact, i) => [factKey(fact), weights?.[i] ?? 1] as const));
}

function observedWeight(facts: readonly EdgeFact[], weights: ReadonlyMap<string, number>): number {
  let all = 0;
  for (const weight of weights.values()) all += weight;
  const covered = facts.reduce((sum, fact) => sum + (fact.coveredMs > 0 ? (weights.get(factKey(fact)) ?? 0) : 0), 0);
  return all > 0 ? covered / all : 0;
}

type Values = Record<SeriesMetric, number | null>;

function valuesOf(facts: readonly EdgeFact[], weights: ReadonlyMap<string, number>): Values {
  const covered = facts.filter((fact) => fact.coveredMs > 0);
  if (covered.length === 0 || observedWeight(facts, weights) < ENOUGH) {
    return { requestsPerSec: null, errorRatio: null, p50: null, p95: null, p99: null, tcpBytesPerSec: null };
  }
  let latency: Histogram | null = null;
  let perSec = 0;
  let bytes = 0;
  let failures = 0;
  let total = 0;
  for (const fact of covered) {
    const counts = requestTotals(fact.counts);
    failures += counts.failures;
    total += counts.total;
    perSec += requestTotals(fact.perSec).total;
    if (fact.protocol === "tcp") bytes += tcpBytesPerSec(fact.perSec);
    const own = fact.counts.latency;
    if (own !== null) latency = latency === null ? own : mergeHistograms(latency, own);
  }
  const at = (q: number): number | null => (latency === null ? null : digits4OrNull(quantile(latency, q)?.value));
  return {
    requestsPerSec: digits4(perSec),
    errorRatio: ratio(failures, total),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    tcpBytesPerSec: digits4(bytes),
  };
}

function metricsOf(query: SeriesQuery): Result<readonly SeriesMetric[], ApiError> {
  const wanted = query.metric ?? ["requestsPerSec", "errorRatio"];
  const unknown = wanted.find((name) => !SERIES_METRICS.some((metric) => metric === name));
  if (unknown !== undefined) {
    return err({ code: "unknown_metric", message: `there is no metric ${unknown.slice(0, 60)}`, field: "metric" });
  }
  return ok(SERIES_METRICS.filter((metric) => wanted.includes(metric)));
}

/** Rows that can speak of the facts asked for: all that touch either end of them. */
function rowsFor(snapshot: Snapshot, facts: readonly EdgeFact[]): ReadonlySet<string> {
  const places = new Set(facts.flatMap((fact) => [fact.source, fact.target].map(placeOf)));
  const rows = snapshot.estate.live.rows.filter(
    ({ edge }) => places.has(placeOf(edge.source)) || places.has(placeOf(edge.target)),
  );
  return new Set(rows.map((row) => row.key));
}

const placeOf = (end: EdgeFact["source"]): string =>
  JSON.stringify([end.cluster, end.namespace, end.service ?? end.name]);

export async function timeseriesAnswer(
  snapshot: Snapshot,
  query: SeriesQuery,
  ids: Ids,
): Promise<Result<Timeseries, ApiError>> {
  const metrics = metricsOf(query);
  if (!metrics.ok) return metrics;
  const scope = scopeOf(snapshot, query, ids);
  if (!scope.ok) return scope;
  const { window, estate } = snapshot;
  const slots = Math.ceil((window.end - window.start) / window.slotMs);
  const stepMs = Math.max(1, Math.ceil(slots / query.points)) * window.slotMs;
  const whole = scope.value(snapshot.facts);
  const weights = weightsOf(whole);
  const rows = rowsFor(snapshot, whole);
  const wanted = (row: RollupRow): boolean => rows.has(row.key);
  const narrow = narrowed(estate.live, wanted);
  const index = new EdgeIndex();
  const latency = metrics.value.some((metric) => /^p\d/.test(metric));
  const xMs: number[] = [];
  const series = new Map<SeriesMetric, (number | null)[]>(metrics.value.map((metric) => [metric, []]));
  for (let start = window.start; start < window.end; start += stepMs) {
    const step: Window = { ...window, start, end: Math.min(start + stepMs, window.end) };
    const sum = await readWindow(step, estate, wanted);
    const values = valuesOf(scope.value(edgeFacts(sum, narrow, index, step.end, latency)), weights);
    xMs.push(start);
    for (const [metric, points] of series) points.push(values[metric]);
  }
  return ok({ window, xMs, series: Object.fromEntries(series) });
}

/** The live table as if it only had these rows: a step then costs what its rows cost. */
function narrowed(live: Snapshot["estate"]["live"], wanted: (row: RollupRow) => boolean): Snapshot["estate"]["live"] {
  return {
    slotMs: live.slotMs,
    generation: live.generation,
    horizonMs: live.horizonMs,
    lastObservationMs: live.lastObservationMs,
    rows: live.rows.filter(wanted),
    listeners: live.listeners,
    dropped: live.dropped,
    read: (from, to) => live.read(from, to, wanted),
    groupLastMs: (group) => live.groupLastMs(group),
    groupIntervalMs: (group) => live.groupIntervalMs(group),
  };
}
