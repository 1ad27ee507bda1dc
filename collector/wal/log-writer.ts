/**
 * One log being written. In: bodies as they were received. Out: for each, that it is on the disk and where, or why it was
 * refused. What arrives while the disk is busy is made durable together with the next `fdatasync` (group commit); while
 * it is idle a body waits for nobody. Order of answers = order of records. The writer of a log is alone: see folder-lock.
 *
 * A disk that is full or fails: everything of the group is refused, what was written of it is cut off, and the next segment
 * is begun, since a file whose fdatasync failed once says nothing reliable any more. While that lasts appends are refused,
 * and every half second one tries again.
 */
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { comparePositions, type LogPosition } from "../../lib/query/store-engine.ts";
import type { Clock } from "../telemetry/clock.ts";
import { failpoint } from "../telemetry/failpoint.ts";
import type { Appended, Logged, LogRefusal } from "./log-entry.ts";
import { batchId, encodeHeader, encodeRecordHead, HEADER_BYTES, RECORD_BYTES, segmentName } from "./record.ts";
import type { Segment } from "./recover.ts";
import { realDisk, type SegmentDisk, type SegmentFile } from "./segment-file.ts";

export interface LogWriterOptions {
  /** `<data>/wal`. */
  readonly folder: string;
  readonly log: string;
  /** What is there already, from `recoverLog`; none of it is written to again. */
  readonly segments: readonly Segment[];
  /** Numbers up to this were given before, whatever files are left. */
  readonly beyond: number;
  /** All segments together; what would go beyond is refused. */
  readonly maxBytes: number;
  /** Default: a sixteenth of the log and at most 32 MiB, so that it is given back in small parts: one span may hold a segment. */
  readonly segmentBytes?: number;
  /** Not yet on the disk; default 64 MiB. */
  readonly maxWaitingBytes?: number;
  /** A body is durable within this after it came, while the disk keeps up; default 50 ms. */
  readonly commitWithinMs?: number;
  readonly clock: Clock;
  readonly disk?: SegmentDisk;
}

interface Waiting {
  readonly head: Buffer;
  readonly body: Uint8Array;
  readonly settle: (outcome: Result<Appended, LogRefusal>) => void;
}

interface Active {
  readonly number: number;
  readonly nonce: string;
  readonly file: SegmentFile;
  /** Where the last durable record ends. */
  bytes: number;
}

const SEGMENT_BYTES = 32 * 1024 * 1024;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Of one group, so that the first of it does not wait for the last. */
const GROUP_BYTES = 16 * 1024 * 1024;
const RETRY_MS = 500;
const COMMIT_WITHIN_MS = 50;
/** A disk that is fast would be asked for every few bodies: each time costs as much as a body. */
const GATHER_MS = 5;

export class LogWriter {
  /** Since start, for /metrics. */
  readonly counts = { appended: 0, bytes: 0, commits: 0, commitMs: 0, slowestCommitMs: 0, failures: 0 };
  private readonly options: LogWriterOptions;
  private readonly disk: SegmentDisk;
  private readonly closed: Segment[];
  private active: Active | undefined;
  private last: number;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> | undefined;
  private failedMs = Number.NEGATIVE_INFINITY;
  private failure: string | undefined;
  /** A segment whose end could not be cut off yet. */
  private uncut: Active | undefined;
  private ended = false;

  constructor(options: LogWriterOptions) {
    this.options = options;
    this.disk = options.disk ?? realDisk;
    this.closed = [...options.segments];
    this.last = Math.max(options.beyond, ...options.segments.map(({ number }) => number), 0);
  }

  private get segmentBytes(): number {
    const { segmentBytes, maxBytes } = this.options;
    return segmentBytes ?? Math.min(SEGMENT_BYTES, Math.ceil(maxBytes / 16));
  }

  get name(): string {
    return this.options.log;
  }

  /** On disk, and on the way there. */
  get bytes(): number {
    return this.closed.reduce((sum, segment) => sum + segment.bytes, this.active?.bytes ?? 0) + this.waitingBytes;
  }

  get segmentCount(): number {
    return this.closed.length + (this.active === undefined ? 0 : 1);
  }

  get bytesWaiting(): number {
    return this.waitingBytes;
  }

  /** Why it takes nothing at present. */
  get failing(): string | undefined {
    return this.failure;
  }

  /** Where the last durable record ends. */
  get end(): LogPosition {
    if (this.active !== undefined) return { segment: this.active.number, offset: this.active.bytes };
    const last = this.closed[this.closed.length - 1];
    return last === undefined ? { segment: 0, offset: 0 } : { segment: last.number, offset: last.bytes };
  }

  /** What refuses a body of this size now; undefined: it may come. */
  refusal(bodyBytes: number): LogRefusal | undefined {
    const { maxBytes, maxWaitingBytes = MAX_WAITING_BYTES, clock } = this.options;
    const bytes = RECORD_BYTES + bodyBytes;
    if (this.bytes + bytes > maxBytes) {
      return { code: "log_full", message: `the log holds ${this.bytes} bytes that are not stored yet` };
    }
    if (this.waitingBytes > 0 && this.waitingBytes + bytes > maxWaitingBytes) {
      return { code: "log_busy", message: "too many bodies wait for the disk" };
    }
    const sinceMs = clock.nowMs() - this.failedMs;
    if (this.failure !== undefined && sinceMs >= 0 && sinceMs < RETRY_MS) {
      return { code: "log_failed", message: this.failure };
    }
    return undefined;
  }

  /** Resolves once the body is durable. It must not be changed before. */
  append({ receivedMs, format, body, crc }: Logged): Promise<Result<Appended, LogRefusal>> {
    const refusal = this.refusal(body.length);
    if (refusal !== undefined) return Promise.resolve(err(refusal));
    failpoint("before-append");
    const meta = { receivedMs, format, gzip: false, inflatedBytes: body.length };
    const head = encodeRecordHead(meta, body.length, crc);
    return new Promise((settle) => {
      this.waiting.push({ head, body, settle });
      this.waitingBytes += head.length + body.length;
      this.writing ??= this.write();
    });
  }

  private async write(): Promise<void> {
    // In the next turn: bodies that were ready in this one go together.
    await setImmediate();
    while (this.waiting.length > 0) {
      const group = this.group();
      const outcome = await this.commit(group).catch((error: unknown) => this.fail(error));
      this.waitingBytes -= group.reduce((sum, { head, body }) => sum + head.length + body.length, 0);
      group.forEach(({ settle }, i) => {
        const appended = Array.isArray(outcome) ? outcome[i] : undefined;
        if (appended !== undefined) settle(ok(appended));
        else settle(err({ code: "log_failed", message: this.failure ?? "the log could not be written" }));
      });
      // One alone waits for nobody; where several came together, more are coming.
      if (group.length > 1)
        await setTimeout(Math.min(GATHER_MS, (this.options.commitWithinMs ?? COMMIT_WITHIN_MS) / 4));
    }
    this.writing = undefined;
  }

  private group(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { head, body } of this.waiting) {
      if (count > 0 && bytes + body.length > GROUP_BYTES) break;
      bytes += head.length + body.length;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  private async commit(group: readonly Waiting[]): Promise<Appended[]> {
    const began = performance.now();
    const active = await this.segment();
    let offset = active.bytes;
    const appended = group.map(({ head, body }) => {
      const id = batchId(active.nonce, offset);
      offset += head.length + body.length;
      return { id, position: { segment: active.number, offset } };
    });
    await active.file.write(
      group.flatMap(({ head, body }) => [head, body]),
      active.bytes,
    );
    failpoint("after-append");
    failpoint("before-fdatasync");
    await active.file.sync();
    failpoint("after-fdatasync");
    this.counts.appended += group.length;
    this.counts.bytes += offset - active.bytes;
    this.counts.commits++;
    active.bytes = offset;
    this.failure = undefined;
    const took = performance.now() - began;
    this.counts.commitMs += took;
    this.counts.slowestCommitMs = Math.max(this.counts.slowestCommitMs, took);
    if (active.bytes >= this.segmentBytes) await this.retire(active);
    return appended;
  }

  private async segment(): Promise<Active> {
    if (this.uncut !== undefined) await this.cutOff(this.uncut);
    if (this.active !== undefined) return this.active;
    // From here the number is taken, whether the file can be used or not.
    const number = ++this.last;
    const path = this.pathOf(number);
    const file = await this.disk.create(path);
    try {
      const nonce = randomBytes(8);
      await file.write([encodeHeader(nonce)], 0);
      await file.sync();
      await this.disk.syncFolder(dirname(path));
      this.active = { number, nonce: nonce.toString("hex"), file, bytes: HEADER_BYTES };
      return this.active;
    } catch (error) {
      await this.abandon(number, file);
      throw error;
    }
  }

  /** A file without a record. */
  private async abandon(number: number, file: SegmentFile): Promise<void> {
    await file.close().catch(() => {});
    await this.disk.remove(this.pathOf(number)).catch(() => {});
  }

  private pathOf(number: number): string {
    return join(this.options.folder, this.options.log, segmentName(number));
  }

  private async retire(active: Active): Promise<void> {
    this.active = undefined;
    this.closed.push({ number: active.number, bytes: active.bytes });
    await active.file.close().catch(() => {});
  }

  private async fail(error: unknown): Promise<void> {
    this.counts.failures++;
    this.failure = `the log cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    this.failedMs = this.options.clock.nowMs();
    if (this.active !== undefined) await this.cutOff(this.active).catch(() => {});
  }

  /** What is not durable of it goes: a reader takes a segment that has a successor to its end. */
  private async cutOff(active: Active): Promise<void> {
    this.active = undefined;
    if (active.bytes === HEADER_BYTES) return this.abandon(active.number, active.file);
    this.uncut = active;
    await active.file.truncate(active.bytes);
    await active.file.sync();
    this.uncut = undefined;
    await this.retire(active);
  }

  /**
   * Deletes the segments that end at or before `through`, but the newest: a store remembers positions by its number.
   * Resolves with how many.
   */
  async release(through: LogPosition): Promise<number> {
    const ends = this.closed.map(({ number, bytes }) => ({ segment: number, offset: bytes }));
    const newest = ends[ends.length - 1]?.segment;
    const free = ends
      .filter((end) => comparePositions(end, through) <= 0)
      .map(({ segment }) => segment)
      .filter((number) => this.active !== undefined || number !== newest);
    if (free.length === 0) return 0;
    failpoint("before-segment-delete");
    for (const number of free) {
      await this.disk.remove(this.pathOf(number));
      const at = this.closed.findIndex((segment) => segment.number === number);
      if (at >= 0) this.closed.splice(at, 1);
      failpoint("after-segment-delete");
    }
    await this.disk.syncFolder(dirname(this.pathOf(0)));
    return free.length;
  }

  /** Finishes what waits. Nothing may be appended any more. */
  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    while (this.writing !== undefined) await this.writing;
    const { active } = this;
    if (active !== undefined) await this.retire(active);
  }
}
