"use client";
/** Which columns a table has: all that are ticked, in their own order. */
import { Columns3 } from "lucide-react";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";

interface ColumnPickProps {
  readonly columns: readonly { readonly id: string; readonly header: string }[];
  readonly shown: ReadonlySet<string>;
  readonly onChange: (shown: ReadonlySet<string>) => void;
}

export function ColumnPick({ columns, shown, onChange }: ColumnPickProps) {
  const toggle = (id: string): void => {
    const next = new Set(shown);
    if (!next.delete(id)) next.add(id);
    // A table without a column has no rows to see.
    if (next.size > 0) onChange(next);
  };
  return (
    <Pop
      trigger={<IconButton label="Columns" icon={<Columns3 size={14} />} />}
      label="Columns"
      align="end"
      className="w-60 p-1"
    >
      {columns.map(({ id, header }) => (
        <label key={id} className="flex min-h-7 cursor-pointer items-center gap-2 rounded-sm px-2 hover:bg-hover">
          <input type="checkbox" checked={shown.has(id)} onChange={() => toggle(id)} className="accent-accent" />
          {header}
        </label>
      ))}
    </Pop>
  );
}
