"use client";
/**
 * The one table: sorted by its headers, filtered by clicking a value, columns resized by their edge, copied as CSV,
 * only visible rows in the page. Arrow keys move between rows, Enter opens one. Order and filters are the caller's state.
 */
import { getCoreRowModel, type Row as TableRow, useReactTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef } from "react";
import type { TableState } from "../../lib/view/table-state.ts";
import { TableHead } from "./TableHead.tsx";
import { BodyRow } from "./TableRow.tsx";
import { TableTools } from "./TableTools.tsx";
import { arrange, type Column } from "./table-column.ts";

interface DataTableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  /** By each of them rows are sorted and filtered. */
  readonly columns: readonly Column<Row>[];
  /** Those of them that are on screen; all where it is left out. */
  readonly drawn?: readonly Column<Row>[];
  readonly rowId: (row: Row) => string;
  readonly state: TableState;
  readonly onState: (state: TableState) => void;
  readonly onOpen?: (row: Row) => void;
  readonly selectedId?: string | null;
  /** Beside the count: more controls. */
  readonly tools?: ReactNode;
  readonly aside?: ReactNode;
}

const ROW_PX = 32;

export function DataTable<Row>(props: DataTableProps<Row>) {
  const {
    label,
    rows,
    columns,
    drawn = columns,
    rowId,
    state,
    onState,
    onOpen,
    selectedId = null,
    tools,
    aside,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const data = useMemo(() => arrange(rows, columns, state), [rows, columns, state]);
  const table = useReactTable<Row>({
    data,
    columns: useMemo(() => drawn.map((c) => ({ id: c.id, header: c.header, size: c.width, minSize: 48 })), [drawn]),
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
    columnResizeMode: "onChange",
  });
  const shown: TableRow<Row>[] = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const filter = (column: string, value: string) => onState({ ...state, where: { ...state.where, [column]: value } });
  return (
    <div className="flex h-full min-h-0 flex-col">
      <TableTools
        columns={columns}
        drawn={drawn}
        rows={data}
        total={rows.length}
        state={state}
        onState={onState}
        aside={aside}
      >
        {tools}
      </TableTools>
      <div ref={scroller} className="min-h-0 flex-1 overflow-auto">
        <table
          aria-label={label}
          aria-rowcount={shown.length + 1}
          className="w-full table-fixed border-separate border-spacing-0 text-xs"
          style={{ minWidth: table.getTotalSize() }}
        >
          <TableHead headers={table.getFlatHeaders()} columns={drawn} state={state} onState={onState} />
          <tbody>
            {above > 0 ? <tr style={{ height: above }} /> : null}
            {items.map((item) => {
              const row = shown[item.index];
              return row === undefined ? null : (
                <BodyRow
                  key={row.id}
                  row={row.original}
                  index={item.index}
                  first={item.index === items[0]?.index}
                  columns={drawn}
                  selected={row.id === selectedId}
                  onFilter={filter}
                  onOpen={onOpen}
                />
              );
            })}
            {below > 0 ? <tr style={{ height: below }} /> : null}
          </tbody>
        </table>
      </div>
    </div>
  );
}
