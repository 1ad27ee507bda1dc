/**
 * A log as a crash or a bad disk left it → one whose every segment can be read to its end. In: its folder. Out: segments
 * with their ends, and what was not kept. A torn or flipped record ends its segment: the prefix stays, the rest goes to
 * the quarantine as it is. Refused whole: a segment of a later version, before anything is touched.
 */
import { mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { readAt, segmentsIn } from "./log-reader.ts";
import { decodeHeader, decodeRecord, HEADER_BYTES, recordLength, segmentName } from "./record.ts";
import { realDisk, sizeOf } from "./segment-file.ts";

const READ_BYTES = 4 * 1024 * 1024;

export interface Segment {
  readonly number: number;
  /** Where its last record ends. */
  readonly bytes: number;
}

export interface Recovered {
  readonly segments: readonly Segment[];
  readonly records: number;
  readonly damage: Damage;
}

export interface Damage {
  readonly segments: number;
  readonly bytes: number;
  /** Those whose heads can still be told apart; a torn tail is one. */
  readonly records: number;
}

export interface RecoverError {
  readonly code: "log_newer";
  readonly message: string;
}

interface Scan {
  readonly end: number;
  readonly size: number;
  readonly records: number;
  readonly damagedRecords: number;
}

type Reading = "records" | "heads";

/** Records from `start` on that follow on each other, and where they end. */
async function follow(path: string, start: number, size: number, reading: Reading) {
  const file = await open(path, "r");
  let at = start;
  let records = 0;
  try {
    while (at < size) {
      let bytes = await readAt(file, at, Math.min(READ_BYTES, size - at));
      const first = recordLength(bytes, 0);
      if (first !== undefined && first > bytes.length && first <= size - at) bytes = await readAt(file, at, first);
      let used = 0;
      for (let length = first; length !== undefined; length = recordLength(bytes, used)) {
        if (used + length > bytes.length) break;
        if (reading === "records" && decodeRecord(bytes.subarray(used, used + length)) === undefined) break;
        used += length;
        records++;
      }
      at += used;
      if (used === 0) break;
    }
  } finally {
    await file.close();
  }
  return { end: at, records };
}

async function scan(path: string): Promise<Scan> {
  const size = await sizeOf(path);
  const { end, records } = await follow(path, HEADER_BYTES, size, "records");
  if (end >= size) return { end, size, records, damagedRecords: 0 };
  const rest = await follow(path, end, size, "heads");
  return { end, size, records, damagedRecords: rest.records + (rest.end < size ? 1 : 0) };
}

async function copyRest(path: string, from: number, size: number, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const [source, copy] = [await open(path, "r"), await open(target, "w")];
  try {
    for (let at = from; at < size; at += READ_BYTES) {
      await copy.write(await readAt(source, at, Math.min(READ_BYTES, size - at)));
    }
    await copy.sync();
  } finally {
    await Promise.all([source.close(), copy.close()]);
  }
  await realDisk.syncFolder(dirname(target));
}

async function cut(path: string, bytes: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function headerOf(path: string) {
  const file = await open(path, "r");
  try {
    return decodeHeader(await readAt(file, 0, HEADER_BYTES));
  } finally {
    await file.close();
  }
}

/** `folder`: `<data>/wal`; `quarantine`: `<data>/quarantine`. Rejects when the disk does. */
export async function recoverLog(
  folder: string,
  log: string,
  quarantine: string,
): Promise<Result<Recovered, RecoverError>> {
  const own = join(folder, log);
  await mkdir(own, { recursive: true });
  const numbers = await segmentsIn(own);
  const headers = new Map<number, Awaited<ReturnType<typeof headerOf>>>();
  for (const number of numbers) {
    const header = await headerOf(join(own, segmentName(number)));
    if (header.kind === "newer") {
      const message = `segment ${number} of log ${log} is of version ${header.version}: a later Meshscope wrote it`;
      return err({ code: "log_newer", message });
    }
    headers.set(number, header);
  }
  const segments: Segment[] = [];
  const damage = { segments: 0, bytes: 0, records: 0 };
  let records = 0;
  for (const number of numbers) {
    const path = join(own, segmentName(number));
    if (headers.get(number)?.kind !== "ok") {
      await quarantineWhole(path, join(quarantine, `log-${log}-${number}-0.bin`), damage);
      continue;
    }
    const { end, size, records: kept, damagedRecords } = await scan(path);
    records += kept;
    segments.push({ number, bytes: end });
    if (end < size) {
      await copyRest(path, end, size, join(quarantine, `log-${log}-${number}-${end}.bin`));
      damage.segments++;
      damage.bytes += size - end;
      damage.records += damagedRecords;
    }
    // Of the last, whatever the system still held in memory is acknowledged by what comes next: it must be on the disk.
    if (end < size || number === numbers[numbers.length - 1]) await cut(path, end);
  }
  await realDisk.syncFolder(own);
  await realDisk.syncFolder(folder);
  return ok({ segments, records, damage });
}

/** A crash right after the file was made leaves it empty or with half a header: nothing of it was ever acknowledged. */
async function quarantineWhole(
  path: string,
  target: string,
  damage: { segments: number; bytes: number; records: number },
) {
  const size = await sizeOf(path);
  if (size <= HEADER_BYTES) {
    await unlink(path);
    return;
  }
  await mkdir(dirname(target), { recursive: true });
  await rename(path, target);
  damage.segments++;
  damage.bytes += size;
  damage.records += 1;
}
