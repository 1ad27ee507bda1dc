/**
 * Sums of rollup rows on their way to the other process. In: rows with their numbers; out: typed arrays, with what a row
 * is only when it is new to the other side or has changed, and the same rows again over there. Each direction of a
 * connection has one sender and one receiver; a new connection begins with new ones. Pieces are bounded so that neither
 * process's loop stands still for long.
 */
import type { RollupRow, RowValues, SlotSum } from "../../../lib/model/rollup-row.ts";
import { decodeRow, encodeRow, hasChanged, type KeptRow, newMemo, type RowMemo } from "../row-codec.ts";

export interface WireSum {
  /** Numbers are given anew whenever this changes: all that was learnt before is void. */
  readonly epoch: number;
  /** Rows that are new or changed: number and text. */
  readonly rows: readonly (readonly [number, string])[];
  readonly numbers: Uint32Array;
  readonly lengths: Uint32Array;
  readonly values: Float64Array;
  readonly lastSeenMs: Float64Array;
  readonly coveredMs: readonly (readonly [string, number])[];
}

/** 256 KB of numbers, or so many rows to read: 5 ms or less. */
const PIECE_VALUES = 32_768;
const PIECE_ROWS = 2_048;
const PIECE_NEWS = 256;
const PIECE_GROUPS = 4_096;
/** Rows come and go; past so many both sides begin again. */
const MAX_ROWS = 400_000;

/** TLS counters move with every scrape; over there they are as old as this at most. */
const TLS_EVERY_MS = 60_000;

interface Sent {
  readonly number: number;
  readonly memo: RowMemo;
}

interface Taken {
  readonly taken: readonly RowValues[];
  readonly numbers: readonly number[];
  readonly news: readonly (readonly [number, string])[];
}

export class RowSender {
  epoch = 0;
  private readonly sent = new Map<string, Sent>();

  /** Undefined: this row was never sent. */
  numberOf(key: string): number | undefined {
    return this.sent.get(key)?.number;
  }

  /** At least one piece, even of nothing. */
  *pieces({ rows, coveredMs }: SlotSum): Generator<WireSum> {
    const groups = [...coveredMs];
    let at = 0;
    let group = 0;
    do {
      if (this.sent.size > MAX_ROWS) this.restart();
      const { epoch } = this;
      const { taken, numbers, news } = this.take(rows, at);
      at += taken.length;
      const covered = groups.slice(group, group + PIECE_GROUPS);
      group += covered.length;
      yield { epoch, rows: news, ...packed(taken, numbers), coveredMs: covered };
    } while (at < rows.length || group < groups.length);
  }

  private restart(): void {
    this.epoch++;
    this.sent.clear();
  }

  private take(rows: readonly RowValues[], from: number): Taken {
    const taken: RowValues[] = [];
    const numbers: number[] = [];
    const news: [number, string][] = [];
    let values = 0;
    for (let at = from; at < rows.length; at++) {
      if (values >= PIECE_VALUES || taken.length >= PIECE_ROWS || news.length >= PIECE_NEWS) break;
      const one = rows[at];
      if (one === undefined) break;
      const sent = this.sent.get(one.row.key) ?? this.meet(one.row);
      if (hasChanged(one.row, sent.memo, TLS_EVERY_MS)) news.push([sent.number, encodeRow(one.row)]);
      numbers.push(sent.number);
      taken.push(one);
      values += one.values.length;
    }
    return { taken, numbers, news };
  }

  private meet(row: RollupRow): Sent {
    const made = { number: this.sent.size, memo: newMemo() };
    this.sent.set(row.key, made);
    return made;
  }
}

function packed(rows: readonly RowValues[], of: readonly number[]): Omit<WireSum, "epoch" | "rows" | "coveredMs"> {
  let size = 0;
  for (const { values } of rows) size += values.length;
  const numbers = new Uint32Array(rows.length);
  const lengths = new Uint32Array(rows.length);
  const lastSeenMs = new Float64Array(rows.length);
  const all = new Float64Array(size);
  let at = 0;
  rows.forEach(({ row, values }, i) => {
    numbers[i] = of[i] ?? 0;
    lengths[i] = values.length;
    lastSeenMs[i] = row.lastSeenMs;
    all.set(values, at);
    at += values.length;
  });
  return { numbers, lengths, lastSeenMs, values: all };
}

/** Of a row that was received. Its `index` is below zero: no row of the live table has it. */
export function numberOf({ index }: RollupRow): number {
  return -1 - index;
}

export class RowReceiver {
  /** By number. */
  rows: KeptRow[] = [];
  epoch = 0;

  /** The rows and covered times of one piece; `values` are views into what came. */
  read({ epoch, rows, numbers, lengths, values, lastSeenMs, coveredMs }: WireSum): SlotSum {
    if (epoch !== this.epoch) this.rows = [];
    this.epoch = epoch;
    for (const [number, text] of rows) this.learn(number, text);
    const read: RowValues[] = [];
    let at = 0;
    numbers.forEach((number, i) => {
      const size = lengths[i] ?? 0;
      const row = this.rows[number];
      if (row !== undefined) {
        row.lastSeenMs = Math.max(row.lastSeenMs, lastSeenMs[i] ?? 0);
        read.push({ row, values: values.subarray(at, at + size) });
      }
      at += size;
    });
    return { rows: read, coveredMs: new Map(coveredMs) };
  }

  /** A row that is known stays the same object. */
  private learn(number: number, text: string): void {
    const told = decodeRow(text, -1 - number);
    const known = this.rows[number];
    if (known === undefined) this.rows[number] = told;
    else Object.assign(known, told, { lastSeenMs: known.lastSeenMs });
  }
}

/** Puts pieces together again. */
export class SumJoiner {
  private readonly rows: RowValues[] = [];
  private readonly coveredMs = new Map<string, number>();

  add({ rows, coveredMs }: SlotSum): void {
    for (const row of rows) this.rows.push(row);
    for (const [group, ms] of coveredMs) this.coveredMs.set(group, ms);
  }

  get sum(): SlotSum {
    return { rows: this.rows, coveredMs: this.coveredMs };
  }
}
