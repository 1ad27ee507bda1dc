/**
 * How many server spans never met their client: the figure behind "unpaired" on the completeness line. In: spans as they
 * arrive. Out: the share of server spans with a parent whose parent was absent for 10 s after they came, over the last
 * five minutes of verdicts. Memory is bounded: 100,000 recent span ids and 50,000 waiting spans; one that is pushed out
 * while it waits is not judged, so the share is then of fewer spans, never wrong.
 */
import type { Span } from "../../lib/model/span.ts";

export interface SpanStats {
  /** Spans taken since start. */
  readonly spans: number;
  /** 0..1, or null when nothing could be judged yet. */
  readonly unpairedShare: number | null;
}

const WAIT_MS = 10_000;
const WINDOW_MS = 300_000;
const MAX_SEEN = 100_000;
const MAX_WAITING = 50_000;

interface Verdict {
  readonly atMs: number;
  judged: number;
  unpaired: number;
}

/**
 * The span that the client side must have sent: the parent, or the other half of a shared id. A root has none: Envoy calls
 * the span of a request that nobody traced before it shared as well.
 */
function wantedKey(span: Span): string | undefined {
  if (span.kind !== "server" || span.parentSpanId === undefined) return undefined;
  return span.shared ? `${span.traceId}${span.spanId}client` : `${span.traceId}${span.parentSpanId}`;
}

export class SpanPairing {
  private total = 0;
  private seen = new Set<string>();
  private older = new Set<string>();
  /** Key of the missing parent → arrival times of those who wait for it; in order of first arrival. */
  private readonly waiting = new Map<string, number[]>();
  private waitingCount = 0;
  private readonly verdicts: Verdict[] = [];

  see(spans: readonly Span[], nowMs: number): void {
    this.total += spans.length;
    for (const span of spans) this.arrived(span, nowMs);
    for (const span of spans) this.wait(span, nowMs);
    this.settle(nowMs);
  }

  private arrived(span: Span, nowMs: number): void {
    const id = `${span.traceId}${span.spanId}`;
    const keys = span.kind === "client" ? [id, `${id}client`] : [id];
    for (const key of keys) {
      this.remember(key);
      const met = this.waiting.get(key);
      if (met === undefined) continue;
      this.forget(key, met.length);
      this.judge(nowMs, met.length, 0);
    }
  }

  /** Two generations: the older one goes when the newer is full. */
  private remember(key: string): void {
    this.seen.add(key);
    if (this.seen.size < MAX_SEEN / 2) return;
    this.older = this.seen;
    this.seen = new Set();
  }

  private wait(span: Span, nowMs: number): void {
    const key = wantedKey(span);
    if (key === undefined) return;
    if (this.seen.has(key) || this.older.has(key)) {
      this.judge(nowMs, 1, 0);
      return;
    }
    const others = this.waiting.get(key);
    if (others === undefined) this.waiting.set(key, [nowMs]);
    else others.push(nowMs);
    this.waitingCount += 1;
    const oldest = this.waitingCount > MAX_WAITING ? this.waiting.entries().next().value : undefined;
    if (oldest !== undefined) this.forget(oldest[0], oldest[1].length);
  }

  private forget(key: string, count: number): void {
    this.waiting.delete(key);
    this.waitingCount -= count;
  }

  private settle(nowMs: number): void {
    for (const [key, arrivals] of this.waiting) {
      if ((arrivals[0] ?? nowMs) > nowMs - WAIT_MS) return;
      this.forget(key, arrivals.length);
      this.judge(nowMs, arrivals.length, arrivals.length);
    }
  }

  private judge(nowMs: number, judged: number, unpaired: number): void {
    const slot = nowMs - (nowMs % WAIT_MS);
    const last = this.verdicts[this.verdicts.length - 1];
    if (last?.atMs !== slot) this.verdicts.push({ atMs: slot, judged, unpaired });
    else {
      last.judged += judged;
      last.unpaired += unpaired;
    }
    while ((this.verdicts[0]?.atMs ?? nowMs) < nowMs - WINDOW_MS) this.verdicts.shift();
  }

  stats(nowMs: number): SpanStats {
    this.settle(nowMs);
    const recent = this.verdicts.filter((verdict) => verdict.atMs >= nowMs - WINDOW_MS);
    const judged = recent.reduce((sum, verdict) => sum + verdict.judged, 0);
    const unpaired = recent.reduce((sum, verdict) => sum + verdict.unpaired, 0);
    return { spans: this.total, unpairedShare: judged === 0 ? null : unpaired / judged };
  }
}
