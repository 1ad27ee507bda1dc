/**
 * Order and cursors of a trace search. Rows are sorted by the order's value descending, then trace id ascending. A cursor
 * is the last row's place and the window of the first page, so that new traces neither repeat nor skip a row, and
 * "the last five minutes" stay the same five minutes on every page.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { ApiError } from "./schema/common.ts";
import type { TraceSearch, TraceSummary } from "./schema/traces.ts";

export interface TraceCursor {
  readonly order: TraceSearch["order"];
  /** Of the last row of the page before. */
  readonly value: bigint;
  readonly traceId: string;
  /** Window of the first page, Unix ms. */
  readonly start: number;
  readonly end: number;
}

export function orderValue(order: TraceSearch["order"], summary: TraceSummary): bigint {
  switch (order) {
    case "start":
      return BigInt(summary.startNs);
    case "duration":
      return BigInt(summary.durationNs);
    case "spans":
      return BigInt(summary.spanCount);
    case "errors":
      return BigInt(summary.errorCount);
  }
}

interface Place {
  readonly value: bigint;
  readonly traceId: string;
}

/** Negative when `a` comes before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.value !== b.value) return a.value > b.value ? -1 : 1;
  if (a.traceId === b.traceId) return 0;
  return a.traceId < b.traceId ? -1 : 1;
}

export function printCursor(cursor: TraceCursor): string {
  return [cursor.order, cursor.value, cursor.traceId, cursor.start, cursor.end].join("~");
}

const CURSOR = /^(start|duration|spans|errors)~(-?\d{1,40})~([0-9a-f]{32})~(\d{1,16})~(\d{1,16})$/;
const ORDERS = ["start", "duration", "spans", "errors"] as const;

/** Errors: `bad_cursor`. */
export function parseCursor(text: string, order: TraceSearch["order"]): Result<TraceCursor, ApiError> {
  const match = CURSOR.exec(text);
  const parsed = ORDERS.find((known) => known === match?.[1]);
  if (match === null || parsed === undefined) {
    return err({ code: "bad_cursor", message: "the cursor is not one this server gave out", field: "cursor" });
  }
  if (parsed !== order) {
    return err({ code: "bad_cursor", message: `the cursor belongs to order=${parsed}`, field: "cursor" });
  }
  const value = BigInt(match[2] ?? "0");
  return ok({ order, value, traceId: match[3] ?? "", start: Number(match[4]), end: Number(match[5]) });
}
