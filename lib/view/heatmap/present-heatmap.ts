/**
 * A heatmap's answer as the screen shows it. In: the answer; out: columns with their totals and quantiles, and the rows
 * worth showing (those with counts and one beyond, at either end). ms and Unix ms. A column that nobody observed has
 * neither counts nor quantiles; one observed with nothing in it has zeros and no quantiles.
 */
import type { ExplicitHistogram, Quantile } from "../../model/histogram.ts";
import { quantile } from "../../model/histogram-quantile.ts";
import type { Exemplar, Heatmap } from "../../query/schema/heatmap.ts";

export interface HeatRow {
  /** Index in the answer. */
  readonly index: number;
  readonly loMs: number;
  /** Null: no upper bound. */
  readonly hiMs: number | null;
}

export const QUANTILES = [
  ["p50", 0.5],
  ["p95", 0.95],
  ["p99", 0.99],
] as const;
export type QuantileName = (typeof QUANTILES)[number][0];
export type Quantiles = Readonly<Record<QuantileName, Quantile | null>>;

export interface HeatColumn {
  readonly index: number;
  readonly startMs: number;
  readonly endMs: number;
  /** By the answer's rows; null where nothing was observed. */
  readonly counts: readonly number[] | null;
  readonly total: number | null;
  /** Share of its time that was observed. */
  readonly observed: number;
  readonly quantiles: Quantiles;
}

export interface HeatmapView {
  readonly startMs: number;
  readonly endMs: number;
  readonly columns: readonly HeatColumn[];
  /** Shown, fastest first. */
  readonly rows: readonly HeatRow[];
  /** The largest count of a cell. */
  readonly most: number;
  readonly total: number;
  readonly quantiles: Quantiles;
  readonly of: Heatmap["of"];
  readonly exemplars: readonly Exemplar[];
  /** Columns without any observation, and those observed in part. */
  readonly gaps: number;
  readonly partial: number;
}

const NONE: Quantiles = { p50: null, p95: null, p99: null };
/** Below this a column is said to be observed in part: less is the jitter of scrapes. */
export const WHOLE = 0.95;

function sum(counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

function quantilesOf(counts: readonly number[] | null, bounds: readonly number[]): Quantiles {
  if (counts === null) return NONE;
  const histogram: ExplicitHistogram = { scheme: "explicit", bounds, counts, sum: 0 };
  return { p50: quantile(histogram, 0.5), p95: quantile(histogram, 0.95), p99: quantile(histogram, 0.99) };
}

function columnsOf({ xMs, yMs, counts, observed, window }: Heatmap): HeatColumn[] {
  return xMs.map((startMs, index) => {
    const own = counts[index] ?? null;
    return {
      index,
      startMs,
      endMs: xMs[index + 1] ?? window.end,
      counts: own,
      total: own === null ? null : sum(own),
      observed: observed[index] ?? 0,
      quantiles: quantilesOf(own, yMs),
    };
  });
}

function shownRows({ yMs }: Heatmap, totals: readonly number[]): HeatRow[] {
  const used = totals.flatMap((count, index) => (count > 0 ? [index] : []));
  const first = Math.max(0, (used[0] ?? 0) - 1);
  const last = Math.min(yMs.length, (used.at(-1) ?? yMs.length) + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const index = first + i;
    return { index, loMs: index === 0 ? 0 : (yMs[index - 1] ?? 0), hiMs: yMs[index] ?? null };
  });
}

export function presentHeatmap(answer: Heatmap): HeatmapView {
  const columns = columnsOf(answer);
  const totals = new Array<number>(answer.yMs.length + 1).fill(0);
  let most = 0;
  for (const { counts } of columns) {
    for (const [row, count] of (counts ?? []).entries()) {
      totals[row] = (totals[row] ?? 0) + count;
      if (count > most) most = count;
    }
  }
  return {
    startMs: answer.xMs[0] ?? answer.window.start,
    endMs: answer.window.end,
    columns,
    rows: shownRows(answer, totals),
    most,
    total: sum(totals),
    quantiles: quantilesOf(totals, answer.yMs),
    of: answer.of,
    exemplars: answer.exemplars,
    gaps: columns.filter(({ counts }) => counts === null).length,
    partial: columns.filter(({ counts, observed }) => counts !== null && observed < WHOLE).length,
  };
}
