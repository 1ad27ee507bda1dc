/**
 * Spans in memory, bounded by their number and by an estimate of their bytes (what is counted: memory-span-store-bytes.ts):
 * past either limit the traces that came first go, whole, and are counted. In: canonical spans. Out: traces and searches.
 * Indexed by trace id; each service knows its traces, each trace its extent, so that a search opens only traces that can
 * match. Not kept over a restart. A trace that reaches a limit alone loses what comes after it. Not counted: a batch
 * while it is written, which is bounded by the receivers' limit on a body.
 */
import { getHeapStatistics } from "node:v8";
import type { Result } from "../../lib/base/result.ts";
import type { Span, TraceId } from "../../lib/model/span.ts";
import type { ExemplarQuery } from "../../lib/query/exemplar-query.ts";
import type { ApiError } from "../../lib/query/schema/common.ts";
import type { Exemplar } from "../../lib/query/schema/heatmap.ts";
import type { SpanStore, SpanStoreStats, TracePage, TraceQuery } from "../../lib/query/span-store.ts";
import { SharedBytes, spanBytes, TRACE_BYTES } from "./memory-span-store-bytes.ts";
import { findExemplars } from "./memory-span-store-exemplars.ts";
import { searchTraces } from "./memory-span-store-search.ts";
import { StoredTrace } from "./memory-span-store-trace.ts";

export interface MemorySpanStoreOptions {
  /** Default 500,000. */
  readonly maxSpans?: number;
  /** Default 512 MiB, or 40 % of the heap where that is less: bodies being read and searches need their share. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 512 * 1024 * 1024;
const HEAP_SHARE = 0.4;

/** What the search form offers of a service: the names that came first. All of them are searched. */
const MAX_OPERATIONS = 500;

export class MemorySpanStore implements SpanStore {
  private readonly maxSpans: number;
  private readonly maxBytes: number;
  /** In order of arrival. */
  private readonly traces = new Map<TraceId, StoredTrace>();
  private readonly byService = new Map<string, Set<StoredTrace>>();
  /** By service, how many spans held have the operation. */
  private readonly operations = new Map<string, Map<string, number>>();
  private readonly shared = new SharedBytes();
  private spans = 0;
  private bytes = 0;
  private evicted = 0;

  constructor(options: MemorySpanStoreOptions = {}) {
    this.maxSpans = options.maxSpans ?? 500_000;
    this.maxBytes = options.maxBytes ?? Math.min(MAX_BYTES, getHeapStatistics().heap_size_limit * HEAP_SHARE);
  }

  async write(spans: readonly Span[]): Promise<void> {
    for (const span of spans) this.add(span);
    this.evict();
  }

  private open(id: TraceId): StoredTrace {
    const trace = new StoredTrace(id);
    trace.bytes = TRACE_BYTES;
    this.bytes += TRACE_BYTES;
    this.traces.set(id, trace);
    return trace;
  }

  private add(span: Span): void {
    const known = this.traces.get(span.traceId);
    const bytes = spanBytes(span);
    if ((known?.size() ?? 0) >= this.maxSpans || (known?.bytes ?? TRACE_BYTES) + bytes > this.maxBytes) {
      this.evicted += 1;
      return;
    }
    const trace = known ?? this.open(span.traceId);
    if (!trace.add(span)) return;
    trace.bytes += bytes;
    this.bytes += bytes + this.shared.take(span);
    this.spans += 1;
    this.index(span, trace);
  }

  private index(span: Span, trace: StoredTrace): void {
    const holders = this.byService.get(span.service);
    if (holders === undefined) this.byService.set(span.service, new Set([trace]));
    else holders.add(trace);
    const counts = this.operations.get(span.service);
    if (counts === undefined) this.operations.set(span.service, new Map([[span.operation, 1]]));
    else counts.set(span.operation, (counts.get(span.operation) ?? 0) + 1);
  }

  private isOver(): boolean {
    return this.spans > this.maxSpans || this.bytes > this.maxBytes;
  }

  private evict(): void {
    if (!this.isOver()) return;
    for (const trace of this.traces.values()) {
      if (!this.isOver()) return;
      this.traces.delete(trace.id);
      this.spans -= trace.size();
      this.bytes -= trace.bytes;
      this.evicted += trace.size();
      trace.each((span) => this.release(span, trace));
    }
  }

  private release(span: Span, trace: StoredTrace): void {
    this.bytes -= this.shared.release(span);
    const holders = this.byService.get(span.service);
    holders?.delete(trace);
    if (holders?.size === 0) this.byService.delete(span.service);
    const counts = this.operations.get(span.service);
    const left = (counts?.get(span.operation) ?? 0) - 1;
    if (left > 0) counts?.set(span.operation, left);
    else counts?.delete(span.operation);
    if (counts?.size === 0) this.operations.delete(span.service);
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

  async exemplars(query: ExemplarQuery): Promise<readonly Exemplar[]> {
    return findExemplars([...this.traces.values()], query);
  }

  async values(): Promise<readonly { readonly name: string; readonly operations: readonly string[] }[]> {
    return [...this.operations]
      .map(([name, counts]) => ({ name, operations: [...counts.keys()].slice(0, MAX_OPERATIONS).sort() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  stats(): SpanStoreStats {
    return { spans: this.spans, traces: this.traces.size, bytes: this.bytes, evicted: this.evicted };
  }

  async close(): Promise<void> {
    this.traces.clear();
    this.byService.clear();
    this.operations.clear();
    this.shared.clear();
    this.spans = 0;
    this.bytes = 0;
  }
}
