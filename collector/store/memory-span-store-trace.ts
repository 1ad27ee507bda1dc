/** One trace in memory: its spans, each once, with extent and summary kept beside them. Times are Unix ns. */
import type { Span, TraceId } from "../../lib/model/span.ts";
import type { TraceSummary } from "../../lib/query/schema/traces.ts";
import { traceSummary } from "../../lib/query/trace-summary.ts";

/** Written twice means the same span id, kind, service and start. */
function sameSpan(a: Span, b: Span): boolean {
  return a.kind === b.kind && a.startNs === b.startNs && a.service === b.service;
}

export class StoredTrace {
  readonly id: TraceId;
  private readonly list: Span[] = [];
  /** Almost always one span an id; two where client and server share it. */
  private readonly byId = new Map<string, Span | Span[]>();
  private cached: TraceSummary | undefined;
  /** Starts of the first and the last span to start. */
  firstNs = 0n;
  lastNs = 0n;

  constructor(id: TraceId) {
    this.id = id;
  }

  /** False when the span was there already. */
  add(span: Span): boolean {
    const known = this.byId.get(span.spanId);
    if (known === undefined) this.byId.set(span.spanId, span);
    else {
      const same = Array.isArray(known) ? known : [known];
      if (same.some((other) => sameSpan(other, span))) return false;
      this.byId.set(span.spanId, [...same, span]);
    }
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

  services(): Set<string> {
    return new Set(this.list.map((span) => span.service));
  }

  summary(): TraceSummary {
    this.cached ??= traceSummary(this.list);
    return this.cached;
  }
}
