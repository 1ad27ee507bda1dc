"use client";
/** Above a table: how many rows of how many, which filters, and copy as CSV (the rows as filtered and sorted). */
import { Check, ClipboardCopy, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { csv } from "../../lib/view/csv.ts";
import { count, plain } from "../../lib/view/format.ts";
import type { TableState } from "../../lib/view/table-state.ts";
import { Button } from "./Button.tsx";
import type { Column } from "./table-column.ts";

interface TableToolsProps<Row> {
  /** Of any of them a filter may be. */
  readonly columns: readonly Column<Row>[];
  /** Those that are copied; all where it is left out. */
  readonly drawn?: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly total: number;
  readonly state: TableState;
  readonly onState: (state: TableState) => void;
  readonly children?: ReactNode;
  /** At the right, before the copy button. */
  readonly aside?: ReactNode;
}

export function TableTools<Row>(props: TableToolsProps<Row>) {
  const { columns, drawn = columns, rows, total, state, onState, children, aside } = props;
  const [copied, setCopied] = useState(false);
  const copy = () => {
    const text = csv(
      drawn.map((column) => column.header),
      rows.map((row) => drawn.map((column) => column.value(row))),
    );
    void navigator.clipboard.writeText(text).then(() => setCopied(true));
  };
  const drop = (id: string) => {
    const where = Object.fromEntries(Object.entries(state.where).filter(([column]) => column !== id));
    onState({ ...state, where });
  };
  const words = rows.length === total ? plain(count(total)) : `${plain(count(rows.length))} of ${plain(count(total))}`;
  return (
    <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
      {children}
      <output className="text-xs text-quiet">
        {words} {total === 1 ? "row" : "rows"}
      </output>
      {Object.entries(state.where).map(([id, value]) => {
        const filter = `${columns.find((column) => column.id === id)?.header ?? id}: ${value === "" ? "none" : value}`;
        return (
          <Button key={id} variant="chosen" onClick={() => drop(id)} aria-label={`${filter}, remove this filter`}>
            {filter}
            <X size={12} aria-hidden="true" />
          </Button>
        );
      })}
      <span className="flex-1" />
      {aside}
      <Button variant="ghost" onClick={copy} onBlur={() => setCopied(false)} className="text-quiet">
        {copied ? <Check size={14} /> : <ClipboardCopy size={14} />}
        {copied ? "Copied" : "Copy as CSV"}
      </Button>
    </div>
  );
}
