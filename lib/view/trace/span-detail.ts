/**
 * Everything the panel says about one span. In: a tree and a row. Out: figures, attribute rows, events with offsets from
 * the span's start, links. Self share is self time ÷ duration, undefined when the duration is zero.
 */
import type { TraceSpan } from "../../query/schema/traces.ts";
import { type AttributeRow, attributeRows } from "./attribute-text.ts";
import { descendantCount, hasMark, type TraceTree } from "./build-trace.ts";
import { parseNs } from "./order-spans.ts";
import { spanRemarks } from "./trace-words.ts";

export interface SpanDetail {
  readonly span: TraceSpan;
  readonly isError: boolean;
  readonly offsetUs: number;
  readonly durationUs: number;
  readonly selfUs: number;
  readonly selfShare?: number;
  /** Unix ms, to the µs. */
  readonly startMs: number;
  readonly descendants: number;
  readonly remarks: readonly string[];
  readonly attributes: readonly AttributeRow[];
  readonly resource: readonly AttributeRow[];
  readonly events: readonly EventRow[];
  readonly links: readonly LinkRow[];
}

export interface EventRow {
  readonly name: string;
  /** From the start of the span; negative before it. */
  readonly offsetUs: number;
  readonly attributes: readonly AttributeRow[];
}

export interface LinkRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSameTrace: boolean;
  readonly attributes: readonly AttributeRow[];
}

export function spanDetail(tree: TraceTree, row: number): SpanDetail | undefined {
  const span = tree.spans[row];
  if (span === undefined) return undefined;
  const startNs = parseNs(span.startNs);
  const durationUs = (tree.endUs[row] ?? 0) - (tree.startUs[row] ?? 0);
  const selfUs = tree.selfUs[row] ?? 0;
  return {
    span,
    isError: hasMark(tree, row, "error"),
    offsetUs: tree.startUs[row] ?? 0,
    durationUs,
    selfUs,
    ...(durationUs > 0 ? { selfShare: selfUs / durationUs } : {}),
    startMs: Number(startNs / 1000n) / 1000,
    descendants: descendantCount(tree, row),
    remarks: spanRemarks(tree, row),
    attributes: attributeRows(span.attributes),
    resource: attributeRows(span.resource),
    events: (span.events ?? [])
      .map((event) => ({
        name: event.name,
        offsetUs: Number(parseNs(event.timeNs) - startNs) / 1000,
        attributes: attributeRows(event.attributes),
      }))
      .sort((a, b) => a.offsetUs - b.offsetUs),
    links: (span.links ?? []).map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      isSameTrace: link.traceId === tree.traceId,
      attributes: attributeRows(link.attributes),
    })),
  };
}
