/**
 * Sides of calls in columns: of a span its ids as words, its times, and what it says otherwise as one of the book's
 * readings. In: sides one by one, in the order of a body. Out: a batch, which is a part of a slab that many bodies share,
 * so that a body of five spans costs one small object. A batch is never changed once it was handed out.
 */
import { parseSpanId, parseTraceId, type SpanId, type TraceId } from "../model/span.ts";
import type { SpanSide } from "../model/span-side.ts";
import { type Reading, type SideBook, sideBook } from "./side-book.ts";

/** Trace id 4 words, span id 2, parent id 2 (zero: none), each big-endian. */
export const ID_WORDS = 8;
export const SPAN_WORD = 4;
export const PARENT_WORD = 6;
/** End (Unix ms) and duration (ms). */
export const SIDE_TIMES = 2;

const SLAB_SIDES = 4_096;

export interface SideSlab {
  readonly ids: Uint32Array;
  readonly times: Float64Array;
  readonly readings: (Reading | undefined)[];
}

function slabOf(sides: number): SideSlab {
  const [ids, times] = [new Uint32Array(sides * ID_WORDS), new Float64Array(sides * SIDE_TIMES)];
  return { ids, times, readings: new Array<Reading | undefined>(sides).fill(undefined) };
}

const HEX = Array.from({ length: 65_536 }, (_, half) => half.toString(16).padStart(4, "0"));

const hexOf = (word: number): string => (HEX[word >>> 16] ?? "") + (HEX[word & 65_535] ?? "");

/** Eight digits, lower case, from `at`. */
function wordOf(text: string, at: number): number {
  let word = 0;
  for (let i = at; i < at + 8; i++) {
    const code = text.charCodeAt(i);
    word = (word << 4) | (code > 57 ? code - 87 : code - 48);
  }
  return word >>> 0;
}

export class SideBatch {
  readonly slab: SideSlab;
  /** Place of the first in the slab. */
  readonly from: number;
  readonly size: number;

  constructor(slab: SideSlab, from: number, size: number) {
    this.slab = slab;
    this.from = from;
    this.size = size;
  }

  slice(from: number, to: number): SideBatch {
    const [first, last] = [Math.min(from, this.size), Math.min(to, this.size)];
    return new SideBatch(this.slab, this.from + first, Math.max(0, last - first));
  }

  traceId(nth: number): TraceId {
    const at = (this.from + nth) * ID_WORDS;
    const { ids } = this.slab;
    const text = [0, 1, 2, 3].map((word) => hexOf(ids[at + word] ?? 0)).join("");
    const id = parseTraceId(text);
    if (id === undefined) throw new Error("a side without a trace");
    return id;
  }

  private spanIdAt(nth: number, word: number): SpanId | undefined {
    const at = (this.from + nth) * ID_WORDS + word;
    const { ids } = this.slab;
    return parseSpanId(hexOf(ids[at] ?? 0) + hexOf(ids[at + 1] ?? 0));
  }

  reading(nth: number): Reading | undefined {
    return this.slab.readings[this.from + nth];
  }

  endMs(nth: number): number {
    return this.slab.times[(this.from + nth) * SIDE_TIMES] ?? 0;
  }

  /** All that is known of one, as an object of its own. */
  at(nth: number): SpanSide | undefined {
    const reading = this.reading(nth);
    const spanId = this.spanIdAt(nth, SPAN_WORD);
    if (reading === undefined || spanId === undefined) return undefined;
    const parentSpanId = this.spanIdAt(nth, PARENT_WORD);
    return {
      traceId: this.traceId(nth),
      spanId,
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      ...reading.facts,
      endMs: this.endMs(nth),
      durationMs: this.slab.times[(this.from + nth) * SIDE_TIMES + 1] ?? 0,
    };
  }

  all(): SpanSide[] {
    return Array.from({ length: this.size }, (_, nth) => this.at(nth)).filter((side) => side !== undefined);
  }
}

/** Writes batches one after another. Only one is open at a time. */
export class SideWriter {
  slab = slabOf(0);
  /** Where the next side goes. */
  end = 0;
  private from = 0;
  private readonly book: SideBook;

  constructor(book: SideBook = sideBook) {
    this.book = book;
  }

  begin(): void {
    this.from = this.end;
  }

  get size(): number {
    return this.end - this.from;
  }

  /** Makes room for one more; what was written of the open batch keeps its order. */
  room(): void {
    if (this.end < this.slab.readings.length) return;
    const { slab, from, size } = this;
    const larger = slabOf(Math.max(SLAB_SIDES, size * 2));
    larger.ids.set(slab.ids.subarray(from * ID_WORDS, this.end * ID_WORDS));
    larger.times.set(slab.times.subarray(from * SIDE_TIMES, this.end * SIDE_TIMES));
    for (let i = 0; i < size; i++) larger.readings[i] = slab.readings[from + i];
    this.slab = larger;
    this.from = 0;
    this.end = size;
  }

  push(side: SpanSide): void {
    this.room();
    const { ids, times, readings } = this.slab;
    const at = this.end * ID_WORDS;
    for (let word = 0; word < 4; word++) ids[at + word] = wordOf(side.traceId, word * 8);
    const parent = side.parentSpanId;
    for (let word = 0; word < 2; word++) {
      ids[at + SPAN_WORD + word] = wordOf(side.spanId, word * 8);
      ids[at + PARENT_WORD + word] = parent === undefined ? 0 : wordOf(parent, word * 8);
    }
    times[this.end * SIDE_TIMES] = side.endMs;
    times[this.end * SIDE_TIMES + 1] = side.durationMs;
    readings[this.end++] = this.book.reading(side);
  }

  batch(): SideBatch {
    return new SideBatch(this.slab, this.from, this.size);
  }

  /** Nothing of the open batch is wanted. */
  drop(): void {
    this.end = this.from;
  }
}

const shared = new SideWriter();

export function batchOf(sides: Iterable<SpanSide>, book?: SideBook): SideBatch {
  const writer = book === undefined ? shared : new SideWriter(book);
  writer.begin();
  for (const side of sides) writer.push(side);
  return writer.batch();
}

export const NO_SIDES = batchOf([]);
