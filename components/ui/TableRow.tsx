"use client";
/** One row. Values that filter are buttons; Enter or a click elsewhere opens the row. */
import type { KeyboardEvent, MouseEvent } from "react";
import { cx } from "./cx.ts";
import type { Column } from "./table-column.ts";

interface BodyRowProps<Row> {
  readonly row: Row;
  readonly index: number;
  /** The row that Tab reaches; the arrows lead to the others. */
  readonly first: boolean;
  readonly columns: readonly Column<Row>[];
  readonly selected: boolean;
  readonly onFilter: (column: string, value: string) => void;
  readonly onOpen?: ((row: Row) => void) | undefined;
}

function moveFocus(event: KeyboardEvent<HTMLTableRowElement>): boolean {
  const row = event.currentTarget;
  const next =
    event.key === "ArrowDown" ? row.nextElementSibling : event.key === "ArrowUp" ? row.previousElementSibling : null;
  if (!(next instanceof HTMLElement) || next.ariaRowIndex === null) return false;
  next.focus();
  return true;
}

function Value<Row>({
  column,
  row,
  onFilter,
}: Pick<BodyRowProps<Row>, "row" | "onFilter"> & { readonly column: Column<Row> }) {
  const value = column.value(row);
  const shown = column.cell?.(row) ?? value;
  if (column.filterable !== true || value === null || value === "") return shown;
  return (
    <button
      type="button"
      title={`Only ${column.header}: ${value}`}
      onClick={() => onFilter(column.id, String(value))}
      className="max-w-full truncate underline-offset-2 hover:underline"
    >
      {shown}
    </button>
  );
}

export function BodyRow<Row>({ row, index, first, columns, selected, onFilter, onOpen }: BodyRowProps<Row>) {
  const keys = (event: KeyboardEvent<HTMLTableRowElement>) => {
    if (event.target !== event.currentTarget) return;
    if (moveFocus(event)) event.preventDefault();
    if (event.key === "Enter") onOpen?.(row);
  };
  const click = (event: MouseEvent) => {
    const onControl = event.target instanceof Element && event.target.closest("button, a") !== null;
    if (!onControl) onOpen?.(row);
  };
  return (
    <tr
      tabIndex={first ? 0 : -1}
      aria-rowindex={index + 2}
      onKeyDown={keys}
      onClick={click}
      className={cx(
        "h-8 focus-visible:-outline-offset-2",
        selected ? "bg-accent-wash" : "hover:bg-hover",
        onOpen !== undefined && "cursor-pointer",
      )}
    >
      {columns.map((column) => (
        <td
          key={column.id}
          className={cx(
            "h-8 truncate border-b border-line px-2.5",
            column.align === "right" && "text-right tabular-nums",
          )}
        >
          <Value column={column} row={row} onFilter={onFilter} />
        </td>
      ))}
    </tr>
  );
}
