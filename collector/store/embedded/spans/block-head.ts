/**
 * What stands before a block's columns: a frame of fixed size, then a head that says what is in the block and where. Times
 * are Unix ns in decimal, received times Unix ms. Checksums: the frame over itself and the head, the head over each column.
 */
import { crc32 } from "node:zlib";
import { z } from "zod";
import { textOfUtf8 } from "./bytes.ts";

export const FRAME_BYTES = 32;
const MAGIC = 0x3142534d;

export interface Frame {
  readonly headLength: number;
  readonly bodyLength: number;
  readonly headSum: number;
  readonly bodySum: number;
  readonly rows: number;
}

export function writeFrame({ headLength, bodyLength, headSum, bodySum, rows }: Frame): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES);
  const view = new DataView(frame.buffer);
  for (const [i, word] of [MAGIC, headLength, bodyLength, headSum, bodySum, rows, 0].entries()) {
    view.setUint32(i * 4, word, true);
  }
  view.setUint32(28, crc32(frame.subarray(0, 28)), true);
  return frame;
}

/** Undefined: there is no whole and sound frame. */
export function readFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < FRAME_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (i: number): number => view.getUint32(i * 4, true);
  if (word(0) !== MAGIC || word(7) !== crc32(bytes.subarray(0, 28))) return undefined;
  return { headLength: word(1), bodyLength: word(2), headSum: word(3), bodySum: word(4), rows: word(5) };
}

/** Offset in the body, bytes, checksum. */
const placeSchema = z.tuple([z.number(), z.number(), z.number()]);
export type Place = z.infer<typeof placeSchema>;

const positionSchema = z.tuple([z.number(), z.number()]);

export const BLOCK_COLUMNS = [
  "combos",
  "traces",
  "trace",
  "ids",
  "parents",
  "start",
  "duration",
  "combo",
  "resources",
  "batches",
  "filter",
] as const;
export type ColumnName = (typeof BLOCK_COLUMNS)[number];

const headSchema = z.object({
  rows: z.number(),
  traces: z.number(),
  /** Earliest and latest start, latest end. */
  startNs: z.string(),
  lastStartNs: z.string(),
  endNs: z.string(),
  /** Of its batches: earliest and latest. */
  receivedMs: z.tuple([z.number(), z.number()]),
  /** How far each log is stored once this block is: segment, offset. */
  through: z.record(z.string(), positionSchema),
  /** Tails up to this one are in this block or before it. */
  tail: z.number(),
  strings: z.array(z.string()),
  scopes: z.array(z.tuple([z.string(), z.string()]).nullable()),
  /** Keys of each order of keys, by number. */
  shapes: z.array(z.array(z.number())),
  /** Name, which of EXTRAS or −1, least and largest number among its values (null: there is none), place. */
  keys: z.array(z.tuple([z.string(), z.number(), z.number().nullable(), z.number().nullable(), placeSchema])),
  columns: z.record(z.string(), placeSchema),
});
export type BlockHead = z.infer<typeof headSchema>;

/** Undefined where it is none of ours; its checksum was compared before. */
export function parseHead(bytes: Uint8Array): BlockHead | undefined {
  try {
    const parsed = headSchema.safeParse(JSON.parse(textOfUtf8(bytes)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
