/** For tests: a segment written at once, as a collector would have left it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import { encodeHeader, encodeRecordHead, HEADER_BYTES, type RecordMeta, segmentName } from "./record.ts";

export type RigRecord = Pick<RecordMeta, "format" | "receivedMs"> & { readonly body: Uint8Array };

/** Writes segment `segment` of log `log` in `folder` (`<data>/wal`). Returns where each record ends. */
export function writeSegment(
  folder: string,
  log: string,
  segment: number,
  records: readonly RigRecord[],
): readonly LogPosition[] {
  const nonce = Buffer.alloc(8);
  nonce.writeUInt32LE(segment);
  const parts: Uint8Array[] = [encodeHeader(nonce)];
  let offset = HEADER_BYTES;
  const ends = records.map(({ format, receivedMs, body }) => {
    const meta = { format, receivedMs, gzip: false, inflatedBytes: body.length };
    const head = encodeRecordHead(meta, body.length, crc32(body));
    parts.push(head, body);
    offset += head.length + body.length;
    return { segment, offset };
  });
  mkdirSync(join(folder, log), { recursive: true });
  writeFileSync(join(folder, log, segmentName(segment)), Buffer.concat(parts));
  return ends;
}
