/**
 * Found traces as the list and the picture show them. In: trace summaries. Out: rows with µs and ms figures, sorted; and
 * points of duration over start with both scales. At most `POINT_LIMIT` points: the longest and those with errors stay.
 */
import type { TraceSummary } from "../../query/schema/traces.ts";
import { parseNs } from "./order-spans.ts";
import { warningWords } from "./trace-words.ts";

export interface SearchRow {
  readonly traceId: string;
  readonly service: string;
  readonly operation: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly durationNs: string;
  readonly spans: number;
  readonly errors: number;
  /** Most spans first. */
  readonly services: TraceSummary["services"];
  readonly warnings: readonly string[];
}

export function searchRow(trace: TraceSummary): SearchRow {
  return {
    traceId: trace.traceId,
    service: trace.rootService,
    operation: trace.rootOperation,
    startMs: Number(parseNs(trace.startNs) / 1000n) / 1000,
    durationMs: Number(parseNs(trace.durationNs)) / 1e6,
    durationNs: trace.durationNs,
    spans: trace.spanCount,
    errors: trace.errorCount,
    services: [...trace.services].sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1)),
    warnings: trace.warnings.map(({ code, spans }) => warningWords(code, spans)),
  };
}

export const POINT_LIMIT = 500;

export interface ScatterPoint {
  readonly row: SearchRow;
  /** 0..1 from left and from the bottom. */
  readonly x: number;
  readonly y: number;
}

export interface Scatter {
  readonly points: readonly ScatterPoint[];
  readonly leftOut: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Durations marked on the vertical axis, with their place. */
  readonly marks: readonly { readonly ms: number; readonly y: number }[];
}

/** Duration on a log scale: services differ by orders of magnitude. The picture spans the window, not the data. */
export function scatter(rows: readonly SearchRow[], window: { readonly start: number; readonly end: number }): Scatter {
  const startMs = Math.min(window.start, ...rows.slice(0, POINT_LIMIT).map((row) => row.startMs));
  const endMs = Math.max(window.end, startMs + 1);
  const shown = [...rows].sort((a, b) => b.errors - a.errors || b.durationMs - a.durationMs).slice(0, POINT_LIMIT);
  const durations = shown.map((row) => Math.max(row.durationMs, 0.001));
  const low = Math.floor(Math.log10(Math.min(1, ...durations)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(10, ...durations)) + 0.02));
  const place = (ms: number): number => (Math.log10(Math.max(ms, 0.001)) - low) / (high - low);
  const points = shown
    .map((row) => ({
      row,
      x: Math.min(1, Math.max(0, (row.startMs - startMs) / (endMs - startMs))),
      y: place(row.durationMs),
    }))
    .reverse();
  const marks = [];
  for (let power = low; power <= high; power++) marks.push({ ms: 10 ** power, y: place(10 ** power) });
  return { points, leftOut: rows.length - shown.length, startMs, endMs, marks };
}
