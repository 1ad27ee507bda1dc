/**
 * A small file of records, each `length u32 · crc32 u32 · JSON`, in the order in which they were added. In: values that
 * JSON can hold; out: the same at the next start. A record that is not whole ends the file: it is cut off there. Rewritten
 * as a whole when its owner says so.
 */
import { type FileHandle, open, readFile, rename, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";

const HEAD_BYTES = 8;
/** Encoded between two writes. */
const RECORDS_A_TURN = 1_000;

function encode(records: readonly unknown[]): Buffer {
  const parts: Buffer[] = [];
  for (const record of records) {
    const body = Buffer.from(JSON.stringify(record));
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt32LE(body.length, 0);
    head.writeUInt32LE(crc32(body), 4);
    parts.push(head, body);
  }
  return Buffer.concat(parts);
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What stands before the place must be there: a file that is shorter is not the one that this process wrote. */
export async function mustReach(file: FileHandle, position: number, path: string): Promise<void> {
  const { size } = await file.stat();
  if (size < position) throw new FileChanged(path);
}

export class FileChanged extends Error {
  readonly code = "rollup_file_changed";

  constructor(path: string) {
    super(`${path} is shorter than what was written to it: something else changed or removed it`);
  }
}

/** `T` is what the owner of the file writes into it: what was read is not checked again. */
export class RecordLog<T> {
  bytes = 0;
  private readonly path: string;
  private unhealed = false;

  constructor(path: string) {
    this.path = path;
  }

  /** All whole records, and how many bytes behind them were cut off. */
  async load(isReadOnly = false): Promise<{ readonly records: readonly T[]; readonly damagedBytes: number }> {
    const bytes = await readFile(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return Buffer.alloc(0);
      throw error;
    });
    const records: T[] = [];
    let at = 0;
    while (at + HEAD_BYTES <= bytes.length) {
      const length = bytes.readUInt32LE(at);
      const body = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
      // A record says something: zeros are what a file system leaves where it had not written.
      if (length === 0 || body.length < length || crc32(body) !== bytes.readUInt32LE(at + 4)) break;
      records.push(JSON.parse(body.toString("utf8")));
      at += HEAD_BYTES + length;
    }
    this.bytes = at;
    if (at < bytes.length && !isReadOnly) await truncate(this.path, at);
    return { records, damagedBytes: bytes.length - at };
  }

  /** Durable once it resolves; one that failed leaves nothing behind once `heal` has succeeded. */
  async add(records: readonly T[]): Promise<void> {
    if (records.length === 0) return;
    const file = await open(this.path, "r+").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return open(this.path, "w+");
      throw error;
    });
    this.unhealed = true;
    try {
      await mustReach(file, this.bytes, this.path);
      let end = this.bytes;
      for (let at = 0; at < records.length; at += RECORDS_A_TURN) {
        const bytes = encode(records.slice(at, at + RECORDS_A_TURN));
        for (let done = 0; done < bytes.length; ) {
          done += (await file.write(bytes, done, bytes.length - done, end + done)).bytesWritten;
        }
        end += bytes.length;
      }
      await file.datasync();
      this.bytes = end;
    } finally {
      await file.close();
    }
    this.unhealed = false;
  }

  async heal(): Promise<void> {
    if (!this.unhealed) return;
    await truncate(this.path, this.bytes);
    this.unhealed = false;
  }

  /** These records instead of all that were there; either all of them stand there afterwards, or what stood before. */
  async replace(records: readonly T[]): Promise<void> {
    const bytes = encode(records);
    const next = `${this.path}.next`;
    const file = await open(next, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, this.path);
    await syncFolder(dirname(this.path));
    this.bytes = bytes.length;
  }
}
