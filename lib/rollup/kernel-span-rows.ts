/**
 * The rows that calls from spans add to, found without making a text: an open-addressing table whose records have all that
 * a call needs, one line of the processor's cache each, for the numbers of two ends and a protocol. In: a call. Out: where
 * its record begins in `cells`. An end that has two numbers (side-book.ts) has two records, of the same row.
 */
import type { MutableRow } from "./mutable-row.ts";
import type { Reading } from "./side-book.ts";
import type { ToldCall } from "./told-call.ts";

const MAX_ROWS = 100_000;
const FIRST_RECORDS = 512;
const RECORD = 16;

/** Number of its row and one; 0: no record. */
const ROW = 0;
const SOURCE = 1;
const TARGET = 2;
export const INDEX = 3;
/** The first column of its latency, −1 where there is no room for it. */
export const FIRST_BUCKET = 4;
/** The second in which it was last said that the row was seen, and that it counts in the speaker's time; the speaker's number. */
export const SECOND = 5;
export const SPEAKER = 6;
/** Serial number of the slot in which the row's numbers lie at PLACE, 0: to be looked up; and the journal's epoch then. */
export const SLOT = 7;
export const PLACE = 8;
export const EPOCH = 9;
/** Columns of three outcomes: number of the outcome, and column. */
const OUTCOMES = 10;
const OUTCOMES_END = 16;

export interface MadeRow {
  readonly row: MutableRow;
  readonly firstBucket: number;
}

export class SpanRows {
  cells = new Int32Array(FIRST_RECORDS * RECORD);
  private readonly rows: MutableRow[] = [];
  private readonly make: (call: Readonly<ToldCall>, nowMs: number) => MadeRow;

  constructor(make: (call: Readonly<ToldCall>, nowMs: number) => MadeRow) {
    this.make = make;
  }

  of(call: Readonly<ToldCall>, nowMs: number): number {
    const source = call.source.number * 2 + (call.isGrpc ? 1 : 0);
    const target = call.target.number;
    const at = this.find(source, target);
    return this.cells[at + ROW] === 0 ? this.add(call, nowMs) : at;
  }

  row(at: number): MutableRow {
    const row = this.rows[(this.cells[at + ROW] ?? 0) - 1];
    if (row === undefined) throw new Error("a record without a row");
    return row;
  }

  /** The column of the reading's outcome; whoever knew where the row's numbers lie may have to look again. */
  classColumn(at: number, reading: Reading): number {
    const { cells } = this;
    const { outcome } = reading;
    for (let cell = at + OUTCOMES; cell < at + OUTCOMES_END; cell += 2) {
      if (cells[cell] === outcome) return cells[cell + 1] ?? 0;
    }
    const { code, grpcStatus } = reading.facts;
    const column = this.row(at).class(code, grpcStatus);
    for (let cell = at + OUTCOMES_END - 1; cell > at + OUTCOMES + 1; cell--) cells[cell] = cells[cell - 2] ?? 0;
    cells[at + OUTCOMES] = outcome;
    cells[at + OUTCOMES + 1] = column;
    cells[at + SLOT] = 0;
    return column;
  }

  private find(source: number, target: number): number {
    const { cells } = this;
    const mask = cells.length / RECORD - 1;
    const hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(target, 0x85ebca6b);
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * RECORD;
      if (cells[at + ROW] === 0 || (cells[at + SOURCE] === source && cells[at + TARGET] === target)) return at;
    }
  }

  private add(call: Readonly<ToldCall>, nowMs: number): number {
    if (this.rows.length >= MAX_ROWS) this.clear();
    if ((this.rows.length + 1) * 2 * RECORD > this.cells.length) this.grow();
    const { row, firstBucket } = this.make(call, nowMs);
    const source = call.source.number * 2 + (call.isGrpc ? 1 : 0);
    const at = this.find(source, call.target.number);
    const { cells } = this;
    cells.fill(0, at, at + RECORD);
    cells[at + ROW] = this.rows.push(row);
    cells[at + SOURCE] = source;
    cells[at + TARGET] = call.target.number;
    cells[at + INDEX] = row.index;
    cells[at + FIRST_BUCKET] = firstBucket;
    return at;
  }

  private grow(): void {
    const { cells } = this;
    this.cells = new Int32Array(cells.length * 2);
    for (let from = 0; from < cells.length; from += RECORD) {
      if (cells[from + ROW] === 0) continue;
      const at = this.find(cells[from + SOURCE] ?? 0, cells[from + TARGET] ?? 0);
      this.cells.set(cells.subarray(from, from + RECORD), at);
    }
  }

  /** Too many, or some of them are given up: they are found again as they come. */
  clear(): void {
    this.rows.length = 0;
    this.cells.fill(0);
  }
}
