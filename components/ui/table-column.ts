/** What a column is, and which rows a table shows in which order. */
import type { ReactNode } from "react";
import type { Cell } from "../../lib/view/csv.ts";
import { compareCells, type TableState } from "../../lib/view/table-state.ts";

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** What sorting, filtering and CSV see: the exact value. */
  readonly value: (row: Row) => Cell;
  readonly cell?: (row: Row) => ReactNode;
  readonly align?: "right";
  /** px. */
  readonly width: number;
  /** Clicking a value keeps only the rows that have it. */
  readonly filterable?: boolean;
}

/** The rows that pass every filter, sorted; a filter on a column that is not there is ignored. */
export function arrange<Row>(rows: readonly Row[], columns: readonly Column<Row>[], state: TableState): Row[] {
  const wanted = columns.flatMap((column) => {
    const value = state.where[column.id];
    return value === undefined ? [] : [{ column, value }];
  });
  const kept = rows.filter((row) => wanted.every(({ column, value }) => String(column.value(row) ?? "") === value));
  const by = columns.find((column) => column.id === state.sort?.column);
  if (by === undefined || state.sort === null) return kept;
  const { descending } = state.sort;
  // Some values are worked out from much of the row: once for each, not for each pair.
  return kept
    .map((row) => ({ row, value: by.value(row) }))
    .sort((a, b) => compareCells(a.value, b.value, descending))
    .map(({ row }) => row);
}
