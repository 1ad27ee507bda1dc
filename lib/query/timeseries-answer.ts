/**
 * `/timeseries`: a node, an edge or the whole estate over time. In: a window cut into equal steps of whole slots; out: one
 * number per step and metric, null where nothing was observed. Each step is answered as a window of its own, so a step
 * and a graph of the same time agree; rows are summed step by step, and no graph is built. What the live table holds is
 * read at one moment; closed slots do not change, and between those steps the caller may let other work in.
 */
import { err, ok, type Result } from "../base/result.ts";
import { requestTotals } from "../model/edge-stats.ts";
import type { Endpoint } from "../model/identity.ts";
import { edgeKey, type RollupRow } from "../model/rollup-row.ts";
import type { EdgeFact } from "./edge-facts.ts";
import type { IndexedEdge } from "./edge-index.ts";
import type { ApiError } from "./schema/common.ts";
import { SERIES_METRICS, type Timeseries } from "./schema/estate.ts";
import { VIEWS, type View } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Plan, planLines } from "./timeseries-lines.ts";
import {
  addToStep,
  newStep,
  resetStep,
  type SeriesMetric,
  type Step,
  StepReader,
  type Values,
} from "./timeseries-steps.ts";
import { tcpBytesPerSec } from "./view-graph.ts";
import { type Ids, nodeIdentity } from "./view-key.ts";

export interface SeriesQuery {
  readonly node?: string | undefined;
  readonly edge?: string | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly points: number;
}

/** Whether an edge is part of the thing asked for; a node's are those into it, or out of it where nobody calls it. */
type Scope = (edge: Pick<IndexedEdge, "source" | "target" | "protocol" | "layer">) => boolean;

const NO_BOX: ReadonlySet<string> = new Set();

function scopeIn(view: View, { facts }: Snapshot, query: SeriesQuery, ids: Ids): Scope | undefined {
  const known = new Map<Endpoint, string>();
  const nodeOf = (end: Endpoint) => ids.node(nodeIdentity(view, NO_BOX, end, ids));
  const idOf = (end: Endpoint): string => {
    const id = known.get(end) ?? nodeOf(end);
    known.set(end, id);
    return id;
  };
  if (query.edge !== undefined) {
    const isEdge: Scope = ({ source, target, protocol, layer }) =>
      ids.edge(nodeOf(source), nodeOf(target), protocol, layer) === query.edge;
    const keys = new Set(facts.filter(isEdge).map(edgeKey));
    if (keys.size > 0) return (edge) => keys.has(edgeKey(edge));
  }
  if (query.node === undefined) return undefined;
  if (facts.some((fact) => idOf(fact.target) === query.node)) return (edge) => idOf(edge.target) === query.node;
  return facts.some((fact) => idOf(fact.source) === query.node)
    ? (edge) => idOf(edge.source) === query.node
    : undefined;
}

function scopeOf(snapshot: Snapshot, query: SeriesQuery, ids: Ids): Result<Scope, ApiError> {
  if (query.node === undefined && query.edge === undefined) return ok(() => true);
  for (const view of VIEWS) {
    const scope = scopeIn(view, snapshot, query, ids);
    if (scope !== undefined) return ok(scope);
  }
  return query.edge === undefined
    ? err({ code: "node_not_found", message: "no node of any view has this id", field: "node" })
    : err({ code: "edge_not_found", message: "no edge of any view has this id", field: "edge" });
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

/** Lets other work in between two pieces of a long answer. */
export type Breathe = () => Promise<void>;

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansOf({ window }: Snapshot, points: number): Span[] {
  const slots = Math.ceil((window.end - window.start) / window.slotMs);
  const stepMs = Math.max(1, Math.ceil(slots / points)) * window.slotMs;
  const spans: Span[] = [];
  for (let start = window.start; start < window.end; start += stepMs) {
    spans.push({ start, end: Math.min(start + stepMs, window.end) });
  }
  return spans;
}

function addCoverage({ coveredMs }: Step, plan: Plan, covered: ReadonlyMap<string, number>): void {
  plan.groups.forEach((group, at) => {
    coveredMs[at] = (coveredMs[at] ?? 0) + (covered.get(group) ?? 0);
  });
}

function addLive({ estate: { live } }: Snapshot, plan: Plan, span: Span, step: Step): void {
  live.scan(span.start, span.end, (index, values) => {
    const planned = plan.byIndex[index];
    if (planned !== undefined) addToStep(step, planned, values);
  });
  addCoverage(step, plan, live.coverage(span.start, span.end, plan.groups));
}

async function addClosed({ window, estate }: Snapshot, plan: Plan, span: Span, step: Step): Promise<void> {
  const wanted = (row: RollupRow): boolean => plan.rows.has(row.key);
  const closed = await estate.store.read(window.slotMs, span.start, span.end, wanted);
  for (const { row, values } of closed.rows) {
    const planned = plan.rows.get(row.key);
    if (planned !== undefined) addToStep(step, planned, values);
  }
  addCoverage(step, plan, closed.coveredMs);
}

/** Values of every step. The live part of all is read before the first wait: a slot is closed once, and counted once. */
async function readSteps(
  snapshot: Snapshot,
  plan: Plan,
  weights: ReadonlyMap<string, number>,
  spans: readonly Span[],
  breathe: Breathe,
): Promise<Values[]> {
  const { window, estate } = snapshot;
  const { horizonMs } = estate.live;
  const isLive = ({ start }: Span): boolean => start >= horizonMs;
  const reader = new StepReader(plan, weights);
  const whole = newStep(plan);
  const recent = spans.filter(isLive).map((span) => {
    resetStep(whole, span.end);
    addLive(snapshot, plan, span, whole);
    return reader.read(whole);
  });
  const divided = newStep(plan);
  const older = spans.filter((span) => !isLive(span));
  const last = older[older.length - 1];
  if (last !== undefined && last.end > horizonMs) {
    resetStep(divided, last.end);
    addLive(snapshot, plan, last, divided);
  }
  const closed: Values[] = [];
  for (const { start, end } of older) {
    const step = end > horizonMs ? divided : whole;
    if (step === whole) resetStep(whole, end);
    const to = Math.ceil(Math.min(end, horizonMs) / window.slotMs) * window.slotMs;
    await addClosed(snapshot, plan, { start, end: to }, step);
    closed.push(reader.read(step));
    await breathe();
  }
  return [...closed, ...recent];
}

export async function timeseriesAnswer(
  snapshot: Snapshot,
  query: SeriesQuery,
  ids: Ids,
  breathe: Breathe = () => Promise.resolve(),
): Promise<Result<Timeseries, ApiError>> {
  const metrics = metricsOf(query);
  if (!metrics.ok) return metrics;
  const scope = scopeOf(snapshot, query, ids);
  if (!scope.ok) return scope;
  const { window, edges, estate } = snapshot;
  const quantiles = metrics.value.some((metric) => /^p\d/.test(metric));
  const plan = planLines(edges, scope.value, estate.live, quantiles);
  const weights = weightsOf(snapshot.facts.filter(scope.value));
  const spans = spansOf(snapshot, query.points);
  const values = await readSteps(snapshot, plan, weights, spans, breathe);
  const series = metrics.value.map((metric) => [metric, values.map((one) => one[metric])] as const);
  return ok({ window, xMs: spans.map(({ start }) => start), series: Object.fromEntries(series) });
}
