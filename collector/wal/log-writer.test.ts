import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LOG_START, type LoggedBatch } from "../../lib/query/store-engine.ts";
import type { Appended } from "./log-entry.ts";
import { LogReader } from "./log-reader.ts";
import { writeSegment } from "./log-rig.ts";
import { LogWriter, type LogWriterOptions } from "./log-writer.ts";
import { encodeHeader, segmentName } from "./record.ts";
import { recoverLog } from "./recover.ts";
import { realDisk, type SegmentDisk } from "./segment-file.ts";

let data = "";
let folder = "";
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "wal-"));
  folder = join(data, "wal");
});
afterEach(() => rmSync(data, { recursive: true }));

const END = { segment: Number.MAX_SAFE_INTEGER, offset: 0 };
const clock = { now: 1_000_000, nowMs: () => clock.now };

async function recovered() {
  const found = await recoverLog(folder, "0", join(data, "quarantine"));
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
}

async function writer(options: Partial<LogWriterOptions> = {}): Promise<LogWriter> {
  const { segments } = await recovered();
  return new LogWriter({ folder, log: "0", segments, beyond: 0, maxBytes: 1e9, clock, ...options });
}

function append(log: LogWriter, text: string) {
  const body = Buffer.from(text);
  return log.append({ receivedMs: clock.now, format: "zipkinJson", body, crc: crc32(body) });
}

async function appended(log: LogWriter, text: string): Promise<Appended> {
  const outcome = await append(log, text);
  if (!outcome.ok) throw new Error(outcome.error.code);
  return outcome.value;
}

async function everything(): Promise<LoggedBatch[]> {
  const reader = new LogReader(folder, "0", LOG_START);
  const found: LoggedBatch[] = [];
  for (;;) {
    const some = await reader.read(END, 1_000_000);
    if (some.length === 0) break;
    found.push(...some);
  }
  await reader.close();
  return found;
}

const texts = (batches: readonly LoggedBatch[]): string[] => batches.map(({ body }) => Buffer.from(body).toString());

/** A disk that says no when it is told to. */
class FaultyDisk implements SegmentDisk {
  fault: "write" | "short" | "sync" | "truncate" | undefined;
  syncs = 0;

  private check(...faults: string[]): void {
    if (this.fault !== undefined && faults.includes(this.fault)) throw new Error("ENOSPC: no space left on device");
  }

  async create(path: string) {
    this.check("write", "short");
    const file = await realDisk.create(path);
    return {
      write: async (parts: readonly Uint8Array[], offset: number) => {
        this.check("write");
        if (this.fault === "short") await file.write([Buffer.concat(parts).subarray(0, 20)], offset);
        this.check("short");
        await file.write(parts, offset);
      },
      sync: async () => {
        this.syncs++;
        this.check("sync", "truncate");
        await file.sync();
      },
      truncate: async (bytes: number) => {
        this.check("truncate");
        await file.truncate(bytes);
      },
      close: () => file.close(),
    };
  }

  syncFolder(path: string): Promise<void> {
    return realDisk.syncFolder(path);
  }

  remove(path: string): Promise<void> {
    return realDisk.remove(path);
  }
}

describe("the writer of a log", () => {
  test("what it acknowledged is read back, in order, under the ids it gave", async () => {
    const log = await writer();
    const done = await Promise.all(["one", "two", "three"].map((text) => appended(log, text)));
    await log.close();
    const read = await everything();
    expect(texts(read)).toEqual(["one", "two", "three"]);
    expect(read.map(({ id, position }) => ({ id, position }))).toEqual(done);
    expect(log.end).toEqual(done[2]?.position);
  });

  test("bodies that come together share one fdatasync", async () => {
    const disk = new FaultyDisk();
    const log = await writer({ disk });
    await appended(log, "first");
    const before = disk.syncs;
    await Promise.all(Array.from({ length: 500 }, (_, i) => appended(log, `body ${i}`)));
    expect(disk.syncs - before).toBe(1);
    await log.close();
    expect(await everything()).toHaveLength(501);
  });

  test("ids and segments are not given twice, over restarts and clocks that are set back", async () => {
    const ids = new Set<string>();
    for (const hoursBack of [0, 1, 2]) {
      clock.now = 10_000_000_000 - hoursBack * 3_600_000;
      const log = await writer();
      for (const text of ["a", "b"]) ids.add((await appended(log, text)).id);
      await log.close();
    }
    expect(ids.size).toBe(6);
    expect(texts(await everything())).toEqual(["a", "b", "a", "b", "a", "b"]);
    expect(readdirSync(join(folder, "0"))).toHaveLength(3);
  });

  test("begins beyond the segments that a store remembers, though none of them is left", async () => {
    const log = await writer({ beyond: 41 });
    expect((await appended(log, "a")).position.segment).toBe(42);
    await log.close();
  });

  test("refuses what would go over its size, and takes it again once segments are released", async () => {
    const log = await writer({ maxBytes: 3_000, segmentBytes: 900 });
    const text = "x".repeat(900);
    const first = await appended(log, text);
    await appended(log, text);
    await appended(log, text);
    expect(await append(log, text)).toMatchObject({ ok: false, error: { code: "log_full" } });
    expect(await log.release(first.position)).toBe(1);
    await appended(log, text);
    await log.close();
    expect(await everything()).toHaveLength(3);
  });

  test("keeps a segment until all of it is released, and the newest for ever", async () => {
    const log = await writer({ segmentBytes: 1_000 });
    const half = "x".repeat(480);
    const first = await appended(log, half);
    const second = await appended(log, half);
    expect(await log.release(first.position)).toBe(0);
    expect(await log.release(second.position)).toBe(0);
    const third = await appended(log, half);
    expect(await log.release(second.position)).toBe(1);
    expect(await log.release(third.position)).toBe(0);
    await log.close();
    expect(readdirSync(join(folder, "0"))).toEqual([segmentName(2)]);
  });

  test("refuses bodies past what may wait for the disk", async () => {
    const log = await writer({ maxWaitingBytes: 1_000 });
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => append(log, "x".repeat(400))));
    expect(outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.error.code))).toEqual([
      "ok",
      "ok",
      "log_busy",
      "log_busy",
    ]);
    await log.close();
  });
});

describe.each(["write", "short", "sync", "truncate"] as const)("a disk that fails (%s)", (fault) => {
  test("refuses, keeps nothing of what it refused, and goes on by itself", async () => {
    const disk = new FaultyDisk();
    const log = await writer({ disk });
    await appended(log, "before");
    disk.fault = fault;
    const refused = await Promise.all([append(log, "lost one"), append(log, "lost two")]);
    for (const outcome of refused) expect(outcome).toMatchObject({ ok: false, error: { code: "log_failed" } });
    expect(log.failing).toContain("ENOSPC");
    const syncs = disk.syncs;
    expect(await append(log, "too soon")).toMatchObject({ ok: false, error: { code: "log_failed" } });
    expect(disk.syncs).toBe(syncs);
    clock.now += 1_000;
    expect(await append(log, "still full")).toMatchObject({ ok: false, error: { code: "log_failed" } });
    disk.fault = undefined;
    clock.now += 1_000;
    await appended(log, "after");
    expect(log.failing).toBeUndefined();
    await log.close();
    expect(texts(await everything())).toEqual(["before", "after"]);
    expect((await recovered()).damage).toEqual({ segments: 0, bytes: 0, records: 0 });
  });
});

describe("recovery", () => {
  const record = (text: string) => ({ format: "zipkinJson" as const, receivedMs: 1, body: Buffer.from(text) });
  const path = (segment: number): string => join(folder, "0", segmentName(segment));

  test("cuts a torn tail off, keeps a copy of it, and the log goes on behind", async () => {
    writeSegment(folder, "0", 1, [record("one"), record("two")]);
    const whole = statSync(path(1)).size;
    appendFileSync(path(1), "half a record, as a crash leaves it");
    const found = await recovered();
    expect(found).toMatchObject({ records: 2, damage: { segments: 1, bytes: 35, records: 1 } });
    expect(statSync(path(1)).size).toBe(whole);
    const [copy = ""] = readdirSync(join(data, "quarantine"));
    expect(readFileSync(join(data, "quarantine", copy), "utf8")).toBe("half a record, as a crash leaves it");
    expect((await recovered()).damage.bytes).toBe(0);
    const log = await writer();
    await appended(log, "three");
    await log.close();
    expect(texts(await everything())).toEqual(["one", "two", "three"]);
  });

  test("whatever bit is flipped, the records before it stay and those behind are counted", async () => {
    const ends = writeSegment(folder, "0", 1, [record("one"), record("two"), record("three")]);
    const bytes = readFileSync(path(1));
    for (let at = ends[0]?.offset ?? 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path(1), flipped);
      const { records, damage } = await recovered();
      const before = ends.filter(({ offset }) => offset <= at).length;
      expect(records).toBe(before);
      expect(damage.bytes).toBe(bytes.length - (ends[before - 1]?.offset ?? 0));
      expect(damage.records).toBeGreaterThanOrEqual(1);
      expect(damage.records).toBeLessThanOrEqual(3 - before);
    }
  });

  test("zeros that a power cut left at the end are no records", async () => {
    writeSegment(folder, "0", 1, [record("one")]);
    appendFileSync(path(1), Buffer.alloc(10_000));
    expect(await recovered()).toMatchObject({ records: 1, damage: { bytes: 10_000 } });
  });

  test("a segment without a header that can be read goes to the quarantine whole, an empty one away", async () => {
    writeSegment(folder, "0", 1, [record("one")]);
    writeSegment(folder, "0", 2, [record("two")]);
    const bytes = readFileSync(path(1));
    bytes[3] = 0;
    writeFileSync(path(1), bytes);
    writeFileSync(path(3), "");
    const { segments, damage } = await recovered();
    expect(segments.map(({ number }) => number)).toEqual([2]);
    expect(damage).toMatchObject({ segments: 1, bytes: bytes.length });
    expect(readdirSync(join(folder, "0"))).toEqual([segmentName(2)]);
  });

  test("a later version is refused by name and nothing is touched", async () => {
    writeSegment(folder, "0", 1, [record("one")]);
    appendFileSync(path(1), "torn");
    writeSegment(folder, "0", 2, [record("two")]);
    const later = readFileSync(path(2));
    later.set(encodeHeader(Buffer.alloc(8), 2));
    writeFileSync(path(2), later);
    const size = statSync(path(1)).size;
    const found = await recoverLog(folder, "0", join(data, "quarantine"));
    expect(found).toMatchObject({ ok: false, error: { code: "log_newer" } });
    expect(statSync(path(1)).size).toBe(size);
  });
});
