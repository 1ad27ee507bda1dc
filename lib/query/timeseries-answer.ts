/**
 * `/timeseries`: a node, an edge or the whole estate over time. In: a window cut into equal steps of whole slots; out: one
 * number per step and metric, null where nothing was observed. Each step is answered as a window of its own, so a step
 * and a graph of the same time agree; rows are summed step by step, and no graph is built.
 */
import { err, ok, type Result } from "../base/result.ts";
import { requestTotals } from "../model/edge-stats.ts";
import type { EdgeFact } from "./edge-facts.ts";
import type { ApiError } from "./schema/common.ts";
import { SERIES_METRICS, type Timeseries } from "./schema/estate.ts";
import type { View } from "./schema/graph.ts";
import { scopeOf } from "./series-scope.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Breathe, readSteps, spansOf } from "./step-reading.ts";
import { planLines } from "./timeseries-lines.ts";
import { type SeriesMetric, StepReader } from "./timeseries-steps.ts";
import { tcpBytesPerSec } from "./view-graph.ts";
import type { Ids } from "./view-key.ts";

export interface SeriesQuery {
  readonly node?: string | undefined;
  readonly edge?: string | undefined;
  /** Where the id is looked for first. */
  readonly view?: View | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly points: number;
}

/** How much each edge carries in the whole window, by its part of an indexed edge; all alike where there is no traffic. */
function weightsOf(facts: readonly EdgeFact[]): ReadonlyMap<string, number> {
  const requests = facts.map((fact) => requestTotals(fact.perSec).total);
  const bytes = facts.map((fact) => tcpBytesPerSec(fact.perSec));
  const [weights] = [requests, bytes].filter((all) => all.some((weight) => weight > 0));
  return new Map(facts.map((fact, i) => [fact.origin, weights?.[i] ?? 1] as const));
}

function metricsOf(query: SeriesQuery): Result<readonly SeriesMetric[], ApiError> {
  const wanted = query.metric ?? ["requestsPerSec", "errorRatio"];
  const unknown = wanted.find((name) => !SERIES_METRICS.some((metric) => metric === name));
  if (unknown !== undefined) {
    return err({ code: "unknown_metric", message: `there is no metric ${unknown.slice(0, 60)}`, field: "metric" });
  }
  return ok(SERIES_METRICS.filter((metric) => wanted.includes(metric)));
}

export async function timeseriesAnswer(
  snapshot: Snapshot,
  query: SeriesQuery,
  ids: Ids,
  breathe: Breathe = () => Promise.resolve(),
): Promise<Result<Timeseries, ApiError>> {
  const metrics = metricsOf(query);
  if (!metrics.ok) return metrics;
  const scope = scopeOf(snapshot, { node: query.node, edge: query.edge, view: query.view }, ids);
  if (!scope.ok) return scope;
  const { holds } = scope.value;
  const { window, edges, estate } = snapshot;
  const quantiles = metrics.value.some((metric) => /^p\d/.test(metric));
  const plan = await planLines(edges, holds, { live: estate.live, quantiles, breathe });
  const weights = weightsOf(snapshot.facts.filter(holds));
  const spans = spansOf(snapshot, query.points);
  const reader = new StepReader(plan, weights);
  const values = await readSteps(snapshot, plan, spans, (step) => reader.read(step), breathe);
  const series = metrics.value.map((metric) => [metric, values.map((one) => one[metric])] as const);
  return ok({ window, xMs: spans.map(({ start }) => start), series: Object.fromEntries(series) });
}
