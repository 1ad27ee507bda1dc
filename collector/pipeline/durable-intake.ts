/**
 * Bodies of spans on their way into the log. In: a whole, inflated body and its format. Out: how many spans were taken and
 * which items were left out, or why the body was refused. Order: decode → is it new → append, durably → answer; then it is
 * folded, and the store follows the log. Bounded: bytes in flight (which hold what waits for the disk) and spans that wait
 * to be folded; past either a receiver answers "full" before it reads on.
 */
import { crc32 } from "node:zlib";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import type { WireError } from "../../lib/wire/otlp/wire-error.ts";
import type { Clock } from "../telemetry/clock.ts";
import { failpoint } from "../telemetry/failpoint.ts";
import type { LogWriter } from "../wal/log-writer.ts";
import { RECORD_BYTES } from "../wal/record.ts";
import { type BodyClaims, bodyKey } from "./body-claims.ts";
import { BytesInFlight } from "./bytes-in-flight.ts";
import { decodeSides } from "./decode-sides.ts";
import type { FoldQueue } from "./fold-queue.ts";
import type { Evictions, Intake, IntakeRefusal, Taken } from "./span-intake.ts";
import { Turns } from "./turns.ts";

export interface DurableIntakeOptions {
  readonly log: Pick<LogWriter, "append" | "name">;
  readonly claims: BodyClaims;
  readonly queue: FoldQueue;
  readonly clock: Clock;
  /** The log is durable up to here; told a few times a second at most. */
  readonly appended: (through: LogPosition) => void;
  /** Default 128 MiB. */
  readonly maxBytesInFlight?: number;
}

const MAX_BYTES_IN_FLIGHT = 128 * 1024 * 1024;
const MAX_UNFOLDED_SPANS = 200_000;
const TELL_MS = 50;
const NONE_UNPLACED: Taken["unplaced"] = new Map();
const NONE_EVICTED: Evictions = { spans: 0, recent: false };

export class DurableIntake implements Intake {
  /** Since start, for /metrics. */
  readonly counts = { repeated: 0, refused: 0, refusedSpans: 0 };
  private readonly options: DurableIntakeOptions;
  private readonly turns = new Turns();
  private readonly bytes: BytesInFlight;
  private through: LogPosition | undefined;

  constructor(options: DurableIntakeOptions) {
    this.options = options;
    this.bytes = new BytesInFlight(options.maxBytesInFlight ?? MAX_BYTES_IN_FLIGHT);
  }

  reserve(bytes: number): boolean {
    return this.options.queue.waitingSpans <= MAX_UNFOLDED_SPANS && this.bytes.reserve(bytes);
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
    const { log, claims, queue, clock } = this.options;
    const turn = this.turns.next();
    if (turn !== undefined) await turn;
    const receivedMs = clock.nowMs();
    const began = performance.now();
    const decoded = decodeSides(format, body, receivedMs);
    this.turns.worked(performance.now() - began);
    if (!decoded.ok) return decoded;
    const { spans, sides, rejects } = decoded.value;
    if (spans === 0) return ok({ spans, rejects, unplaced: NONE_UNPLACED });
    const crc = crc32(body);
    const key = bodyKey(format, body, crc);
    const claimed = this.claim(key);
    if (!(typeof claimed === "boolean" ? claimed : await claimed)) {
      this.counts.repeated++;
      return ok({ spans: 0, rejects, unplaced: NONE_UNPLACED });
    }
    const appended = await log.append({ receivedMs, format, body, crc });
    if (!appended.ok) {
      claims.giveUp(key, log.name);
      this.counts.refused++;
      this.counts.refusedSpans += spans;
      return err({ ...appended.error, lostSpans: spans });
    }
    claims.keep(key);
    const { position } = appended.value;
    this.tell(position);
    const from = position.offset - RECORD_BYTES - body.length;
    const later = queue.push({ log: log.name, from, position, spans, sides });
    failpoint("before-answer");
    return ok({ spans, rejects, unplaced: NONE_UNPLACED, later });
  }

  /** Nearly always known at once: then nothing is made to wait for. */
  private claim(key: string): boolean | Promise<boolean> {
    const { claims, log } = this.options;
    let known: boolean | undefined;
    let tell = (isNew: boolean): void => {
      known = isNew;
    };
    claims.claim(key, log.name, (isNew) => tell(isNew));
    if (known !== undefined) return known;
    return new Promise((resolve) => {
      tell = resolve;
    });
  }

  private tell(position: LogPosition): void {
    if (this.through === undefined) setTimeout(() => this.flush(), TELL_MS);
    this.through = position;
  }

  /** Tells at once what was about to be told. */
  flush(): void {
    const { through } = this;
    this.through = undefined;
    if (through !== undefined) this.options.appended(through);
  }
}
