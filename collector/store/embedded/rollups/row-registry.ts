/**
 * Which rows and groups the blocks speak of, by number. In: rows as they come, whose columns may stand in another order
 * than when they were first written (a restart begins a new order); out: numbers, numbers in the order of the file, and
 * the rows again when a folder is opened. What a row is goes into `rows.log` whenever it has changed.
 */
import type { Column, LatencyScheme, RollupRow } from "../../../../lib/model/rollup-row.ts";
import { decodeRow, encodeRow, hasChanged, type KeptRow, newMemo, type RowMemo } from "../../row-codec.ts";
import type { RecordLog } from "./record-log.ts";

/** What stands in `rows.log`: a row with when it was last seen, or a group. */
export type RowRecord =
  | { readonly id: number; readonly row: string; readonly seenMs: number }
  | { readonly group: number; readonly key: string };

export interface StoredRow {
  readonly id: number;
  /** As the file has it; what readers are given. */
  readonly row: KeptRow;
  /** By column of `from`: its place in the file; null while they are the same. */
  places: readonly number[] | null;
  /** The row that was last written. */
  from: RollupRow | null;
  size: number;
  readonly memo: RowMemo;
  /** What rounding has left over, by place: added to the next value. */
  rest: Float64Array;
}

/** TLS counters move with every scrape; on disk they are as old as this at most. */
const TLS_EVERY_MS = 3_600_000;

/** As in the live table: columns of one meaning are one column. */
function columnKey(column: Column, schemes: readonly LatencyScheme[]): string {
  if (!("scheme" in column)) return JSON.stringify(column);
  const { scheme, ...rest } = column;
  return JSON.stringify([rest, schemes[scheme]]);
}

export class RowRegistry {
  private readonly byKey = new Map<string, StoredRow>();
  private readonly byId: (StoredRow | undefined)[] = [];
  private readonly groups = new Map<string, number>();
  readonly groupKeys: string[] = [];
  private readonly log: RecordLog<RowRecord>;
  private pending: RowRecord[] = [];

  constructor(log: RecordLog<RowRecord>) {
    this.log = log;
  }

  get size(): number {
    return this.byKey.size;
  }

  /** Records of rows that came more than once are dropped from the file when they are the most of it. */
  async load(): Promise<number> {
    const { records, damagedBytes } = await this.log.load();
    for (const record of records) {
      if ("group" in record) {
        this.groups.set(record.key, record.group);
        this.groupKeys[record.group] = record.key;
        continue;
      }
      const row = decodeRow(record.row, record.id);
      row.lastSeenMs = Math.max(record.seenMs, row.lastSeenMs);
      const stored = this.byId[record.id] ?? this.keep(row);
      if (stored.row !== row) Object.assign(stored.row, row);
    }
    if (records.length > 2 * (this.byKey.size + this.groups.size) + 1_000) await this.compact();
    return damagedBytes;
  }

  private async compact(): Promise<void> {
    const rows = [...this.byKey.values()].map(({ id, row }) => ({ id, row: encodeRow(row), seenMs: row.lastSeenMs }));
    const groups = [...this.groups].map(([key, group]) => ({ group, key }));
    await this.log.replace([...rows, ...groups]);
  }

  private keep(row: KeptRow): StoredRow {
    const rest = new Float64Array(0);
    const stored: StoredRow = { id: row.index, row, places: null, from: null, size: 0, rest, memo: newMemo() };
    this.byKey.set(row.key, stored);
    this.byId[row.index] = stored;
    return stored;
  }

  at(id: number): StoredRow | undefined {
    return this.byId[id];
  }

  group(key: string): number {
    const known = this.groups.get(key);
    if (known !== undefined) return known;
    const group = this.groupKeys.push(key) - 1;
    this.groups.set(key, group);
    this.pending.push({ group, key });
    return group;
  }

  /** The stored row of a row that is to be written, up to date with it. */
  of(row: RollupRow): StoredRow {
    const known = this.byKey.get(row.key);
    const stored = known ?? this.keep({ ...row, index: this.byId.length });
    stored.row.lastSeenMs = Math.max(stored.row.lastSeenMs, row.lastSeenMs);
    if (stored.from !== row || stored.size !== row.columns.length) this.place(stored, row);
    if (hasChanged(row, stored.memo, TLS_EVERY_MS)) {
      const { index, lastSeenMs, firstSeenMs } = stored.row;
      const { columns, schemes } = stored.row;
      Object.assign(stored.row, row, { index, lastSeenMs, firstSeenMs, columns, schemes });
      this.pending.push({ id: stored.id, row: encodeRow(stored.row), seenMs: lastSeenMs });
    }
    return stored;
  }

  /** Finds the place of each of the row's columns, and makes one for each that is new. */
  private place(stored: StoredRow, row: RollupRow): void {
    if (!isSameOrder(stored, row)) this.match(stored, row);
    stored.from = row;
    stored.size = row.columns.length;
    const places = stored.row.columns.length;
    if (stored.rest.length >= places) return;
    const rest = new Float64Array(places);
    rest.set(stored.rest);
    stored.rest = rest;
  }

  private match(stored: StoredRow, row: RollupRow): void {
    const columns = [...stored.row.columns];
    const schemes = [...stored.row.schemes];
    const known = new Map(columns.map((column, at) => [columnKey(column, schemes), at] as const));
    const places = row.columns.map((column) => {
      const key = columnKey(column, row.schemes);
      const at = known.get(key);
      if (at !== undefined) return at;
      known.set(key, columns.length);
      return columns.push(placed(column, row.schemes, schemes)) - 1;
    });
    Object.assign(stored.row, { columns, schemes });
    stored.places = places.every((place, i) => place === i) ? null : places;
  }

  /** What is new in rows and groups is durable once it resolves; blocks that speak of them come after. */
  async flush(): Promise<void> {
    await this.log.add(this.pending);
    this.pending = [];
  }
}

/** The column with its scheme as it stands among `schemes`, which gets it if it lacks it. */
function placed(column: Column, from: readonly LatencyScheme[], schemes: LatencyScheme[]): Column {
  if (!("scheme" in column)) return column;
  const wanted = from[column.scheme];
  const text = JSON.stringify(wanted);
  const known = schemes.findIndex((scheme) => JSON.stringify(scheme) === text);
  if (known >= 0) return { ...column, scheme: known };
  return { ...column, scheme: wanted === undefined ? column.scheme : schemes.push(wanted) - 1 };
}

/** The same columns in the same order, or more of the same row behind them: the file's are the row's own then. */
function isSameOrder(stored: StoredRow, row: RollupRow): boolean {
  const { columns } = stored.row;
  const isGrown = stored.from === row && stored.places === null && stored.size === columns.length;
  // Equal shapes that were read from text are one array.
  if (columns !== row.columns && !isGrown) return false;
  Object.assign(stored.row, { columns: row.columns, schemes: row.schemes });
  stored.places = null;
  return true;
}
