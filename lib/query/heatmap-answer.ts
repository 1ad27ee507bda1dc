/**
 * `/heatmap`: time × latency. In: a window cut into equal columns of whole slots, and what is asked for; out: counts by
 * column and bucket. The rows that speak are those that the graph chose for the whole window, so the columns of an edge
 * add up to the histogram of its panel; unlike bounds meet on those that all of them have, as they do there. A column
 * in which nobody was observed is null. Counts are increases, fractional where one was shared out over slots.
 */
import { ok, type Result } from "../base/result.ts";
import { requestTotals } from "../model/edge-stats.ts";
import type { Histogram } from "../model/histogram.ts";
import { mergeHistograms } from "../model/histogram-merge.ts";
import { exponentialUpperBound } from "../model/histogram-quantile.ts";
import type { RollupRow } from "../model/rollup-row.ts";
import { completenessOf } from "./completeness.ts";
import type { EdgeFact } from "./edge-facts.ts";
import type { ExemplarQuery } from "./exemplar-query.ts";
import type { AnswerContext } from "./graph-answer.ts";
import { callsOf } from "./heatmap-exemplars.ts";
import { digits4, settled } from "./numbers.ts";
import { layoutOf } from "./row-layout.ts";
import type { AbsentReason, ApiError } from "./schema/common.ts";
import type { Exemplar, Heatmap, HeatmapParameters } from "./schema/heatmap.ts";
import { scopeOf } from "./series-scope.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Breathe, gridSpansOf, readSteps, type StepPlan } from "./step-reading.ts";
import type { PlannedRow } from "./timeseries-lines.ts";
import type { Step } from "./timeseries-steps.ts";

export type HeatmapQuery = Pick<HeatmapParameters, "node" | "edge" | "filter" | "columns" | "rows"> &
  Partial<Pick<HeatmapParameters, "exemplars" | "view">>;

/** Traces shown of one cell. */
const PER_CELL = 3;

export interface HeatmapHelp {
  /** Where traces for cells come from. */
  readonly find: (query: ExemplarQuery) => Promise<readonly Exemplar[]>;
  readonly breathe?: Breathe;
}

function boundsOf(latency: Histogram | null): readonly number[] {
  if (latency === null) return [];
  if (latency.scheme === "explicit") return latency.bounds;
  return latency.counts.map((_, i) => exponentialUpperBound(latency.scale, latency.offset + i));
}

/**
 * Fewer bounds of the same scheme, so that at most `rows` buckets are left: the narrowest two neighbours (as a ratio)
 * become one until they fit. By the bounds alone, so that a picture keeps its rows while it refreshes.
 */
export function reduceBounds(bounds: readonly number[], rows: number): readonly number[] {
  const kept = [...bounds];
  const width = (at: number): number => {
    const below = kept[at - 1] ?? 0;
    const above = kept[at + 1] ?? Number.POSITIVE_INFINITY;
    return below > 0 ? above / below : Number.POSITIVE_INFINITY;
  };
  while (kept.length + 1 > rows && kept.length > 0) {
    let narrowest = kept.length - 1;
    for (let at = kept.length - 2; at >= 0; at--) if (width(at) < width(narrowest)) narrowest = at;
    kept.splice(narrowest, 1);
  }
  return kept;
}

/** What all these facts timed together, and what of a request it is. */
function timedBy(facts: readonly EdgeFact[]): { latency: Histogram | null; of: Heatmap["of"] } {
  let latency: Histogram | null = null;
  let of: Heatmap["of"] = null;
  for (const { counts } of facts) {
    if (counts.latency === null || counts.latencyOf === null) continue;
    latency = latency === null ? counts.latency : mergeHistograms(latency, counts.latency);
    of = of === null || of === counts.latencyOf ? counts.latencyOf : "mixed";
  }
  return { latency, of };
}

interface HeatCell {
  /** Which row of the answer. */
  readonly row: number;
  /** Whose covered time it is of. */
  readonly group: number;
  /** How much of what is counted there is asked for: a call may be one edge in part, and another for the rest. */
  readonly part: number;
}

interface HeatPlan extends StepPlan {
  /** By offset. */
  readonly cells: readonly HeatCell[];
}

/** The rows that speak for these facts, each once, with the part of it that they are; none of a fact that times nothing. */
function partsOf(facts: readonly EdgeFact[]): ReadonlyMap<RollupRow, number> {
  const parts = new Map<RollupRow, number>();
  for (const { rows, part, counts } of facts) {
    for (const row of rows) parts.set(row, (parts.get(row) ?? 0) + (counts.latency === null ? 0 : part));
  }
  return parts;
}

function planCells(facts: readonly EdgeFact[], yMs: readonly number[]): HeatPlan {
  const rows = new Map<string, PlannedRow>();
  const byIndex: PlannedRow[] = [];
  const groups = new Map<string, number>();
  const cells: HeatCell[] = [];
  for (const [row, part] of partsOf(facts)) {
    const group = groups.get(row.group) ?? groups.size;
    groups.set(row.group, group);
    const columns: number[] = [];
    const offset = cells.length;
    for (const { bounds, buckets } of layoutOf(row).latency) {
      let to = 0;
      buckets.forEach((column, i) => {
        while (to < yMs.length && (yMs[to] ?? 0) < (bounds[i] ?? Number.POSITIVE_INFINITY)) to++;
        if (column < 0) return;
        columns.push(column);
        cells.push({ row: to, group, part });
      });
    }
    const planned = { row, columns, offset };
    rows.set(row.key, planned);
    byIndex[row.index] = planned;
  }
  return { rows, byIndex, groups: [...groups.keys()], size: cells.length, cells };
}

interface Column {
  readonly counts: readonly number[] | null;
  readonly byGroup: readonly number[];
  readonly coveredMs: readonly number[];
}

function readColumn({ sums, coveredMs }: Step, plan: HeatPlan, rows: number): Column {
  const counts = new Array<number>(rows).fill(0);
  const byGroup = plan.groups.map(() => 0);
  plan.cells.forEach(({ row, group, part }, at) => {
    const count = (sums[at] ?? 0) * part;
    if (count === 0) return;
    counts[row] = (counts[row] ?? 0) + count;
    byGroup[group] = (byGroup[group] ?? 0) + count;
  });
  const isObserved = coveredMs.some((ms) => ms > 0);
  return { counts: isObserved ? counts.map(settled) : null, byGroup, coveredMs: [...coveredMs] };
}

/** Each group weighs as much as it timed in the whole window; all alike where nothing was timed. */
function observedShares(columns: readonly Column[], lengths: readonly number[]): number[] {
  const [first] = columns;
  const total = (first?.byGroup ?? []).map((_, g) => columns.reduce((sum, { byGroup }) => sum + (byGroup[g] ?? 0), 0));
  const weights = total.some((weight) => weight > 0) ? total : total.map(() => 1);
  const whole = weights.reduce((a, b) => a + b, 0);
  return columns.map(({ coveredMs }, c) => {
    const length = lengths[c] ?? 0;
    if (!(whole > 0) || length <= 0) return 0;
    const share = (g: number): number => Math.min(1, (coveredMs[g] ?? 0) / length);
    return digits4(weights.reduce((sum, weight, g) => sum + weight * share(g), 0) / whole);
  });
}

/** Why there is no latency: as an edge says it. */
function whyAbsent(facts: readonly EdgeFact[]): AbsentReason {
  const requests = facts.some((fact) => requestTotals(fact.counts).total > 0);
  if (requests) return "notCollected";
  return facts.some((fact) => fact.coveredMs > 0) ? "notApplicable" : "unknown";
}

/** Errors: `node_not_found`, `edge_not_found`. */
export async function heatmapAnswer(
  snapshot: Snapshot,
  query: HeatmapQuery,
  { ids, targets }: AnswerContext,
  { find, breathe = () => Promise.resolve() }: HeatmapHelp,
): Promise<Result<Heatmap, ApiError>> {
  const scope = scopeOf(snapshot, query, ids);
  if (!scope.ok) return scope;
  const { window } = snapshot;
  const facts = snapshot.facts.filter(scope.value.holds);
  const timed = timedBy(facts);
  const yMs = reduceBounds(boundsOf(timed.latency), query.rows);
  const plan = planCells(facts, yMs);
  const spans = gridSpansOf(snapshot, query.columns);
  const columns = await readSteps(snapshot, plan, spans, (step) => readColumn(step, plan, yMs.length + 1), breathe);
  const xMs = spans.map(({ start }) => start);
  const calls = query.exemplars === "0" ? undefined : callsOf(scope.value, facts, ids);
  const cells = { xMs, endMs: window.end, yMs, perCell: PER_CELL };
  const { of } = timed;
  return ok({
    window,
    xMs,
    yMs: [...yMs],
    counts: columns.map(({ counts }) => (counts === null ? null : [...counts])),
    observed: observedShares(
      columns,
      spans.map(({ start, end }) => end - start),
    ),
    of,
    exemplars: calls === undefined || of === null ? [] : [...(await find({ calls, ...cells }))],
    completeness: completenessOf(snapshot, targets, facts),
    ...(of === null ? { absent: { of: whyAbsent(facts) } } : {}),
  });
}
