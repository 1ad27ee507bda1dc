/**
 * All files of blocks of a folder, oldest first; the last one takes what is new. In: blocks to keep, time. Out: which
 * blocks there are, and which may hold a trace. Retention unlinks whole files: by when their last batch was received, and,
 * past the limit on disk, the oldest. A damaged block is reported, counted and left out.
 */
import { open, readdir, rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { Block } from "./block.ts";
import type { EncodedBlock } from "./block-encode.ts";
import { type BlockHead, FRAME_BYTES, type Frame, readFrame } from "./block-head.ts";
import { type BlockCaches, BlockDamaged, BlockGone } from "./block-parts.ts";
import type { BlockBuilder } from "./kernel-block-builder.ts";
import { type BlockEntry, OpenFiles, SEGMENT_HEADER, SegmentFile, segmentNumber } from "./segment-file.ts";
import { sortedHashes } from "./trace-index.ts";

export interface BlockRef {
  readonly block: Block;
  readonly entry: BlockEntry;
}

export interface SegmentLimits {
  /** A file takes no more blocks past this, bytes. */
  readonly segmentBytes: number;
  /** Nor once its first batch is so much older than its last, ms. */
  readonly segmentMs: number;
}

/** Block numbers have 16 bits in the index. */
const MAX_BLOCKS = 60_000;
const MAX_OPERATIONS = 500;
const SCAN_BYTES = 1 << 20;

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

export class Segments {
  readonly folder: string;
  /** Blocks that could not be read, and bytes between blocks. */
  damaged = 0;
  private list: SegmentFile[] = [];
  private readonly files = new OpenFiles();
  private readonly caches: BlockCaches;
  private readonly limits: SegmentLimits;
  private readonly report: (what: string) => void;

  constructor(folder: string, caches: BlockCaches, limits: SegmentLimits, report: (what: string) => void) {
    this.folder = folder;
    this.caches = caches;
    this.limits = limits;
    this.report = report;
  }

  /** Throws StoreRefused. */
  async open(): Promise<void> {
    const names = await readdir(this.folder);
    const numbers = names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b);
    for (const number of numbers) {
      const file = new SegmentFile(this.folder, number, this.files);
      this.list.push(file);
      if (!(await file.load())) await this.scan(file);
    }
    for (const file of this.list.slice(0, -1)) if (!file.sealed) await this.seal(file);
  }

  private block(file: SegmentFile, entry: BlockEntry): Block {
    return new Block(file.source(entry), this.caches);
  }

  /** Reads a file without a footer block by block, and cuts what is torn at its end. */
  private async scan(file: SegmentFile): Promise<void> {
    const end = file.size;
    let at = SEGMENT_HEADER;
    while (at < end) {
      const frame = readFrame(file.bytesAt(at, FRAME_BYTES));
      const length = frame === undefined ? 0 : FRAME_BYTES + frame.headLength + frame.bodyLength;
      // A block is written whole before the next one: only the last can be torn, also where its length is all there.
      const isTorn = frame !== undefined && at + length === end && !isSound(file, at, frame);
      if (isTorn) break;
      if (length > 0 && at + length <= end) {
        this.found(file, at, length);
        at += length;
      } else {
        const next = nextFrame(file, at + 1, end);
        if (next < 0) break;
        this.damage(`${file.path}: ${next - at} bytes at ${at} are no block`);
        at = next;
      }
      await setImmediate();
    }
    file.size = at;
    if (at < end) {
      this.report(`${file.path}: ${end - at} bytes behind the last whole block are cut`);
      await file.cut(at);
    }
  }

  private found(file: SegmentFile, offset: number, length: number): void {
    const place = { offset, length, rows: 0, traces: 0, startMs: 0, lastStartMs: 0, endMs: 0 };
    const empty: BlockEntry = { ...place, receivedFromMs: 0, receivedToMs: 0 };
    try {
      const block = this.block(file, empty);
      const entry = entryOf(block.open().head, offset, length);
      const words = block.traces().map((column) => column.all());
      const low = new Uint32Array(entry.traces * 4);
      for (let i = 0; i < entry.traces; i++) {
        low[i * 4 + 2] = words[2]?.[i] ?? 0;
        low[i * 4 + 3] = words[3]?.[i] ?? 0;
      }
      this.noteNames(file, block);
      file.take(entry, sortedHashes(low, entry.traces));
    } catch (error) {
      if (!(error instanceof BlockDamaged)) throw error;
      // Its place stays taken, so that numbers of blocks stand.
      file.take(empty, new Uint32Array(0));
      this.damage(`${file.path}: the block at ${offset} is damaged (${error.message})`);
    }
  }

  private noteNames(file: SegmentFile, block: Block): void {
    const { count, fields } = block.open().combos;
    for (let i = 0; i < count; i++)
      noteName(file, block.string(fields.service.at(i)), block.string(fields.operation.at(i)));
  }

  private damage(what: string): void {
    this.damaged += 1;
    this.report(what);
  }

  private async seal(file: SegmentFile): Promise<void> {
    await file.seal(async () => {
      await setImmediate();
    });
  }

  /** The file that takes the next block. */
  private async active(): Promise<SegmentFile> {
    const last = this.list.at(-1);
    if (last !== undefined && !last.sealed) {
      const from = Math.min(...last.entries.slice(0, 1).map((entry) => entry.receivedFromMs));
      const to = last.entries.at(-1)?.receivedToMs ?? 0;
      const full = last.size >= this.limits.segmentBytes || last.entries.length >= MAX_BLOCKS;
      if (!full && !(to - from >= this.limits.segmentMs)) return last;
      await this.seal(last);
    }
    const made = new SegmentFile(this.folder, (last?.number ?? 0) + 1, this.files);
    await made.create();
    await syncFolder(this.folder);
    this.list.push(made);
    return made;
  }

  /** Durable, and read by everybody, once it resolves; `taken` is called in the same turn in which it can be read. */
  async append({ bytes, head }: EncodedBlock, builder: BlockBuilder, taken: () => void): Promise<void> {
    const file = await this.active();
    const offset = file.size;
    await file.append(bytes);
    file.take(entryOf(head, offset, bytes.length), sortedHashes(builder.traceWords, builder.traces));
    for (const [service, operation] of builder.names()) noteName(file, service, operation);
    taken();
  }

  /** Blocks for which `wanted` holds, oldest file first. */
  blocks(wanted: (entry: BlockEntry) => boolean): BlockRef[] {
    return this.list.flatMap((file) =>
      file.entries.flatMap((entry) =>
        isWhole(entry) && wanted(entry) ? [{ entry, block: this.block(file, entry) }] : [],
      ),
    );
  }

  /** Blocks that may hold a trace with this hash, oldest first. */
  holding(hash: number): Block[] {
    const found: Block[] = [];
    for (const file of this.list) {
      for (const number of [...this.numbers(file, hash)].sort((a, b) => a - b)) {
        const entry = file.entries[number];
        if (entry !== undefined && isWhole(entry)) found.push(this.block(file, entry));
      }
    }
    return found;
  }

  private numbers(file: SegmentFile, hash: number): readonly number[] {
    try {
      return file.holding(hash);
    } catch (error) {
      if (error instanceof BlockGone) return [];
      throw error;
    }
  }

  *names(): Generator<readonly [string, ReadonlySet<string>]> {
    for (const file of this.list) yield* file.names;
  }

  /** Unlinks what is too old, and the oldest while there is more than `maxBytes`. Gives the spans that went. */
  async retain(oldestMs: number, maxBytes: number): Promise<number> {
    let spans = 0;
    let bytes = this.bytes();
    const last = this.list.at(-1);
    if (
      last !== undefined &&
      !last.sealed &&
      last.entries.length > 0 &&
      (isBefore(last, oldestMs) || bytes > maxBytes)
    ) {
      await this.seal(last);
      bytes = this.bytes();
    }
    while (this.list.length > 0) {
      const [file] = this.list;
      if (file?.sealed !== true || (bytes <= maxBytes && !isBefore(file, oldestMs))) break;
      this.list = this.list.slice(1);
      bytes -= file.size;
      spans += file.entries.reduce((sum, entry) => sum + entry.rows, 0);
      this.files.forget(file.path);
      await file.closeHandle();
      await rm(file.path, { force: true });
    }
    return spans;
  }

  bytes(): number {
    return this.list.reduce((sum, file) => sum + file.size, 0);
  }

  counts(): { readonly files: number; readonly blocks: number; readonly spans: number; readonly traces: number } {
    let [blocks, spans, traces] = [0, 0, 0];
    for (const { entries } of this.list) {
      for (const entry of entries) {
        blocks += 1;
        spans += entry.rows;
        traces += entry.traces;
      }
    }
    return { files: this.list.length, blocks, spans, traces };
  }

  async close(): Promise<void> {
    for (const file of this.list) await file.closeHandle();
    this.files.close();
  }
}

function isSound(file: SegmentFile, at: number, frame: Frame): boolean {
  return crc32(file.bytesAt(at + FRAME_BYTES + frame.headLength, frame.bodyLength)) === frame.bodySum;
}

function isWhole(entry: BlockEntry): boolean {
  return entry.rows > 0;
}

function isBefore(file: SegmentFile, oldestMs: number): boolean {
  return file.entries.every((entry) => entry.receivedToMs < oldestMs);
}

function noteName(file: SegmentFile, service: string, operation: string): void {
  const known = file.names.get(service);
  if (known === undefined) file.names.set(service, new Set([operation]));
  else if (known.size < MAX_OPERATIONS) known.add(operation);
}

export function entryOf(head: Omit<BlockHead, "strings">, offset: number, length: number): BlockEntry {
  const ms = (ns: string): number => Number(BigInt(ns) / 1_000_000n);
  return {
    ...{ offset, length, rows: head.rows, traces: head.traces },
    startMs: ms(head.startNs),
    lastStartMs: ms(head.lastStartNs) + 1,
    endMs: ms(head.endNs) + 1,
    receivedFromMs: head.receivedMs[0],
    receivedToMs: head.receivedMs[1],
  };
}

/** Where the next sound frame begins, from `from` on; −1 where there is none. */
function nextFrame(file: SegmentFile, from: number, end: number): number {
  for (let at = from; at + FRAME_BYTES <= end; at += SCAN_BYTES) {
    const bytes = file.bytesAt(at, Math.min(SCAN_BYTES + FRAME_BYTES, end - at));
    for (let i = 0; i + FRAME_BYTES <= bytes.length; i++) {
      if (bytes[i] === 0x4d && bytes[i + 1] === 0x53 && readFrame(bytes.subarray(i, i + FRAME_BYTES)) !== undefined)
        return at + i;
    }
  }
  return -1;
}
