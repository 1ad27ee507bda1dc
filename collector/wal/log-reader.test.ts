import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LOG_START, type LoggedBatch } from "../../lib/query/store-engine.ts";
import { LogReader } from "./log-reader.ts";
import { writeSegment } from "./log-rig.ts";
import {
  decodeRecord,
  encodeHeader,
  encodeRecordHead,
  inflated,
  RECORD_BYTES,
  recordLength,
  segmentName,
} from "./record.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const END = { segment: Number.MAX_SAFE_INTEGER, offset: 0 };
const record = (text: string, receivedMs = 1_000) => ({
  format: "zipkinJson" as const,
  receivedMs,
  body: Buffer.from(text),
});
const texts = (batches: readonly LoggedBatch[]): string[] => batches.map(({ body }) => Buffer.from(body).toString());

describe("a reader of a log", () => {
  test("gives the batches in order, over segments, with what was kept of them", async () => {
    const [first] = writeSegment(folder, "0", 1, [record("one", 11), record("two", 12)]);
    writeSegment(folder, "0", 3, [record("three", 13)]);
    const reader = new LogReader(folder, "0", LOG_START);
    const batches = [...(await reader.read(END, 1_000)), ...(await reader.read(END, 1_000))];
    expect(texts(batches)).toEqual(["one", "two", "three"]);
    expect(batches[0]).toMatchObject({ log: "0", receivedMs: 11, format: "zipkinJson", position: first });
    expect(new Set(batches.map(({ id }) => id)).size).toBe(3);
    expect(await reader.read(END, 1_000)).toEqual([]);
    await reader.close();
  });

  test("begins after the position it is given and ends at the one it is asked for", async () => {
    const ends = writeSegment(folder, "0", 1, [record("one"), record("two"), record("three")]);
    const reader = new LogReader(folder, "0", ends[0] ?? LOG_START);
    expect(texts(await reader.read(ends[1] ?? LOG_START, 1_000))).toEqual(["two"]);
    expect(await reader.read(ends[1] ?? LOG_START, 1_000)).toEqual([]);
    expect(texts(await reader.read(ends[2] ?? LOG_START, 1_000))).toEqual(["three"]);
    await reader.close();
  });

  test("gives at least one batch, however small the limit, and no more than it needs to reach it", async () => {
    const long = "x".repeat(1_000_000);
    writeSegment(folder, "0", 1, [record(long), record("two"), record("three")]);
    const reader = new LogReader(folder, "0", LOG_START);
    expect(texts(await reader.read(END, 10))).toEqual([long]);
    expect(texts(await reader.read(END, 4))).toEqual(["two", "three"]);
    await reader.close();
  });

  test("reads over what was given back, and over nothing else", async () => {
    writeSegment(folder, "0", 1, [record("one"), record("two"), record("three"), record("four")]);
    const reader = new LogReader(folder, "0", LOG_START);
    const [one, two] = [await reader.read(END, 3), await reader.read(END, 3)];
    expect([...texts(one), ...texts(two)]).toEqual(["one", "two"]);
    reader.giveBack();
    const three = await reader.read(END, 5);
    expect(texts(three)).toEqual(["three"]);
    expect(three[0]?.body.buffer).toBe(two[0]?.body.buffer);
    expect(texts(one)).toEqual(["one"]);
    expect(texts(await reader.read(END, 4))).toEqual(["four"]);
    expect(texts(three)).toEqual(["three"]);
    await reader.close();
  });

  test("ends a segment at the first damaged record, counts the rest, and goes on with the next segment", async () => {
    const ends = writeSegment(folder, "0", 1, [record("one"), record("two"), record("three")]);
    writeSegment(folder, "0", 2, [record("four")]);
    const path = join(folder, "0", segmentName(1));
    const bytes = readFileSync(path);
    const at = (ends[0]?.offset ?? 0) + RECORD_BYTES;
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    writeFileSync(path, bytes);
    const reader = new LogReader(folder, "0", LOG_START);
    expect(texts(await reader.read(END, 1_000))).toEqual(["one"]);
    expect(texts(await reader.read(END, 1_000))).toEqual(["four"]);
    expect(reader.damagedBytes).toBe(bytes.length - (ends[0]?.offset ?? 0));
    await reader.close();
  });

  test("refuses a segment of a later version by name", async () => {
    writeSegment(folder, "0", 1, [record("one")]);
    const path = join(folder, "0", segmentName(1));
    const bytes = readFileSync(path);
    bytes.set(encodeHeader(Buffer.alloc(8), 99));
    writeFileSync(path, bytes);
    await expect(new LogReader(folder, "0", LOG_START).read(END, 1_000)).rejects.toThrow(/log_newer.*99/);
  });

  test("finds nothing where there is no log", async () => {
    expect(await new LogReader(folder, "7", LOG_START).read(END, 1_000)).toEqual([]);
  });
});

describe("a record", () => {
  test("keeps a body that came compressed and inflates it when it is read", () => {
    const body = gzipSync("spans");
    const meta = { format: "otlpJson" as const, receivedMs: 1, gzip: true, inflatedBytes: 5 };
    const head = encodeRecordHead(meta, body.length, crc32(body));
    const read = decodeRecord(Buffer.concat([head, body]));
    expect(read?.inflatedBytes).toBe(5);
    expect(read === undefined ? undefined : inflated(read).toString()).toBe("spans");
  });

  test("is refused whichever bit of it is flipped", () => {
    const body = Buffer.from("abc");
    const meta = { format: "otlpProtobuf" as const, receivedMs: 5, gzip: false, inflatedBytes: 3 };
    const bytes = Buffer.concat([encodeRecordHead(meta, body.length, crc32(body)), body]);
    expect(decodeRecord(bytes)).toBeDefined();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(recordLength(flipped, 0) === flipped.length && decodeRecord(flipped) !== undefined).toBe(false);
    }
  });
});
