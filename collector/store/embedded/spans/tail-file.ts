/**
 * What was acknowledged and is in no block yet: raw bodies, as the log has them, in a file that a block replaces once there
 * are spans enough for one. In: batches. Out: the same after a restart, up to the first record that is torn or damaged.
 */
import { type FileHandle, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { SPAN_FORMATS } from "../../../../lib/model/span-format.ts";
import type { LoggedBatch } from "../../../../lib/query/store-engine.ts";
import { ByteSink, ByteSource, textOfUtf8, utf8 } from "./bytes.ts";
import { StoreRefused, writeAll } from "./segment-file.ts";

export const TAIL_VERSION = 1;
const MAGIC = 0x4c49_4154;
const HEADER = 8;
const RECORD = 12;

const recordSchema = z.object({
  log: z.string(),
  segment: z.number(),
  offset: z.number(),
  id: z.string(),
  receivedMs: z.number(),
  format: z.enum(SPAN_FORMATS),
});

export function tailName(number: number): string {
  return `tail-${String(number).padStart(10, "0")}.log`;
}

export async function tailNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => /^tail-(\d{10})\.log$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function writeRecord(sink: ByteSink, batch: LoggedBatch): void {
  const { log, position, id, receivedMs, format, body } = batch;
  const head = utf8(JSON.stringify({ log, ...position, id, receivedMs, format }));
  sink.u32(head.length);
  sink.u32(body.length);
  sink.u32((crc32(body, crc32(head)) ^ head.length ^ body.length) >>> 0);
  sink.raw(head);
  sink.raw(body);
}

/** Records of a file, and where they end. Throws StoreRefused. */
export async function readTail(
  path: string,
): Promise<{ readonly batches: LoggedBatch[]; readonly size: number; readonly torn: number }> {
  const bytes = await readFile(path);
  const source = new ByteSource(bytes);
  const batches: LoggedBatch[] = [];
  if (bytes.length < HEADER) return { batches, size: 0, torn: bytes.length };
  if (source.u32() !== MAGIC) throw new StoreRefused("store_foreign", `${path} is no tail of spans`);
  const version = source.u32();
  if (version > TAIL_VERSION) {
    throw new StoreRefused("store_newer", `${path} has version ${version}, this program reads up to ${TAIL_VERSION}`);
  }
  let size = HEADER;
  while (bytes.length - size >= RECORD) {
    source.at = size;
    const headLength = source.u32();
    const bodyLength = source.u32();
    const sum = source.u32();
    if (headLength + bodyLength > bytes.length - size - RECORD) break;
    const head = source.raw(headLength);
    const body = source.raw(bodyLength);
    if (sum !== (crc32(body, crc32(head)) ^ headLength ^ bodyLength) >>> 0) break;
    const parsed = recordSchema.safeParse(JSON.parse(textOfUtf8(head)));
    if (!parsed.success) break;
    const { segment, offset, ...rest } = parsed.data;
    batches.push({ ...rest, position: { segment, offset }, body });
    size += RECORD + headLength + bodyLength;
  }
  return { batches, size, torn: bytes.length - size };
}

export class TailFile {
  readonly number: number;
  size = 0;
  private readonly folder: string;
  private handle: FileHandle | undefined;

  constructor(folder: string, number: number) {
    this.folder = folder;
    this.number = number;
  }

  get path(): string {
    return join(this.folder, tailName(this.number));
  }

  /** Goes on where a file that is there ends at `size`; what stands behind it is cut. */
  async resume(size: number): Promise<void> {
    this.handle = await open(this.path, "r+");
    await this.handle.truncate(size);
    this.size = size;
  }

  /** Durable once it resolves; where it rejects nothing is kept of it that a later call would not overwrite. */
  async append(batches: readonly LoggedBatch[], created: () => Promise<void>): Promise<void> {
    const sink = new ByteSink(batches.reduce((sum, { body }) => sum + body.length + 256, HEADER));
    if (this.size === 0) {
      this.handle ??= await open(this.path, "w+");
      sink.u32(MAGIC);
      sink.u32(TAIL_VERSION);
    }
    for (const batch of batches) writeRecord(sink, batch);
    if (this.handle === undefined) throw new Error("the tail is closed");
    await writeAll(this.handle, sink.written(), this.size);
    await this.handle.datasync();
    if (this.size === 0) await created();
    this.size += sink.length;
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }
}
