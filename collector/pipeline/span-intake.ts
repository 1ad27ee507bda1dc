/**
 * Bodies of spans on their way into the store. In: a whole, inflated body and its format. Out: how many spans were taken
 * and which items were left out, or why the whole body was refused. Order: decode → translate → write → pair → answer, so
 * that what was acknowledged can be read. The bytes in flight are bounded: a receiver reserves before it keeps, and answers
 * "full" when it cannot. For a store that ends with the process: one that keeps has a log in front (durable-intake). A body
 * sent again after a lost answer is not recognised; its spans are stored once, since the store drops a span written twice.
 */
import { ok, type Result } from "../../lib/base/result.ts";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import type { PairingLoss } from "../../lib/model/span-side.ts";
import type { SpanStore } from "../../lib/query/span-store.ts";
import { decodeSpans } from "../../lib/wire/decode-spans.ts";
import type { Reject } from "../../lib/wire/otlp/rejects.ts";
import type { WireError } from "../../lib/wire/otlp/wire-error.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { LogRefusalCode } from "../wal/log-entry.ts";
import { BytesInFlight } from "./bytes-in-flight.ts";
import { SpanEdges, type SpanStats } from "./span-edges.ts";

export interface Taken {
  readonly spans: number;
  readonly rejects: readonly Reject[];
  /** Spans that are in their trace and in no edge, by code. */
  readonly unplaced: ReadonlyMap<PairingLoss, number>;
  /** More of them, known only after the answer. */
  readonly later?: Promise<ReadonlyMap<PairingLoss, number>>;
}

/** Nothing of the body is kept, through no fault of its own: it may come again. */
export interface IntakeRefusal {
  readonly code: LogRefusalCode;
  readonly message: string;
  /** A sender that does not try again loses these. */
  readonly lostSpans: number;
}

export interface SpanIntakeOptions {
  readonly store: SpanStore;
  readonly clock: Clock;
  /** What makes edges of spans; without it they make none that anybody sees. */
  readonly edges?: SpanEdges;
  /** Bytes of bodies being received, translated or written at once. Default 128 MiB. */
  readonly maxBytesInFlight?: number;
}

/** Spans that the store let go to make room. */
export interface Evictions {
  /** Since start. */
  readonly spans: number;
  /** In the last minute. */
  readonly recent: boolean;
}

/** Where receivers bring bodies. */
export interface Intake {
  /** False when the intake is full; what was reserved is given back with `release`. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
  /** Every fault of the body is a value, and so is a refusal; a bug rejects. */
  take(format: SpanFormat, body: Uint8Array): Promise<Result<Taken, WireError | IntakeRefusal>>;
  evictions(): Evictions;
}

const RECENT_MS = 60_000;
const MAX_BYTES_IN_FLIGHT = 128 * 1024 * 1024;

export class SpanIntake implements Intake {
  private readonly store: SpanStore;
  private readonly clock: Clock;
  private readonly edges: SpanEdges;
  private readonly bytes: BytesInFlight;
  private evicted = 0;
  private evictedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SpanIntakeOptions) {
    this.store = options.store;
    this.clock = options.clock;
    this.edges = options.edges ?? new SpanEdges(options.clock);
    this.bytes = new BytesInFlight(options.maxBytesInFlight ?? MAX_BYTES_IN_FLIGHT);
  }

  /** False when the intake is full; what was reserved is given back with `release`. */
  reserve(bytes: number): boolean {
    return this.bytes.reserve(bytes);
  }

  release(bytes: number): void {
    this.bytes.release(bytes);
  }

  bytesInFlight(): number {
    return this.bytes.size;
  }

  /** Rejects when the store does; every fault of the body is a value. */
  async take(format: SpanFormat, body: Uint8Array): Promise<Result<Taken, WireError>> {
    const translated = decodeSpans(format, body, this.clock.nowMs());
    if (!translated.ok) return translated;
    const { spans, rejects } = translated.value;
    if (spans.length > 0) await this.store.write(spans);
    this.watchStore();
    const unplaced = await this.edges.takeAll(spans);
    return ok({ spans: spans.length, rejects, unplaced });
  }

  private watchStore(): void {
    const { evicted } = this.store.stats();
    if (evicted === this.evicted) return;
    this.evicted = evicted;
    this.evictedMs = this.clock.nowMs();
  }

  evictions(): Evictions {
    return { spans: this.evicted, recent: this.clock.nowMs() - this.evictedMs < RECENT_MS };
  }

  /** `unpairedShare` is null until a server span with a parent is 10 s old. */
  stats(): SpanStats {
    return this.edges.stats();
  }
}
