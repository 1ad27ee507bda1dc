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
  | { readonly id: number; readonly row: string; readonly seenMs: number; readonly usedMs?: number }
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
  /** When a block that speaks of it was last written, Unix ms; a row of old spans was last seen long before. */
  usedMs: number;
  /** The same as the file says it. */
  saidMs: number;
  /** What rounding has left over, by place: added to the next value. */
  rest: Float64Array;
}

/** TLS counters move with every scrape; on disk they are as old as this at most. */
const TLS_EVERY_MS = 3_600_000;
/** The file is that far behind in when a row was last used. */
const SEEN_EVERY_MS = 86_400_000;

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

  private readonly nowMs: () => number;

  constructor(log: RecordLog<RowRecord>, nowMs: () => number) {
    this.log = log;
    this.nowMs = nowMs;
  }

  get size(): number {
    return this.byKey.size;
  }

  /** Records of rows that came more than once are dropped from the file when they are the most of it. */
  async load(isReadOnly = false): Promise<number> {
    const { records, damagedBytes } = await this.log.load(isReadOnly);
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
      stored.usedMs = record.usedMs ?? this.nowMs();
      stored.saidMs = stored.usedMs;
    }
    if (!isReadOnly && records.length > 2 * (this.byKey.size + this.groups.size) + 1_000) await this.compact();
    return damagedBytes;
  }

  private record(stored: StoredRow): RowRecord {
    const { id, row, usedMs } = stored;
    stored.saidMs = usedMs;
    return { id, row: encodeRow(row), seenMs: row.lastSeenMs, usedMs };
  }

  private async compact(): Promise<void> {
    const rows = [...this.byKey.values()].map((stored) => {
      return this.record(stored);
    });
    const groups = [...this.groups].map(([key, group]) => ({ group, key }));
    await this.log.replace([...rows, ...groups]);
  }

  /** Forgets rows of which nothing was written since: no block speaks of them any more. Their ids are not given again. */
  async prune(beforeMs: number): Promise<void> {
    const gone = [...this.byKey.values()].filter(({ usedMs }) => usedMs + SEEN_EVERY_MS < beforeMs);
    if (gone.length === 0) return;
    for (const { id, row } of gone) {
      this.byKey.delete(row.key);
      this.byId[id] = undefined;
    }
    await this.compact();
  }

  private keep(row: KeptRow): StoredRow {
    const rest = new Float64Array(0);
    const made = { id: row.index, row, places: null, from: null, size: 0, rest, memo: newMemo() };
    const nowMs = this.nowMs();
    const stored: StoredRow = { ...made, usedMs: nowMs, saidMs: nowMs };
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
    stored.usedMs = this.nowMs();
    if (stored.from !== row || stored.size !== row.columns.length) this.place(stored, row);
    if (hasChanged(row, stored.memo, TLS_EVERY_MS) || stored.usedMs - stored.saidMs > SEEN_EVERY_MS) {
      const { index, lastSeenMs, firstSeenMs } = stored.row;
      const { columns, schemes } = stored.row;
      Object.assign(stored.row, row, { index, lastSeenMs, firstSeenMs, columns, schemes });
      this.pending.push(this.record(stored));
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
