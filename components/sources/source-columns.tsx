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

/** The end of an address tells sources apart: what is cut off is its beginning. */
function Address({ address }: { readonly address: string }) {
  return (
    <span dir="rtl" className="block truncate text-left font-mono text-2xs" title={address}>
      <bdi dir="ltr">{address.replace(/^https?:\/\//, "")}</bdi>
    </span>
  );
}

function TimeLeft({ seconds }: { readonly seconds: number | null | undefined }) {
  if (seconds === null || seconds === undefined) return <span className="text-quiet">–</span>;
  if (seconds <= 0) return <span className="font-medium text-failing-text">! expired</span>;
  return <Num dash figure={age(seconds * 1000)} />;
}

const VERSION: Column<Source> = {
  id: "version",
  header: "Version",
  width: 96,
  filterable: true,
  value: (source) => source.version ?? "",
};

const CERTIFICATE: Column<Source> = {
  id: "certificate",
  header: "Certificate",
  align: "right",
  width: 92,
  value: (source) => source.certificateExpiresInSec ?? null,
  cell: (source) => <TimeLeft seconds={source.certificateExpiresInSec} />,
};

const IDENTITY: readonly Column<Source>[] = [
  {
    id: "state",
    header: "State",
    width: 88,
    filterable: true,
    value: sourceState,
    cell: (source) => <State source={source} />,
  },
  { id: "workload", header: "Workload", width: 160, filterable: true, value: (source) => source.workload ?? "" },
  { id: "kind", header: "Kind", width: 92, filterable: true, value: (source) => sourceKind(source.kind) },
  { id: "mesh", header: "Mesh", width: 72, filterable: true, value: (source) => source.mesh ?? "" },
  { id: "job", header: "Job", width: 80, filterable: true, value: (source) => source.job ?? "" },
  {
    id: "address",
    header: "Address",
    width: 290,
    value: (source) => source.address,
    cell: (source) => <Address address={source.address} />,
  },
  {
    id: "error",
    header: "Last error",
    width: 120,
    filterable: true,
    value: (source) => source.lastError?.code ?? "",
    cell: (source) => <span className="font-mono text-2xs text-failing-text">{source.lastError?.code ?? ""}</span>,
  },
];

const FIGURES: readonly Column<Source>[] = [
  {
    id: "age",
    header: "Last",
    align: "right",
    width: 72,
    value: (source) => source.ageMs,
    cell: (source) =>
      source.ageMs === null ? <span className="text-quiet">never</span> : <Num dash figure={age(source.ageMs)} />,
  },
  {
    id: "took",
    header: "Took",
    align: "right",
    width: 80,
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
    width: 84,
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
    width: 80,
    value: droppedItems,
    cell: (source) => <Num dash figure={count(droppedItems(source))} />,
  },
];

/** Version and certificate stand only where some source tells them. */
export function sourceColumns(sources: readonly Source[]): readonly Column<Source>[] {
  const versions = sources.some((source) => source.version !== undefined);
  const certificates = sources.some((source) => typeof source.certificateExpiresInSec === "number");
  return [...IDENTITY, ...(versions ? [VERSION] : []), ...FIGURES, ...(certificates ? [CERTIFICATE] : [])];
}
