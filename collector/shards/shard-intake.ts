/**
 * Bodies of spans on their way into the log of a receiving process. In: a whole, inflated body and its format. Out: how many
 * spans were taken and which items were left out, or why the whole body was refused. Order: decode → ask main whether it is
 * new → append, durably → tell main what it says of calls → answer. Bounded: bytes in flight, and bodies whose news main
 * has not folded yet; past either a receiver answers "full" before it reads on.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { ok, type Result } from "../../lib/base/result.ts";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import { decodeSpans } from "../../lib/wire/decode-spans.ts";
import type { WireError } from "../../lib/wire/otlp/wire-error.ts";
import type { Evictions, Taken } from "../pipeline/span-intake.ts";
import type { HttpKind } from "../receivers/start.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { LogWriter } from "../wal/log-writer.ts";
import type { Outbox } from "./outbox.ts";

export interface ShardIntakeOptions {
  readonly log: Pick<LogWriter, "append">;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly maxBytesInFlight: number;
}

const NONE_UNPLACED: Taken["unplaced"] = new Map();
const NONE_EVICTED: Evictions = { spans: 0, recent: false };

/** What tells one body from another: 128 bits of SHA-1, over the format too. */
export function bodyHash(format: SpanFormat, body: Uint8Array): string {
  return createHash("sha1").update(format).update(body).digest("base64url").slice(0, 22);
}

export function kindOf(format: SpanFormat): HttpKind {
  return format === "zipkinJson" || format === "zipkinProtobuf" ? "zipkin" : "otlpHttp";
}

export class ShardIntake {
  private readonly options: ShardIntakeOptions;
  private bytes = 0;

  constructor(options: ShardIntakeOptions) {
    this.options = options;
  }

  /** False when the process is full; what was reserved is given back with `release`. */
  reserve(bytes: number): boolean {
    if (this.options.outbox.isFull || this.bytes + bytes > this.options.maxBytesInFlight) return false;
    this.bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.bytes -= bytes;
  }

  /** The log keeps all that is acknowledged. */
  evictions(): Evictions {
    return NONE_EVICTED;
  }

  /** Rejects when the log does; every fault of the body is a value. */
  async take(format: SpanFormat, body: Uint8Array): Promise<Result<Taken, WireError>> {
    const { log, outbox, clock } = this.options;
    const receivedMs = clock.nowMs();
    const translated = decodeSpans(format, body, receivedMs);
    if (!translated.ok) return translated;
    const { spans, rejects } = translated.value;
    const taken = { spans: spans.length, rejects, unplaced: NONE_UNPLACED };
    if (spans.length === 0) return ok(taken);
    const hash = bodyHash(format, body);
    if (!(await outbox.claim(hash))) return ok({ ...taken, spans: 0 });
    // Read before the append, so that what is told follows it in the same turn.
    const sides = spans.flatMap((span) => readSpan(span) ?? []);
    const appended = await log.append({ receivedMs, format, body, crc: crc32(body) });
    if (!appended.ok) {
      outbox.unclaim(hash);
      throw new Error(`${appended.error.code}: ${appended.error.message}`);
    }
    const [kind, bytes] = [kindOf(format), body.length];
    outbox.accepted({ kind, ...appended.value, receivedMs, bytes, hash, spans: spans.length }, sides);
    return ok(taken);
  }
}
