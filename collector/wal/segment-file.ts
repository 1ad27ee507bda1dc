/** What the log needs of a disk, so that tests can give it one that is full. */
import { type FileHandle, open, rm, stat } from "node:fs/promises";

export interface SegmentFile {
  /** Writes all of it at `offset`, or rejects with what was written unknown. */
  write(parts: readonly Uint8Array[], offset: number): Promise<void>;
  /** Contents and size are on the disk when it resolves. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentDisk {
  create(path: string): Promise<SegmentFile>;
  /** A folder's entries are on the disk when it resolves. */
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** More in one call and the system refuses it (IOV_MAX). */
const MAX_PARTS = 1_000;

async function writeAll(file: FileHandle, parts: readonly Uint8Array[], offset: number): Promise<void> {
  let at = offset;
  for (let from = 0; from < parts.length; from += MAX_PARTS) {
    const some = parts.slice(from, from + MAX_PARTS);
    const bytes = some.reduce((sum, part) => sum + part.length, 0);
    const { bytesWritten } = await file.writev(some, at);
    // A short write is how a disk says that it is filling up; written again, what is left says why.
    if (bytesWritten < bytes) {
      const rest = Buffer.concat(some).subarray(bytesWritten);
      const second = await file.write(rest, 0, rest.length, at + bytesWritten);
      if (second.bytesWritten < rest.length) throw new Error("the disk took a part of a write only");
    }
    at += bytes;
  }
}

export const realDisk: SegmentDisk = {
  async create(path) {
    const file = await open(path, "wx");
    return {
      write: (parts, offset) => writeAll(file, parts, offset),
      sync: () => file.datasync(),
      truncate: (bytes) => file.truncate(bytes),
      close: () => file.close(),
    };
  },
  async syncFolder(path) {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  /** One that is gone already is removed: two releases may name the same file. */
  async remove(path) {
    await rm(path, { force: true });
  },
};

export async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}
