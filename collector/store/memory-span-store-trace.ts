/** One trace in memory: its spans, each once, with extent and summary kept beside them. Times are Unix ns. */
import type { Span, TraceId } from "../../lib/model/span.ts";
import type { TraceSummary } from "../../lib/query/schema/traces.ts";
import { traceSummary } from "../../lib/query/trace-summary.ts";

/**
 * Spans of one id, told apart by service, kind and start. Nested, since a key with the service in it would keep a copy of a
 * long name for each span.
 */
class Namesakes {
  private readonly byService = new Map<string, Set<string>>();

  constructor(first: Span) {
    this.add(first);
  }

  /** False when the span was there already. */
  add(span: Span): boolean {
    const key = `${span.kind} ${span.startNs}`;
    const own = this.byService.get(span.service);
    if (own === undefined) this.byService.set(span.service, new Set([key]));
    else if (own.has(key)) return false;
    else own.add(key);
    return true;
  }
}

export class StoredTrace {
  readonly id: TraceId;
  private readonly list: Span[] = [];
  /** Almost always one span an id; two where client and server share it; any number where a sender is broken. */
  private readonly byId = new Map<string, Span | Namesakes>();
  private cached: TraceSummary | undefined;
  /** Of its spans, without what they share with others; kept by the store. */
  bytes = 0;
  /** Starts of the first and the last span to start. */
  firstNs = 0n;
  lastNs = 0n;

  constructor(id: TraceId) {
    this.id = id;
  }

  /** Whether the span is new; written twice means the same span id, kind, service and start. */
  private isNew(span: Span): boolean {
    const known = this.byId.get(span.spanId);
    if (known instanceof Namesakes) return known.add(span);
    if (known === undefined) {
      this.byId.set(span.spanId, span);
      return true;
    }
    const namesakes = new Namesakes(known);
    if (!namesakes.add(span)) return false;
    this.byId.set(span.spanId, namesakes);
    return true;
  }

  /** False when the span was there already. */
  add(span: Span): boolean {
    if (!this.isNew(span)) return false;
    if (this.list.length === 0 || span.startNs < this.firstNs) this.firstNs = span.startNs;
    if (span.startNs > this.lastNs) this.lastNs = span.startNs;
    this.list.push(span);
    this.cached = undefined;
    return true;
  }

  size(): number {
    return this.list.length;
  }

  spans(): readonly Span[] {
    return this.list.slice();
  }

  some(test: (span: Span) => boolean): boolean {
    return this.list.some(test);
  }

  each(visit: (span: Span) => void): void {
    this.list.forEach(visit);
  }

  summary(): TraceSummary {
    this.cached ??= traceSummary(this.list);
    return this.cached;
  }
}
