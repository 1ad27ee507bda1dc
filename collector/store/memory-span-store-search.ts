/**
 * A search over traces in memory. In: candidates and the query. Out: a page of summaries in order, and how many there
 * are in all. Gives the event loop a turn every 4,000 spans, so that a search does not hold up receivers.
 */
import { setImmediate } from "node:timers/promises";
import { ok, type Result } from "../../lib/base/result.ts";
import { callsAmong } from "../../lib/query/heatmap-exemplars.ts";
import type { ApiError } from "../../lib/query/schema/common.ts";
import type { TraceSummary } from "../../lib/query/schema/traces.ts";
import type { TracePage, TraceQuery } from "../../lib/query/span-store.ts";
import { compileSpanTest, msToNs, type SpanTest } from "../../lib/query/trace-match.ts";
import { comparePlaces, orderValue, parseCursor, printCursor } from "../../lib/query/trace-order.ts";
import { spansBetween } from "../../lib/query/trace-places.ts";
import type { StoredTrace } from "./memory-span-store-trace.ts";

const SPANS_PER_TURN = 4_000;

interface Row {
  readonly value: bigint;
  readonly traceId: string;
  readonly summary: TraceSummary;
}

function spanHolds(trace: StoredTrace, query: TraceQuery, test: SpanTest): boolean {
  const { between, of } = query;
  if (between === undefined && of === undefined) return trace.some(test);
  if (!trace.some(test)) return false;
  const spans = trace.spans();
  const onEdge = between === undefined ? undefined : spansBetween(spans, between, between.names);
  const isCall = of === undefined ? undefined : callsAmong(spans, { kind: "of", ...of }, of.names);
  return spans.some((span, i) => onEdge?.[i] !== false && isCall?.(i) !== false && test(span));
}

function traceHolds(summary: TraceSummary, query: TraceQuery): boolean {
  const { minTraceDurationMs, hasError } = query;
  if (minTraceDurationMs !== undefined && BigInt(summary.durationNs) < msToNs(minTraceDurationMs)) return false;
  return hasError === undefined || (hasError === "1") === summary.errorCount > 0;
}

async function matching(candidates: readonly StoredTrace[], query: TraceQuery, test: SpanTest): Promise<Row[]> {
  const from = msToNs(query.start);
  const to = msToNs(query.end);
  const rows: Row[] = [];
  let looked = 0;
  for (const trace of candidates) {
    if (trace.lastNs < from || trace.firstNs >= to) continue;
    looked += trace.size();
    if (looked > SPANS_PER_TURN) {
      looked = 0;
      await setImmediate();
    }
    if (!spanHolds(trace, query, test)) continue;
    const summary = trace.summary();
    if (traceHolds(summary, query)) {
      rows.push({ value: orderValue(query.order, summary), traceId: trace.id, summary });
    }
  }
  return rows;
}

/** Errors: `bad_cursor`, `kind_unknown` and the codes of an attribute expression. */
export async function searchTraces(
  candidates: readonly StoredTrace[],
  query: TraceQuery,
): Promise<Result<TracePage, ApiError>> {
  const test = compileSpanTest(query);
  if (!test.ok) return test;
  const cursor = query.cursor === undefined ? undefined : parseCursor(query.cursor, query.order);
  if (cursor !== undefined && !cursor.ok) return cursor;
  const rows = (await matching(candidates, query, test.value)).sort(comparePlaces);
  const after = cursor?.value;
  const rest = after === undefined ? rows : rows.filter((row) => comparePlaces(row, after) > 0);
  const page = rest.slice(0, query.limit);
  const last = page[page.length - 1];
  const { order, start, end } = query;
  const more = rest.length > page.length && last !== undefined;
  const nextCursor = more ? printCursor({ order, value: last.value, traceId: last.traceId, start, end }) : null;
  return ok({ traces: page.map((row) => row.summary), nextCursor, total: rows.length });
}
