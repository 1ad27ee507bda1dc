/**
 * Where a heatmap's cells stand: time to the right, latency upwards on a log scale. In: a view; out: shares 0..1 of the
 * plot, from its left and top. The first row reaches down to 0 and the last up to ∞, which a log scale cannot show:
 * both are drawn as high as their neighbour.
 */
import { pointAt } from "../chart.ts";
import type { HeatmapView, HeatRow } from "./present-heatmap.ts";

export interface Geometry {
  readonly startMs: number;
  readonly endMs: number;
  /** Edges of the rows in ms as drawn, fastest first: one more than there are rows. */
  readonly edgesMs: readonly number[];
}

/** A row of a log scale is drawn at most and at least this many times as long above as below. */
const RATIO = { least: 1.5, usual: 2, most: 5 };

function ratioOf(row: HeatRow | undefined): number {
  if (row === undefined || row.hiMs === null || row.loMs <= 0) return RATIO.usual;
  return Math.min(RATIO.most, Math.max(RATIO.least, row.hiMs / row.loMs));
}

export function geometryOf({ startMs, endMs, rows }: HeatmapView): Geometry {
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return { startMs, endMs, edgesMs: [1, 10] };
  const bottom = first.loMs > 0 ? first.loMs : (first.hiMs ?? RATIO.usual) / ratioOf(rows[1]);
  const below = last.loMs > 0 ? last.loMs : bottom;
  const top = last.hiMs ?? below * ratioOf(rows[rows.length - 2]);
  return { startMs, endMs, edgesMs: [bottom, ...rows.slice(1).map(({ loMs }) => loMs), top] };
}

export function shareX({ startMs, endMs }: Geometry, atMs: number): number {
  return endMs <= startMs ? 0 : Math.min(1, Math.max(0, (atMs - startMs) / (endMs - startMs)));
}

/** From the top; outside the drawn range it stays at the edge. */
export function shareY({ edgesMs }: Geometry, ms: number): number {
  const [bottom = 1] = edgesMs;
  const top = edgesMs.at(-1) ?? bottom;
  if (!(ms > 0)) return 1;
  return 1 - Math.min(1, Math.max(0, Math.log(ms / bottom) / Math.log(top / bottom)));
}

export interface CellAt {
  /** Index among the view's columns, and among its rows as shown. */
  readonly column: number;
  readonly row: number;
}

/** The cell under a place of the plot. */
export function cellAt(view: HeatmapView, geometry: Geometry, x: number, y: number): CellAt {
  const atMs = geometry.startMs + Math.min(0.999999, Math.max(0, x)) * (geometry.endMs - geometry.startMs);
  const starts = view.columns.map(({ startMs }) => startMs);
  const row = geometry.edgesMs.slice(1).findIndex((edge) => shareY(geometry, edge) <= y);
  return { column: Math.max(0, pointAt(starts, atMs)), row: row < 0 ? view.rows.length - 1 : row };
}

export interface ShareBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The box between two cells, both of them in it. */
export function boxOf(view: HeatmapView, geometry: Geometry, a: CellAt, b: CellAt): ShareBox {
  const from = view.columns[Math.min(a.column, b.column)]?.startMs ?? geometry.startMs;
  const to = view.columns[Math.max(a.column, b.column)]?.endMs ?? geometry.endMs;
  const left = shareX(geometry, from);
  const top = shareY(geometry, geometry.edgesMs[Math.max(a.row, b.row) + 1] ?? 1);
  const bottom = shareY(geometry, geometry.edgesMs[Math.min(a.row, b.row)] ?? 1);
  return { left, top, width: shareX(geometry, to) - left, height: bottom - top };
}

const LEAST_PX = 15;

export interface AxisMark {
  readonly ms: number;
  readonly share: number;
}

/** Bounds of rows to print, at least 15 px apart on a plot so high; round ones before others. */
export function latencyMarks(geometry: Geometry, heightPx: number): readonly AxisMark[] {
  const bounds = geometry.edgesMs.slice(1, -1);
  const isRound = (ms: number): boolean => /^[1-9]0*$|^0\.0*1$/.test(String(ms));
  const kept: AxisMark[] = [];
  for (const ms of [...bounds.filter(isRound), ...bounds.filter((ms) => !isRound(ms))]) {
    const share = shareY(geometry, ms);
    if (kept.every((mark) => Math.abs(mark.share - share) * heightPx >= LEAST_PX)) kept.push({ ms, share });
  }
  return kept.sort((a, b) => a.ms - b.ms);
}
