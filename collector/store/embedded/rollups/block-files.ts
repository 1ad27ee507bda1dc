/**
 * Blocks on disk, in partitions by time: `<start>-<length>.blk` holds their bytes, `.idx` beside it a fixed record each, so
 * that a folder is opened by reading the small files alone. In: blocks of one level with the number of the write that they
 * belong to; out: where they are, and their bytes. A write counts once its number was committed elsewhere: what stands
 * behind the last committed one is cut off at open. Retention unlinks whole partitions. Nothing is ever rewritten.
 */
import { type FileHandle, mkdir, open, readdir, readFile, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { mustReach } from "./record-log.ts";

export interface BlockMeta {
  /** Start of the slot, Unix ms. */
  readonly startMs: number;
  /** Number of the write. */
  readonly seq: number;
  /** Of a sum of finer blocks: the last write that it holds. */
  readonly foldedSeq: number;
  /** Numbers in it. */
  readonly values: number;
}

export interface Block extends BlockMeta {
  readonly partition: Partition;
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

export interface Partition {
  readonly startMs: number;
  readonly lengthMs: number;
  readonly path: string;
  blocks: number;
  bytes: number;
  /** When something was last written to it, Unix ms. */
  writtenMs: number;
  isDropped: boolean;
}

/** A block as it is handed in. */
export interface NewBlock extends BlockMeta {
  readonly bytes: Uint8Array;
}

const IDX_BYTES = 64;

function encodeIndex(meta: BlockMeta, place: { offset: number; length: number; crc: number }, nowMs: number): Buffer {
  const record = Buffer.alloc(IDX_BYTES);
  record.writeDoubleLE(meta.startMs, 0);
  record.writeDoubleLE(meta.seq, 8);
  record.writeDoubleLE(meta.foldedSeq, 16);
  record.writeDoubleLE(place.offset, 24);
  record.writeDoubleLE(nowMs, 32);
  record.writeUInt32LE(meta.values, 40);
  record.writeUInt32LE(place.length, 44);
  record.writeUInt32LE(place.crc, 48);
  record.writeUInt32LE(crc32(record.subarray(0, 60)), 60);
  return record;
}

function decodeIndex(record: Buffer, partition: Partition): (Block & { readonly writtenMs: number }) | undefined {
  if (record.length < IDX_BYTES || crc32(record.subarray(0, 60)) !== record.readUInt32LE(60)) return undefined;
  return {
    partition,
    startMs: record.readDoubleLE(0),
    seq: record.readDoubleLE(8),
    foldedSeq: record.readDoubleLE(16),
    offset: record.readDoubleLE(24),
    writtenMs: record.readDoubleLE(32),
    values: record.readUInt32LE(40),
    length: record.readUInt32LE(44),
    crc: record.readUInt32LE(48),
  };
}

/** What could not be read, and was left out. */
export interface Damage {
  readonly path: string;
  readonly bytes: number;
}

export interface Loaded {
  readonly blocks: readonly Block[];
  readonly damage: readonly Damage[];
}

export class BlockFiles {
  readonly folder: string;
  readonly partitions = new Map<string, Partition>();
  /** Partitions of the write that is being made, as they stood before it. */
  private readonly before = new Map<Partition, { readonly blocks: number; readonly bytes: number }>();
  /** What a write that failed may have left in them is still to be cut off. */
  private readonly unhealed = new Set<Partition>();
  private readonly lengthOf: (startMs: number) => number;
  private readonly nowMs: () => number;

  /** `lengthOf`: of the partition that a slot belongs to. */
  constructor(folder: string, lengthOf: (startMs: number) => number, nowMs: () => number) {
    this.folder = folder;
    this.lengthOf = lengthOf;
    this.nowMs = nowMs;
  }

  get bytes(): number {
    let bytes = 0;
    for (const partition of this.partitions.values()) bytes += partition.bytes + partition.blocks * IDX_BYTES;
    return bytes;
  }

  /** All blocks that were committed, in order of writing by partition. */
  async load(committed: number, isReadOnly = false): Promise<Loaded> {
    if (!isReadOnly) await mkdir(this.folder, { recursive: true });
    const blocks: Block[] = [];
    const damage: Damage[] = [];
    for (const name of await readdir(this.folder)) {
      const match = /^(-?\d+)-(\d+)\.idx$/.exec(name);
      if (match === null) continue;
      const partition = this.made(Number(match[1]), Number(match[2]));
      const index = await readFile(`${partition.path}.idx`).catch((error: NodeJS.ErrnoException) => {
        if (isReadOnly && error.code === "ENOENT") return Buffer.alloc(0);
        throw error;
      });
      const held = this.readIndex(index, partition, committed);
      blocks.push(...held);
      partition.blocks = held.length;
      const last = held[held.length - 1];
      partition.bytes = last === undefined ? 0 : last.offset + last.length;
      if (isReadOnly) continue;
      const kept = held.length * IDX_BYTES;
      if (kept < index.length) {
        damage.push({ path: partition.path, bytes: index.length - kept });
        await truncate(`${partition.path}.idx`, kept);
      }
      if (held.length === 0) await this.drop(partition);
      else await truncate(`${partition.path}.blk`, partition.bytes);
    }
    return { blocks, damage };
  }

  private readIndex(index: Buffer, partition: Partition, committed: number): Block[] {
    const held: Block[] = [];
    for (let at = 0; at < index.length; at += IDX_BYTES) {
      const block = decodeIndex(index.subarray(at, at + IDX_BYTES), partition);
      if (block === undefined || block.seq > committed) break;
      partition.writtenMs = Math.max(partition.writtenMs, block.writtenMs);
      held.push(block);
    }
    return held;
  }

  private made(startMs: number, lengthMs: number): Partition {
    const name = `${startMs}-${lengthMs}`;
    const known = this.partitions.get(name);
    if (known !== undefined) return known;
    const made = { startMs, lengthMs, path: join(this.folder, name), blocks: 0, bytes: 0 };
    const partition = { ...made, writtenMs: 0, isDropped: false };
    this.partitions.set(name, partition);
    return partition;
  }

  /** Cuts off what failed writes left. Nothing may be committed before it has succeeded: their numbers lie below. */
  async heal(): Promise<void> {
    for (const partition of this.unhealed) {
      const { path, blocks } = partition;
      await truncate(`${path}.idx`, blocks * IDX_BYTES).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
      this.unhealed.delete(partition);
    }
  }

  /** The write is committed. */
  settle(): void {
    this.before.clear();
  }

  /** The write came to nothing. */
  undo(): void {
    for (const [partition, { blocks, bytes }] of this.before) {
      partition.blocks = blocks;
      partition.bytes = bytes;
      this.unhealed.add(partition);
    }
    this.before.clear();
  }

  /** Durable once it resolves, but for the commit of their numbers: `settle` or `undo` comes next. */
  async write(blocks: readonly NewBlock[]): Promise<Block[]> {
    const byPartition = new Map<Partition, NewBlock[]>();
    for (const block of blocks) {
      const lengthMs = this.lengthOf(block.startMs);
      const partition = this.made(Math.floor(block.startMs / lengthMs) * lengthMs, lengthMs);
      const group = byPartition.get(partition) ?? [];
      group.push(block);
      byPartition.set(partition, group);
    }
    const written: Block[] = [];
    for (const [partition, group] of byPartition) written.push(...(await this.append(partition, group)));
    return written;
  }

  private async append(partition: Partition, blocks: readonly NewBlock[]): Promise<Block[]> {
    const nowMs = this.nowMs();
    let offset = partition.bytes;
    if (!this.before.has(partition)) this.before.set(partition, { blocks: partition.blocks, bytes: offset });
    const places = blocks.map(({ bytes, ...meta }) => {
      const place = { offset, length: bytes.length, crc: crc32(bytes) };
      offset += bytes.length;
      return { ...meta, ...place, partition };
    });
    const index = Buffer.concat(places.map((block) => encodeIndex(block, block, nowMs)));
    // At their places: bytes that a failed write left there are overwritten.
    await writeAt(`${partition.path}.blk`, Buffer.concat(blocks.map(({ bytes }) => bytes)), partition.bytes);
    await writeAt(`${partition.path}.idx`, index, partition.blocks * IDX_BYTES);
    partition.bytes = offset;
    partition.blocks += blocks.length;
    partition.writtenMs = Math.max(partition.writtenMs, nowMs);
    return places;
  }

  async drop(partition: Partition): Promise<void> {
    partition.isDropped = true;
    this.partitions.delete(`${partition.startMs}-${partition.lengthMs}`);
    for (const end of ["idx", "blk"]) {
      await unlink(`${partition.path}.${end}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
    }
  }
}

/**
 * In order of partition. Left out: what retention has dropped meanwhile, and blocks that do not match their checksums,
 * whose number is returned.
 */
export async function readBlocks(
  blocks: readonly Block[],
  visit: (block: Block, bytes: Uint8Array) => void,
): Promise<number> {
  const byPartition = new Map<Partition, Block[]>();
  for (const block of blocks) {
    const group = byPartition.get(block.partition) ?? [];
    group.push(block);
    byPartition.set(block.partition, group);
  }
  let damaged = 0;
  for (const [partition, group] of byPartition) {
    const file = await openUnlessDropped(partition);
    if (file === undefined) continue;
    try {
      for (const block of group) {
        const bytes = Buffer.allocUnsafe(block.length);
        const { bytesRead } = await file.read(bytes, 0, block.length, block.offset);
        if (bytesRead === block.length && crc32(bytes) === block.crc) visit(block, bytes);
        else damaged++;
      }
    } finally {
      await file.close();
    }
  }
  return damaged;
}

async function openUnlessDropped(partition: Partition): Promise<FileHandle | undefined> {
  if (partition.isDropped) return undefined;
  try {
    return await open(`${partition.path}.blk`, "r");
  } catch (error) {
    if (partition.isDropped) return undefined;
    throw error;
  }
}

async function writeAt(path: string, bytes: Uint8Array, position: number): Promise<void> {
  const file = await open(path, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return open(path, "w+");
    throw error;
  });
  try {
    await mustReach(file, position, path);
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}
