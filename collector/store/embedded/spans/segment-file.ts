/**
 * One file of blocks: a header with the format's version, blocks one after the other, and, once it is full, a footer with
 * what is in them and the index of traces. In: encoded blocks. Out: their bytes, and which of them may hold a trace.
 * A block is there once it was written and synchronised; what a torn write left behind the last one is cut when the file
 * is opened. A file without a footer is read block by block.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { BlockGone, type BlockSource } from "./block-parts.ts";
import { textOfUtf8, utf8 } from "./bytes.ts";
import { WeightedCache } from "./lru.ts";
import { findBlocks, hasHash, makePages, PAGE_BYTES } from "./trace-index.ts";

/** 1: the first one. */
export const SEGMENT_VERSION = 1;
export const SEGMENT_HEADER = 16;
const MAGIC = 0x4e41_5053;
const TRAILER = 24;
const TRAILER_MAGIC = 0x444e_4553;
const MAX_OPEN = 64;

/** The folder was written by a later version, or is none of ours. */
export class StoreRefused extends Error {
  readonly code: "store_newer" | "store_foreign";

  constructor(code: "store_newer" | "store_foreign", message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** Times in Unix ms, rounded outwards. */
const entrySchema = z.object({
  offset: z.number(),
  length: z.number(),
  rows: z.number(),
  traces: z.number(),
  startMs: z.number(),
  lastStartMs: z.number(),
  endMs: z.number(),
  receivedFromMs: z.number(),
  receivedToMs: z.number(),
});
export type BlockEntry = z.infer<typeof entrySchema>;

const footerSchema = z.object({
  entries: z.array(entrySchema),
  names: z.array(z.tuple([z.string(), z.array(z.string())])),
  pages: z.number(),
});
type Footer = z.infer<typeof footerSchema>;

/** Whether a segment ends with its footer: nothing is written to it any more. Changes nothing. */
export async function isWholeSegment(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const trailer = Buffer.alloc(TRAILER);
    const { bytesRead } = await file.read(trailer, 0, TRAILER, Math.max(0, size - TRAILER));
    return bytesRead === TRAILER && trailer.readUInt32LE(20) === TRAILER_MAGIC;
  } finally {
    await file.close();
  }
}

/** Files that reads have open. */
export class OpenFiles {
  private readonly cache = new WeightedCache<number>(MAX_OPEN, closeSync);

  read(path: string, offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    try {
      let fd = this.cache.get(path);
      if (fd === undefined) {
        fd = openSync(path, "r");
        this.cache.set(path, fd, 1);
      }
      let got = 0;
      while (got < length) {
        const more = readSync(fd, bytes, got, length - got, offset + got);
        if (more === 0) break;
        got += more;
      }
      return got === length ? bytes : bytes.subarray(0, got);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") throw new BlockGone(path);
      throw error;
    }
  }

  forget(path: string): void {
    this.cache.delete(path);
  }

  close(): void {
    this.cache.clear();
  }
}

export function segmentName(number: number): string {
  return `spans-${String(number).padStart(10, "0")}.seg`;
}

export function segmentNumber(name: string): number | undefined {
  const match = /^spans-(\d{10})\.seg$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

function header(): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, SEGMENT_VERSION, true);
  return bytes;
}

/** Throws StoreRefused. False: the header is torn, and so is all behind it. */
function checkHeader(bytes: Uint8Array, path: string): boolean {
  if (bytes.length < SEGMENT_HEADER) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new StoreRefused("store_foreign", `${path} is no file of spans`);
  const version = view.getUint32(4, true);
  if (version <= SEGMENT_VERSION) return true;
  throw new StoreRefused("store_newer", `${path} has version ${version}, this program reads up to ${SEGMENT_VERSION}`);
}

export class SegmentFile {
  readonly number: number;
  readonly path: string;
  readonly entries: BlockEntry[] = [];
  /** Services with their operations, as far as they are offered. */
  readonly names = new Map<string, Set<string>>();
  size = SEGMENT_HEADER;
  sealed = false;
  private pages = 0;
  private pagesAt = 0;
  /** By block, while there is no footer. */
  private hashes: Uint32Array[] = [];
  private readonly files: OpenFiles;
  private handle: FileHandle | undefined;

  constructor(folder: string, number: number, files: OpenFiles) {
    this.number = number;
    this.path = join(folder, segmentName(number));
    this.files = files;
  }

  /** A new, empty file. */
  async create(): Promise<void> {
    this.handle = await open(this.path, "w+");
    await this.handle.write(header(), 0, SEGMENT_HEADER, 0);
    await this.handle.datasync();
  }

  /** Opens one that is there. True: its footer says all. Throws StoreRefused. */
  async load(): Promise<boolean> {
    this.handle = await open(this.path, "r+");
    const { size } = await this.handle.stat();
    this.size = size;
    if (!checkHeader(this.files.read(this.path, 0, SEGMENT_HEADER), this.path)) {
      await this.handle.write(header(), 0, SEGMENT_HEADER, 0);
      await this.cut(SEGMENT_HEADER);
      return false;
    }
    const footer = this.readFooter();
    if (footer === undefined) return false;
    this.entries.push(...footer.entries);
    for (const [service, operations] of footer.names) this.names.set(service, new Set(operations));
    this.sealed = true;
    await this.closeHandle();
    return true;
  }

  async cut(size: number): Promise<void> {
    await this.handle?.truncate(size);
    this.size = size;
  }

  private readFooter(): Footer | undefined {
    if (this.size < SEGMENT_HEADER + TRAILER) return undefined;
    const trailer = this.files.read(this.path, this.size - TRAILER, TRAILER);
    const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
    if (view.getUint32(20, true) !== TRAILER_MAGIC) return undefined;
    const at = view.getFloat64(0, true);
    const length = view.getUint32(8, true);
    const bytes = this.files.read(this.path, at, length);
    if (bytes.length !== length || crc32(bytes) !== view.getUint32(12, true)) return undefined;
    const parsed = footerSchema.safeParse(JSON.parse(textOfUtf8(bytes)));
    if (!parsed.success) return undefined;
    this.pages = parsed.data.pages;
    this.pagesAt = at - this.pages * PAGE_BYTES;
    return parsed.data;
  }

  /** Where the next block goes. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.handle === undefined) throw new Error(`${this.path} is not open for writing`);
    await writeAll(this.handle, bytes, this.size);
    await this.handle.datasync();
  }

  /** The block is durable, or was found. */
  take(entry: BlockEntry, hashes: Uint32Array): void {
    this.entries.push(entry);
    this.hashes.push(hashes);
    this.size = Math.max(this.size, entry.offset + entry.length);
  }

  /** Writes the footer; the file takes no more blocks. `turn` is waited for between steps. */
  async seal(turn: () => Promise<void>): Promise<void> {
    if (this.handle === undefined) return;
    const steps = makePages(this.hashes);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) await turn();
    const pages = step.value;
    const names: Footer["names"] = [...this.names].map(([service, operations]) => [service, [...operations]]);
    const footer = utf8(JSON.stringify({ entries: this.entries, names, pages: pages.length / PAGE_BYTES }));
    const trailer = new DataView(new ArrayBuffer(TRAILER));
    trailer.setFloat64(0, this.size + pages.length, true);
    trailer.setUint32(8, footer.length, true);
    trailer.setUint32(12, crc32(footer), true);
    trailer.setUint32(20, TRAILER_MAGIC, true);
    const bytes = Buffer.concat([pages, footer, new Uint8Array(trailer.buffer)]);
    await writeAll(this.handle, bytes, this.size);
    await this.handle.datasync();
    this.pagesAt = this.size;
    this.pages = pages.length / PAGE_BYTES;
    this.size += bytes.length;
    this.sealed = true;
    this.hashes = [];
    await this.closeHandle();
  }

  /** Numbers of the blocks that may hold a trace with this hash. */
  holding(hash: number): readonly number[] {
    if (!this.sealed) return this.hashes.flatMap((hashes, i) => (hasHash(hashes, hash) ? [i] : []));
    const read = (page: number): Uint8Array => this.files.read(this.path, this.pagesAt + page * PAGE_BYTES, PAGE_BYTES);
    const found = findBlocks(this.pages, read, hash);
    return found === undefined ? [...this.entries.keys()] : [...found];
  }

  source(entry: BlockEntry): BlockSource {
    const { files, path } = this;
    return {
      key: `${this.number}:${entry.offset}`,
      read: (offset, length) => files.read(path, entry.offset + offset, length),
    };
  }

  bytesAt(offset: number, length: number): Uint8Array {
    return this.files.read(this.path, offset, length);
  }

  async closeHandle(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }
}

/** A short write is no error to the system, and one that stops half way leaves what the next one overwrites. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
