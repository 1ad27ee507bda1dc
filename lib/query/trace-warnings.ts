/**
 * What is wrong with a trace, as counts of spans by code. In: the parent tree. Out: warnings in the order of the codes.
 * parent_missing: the parent's id is not in the trace. parent_cycle: the chain of parents returns to the span.
 * duplicate_span: another span has its id, and the two are not the client and server halves of a shared id.
 * clock_skew: starts before its parent, by more than clocks of microseconds round away. late: starts after its parent
 * ended (a consumer may: that is what a queue is for).
 */
import type { Span } from "../model/span.ts";
import { TRACE_WARNINGS, type TraceSummary } from "./schema/traces.ts";
import { cycleMembers, MISSING, type TraceTree } from "./trace-tree.ts";

type TraceWarning = TraceSummary["warnings"][number];
type Counts = Record<TraceWarning["code"], number>;

/** Zipkin rounds to 1 µs, OTLP does not round: a trace that mixes them differs by that much without any skew. */
const ROUNDING_NS = 2_000n;

function duplicates(spans: readonly Span[]): number {
  const seen = new Set<string>();
  let count = 0;
  for (const span of spans) {
    const half = span.kind === "server" ? "server" : "other";
    const key = `${span.spanId} ${half}`;
    if (seen.has(key)) count += 1;
    else seen.add(key);
  }
  return count;
}

function timing(child: Span, parent: Span): "clock_skew" | "late" | undefined {
  if (child.startNs + ROUNDING_NS < parent.startNs) return "clock_skew";
  const late = child.startNs > parent.startNs + parent.durationNs + ROUNDING_NS && child.kind !== "consumer";
  return late ? "late" : undefined;
}

export function traceWarnings(tree: TraceTree): TraceWarning[] {
  const counts: Counts = { parent_missing: 0, parent_cycle: 0, duplicate_span: 0, clock_skew: 0, late: 0 };
  tree.spans.forEach((span, i) => {
    const parent = tree.parents[i] ?? MISSING;
    if (parent === MISSING) counts.parent_missing += 1;
    const above = tree.spans[parent];
    const code = above === undefined ? undefined : timing(span, above);
    if (code !== undefined) counts[code] += 1;
  });
  counts.parent_cycle = cycleMembers(tree).length;
  counts.duplicate_span = duplicates(tree.spans);
  return TRACE_WARNINGS.flatMap((code) => (counts[code] === 0 ? [] : [{ code, spans: counts[code] }]));
}
