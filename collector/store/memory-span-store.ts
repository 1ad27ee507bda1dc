/**
 * Spans in memory, bounded by their number: past the limit the traces that came first go, whole, and are counted. In:
 * canonical spans. Out: traces and searches. Indexed by trace id; each service knows its traces, each trace its extent,
 * so that a search opens only traces that can match. Not kept over a restart. A trace longer than the limit loses what
 * comes after it.
 */
import type { Result } from "../../lib/base/result.ts";
import type { Span, TraceId } from "../../lib/model/span.ts";
import type { ApiError } from "../../lib/query/schema/common.ts";
import type { SpanStore, SpanStoreStats, TracePage, TraceQuery } from "../../lib/query/span-store.ts";
import { searchTraces } from "./memory-span-store-search.ts";
import { StoredTrace } from "./memory-span-store-trace.ts";

export interface MemorySpanStoreOptions {
  /** Default 500,000. */
  readonly maxSpans?: number;
}

/** What the search form offers is bounded; a service with random operation names must not fill memory. */
const MAX_OPERATIONS = 500;

export class MemorySpanStore implements SpanStore {
  private readonly maxSpans: number;
  /** In order of arrival. */
  private readonly traces = new Map<TraceId, StoredTrace>();
  private readonly byService = new Map<string, Set<StoredTrace>>();
  private readonly operations = new Map<string, Set<string>>();
  private spans = 0;
  private evicted = 0;

  constructor(options: MemorySpanStoreOptions = {}) {
    this.maxSpans = options.maxSpans ?? 500_000;
  }

  async write(spans: readonly Span[]): Promise<void> {
    for (const span of spans) this.add(span);
    this.evict();
  }

  private add(span: Span): void {
    let trace = this.traces.get(span.traceId);
    if (trace === undefined) {
      trace = new StoredTrace(span.traceId);
      this.traces.set(span.traceId, trace);
    }
    if (trace.size() >= this.maxSpans) {
      this.evicted += 1;
      return;
    }
    if (!trace.add(span)) return;
    this.spans += 1;
    let holders = this.byService.get(span.service);
    if (holders === undefined) {
      holders = new Set();
      this.byService.set(span.service, holders);
      this.operations.set(span.service, new Set());
    }
    holders.add(trace);
    const names = this.operations.get(span.service);
    if (names !== undefined && names.size < MAX_OPERATIONS) names.add(span.operation);
  }

  private evict(): void {
    for (const trace of this.traces.values()) {
      if (this.spans <= this.maxSpans) return;
      this.traces.delete(trace.id);
      this.spans -= trace.size();
      this.evicted += trace.size();
      for (const service of trace.services()) this.release(service, trace);
    }
  }

  private release(service: string, trace: StoredTrace): void {
    const holders = this.byService.get(service);
    holders?.delete(trace);
    if (holders?.size !== 0) return;
    this.byService.delete(service);
    this.operations.delete(service);
  }

  async trace(id: TraceId): Promise<readonly Span[]> {
    return this.traces.get(id)?.spans() ?? [];
  }

  async tracesByLowBits(low: string): Promise<readonly TraceId[]> {
    return [...this.traces.keys()].filter((id) => id.endsWith(low));
  }

  /** Traces that hold one of the services asked for; all of them when none is. */
  private candidates(query: TraceQuery): StoredTrace[] {
    const services = query.service ?? [];
    if (services.length === 0) return [...this.traces.values()];
    return [...new Set(services.flatMap((name) => [...(this.byService.get(name) ?? [])]))];
  }

  async search(query: TraceQuery): Promise<Result<TracePage, ApiError>> {
    return searchTraces(this.candidates(query), query);
  }

  async values(): Promise<readonly { readonly name: string; readonly operations: readonly string[] }[]> {
    return [...this.operations]
      .map(([name, operations]) => ({ name, operations: [...operations].sort() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  stats(): SpanStoreStats {
    return { spans: this.spans, traces: this.traces.size, evicted: this.evicted };
  }

  async close(): Promise<void> {
    this.traces.clear();
    this.byService.clear();
    this.operations.clear();
    this.spans = 0;
  }
}
