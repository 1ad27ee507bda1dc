/**
 * A chosen part of a heatmap: some time and some latency. In: two cells, or a link's text; out: bounds in Unix ms and ms
 * that mean the same whatever the window and its columns are now, what was counted inside, and the search for its traces.
 */
import type { Exemplar } from "../../query/schema/heatmap.ts";
import { durationInput } from "../trace/duration-text.ts";
import type { CellAt } from "./geometry.ts";
import type { HeatColumn, HeatmapView, HeatRow } from "./present-heatmap.ts";

export interface Area {
  readonly startMs: number;
  readonly endMs: number;
  readonly loMs: number;
  /** Null: no upper bound. */
  readonly hiMs: number | null;
}

export function areaBetween(view: HeatmapView, a: CellAt, b: CellAt): Area | null {
  const first = view.columns[Math.min(a.column, b.column)];
  const last = view.columns[Math.max(a.column, b.column)];
  const low = view.rows[Math.min(a.row, b.row)];
  const high = view.rows[Math.max(a.row, b.row)];
  if (first === undefined || last === undefined || low === undefined || high === undefined) return null;
  // The newest column is still filling: what was chosen of it is what it will be.
  const stepMs = Math.max(...view.columns.map(({ startMs, endMs }) => endMs - startMs));
  return {
    startMs: first.startMs,
    endMs: Math.max(last.endMs, last.startMs + stepMs),
    loMs: low.loMs,
    hiMs: high.hiMs,
  };
}

export function formatArea({ startMs, endMs, loMs, hiMs }: Area): string {
  return [startMs, endMs, loMs, hiMs ?? "inf"].join("_");
}

/** Null for whatever is no area. */
export function parseArea(text: string | null): Area | null {
  const parts = (text ?? "").split("_");
  if (parts.length !== 4) return null;
  const [startMs, endMs, loMs, hi] = parts.map((part) => (part === "inf" ? Number.POSITIVE_INFINITY : Number(part)));
  if (startMs === undefined || endMs === undefined || loMs === undefined || hi === undefined) return null;
  const isOne = Number.isFinite(startMs) && startMs < endMs && Number.isFinite(endMs) && loMs >= 0 && loMs < hi;
  return isOne ? { startMs, endMs, loMs, hiMs: Number.isFinite(hi) ? hi : null } : null;
}

function columnIn(area: Area, { startMs, endMs }: HeatColumn): boolean {
  const middle = (startMs + endMs) / 2;
  return middle >= area.startMs && middle < area.endMs;
}

function rowIn(area: Area, { loMs, hiMs }: HeatRow): boolean {
  return loMs >= area.loMs && (hiMs ?? Number.POSITIVE_INFINITY) <= (area.hiMs ?? Number.POSITIVE_INFINITY);
}

export interface AreaReading {
  readonly count: number;
  /** Of all that was timed in the area's columns; null where that is nothing. */
  readonly share: number | null;
  /** Columns of it that nobody observed, and how many it has. */
  readonly gaps: number;
  readonly columns: number;
  /** Longest first. */
  readonly exemplars: readonly Exemplar[];
}

/** Counts are known to a millionth: a hair less than all is all. */
const HAIR = 1e-6;

function shareOf(count: number, total: number): number | null {
  if (!(total > 0)) return null;
  return count >= total * (1 - HAIR) ? 1 : count / total;
}

export function readArea(view: HeatmapView, area: Area): AreaReading {
  const columns = view.columns.filter((column) => columnIn(area, column));
  const rows = view.rows.filter((row) => rowIn(area, row));
  let count = 0;
  let total = 0;
  for (const { counts, total: all } of columns) {
    total += all ?? 0;
    for (const { index } of rows) count += counts?.[index] ?? 0;
  }
  const inColumn = new Set(columns.map(({ index }) => index));
  const inRow = new Set(rows.map(({ index }) => index));
  return {
    count,
    share: shareOf(count, total),
    gaps: columns.filter(({ counts }) => counts === null).length,
    columns: columns.length,
    exemplars: view.exemplars
      .filter(({ column, row }) => inColumn.has(column) && inRow.has(row))
      .sort((a, b) => b.durationMs - a.durationMs),
  };
}

/** The cells of the view that the area covers, as the first and the last; null when it is outside. */
export function cellsOf(view: HeatmapView, area: Area): readonly [CellAt, CellAt] | null {
  const columns = view.columns.flatMap((column, at) => (columnIn(area, column) ? [at] : []));
  const rows = view.rows.flatMap((row, at) => (rowIn(area, row) ? [at] : []));
  const [column, row, lastColumn, lastRow] = [columns[0], rows[0], columns.at(-1), rows.at(-1)];
  if (column === undefined || row === undefined || lastColumn === undefined || lastRow === undefined) return null;
  return [
    { column, row },
    { column: lastColumn, row: lastRow },
  ];
}

/** How long before the area a call that ends in it may have started: searches go by start. */
const LONGEST_MS = 600_000;

/** The trace search for an area: calls that took so long, from when the earliest of them can have started. */
export function traceSearchOf(area: Area): Readonly<Record<string, string | number | null>> {
  const longest = Math.min(area.hiMs ?? area.loMs * 10, LONGEST_MS);
  return {
    minDuration: area.loMs > 0 ? durationInput(area.loMs) : null,
    maxDuration: area.hiMs === null ? null : durationInput(area.hiMs),
    start: Math.floor(area.startMs - longest),
    end: Math.ceil(area.endMs - Math.min(area.loMs, LONGEST_MS)),
  };
}
