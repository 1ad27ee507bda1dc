/** Columns of the sources table. */
import type { Source } from "../../lib/query/schema/estate.ts";
import { age, count, durationMs, ratePerSec } from "../../lib/view/format.ts";
import { droppedItems, sourceKind, sourceState } from "../../lib/view/source-words.ts";
import { Num } from "../ui/Num.tsx";
import type { Column } from "../ui/table-column.ts";

const STATE = {
  up: { mark: "●", className: "text-healthy-text" },
  down: { mark: "!", className: "font-medium text-failing-text" },
  waiting: { mark: "○", className: "text-idle-text" },
} as const;

function State({ source }: { readonly source: Source }) {
  const state = sourceState(source);
  const look = STATE[state];
  return (
    <span className={`inline-flex items-center gap-1.5 ${look.className}`}>
      <span aria-hidden="true" className="w-3 text-center font-mono">
        {look.mark}
      </span>
      {state}
    </span>
  );
}

export const SOURCE_COLUMNS: readonly Column<Source>[] = [
  {
    id: "state",
    header: "State",
    width: 92,
    filterable: true,
    value: sourceState,
    cell: (source) => <State source={source} />,
  },
  { id: "kind", header: "Kind", width: 100, filterable: true, value: (source) => sourceKind(source.kind) },
  {
    id: "address",
    header: "Address",
    width: 340,
    value: (source) => source.address,
    cell: (source) => (
      <span className="font-mono text-2xs" title={source.address}>
        {source.address.replace(/^https?:\/\//, "")}
      </span>
    ),
  },
  {
    id: "error",
    header: "Last error",
    width: 160,
    filterable: true,
    value: (source) => source.lastError?.code ?? "",
    cell: (source) => <span className="font-mono text-2xs text-failing-text">{source.lastError?.code ?? ""}</span>,
  },
  { id: "job", header: "Job", width: 100, filterable: true, value: (source) => source.job ?? "" },
  { id: "mesh", header: "Mesh", width: 84, filterable: true, value: (source) => source.mesh ?? "" },
  { id: "workload", header: "Workload", width: 120, filterable: true, value: (source) => source.workload ?? "" },
  {
    id: "age",
    header: "Last",
    align: "right",
    width: 96,
    value: (source) => source.ageMs,
    cell: (source) =>
      source.ageMs === null ? <span className="text-quiet">never</span> : <Num dash figure={age(source.ageMs)} />,
  },
  {
    id: "took",
    header: "Took",
    align: "right",
    width: 96,
    value: (source) => source.lastDurationMs ?? null,
    cell: (source) =>
      source.kind === "scrape" ? (
        <Num dash figure={durationMs(source.lastDurationMs)} />
      ) : (
        <span className="text-quiet">–</span>
      ),
  },
  {
    id: "items",
    header: "Items",
    align: "right",
    width: 112,
    value: (source) => source.items.count,
    cell: (source) => <Num dash figure={{ ...count(source.items.count), unit: source.items.unit }} />,
  },
  {
    id: "rate",
    header: "Rate",
    align: "right",
    width: 96,
    value: (source) => source.items.perSec,
    cell: (source) =>
      source.items.unit === "series" ? (
        <span className="text-quiet">–</span>
      ) : (
        <Num dash figure={ratePerSec(source.items.perSec)} />
      ),
  },
  {
    id: "dropped",
    header: "Left out",
    align: "right",
    width: 84,
    value: droppedItems,
    cell: (source) => <Num dash figure={count(droppedItems(source))} />,
  },
];
