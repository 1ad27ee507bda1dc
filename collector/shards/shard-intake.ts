/**
 * Bodies of spans on their way into the log of a receiving process. In: a whole, inflated body and its format. Out: how many
 * spans were taken and which items were left out, or why the body was refused. Order: decode → ask main whether it is new →
 * append, durably → tell main what it says of calls → answer. Bounded: bytes in flight, and bodies whose news main has not
 * folded yet; past either a receiver answers "full" before it reads on.
 */
import { crc32 } from "node:zlib";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import type { WireError } from "../../lib/wire/otlp/wire-error.ts";
import { bodyKey } from "../pipeline/body-claims.ts";
import { BytesInFlight } from "../pipeline/bytes-in-flight.ts";
import { decodeSides } from "../pipeline/decode-sides.ts";
import type { Evictions, Intake, IntakeRefusal, Taken } from "../pipeline/span-intake.ts";
import type { HttpKind } from "../receivers/start.ts";
import type { Clock } from "../telemetry/clock.ts";
import { failpoint } from "../telemetry/failpoint.ts";
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

export function kindOf(format: SpanFormat): HttpKind {
  return format === "zipkinJson" || format === "zipkinProtobuf" ? "zipkin" : "otlpHttp";
}

export class ShardIntake implements Intake {
  /** Since start. */
  readonly counts = { repeated: 0, refused: 0, refusedSpans: 0 };
  private readonly options: ShardIntakeOptions;
  private readonly bytes: BytesInFlight;

  constructor(options: ShardIntakeOptions) {
    this.options = options;
    this.bytes = new BytesInFlight(options.maxBytesInFlight);
  }

  reserve(bytes: number): boolean {
    return !this.options.outbox.isFull && this.bytes.reserve(bytes);
  }

  release(bytes: number): void {
    this.bytes.release(bytes);
  }

  bytesInFlight(): number {
    return this.bytes.size;
  }

  /** The log keeps all that is acknowledged. */
  evictions(): Evictions {
    return NONE_EVICTED;
  }

  async take(format: SpanFormat, body: Uint8Array): Promise<Result<Taken, WireError | IntakeRefusal>> {
    const { log, outbox, clock } = this.options;
    const receivedMs = clock.nowMs();
    const decoded = decodeSides(format, body, receivedMs);
    if (!decoded.ok) return decoded;
    const { spans, sides, rejects } = decoded.value;
    if (spans === 0) return ok({ spans, rejects, unplaced: NONE_UNPLACED });
    const crc = crc32(body);
    const key = bodyKey(format, body, crc);
    if (!(await outbox.claim(key))) {
      this.counts.repeated++;
      return ok({ spans: 0, rejects, unplaced: NONE_UNPLACED });
    }
    const appended = await log.append({ receivedMs, format, body, crc });
    if (!appended.ok) {
      outbox.unclaim(key);
      this.counts.refused++;
      this.counts.refusedSpans += spans;
      return err({ ...appended.error, lostSpans: spans });
    }
    const { position } = appended.value;
    outbox.accepted({ kind: kindOf(format), position, bytes: body.length, key, spans }, sides);
    failpoint("before-answer");
    return ok({ spans, rejects, unplaced: NONE_UNPLACED });
  }
}
