"use client";
/** A row of a panel's list that selects what it names: its health and name left, its figures right. */
import type { ReactNode } from "react";
import type { HealthState } from "../../lib/query/schema/common.ts";
import { StateMark } from "../ui/StateMark.tsx";

interface ListRowProps {
  readonly state: HealthState;
  readonly name: string;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export function ListRow({ state, name, onSelect, children }: ListRowProps) {
  return (
    <button
      type="button"
      onClick={onSelect}
      className="flex min-h-7 w-full items-center justify-between gap-3 border-b border-line py-0.5 text-left last:border-b-0 hover:bg-hover"
    >
      <span className="flex min-w-0 items-center gap-1">
        <StateMark state={state} words={false} />
        <span className="truncate" title={name}>
          {name}
        </span>
      </span>
      {children}
    </button>
  );
}
