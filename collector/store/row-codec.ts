/**
 * One row of the rollup as a line of text, for a file or for another process. In: a row; out: JSON, and the row again.
 * Its columns are written as one string, since thousands of rows have the same ones: equal strings share one array. When
 * the row was last seen changes with every scrape and is kept beside it, not in it.
 */
import type { EdgeRef } from "../../lib/model/identity.ts";
import type { Reporter } from "../../lib/model/meaning.ts";
import type { Column, LatencyScheme, RollupRow, TlsState } from "../../lib/model/rollup-row.ts";

interface WrittenRow {
  readonly key: string;
  readonly edge: EdgeRef;
  readonly reporter: Reporter;
  readonly transport: boolean;
  readonly below: boolean;
  readonly hasRequests: boolean;
  readonly everActive: boolean;
  readonly group: string;
  readonly columns: string;
  readonly families: readonly string[];
  readonly principals: readonly [readonly string[], readonly string[]];
  readonly addresses: readonly string[];
  readonly via: readonly string[];
  readonly tls: readonly (readonly [string, TlsState])[];
  readonly firstSeenMs: number;
}

export interface RowShape {
  readonly columns: readonly Column[];
  readonly schemes: readonly LatencyScheme[];
}

/** A row as it was read back: grows in place, as the one that it was written from did. */
export interface KeptRow extends RollupRow {
  columns: readonly Column[];
  schemes: readonly LatencyScheme[];
  lastSeenMs: number;
}

const MAX_SHAPES = 20_000;
const shapes = new Map<string, RowShape>();

/** Names and bounds as JSON: they may hold any character. */
export function encodeShape({ columns, schemes }: RowShape): string {
  return JSON.stringify([columns, schemes]);
}

export function decodeShape(text: string): RowShape {
  const known = shapes.get(text);
  if (known !== undefined) return known;
  if (shapes.size >= MAX_SHAPES) shapes.clear();
  const [columns, schemes]: [readonly Column[], readonly LatencyScheme[]] = JSON.parse(text);
  const made = { columns, schemes };
  shapes.set(text, made);
  return made;
}

export function encodeRow(row: RollupRow): string {
  const { key, edge, reporter, transport, below = false, hasRequests, everActive, group, firstSeenMs } = row;
  const written: WrittenRow = {
    ...{ key, edge, reporter, transport, below, hasRequests, everActive, group, firstSeenMs },
    columns: encodeShape(row),
    families: [...row.families],
    principals: [[...row.principals.source], [...row.principals.destination]],
    addresses: [...(row.addresses ?? [])],
    via: [...(row.via ?? [])],
    tls: [...row.tls],
  };
  return JSON.stringify(written);
}

/** `index` is the reader's own numbering. */
export function decodeRow(text: string, index: number): KeptRow {
  const { columns, families, principals, addresses, via, tls, ...rest }: WrittenRow = JSON.parse(text);
  return {
    ...{ ...rest, index, lastSeenMs: rest.firstSeenMs },
    ...decodeShape(columns),
    families: new Set(families),
    principals: { source: new Set(principals[0]), destination: new Set(principals[1]) },
    addresses: new Set(addresses),
    via: new Set(via),
    tls: new Map(tls),
  };
}

/** What a row said when it was last written. */
export interface RowMemo {
  sign: number;
  tlsMs: number;
}

export function newMemo(): RowMemo {
  return { sign: -1, tlsMs: 0 };
}

/**
 * Whether a row says anything that it did not when it was last written; true once for each change. `tlsEveryMs`: how often
 * it is written again for no more than its TLS counters having moved.
 */
export function hasChanged(row: RollupRow, memo: RowMemo, tlsEveryMs: number): boolean {
  const sign = signOf(row);
  let tlsMs = 0;
  for (const { atMs } of row.tls.values()) tlsMs = Math.max(tlsMs, atMs);
  if (memo.sign === sign && tlsMs - memo.tlsMs < tlsEveryMs) return false;
  memo.sign = sign;
  memo.tlsMs = tlsMs;
  return true;
}

const TLS_EVERY_MS = 60_000;

/** The same for rows that have no place of their own to keep a memo in. */
export class RowWatch {
  private readonly memos = new WeakMap<RollupRow, RowMemo>();

  changed(row: RollupRow): boolean {
    const memo = this.memos.get(row) ?? newMemo();
    this.memos.set(row, memo);
    return hasChanged(row, memo, TLS_EVERY_MS);
  }
}

/** Everything in a row only ever grows, so that the sum of the sizes tells. */
function signOf(row: RollupRow): number {
  const { source, destination } = row.principals;
  const sets = row.families.size + source.size + destination.size + (row.addresses?.size ?? 0) + (row.via?.size ?? 0);
  const flags = (row.hasRequests ? 1 : 0) + (row.everActive ? 1 : 0);
  return row.columns.length + row.schemes.length + sets + flags;
}
