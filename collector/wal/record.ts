/**
 * How the log stands on disk. A log is a folder of segments `<16 digits>.log`; a segment is a header and records.
 *
 * Header, 32 bytes: magic "MESHSLOG", version u32, zero u32, nonce 8 random bytes, zero u32, CRC-32 u32 of the 28 before it.
 * Record, 28 bytes and the body: CRC-32 u32 of the 24 that follow, length of the body u32, received f64 (Unix ms), format u8
 * (index into SPAN_FORMATS), encoding u8 (0 as it is, 1 gzip), zero u16, length of the inflated body u32, CRC-32 u32 of the
 * body as it stands. Integers are little endian.
 *
 * A batch's id is its segment's nonce and the offset of its record. A segment is never written to again once its writer is
 * gone or an append to it failed to become durable, so that an id is never given twice, whatever a store still remembers.
 */
import { crc32, gunzipSync } from "node:zlib";
import { SPAN_FORMATS, type SpanFormat } from "../../lib/model/span-format.ts";

export const LOG_VERSION = 1;
export const HEADER_BYTES = 32;
/** What a record takes besides its body. */
export const RECORD_BYTES = 28;
/** Longer than any receiver takes: a length beyond it is damage. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024;

const MAGIC = Buffer.from("MESHSLOG");

export function segmentName(segment: number): string {
  return `${String(segment).padStart(16, "0")}.log`;
}

/** Number of the segment, or undefined for a file that is none. */
export function segmentOf(name: string): number | undefined {
  return /^[0-9]{16}\.log$/.test(name) ? Number(name.slice(0, 16)) : undefined;
}

/** `nonce`: 8 bytes, drawn anew for each segment. */
export function encodeHeader(nonce: Uint8Array, version = LOG_VERSION): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(version, 8);
  header.set(nonce.subarray(0, 8), 16);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

export type SegmentHeader =
  | { readonly kind: "ok"; readonly nonce: string }
  | { readonly kind: "damaged" }
  | { readonly kind: "newer"; readonly version: number };

export function decodeHeader(bytes: Buffer): SegmentHeader {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return { kind: "damaged" };
  if (crc32(bytes.subarray(0, 28)) !== bytes.readUInt32LE(28)) return { kind: "damaged" };
  const version = bytes.readUInt32LE(8);
  if (version > LOG_VERSION) return { kind: "newer", version };
  return { kind: "ok", nonce: bytes.subarray(16, 24).toString("hex") };
}

export interface RecordMeta {
  readonly receivedMs: number;
  readonly format: SpanFormat;
  /** As `body` is given. */
  readonly gzip: boolean;
  readonly inflatedBytes: number;
}

/** What stands before the body in a record. `bodyCrc`: of the body as it will stand there. */
export function encodeRecordHead(meta: RecordMeta, bodyBytes: number, bodyCrc: number): Buffer {
  const head = Buffer.allocUnsafe(RECORD_BYTES);
  head.writeUInt32LE(bodyBytes, 4);
  head.writeDoubleLE(meta.receivedMs, 8);
  head[16] = SPAN_FORMATS.indexOf(meta.format);
  head[17] = meta.gzip ? 1 : 0;
  head.writeUInt16LE(0, 18);
  head.writeUInt32LE(meta.inflatedBytes, 20);
  head.writeUInt32LE(bodyCrc, 24);
  head.writeUInt32LE(crc32(head.subarray(4)), 0);
  return head;
}

export function batchId(nonce: string, start: number): string {
  return `${nonce}-${start.toString(36)}`;
}

/** Length of the whole record that starts at `at`, undefined when its head is not all there or is damaged. */
export function recordLength(bytes: Buffer, at: number): number | undefined {
  if (at + RECORD_BYTES > bytes.length) return undefined;
  if (crc32(bytes.subarray(at + 4, at + RECORD_BYTES)) !== bytes.readUInt32LE(at)) return undefined;
  const length = bytes.readUInt32LE(at + 4);
  return length > MAX_BODY_BYTES ? undefined : RECORD_BYTES + length;
}

export interface DecodedRecord extends RecordMeta {
  readonly body: Buffer;
}

/** The record in `bytes`, which must be the whole of it and no more, as `recordLength` says; undefined when it is damaged. */
export function decodeRecord(bytes: Buffer): DecodedRecord | undefined {
  const body = bytes.subarray(RECORD_BYTES);
  const format = SPAN_FORMATS[bytes[16] ?? SPAN_FORMATS.length];
  const encoding = bytes[17] ?? 0;
  if (format === undefined || encoding > 1 || crc32(body) !== bytes.readUInt32LE(24)) return undefined;
  const receivedMs = bytes.readDoubleLE(8);
  return { receivedMs, format, gzip: encoding === 1, inflatedBytes: bytes.readUInt32LE(20), body };
}

/** Throws on a body that is no gzip, which its CRC rules out. */
export function inflated({ gzip, body }: DecodedRecord): Buffer {
  return gzip ? gunzipSync(body, { chunkSize: 1024 * 1024 }) : body;
}
