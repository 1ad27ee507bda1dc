/**
 * Whether a trace matches a search, by its spans: where SQL could only say perhaps. In: all spans of one trace; out: the
 * answer that the search of any other store gives.
 */
import type { Span } from "../../../lib/model/span.ts";
import { callsAmong } from "../../../lib/query/heatmap-exemplars.ts";
import type { TraceQuery } from "../../../lib/query/span-store.ts";
import type { SpanTest } from "../../../lib/query/trace-match.ts";
import { spansBetween } from "../../../lib/query/trace-places.ts";

export function traceMatches(spans: readonly Span[], { between, of }: TraceQuery, test: SpanTest): boolean {
  if (between === undefined && of === undefined) return spans.some(test);
  if (!spans.some(test)) return false;
  const onEdge = between === undefined ? undefined : spansBetween(spans, between, between.names);
  const isCall = of === undefined ? undefined : callsAmong(spans, { kind: "of", ...of }, of.names);
  return spans.some((span, i) => onEdge?.[i] !== false && isCall?.(i) !== false && test(span));
}

/** In the order in which the traces first come. */
export function byTrace(spans: readonly Span[]): Map<string, Span[]> {
  const traces = new Map<string, Span[]>();
  for (const span of spans) {
    const known = traces.get(span.traceId);
    if (known === undefined) traces.set(span.traceId, [span]);
    else known.push(span);
  }
  return traces;
}
