/**
 * What a store of spans promises, whatever engine is behind it. One contract suite runs against every implementation.
 * Reads see everything that was written before them.
 */
import type { Result } from "../base/result.ts";
import type { Span, TraceId } from "../model/span.ts";
import type { ServiceCalls, ServiceRef, SpanNames } from "./directory.ts";
import type { ExemplarQuery } from "./exemplar-query.ts";
import type { ApiError } from "./schema/common.ts";
import type { Exemplar } from "./schema/heatmap.ts";
import type { TraceSearch, TraceSummary } from "./schema/traces.ts";

/** A `/traces` request after parsing: times are Unix ms, the window is [start, end). */
export type TraceQuery = Omit<TraceSearch, "start" | "end" | "edge" | "node"> & {
  readonly start: number;
  readonly end: number;
  /** The services at both ends of the edge asked for, and how spans name services where they do it by a mesh's own names. */
  readonly between?: { readonly source: ServiceRef; readonly target: ServiceRef; readonly names?: SpanNames };
  /** What the services of the node asked for answer or make. */
  readonly of?: ServiceCalls & { readonly names?: SpanNames };
};

export interface TracePage {
  readonly traces: readonly TraceSummary[];
  readonly nextCursor: string | null;
  readonly total: number;
  /** There are more than `total`: not all of a great many were counted. */
  readonly totalIsAtLeast?: boolean;
}

export interface SpanStoreStats {
  readonly spans: number;
  readonly traces: number;
  /** Memory or disk that the spans take, as the store counts it; an estimate. */
  readonly bytes: number;
  /** Spans let go, or not kept, to stay within the limits, since start. */
  readonly evicted: number;
}

export interface SpanStore {
  write(spans: readonly Span[]): Promise<void>;
  /** A span written twice (same span id, kind, service and start) is stored once. */
  trace(id: TraceId): Promise<readonly Span[]>;
  /** Ids whose low 64 bits are these 16 hex digits. */
  tracesByLowBits(low: string): Promise<readonly TraceId[]>;
  search(query: TraceQuery): Promise<Result<TracePage, ApiError>>;
  /** Spans of the calls asked for, by cell; of a great many traces only some are looked at, spread over all of them. */
  exemplars(query: ExemplarQuery): Promise<readonly Exemplar[]>;
  values(): Promise<readonly { readonly name: string; readonly operations: readonly string[] }[]>;
  stats(): SpanStoreStats;
  close(): Promise<void>;
}
