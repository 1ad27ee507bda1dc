/**
 * The rows that calls from spans add to, found without making a text: an open-addressing table has a row for the numbers of
 * two ends and a protocol. In: a call. Out: its row, and the columns of what was counted in it before. An end that has two
 * numbers (side-book.ts) has two entries, of the same row.
 */
import type { MutableRow } from "./mutable-row.ts";
import type { Reading } from "./side-book.ts";
import type { ToldCall } from "./told-call.ts";

const NONE = -1;
const MAX_ROWS = 100_000;
const MAX_OUTCOMES = 32;

/** One row as calls see it. */
export class SpanRow {
  readonly row: MutableRow;
  /** The first column of its latency, -1 where there is no room for it. */
  readonly firstBucket: number;
  /** Whose time it counts in; and the second in which that, and that the row was seen, was last said. */
  speaker = "";
  second = -1;
  private lastOutcome = NONE;
  private lastColumn = NONE;
  private readonly outcomes: number[] = [];
  private readonly columns: number[] = [];

  constructor(row: MutableRow, firstBucket: number) {
    this.row = row;
    this.firstBucket = firstBucket;
  }

  classColumn(reading: Reading): number {
    if (this.lastOutcome === reading.outcome) return this.lastColumn;
    this.lastColumn = this.findColumn(reading);
    this.lastOutcome = reading.outcome;
    return this.lastColumn;
  }

  private findColumn({ outcome, facts }: Reading): number {
    const { outcomes, columns } = this;
    const known = outcomes.indexOf(outcome);
    if (known >= 0) return columns[known] ?? 0;
    const column = this.row.class(facts.code, facts.grpcStatus);
    if (outcomes.length < MAX_OUTCOMES) {
      outcomes.push(outcome);
      columns.push(column);
    }
    return column;
  }
}

export class SpanRows {
  private sources = new Int32Array(256);
  private targets = new Int32Array(256);
  private slots = new Int32Array(512).fill(NONE);
  private readonly rows: SpanRow[] = [];
  private readonly make: (call: Readonly<ToldCall>, nowMs: number) => SpanRow;

  constructor(make: (call: Readonly<ToldCall>, nowMs: number) => SpanRow) {
    this.make = make;
  }

  of(call: Readonly<ToldCall>, nowMs: number): SpanRow {
    if (this.rows.length >= MAX_ROWS) this.clear();
    const source = call.source.number * 2 + (call.isGrpc ? 1 : 0);
    const target = call.target.number;
    const at = this.find(source, target);
    const known = this.slots[at] ?? NONE;
    const row = known === NONE ? undefined : this.rows[known];
    if (row !== undefined && !row.row.dead) return row;
    const made = this.make(call, nowMs);
    if (row !== undefined) this.rows[known] = made;
    else this.add(source, target, made);
    return made;
  }

  private find(source: number, target: number): number {
    const mask = this.slots.length - 1;
    const hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(target, 0x85ebca6b);
    let at = (hash ^ (hash >>> 15)) & mask;
    for (; ; at = (at + 1) & mask) {
      const row = this.slots[at] ?? NONE;
      if (row === NONE || (this.sources[row] === source && this.targets[row] === target)) return at;
    }
  }

  private add(source: number, target: number, made: SpanRow): void {
    if ((this.rows.length + 1) * 2 > this.slots.length) this.grow();
    const row = this.rows.push(made) - 1;
    this.sources[row] = source;
    this.targets[row] = target;
    this.slots[this.find(source, target)] = row;
  }

  private grow(): void {
    const { sources, targets } = this;
    const size = this.slots.length;
    this.sources = new Int32Array(size);
    this.targets = new Int32Array(size);
    this.sources.set(sources);
    this.targets.set(targets);
    this.slots = new Int32Array(size * 2).fill(NONE);
    for (let row = 0; row < this.rows.length; row++) {
      this.slots[this.find(this.sources[row] ?? 0, this.targets[row] ?? 0)] = row;
    }
  }

  /** Too many: they are found again as they come. */
  private clear(): void {
    this.rows.length = 0;
    this.slots.fill(NONE);
  }
}
