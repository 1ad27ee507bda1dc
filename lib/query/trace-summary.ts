/** One trace in a line: root, extent, counts, services and warnings. In: its spans in any order; at least one. */
import type { Span } from "../model/span.ts";
import type { TraceSummary } from "./schema/traces.ts";
import { rootIndex, traceTree } from "./trace-tree.ts";
import { traceWarnings } from "./trace-warnings.ts";

export interface TraceExtent {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export function traceExtent(spans: readonly Span[]): TraceExtent {
  let startNs = spans[0]?.startNs ?? 0n;
  let endNs = startNs;
  for (const span of spans) {
    if (span.startNs < startNs) startNs = span.startNs;
    const end = span.startNs + span.durationNs;
    if (end > endNs) endNs = end;
  }
  return { startNs, endNs };
}

/** Services by number of spans, then name. */
export function traceServices(spans: readonly Span[]): { name: string; spans: number }[] {
  const counts = new Map<string, number>();
  for (const span of spans) counts.set(span.service, (counts.get(span.service) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, spans: count }))
    .sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1));
}

export function traceSummary(spans: readonly Span[]): TraceSummary {
  const tree = traceTree(spans);
  const root = spans[rootIndex(tree)];
  const { startNs, endNs } = traceExtent(spans);
  return {
    traceId: root?.traceId ?? "",
    rootService: root?.service ?? "",
    rootOperation: root?.operation ?? "",
    startNs: String(startNs),
    durationNs: String(endNs - startNs),
    spanCount: spans.length,
    errorCount: spans.filter((span) => span.status === "error").length,
    services: traceServices(spans),
    warnings: traceWarnings(tree),
  };
}
