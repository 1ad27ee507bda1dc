/**
 * Sums of rollup rows on their way to the other process. In: rows with their numbers; out: typed arrays, with what a row
 * is only when it is new to the other side or has changed, and the same rows again over there. Each direction of a
 * connection has one sender and one receiver; a new connection begins with new ones. Pieces are bounded so that neither
 * process's loop stands still for long.
 */
import type { RollupRow, RowValues, SlotSum } from "../../../lib/model/rollup-row.ts";
import { decodeRow, encodeRow, type KeptRow, RowWatch } from "../row-codec.ts";

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

export class RowSender {
  epoch = 0;
  private readonly numbers = new Map<string, number>();
  private watch = new RowWatch();

  /** Undefined: this row was never sent. */
  numberOf(key: string): number | undefined {
    return this.numbers.get(key);
  }

  /** At least one piece, even of nothing. */
  *pieces({ rows, coveredMs }: SlotSum): Generator<WireSum> {
    const groups = [...coveredMs];
    let at = 0;
    let group = 0;
    do {
      if (this.numbers.size > MAX_ROWS) this.restart();
      const { epoch } = this;
      const { taken, news } = this.take(rows, at);
      at += taken.length;
      const covered = groups.slice(group, group + PIECE_GROUPS);
      group += covered.length;
      yield { epoch, rows: news, ...packed(taken, (row) => this.numbers.get(row.key) ?? 0), coveredMs: covered };
    } while (at < rows.length || group < groups.length);
  }

  private restart(): void {
    this.epoch++;
    this.numbers.clear();
    this.watch = new RowWatch();
  }

  private take(rows: readonly RowValues[], from: number): { taken: RowValues[]; news: [number, string][] } {
    const taken: RowValues[] = [];
    const news: [number, string][] = [];
    let values = 0;
    for (let at = from; at < rows.length; at++) {
      if (values >= PIECE_VALUES || taken.length >= PIECE_ROWS || news.length >= PIECE_NEWS) break;
      const one = rows[at];
      if (one === undefined) break;
      const known = this.numbers.get(one.row.key);
      if (known === undefined) this.numbers.set(one.row.key, this.numbers.size);
      if (this.watch.changed(one.row) || known === undefined) {
        news.push([this.numbers.get(one.row.key) ?? 0, encodeRow(one.row)]);
      }
      taken.push(one);
      values += one.values.length;
    }
    return { taken, news };
  }
}

function packed(
  rows: readonly RowValues[],
  numberOf: (row: RollupRow) => number,
): Omit<WireSum, "epoch" | "rows" | "coveredMs"> {
  let size = 0;
  for (const { values } of rows) size += values.length;
  const numbers = new Uint32Array(rows.length);
  const lengths = new Uint32Array(rows.length);
  const lastSeenMs = new Float64Array(rows.length);
  const all = new Float64Array(size);
  let at = 0;
  rows.forEach(({ row, values }, i) => {
    numbers[i] = numberOf(row);
    lengths[i] = values.length;
    lastSeenMs[i] = row.lastSeenMs;
    all.set(values, at);
    at += values.length;
  });
  return { numbers, lengths, lastSeenMs, values: all };
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
    const told = decodeRow(text, number);
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
