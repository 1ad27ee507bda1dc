/**
 * Sides of calls on their way to the member that owns their traces: what one request between members carries, and what the
 * owner's log keeps of it (format `sides`). In: whose they are and of which bodies; out: bytes, and back. Layout: length of
 * the head u32 (little endian), the head as JSON, sides as `encodeSides` writes them.
 */
import type { SpanSide } from "../../lib/model/span-side.ts";
import { comparePositions, type LogPosition } from "../../lib/query/store-engine.ts";
import { batchOf } from "../../lib/rollup/side-batch.ts";
import { encodeSides, type SideReader } from "./side-codec.ts";

/** One logged body of the sender, the part of it that is for this owner. */
export interface FramedBatch {
  /** Where its record ends in the sender's log. */
  readonly position: LogPosition;
  readonly sides: readonly SpanSide[];
}

/** Which of the sender's streams: bodies come in the order of `log`, each once, for traces that are at home with `home`. */
export interface StreamName {
  readonly from: string;
  /** Of the sender's data folder: with another one its logs begin anew. */
  readonly epoch: string;
  readonly log: string;
  readonly home: string;
}

export interface SideFrame extends StreamName {
  readonly batches: readonly FramedBatch[];
}

export function encodeFrame({ from, epoch, log, home, batches }: SideFrame): Buffer {
  const marks = batches.map(({ position, sides }) => [position.segment, position.offset, sides.length]);
  const head = Buffer.from(JSON.stringify([from, epoch, log, home, marks]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length, 0);
  return Buffer.concat([length, head, encodeSides([batchOf(batches.flatMap(({ sides }) => sides))])]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isMark = (value: unknown): value is readonly [number, number, number] =>
  Array.isArray(value) && value.length === 3 && value.every(isCount);
const isMarks = (value: unknown): value is readonly (readonly [number, number, number])[] =>
  Array.isArray(value) && value.every(isMark);

/** Undefined: the bytes are no frame. */
export function decodeFrame(bytes: Uint8Array, reader: SideReader): SideFrame | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.length < 4) return undefined;
  const sidesAt = 4 + all.readUInt32LE(0);
  if (sidesAt > all.length) return undefined;
  const head = parsed(all.toString("utf8", 4, sidesAt));
  if (!Array.isArray(head) || head.length !== 5) return undefined;
  const [from, epoch, log, home, marks]: unknown[] = head;
  if (!isText(from) || !isText(epoch) || !isText(log) || !isText(home) || !isMarks(marks)) return undefined;
  const sides = reader.read(all.subarray(sidesAt))?.all();
  if (sides === undefined || sides.length !== marks.reduce((sum, [, , count]) => sum + count, 0)) return undefined;
  let at = 0;
  const batches = marks.map(([segment, offset, count]) => {
    at += count;
    return { position: { segment, offset }, sides: sides.slice(at - count, at) };
  });
  return { from, epoch, log, home, batches };
}

/** What of a frame comes behind a position of the sender's log. */
export function frameAfter(frame: SideFrame, through: LogPosition | undefined): SideFrame {
  if (through === undefined) return frame;
  return { ...frame, batches: frame.batches.filter(({ position }) => comparePositions(position, through) > 0) };
}

export function streamKey({ from, epoch, log, home }: StreamName): string {
  return JSON.stringify([from, epoch, log, home]);
}
