/**
 * Numbers of one row that were written in different orders of its columns, in one: what several collectors, or one before
 * and after a restart, have counted. In: numbers by what they count, or rows of the same key; out: a row that grows in
 * place, and numbers in its order.
 */
import type { Column, LatencyScheme, RowValues } from "../../../lib/model/rollup-row.ts";
import type { KeptRow } from "../row-codec.ts";
import type { Meaning } from "./column-ids.ts";

function sameScheme(a: LatencyScheme, b: LatencyScheme): boolean {
  return a.of === b.of && a.bounds.length === b.bounds.length && a.bounds.every((bound, i) => bound === b.bounds[i]);
}

/** Adds a column at the end and returns its place. */
export function growRow(row: KeptRow, { column, scheme }: Meaning): number {
  let added: Column = column;
  if (scheme !== undefined && (column.kind === "bucket" || column.kind === "latencySum")) {
    let at = row.schemes.findIndex((known) => sameScheme(known, scheme));
    if (at < 0) {
      at = row.schemes.length;
      row.schemes = [...row.schemes, scheme];
    }
    added = { ...column, scheme: at };
  }
  row.columns = [...row.columns, added];
  return row.columns.length - 1;
}

function keyOf(column: Column, schemes: readonly LatencyScheme[]): string {
  if (column.kind !== "bucket" && column.kind !== "latencySum") return JSON.stringify(column);
  const scheme = schemes[column.scheme];
  return JSON.stringify([column.kind, column.kind === "bucket" ? column.index : -1, scheme?.of, scheme?.bounds]);
}

/** Sums of rows of one key. The first one's order stays; what the others count besides comes after it. */
export function uniteRows(parts: readonly RowValues[]): RowValues | undefined {
  const [first, ...others] = parts;
  if (first === undefined || others.length === 0) return first;
  const row: KeptRow = { ...first.row, columns: [...first.row.columns], schemes: [...first.row.schemes] };
  const places = new Map(row.columns.map((column, i) => [keyOf(column, row.schemes), i]));
  const sums = [...first.values];
  for (const { row: own, values } of others) {
    values.forEach((value, i) => {
      const column = own.columns[i];
      if (column === undefined) return;
      const key = keyOf(column, own.schemes);
      const scheme = "scheme" in column ? own.schemes[column.scheme] : undefined;
      const place = places.get(key) ?? growRow(row, scheme === undefined ? { column } : { column, scheme });
      places.set(key, place);
      while (sums.length <= place) sums.push(0);
      sums[place] = (sums[place] ?? 0) + value;
    });
  }
  return { row, values: Float64Array.from(sums) };
}
