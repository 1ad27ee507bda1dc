/**
 * Reads a log's batches in order, beside its writer or after it. In: the folder of all logs (`<data>/wal`), the log's name,
 * and after which position to begin. Out: batches up to a position that the writer has named durable. Nothing beyond it is
 * touched. A record that is damaged below that position ends its segment: what follows in it is counted and left out.
 */
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { comparePositions, type LoggedBatch, type LogPosition } from "../../lib/query/store-engine.ts";
import {
  batchId,
  decodeHeader,
  decodeRecord,
  HEADER_BYTES,
  inflated,
  RECORD_BYTES,
  recordLength,
  segmentName,
  segmentOf,
} from "./record.ts";

const READ_BYTES = 256 * 1024;
/** A longer one is not kept for the next group. */
const KEEP_BYTES = 16 * 1024 * 1024;

/** Numbers of the segments that are there, in order; none where there is no folder. */
export async function segmentsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.flatMap((name) => segmentOf(name) ?? []).sort((a, b) => a - b);
}

export async function readAt(
  file: FileHandle,
  offset: number,
  bytes: number,
  into: Buffer = Buffer.allocUnsafe(bytes),
): Promise<Buffer> {
  const buffer = into.subarray(0, bytes);
  let got = 0;
  while (got < bytes) {
    const { bytesRead } = await file.read(buffer, got, bytes - got, offset + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return got === bytes ? buffer : buffer.subarray(0, got);
}

interface Opened {
  readonly segment: number;
  readonly file: FileHandle;
  /** Null: the header is damaged, nothing of it can be read. */
  readonly nonce: string | null;
}

export class LogReader {
  /** Of records that were damaged, and what followed them in their segments. */
  damagedBytes = 0;
  private readonly folder: string;
  private readonly log: string;
  private at: LogPosition;
  /** What was read last, and whether it may be written over. */
  private lent: Buffer | undefined;
  private isFree = false;
  private opened: Opened | undefined;

  constructor(folder: string, log: string, after: LogPosition) {
    this.folder = join(folder, log);
    this.log = log;
    this.at = after;
  }

  /** Where the next record starts, unless its segment ends here. */
  get position(): LogPosition {
    return this.at;
  }

  /**
   * The batches that follow, in order, up to `through`: at least one if there is any, no more once their bodies come to
   * `maxBytes`. Empty: there is none up to there. Rejects when a file cannot be read; call it again then.
   */
  async read(through: LogPosition, maxBytes: number): Promise<readonly LoggedBatch[]> {
    while (comparePositions(this.at, through) < 0) {
      const opened = await this.open(through);
      if (opened === undefined) break;
      const end = opened.segment === through.segment ? through.offset : (await opened.file.stat()).size;
      const batches = opened.nonce === null ? [] : await this.batches(opened.file, opened.nonce, end, maxBytes);
      if (batches.length > 0) return batches;
      if (!(await this.skip(opened.segment, end))) break;
    }
    return [];
  }

  /** The segment at hand, or the first one after it that is there. */
  private async open(through: LogPosition): Promise<Opened | undefined> {
    if (this.opened?.segment === this.at.segment) return this.opened;
    await this.close();
    const segment = (await segmentsIn(this.folder)).find((number) => number >= this.at.segment);
    if (segment === undefined || segment > through.segment) return undefined;
    const file = await open(join(this.folder, segmentName(segment)), "r");
    const header = decodeHeader(await readAt(file, 0, HEADER_BYTES));
    if (header.kind === "newer") {
      await file.close();
      throw new Error(`log_newer: segment ${segment} of log ${this.log} is of version ${header.version}`);
    }
    const offset = segment === this.at.segment ? Math.max(this.at.offset, HEADER_BYTES) : HEADER_BYTES;
    this.at = { segment, offset };
    this.opened = { segment, file, nonce: header.kind === "ok" ? header.nonce : null };
    return this.opened;
  }

  private async batches(file: FileHandle, nonce: string, end: number, maxBytes: number): Promise<LoggedBatch[]> {
    const start = this.at.offset;
    const room = end - start;
    if (room < RECORD_BYTES) return [];
    let bytes = await this.fill(file, start, Math.min(room, Math.max(maxBytes, READ_BYTES)));
    const first = recordLength(bytes, 0) ?? 0;
    if (first > bytes.length && first <= room) bytes = await this.fill(file, start, first);
    const found: LoggedBatch[] = [];
    let taken = 0;
    let at = 0;
    while (taken < maxBytes || found.length === 0) {
      const length = recordLength(bytes, at);
      if (length === undefined || at + length > bytes.length) break;
      const record = decodeRecord(bytes.subarray(at, at + length));
      if (record === undefined) break;
      const position = { segment: this.at.segment, offset: start + at + length };
      const { receivedMs, format } = record;
      const body = inflated(record);
      found.push({ log: this.log, position, id: batchId(nonce, start + at), receivedMs, format, body });
      taken += body.length;
      at += length;
    }
    this.at = { segment: this.at.segment, offset: start + at };
    return found;
  }

  /** A buffer of several MiB that is new for each group costs more than reading into it. */
  private async fill(file: FileHandle, start: number, bytes: number): Promise<Buffer> {
    const free = this.isFree ? this.lent : undefined;
    this.isFree = false;
    this.lent = free !== undefined && free.length >= bytes ? free : Buffer.allocUnsafeSlow(Math.max(bytes, READ_BYTES));
    return readAt(file, start, bytes, this.lent);
  }

  /** Nobody needs the batches of the last `read` any more: the next may be read over them. */
  giveBack(): void {
    this.isFree = this.lent !== undefined && this.lent.length <= KEEP_BYTES;
    if (!this.isFree) this.lent = undefined;
  }

  /** Nothing more can be read before `end` of this segment. False: there is no later one. */
  private async skip(segment: number, end: number): Promise<boolean> {
    this.damagedBytes += Math.max(0, end - this.at.offset);
    const next = (await segmentsIn(this.folder)).find((number) => number > segment);
    this.at = next === undefined ? { segment, offset: end } : { segment: next, offset: HEADER_BYTES };
    return next !== undefined;
  }

  async close(): Promise<void> {
    await this.opened?.file.close();
    this.opened = undefined;
  }
}
