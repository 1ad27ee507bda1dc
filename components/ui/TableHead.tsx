"use client";
/** Sticky column heads: click to sort, drag the edge to resize (double click: back to its width). */
import type { Header } from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { TableState } from "../../lib/view/table-state.ts";
import { cx } from "./cx.ts";
import type { Column } from "./table-column.ts";

interface TableHeadProps<Row> {
  readonly headers: readonly Header<Row, unknown>[];
  readonly columns: readonly Column<Row>[];
  readonly state: TableState;
  readonly onState: (state: TableState) => void;
}

function nextSort(state: TableState, id: string, firstDescending: boolean): TableState["sort"] {
  if (state.sort?.column !== id) return { column: id, descending: firstDescending };
  return { column: id, descending: !state.sort.descending };
}

export function TableHead<Row>({ headers, columns, state, onState }: TableHeadProps<Row>) {
  return (
    <thead>
      <tr>
        {headers.map((header) => {
          const column = columns.find((c) => c.id === header.id);
          const sorted = state.sort?.column === header.id ? state.sort : null;
          const right = column?.align === "right";
          return (
            <th
              key={header.id}
              scope="col"
              aria-sort={sorted === null ? "none" : sorted.descending ? "descending" : "ascending"}
              style={{ width: header.getSize() }}
              className="sticky top-0 z-10 h-8 border-b border-line bg-bg p-0 font-medium text-quiet"
            >
              <button
                type="button"
                onClick={() => onState({ ...state, sort: nextSort(state, header.id, right) })}
                className={cx("flex h-full w-full items-center gap-1 px-2.5 hover:text-text", right && "justify-end")}
              >
                <span className="truncate">{column?.header}</span>
                {sorted === null ? null : sorted.descending ? <ArrowDown size={12} /> : <ArrowUp size={12} />}
              </button>
              <span
                aria-hidden="true"
                onMouseDown={header.getResizeHandler()}
                onTouchStart={header.getResizeHandler()}
                onDoubleClick={() => header.column.resetSize()}
                className="absolute inset-y-1.5 right-0 w-1.5 cursor-col-resize border-r border-line hover:border-accent"
              />
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
