/**
 * Rows that were stored, as the live table has them. A row's columns stand in the order in which its first traffic came,
 * so after a restart, or on another collector, the same row may have them in another order. In: a stored row with its
 * numbers; out: the live row of the same key with the numbers in its order, which gets what columns it lacks; or, where no
 * live row has the key, the row as it was stored.
 */
import type { Column, LatencyScheme, RollupRow, RowValues } from "../../lib/model/rollup-row.ts";

/** The live table's side. */
export interface RowBook {
  /** The live row of this key. */
  find(key: string): RollupRow | undefined;
  /** Where each of these columns stands in the live row; those it lacks are added to it. */
  adopt(row: RollupRow, columns: readonly Column[], schemes: readonly LatencyScheme[]): readonly number[];
}

export const NO_BOOK: RowBook = { find: () => undefined, adopt: (_, columns) => columns.map((_column, i) => i) };

interface Alignment {
  readonly to: RollupRow;
  readonly size: number;
  /** Null: the same order. */
  readonly at: readonly number[] | null;
}

export class RowAligner {
  private readonly book: RowBook;
  private readonly known = new WeakMap<RollupRow, Alignment>();

  constructor(book: RowBook) {
    this.book = book;
  }

  align({ row, values }: RowValues): RowValues {
    const to = this.book.find(row.key);
    if (to === undefined || to === row) return { row, values };
    let alignment = this.known.get(row);
    if (alignment === undefined || alignment.to !== to || alignment.size !== row.columns.length) {
      const at = this.book.adopt(to, row.columns, row.schemes);
      alignment = { to, size: row.columns.length, at: at.every((place, i) => place === i) ? null : at };
      this.known.set(row, alignment);
    }
    if (alignment.at === null) return { row: to, values };
    const aligned = new Float64Array(to.columns.length);
    for (let i = 0; i < values.length; i++) {
      const place = alignment.at[i] ?? i;
      aligned[place] = (aligned[place] ?? 0) + (values[i] ?? 0);
    }
    return { row: to, values: aligned };
  }
}
