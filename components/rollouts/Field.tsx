"use client";
/** One labelled field of text, with what it offers. */
import { useId } from "react";

export const INPUT = "h-8 rounded-md border border-line bg-panel px-2 text-sm text-text";
export const LEGEND = "pb-2 text-xs font-semibold text-quiet";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly options?: readonly string[];
  readonly isNumber?: boolean;
}

export function Field({ label, value, onChange, hint, options = [], isNumber = false }: FieldProps) {
  const id = useId();
  return (
    <label className="flex min-w-0 flex-col gap-1 text-xs text-quiet">
      <span>
        {label}
        {hint === undefined ? "" : `, ${hint}`}
      </span>
      <input
        value={value}
        onChange={(event) => onChange(event.target.value)}
        list={options.length === 0 ? undefined : id}
        inputMode={isNumber ? "decimal" : undefined}
        autoComplete="off"
        spellCheck={false}
        className={`${INPUT} w-full min-w-0`}
      />
      {options.length === 0 ? null : (
        <datalist id={id}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </label>
  );
}
