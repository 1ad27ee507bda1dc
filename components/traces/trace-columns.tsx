/** The columns of found traces. What sorts and is copied is the exact value; what is shown is rounded. */
import { TriangleAlert } from "lucide-react";
import Link from "next/link";
import { age, count, durationMs, plain } from "../../lib/view/format.ts";
import { instant } from "../../lib/view/time.ts";
import type { SearchRow } from "../../lib/view/trace/search-rows.ts";
import { Num } from "../ui/Num.tsx";
import type { Column } from "../ui/table-column.ts";
import { ServiceTag } from "./ServiceTag.tsx";

const SERVICES_SHOWN = 3;

interface ColumnOptions {
  readonly nowMs: number;
  readonly longestMs: number;
  readonly hrefOf: (row: SearchRow) => string;
}

export function traceColumns({ nowMs, longestMs, hrefOf }: ColumnOptions): readonly Column<SearchRow>[] {
  return [
    {
      id: "start",
      header: "Started",
      width: 96,
      align: "right",
      value: (row) => row.startMs,
      cell: (row) => started(row, nowMs),
    },
    {
      id: "operation",
      header: "Root",
      width: 300,
      value: (row) => `${row.service} ${row.operation}`,
      cell: (row) => (
        <Link href={hrefOf(row)} className="hover:underline" title={`${row.service} ${row.operation}`}>
          <span className="font-medium">{row.service}</span> <span className="text-quiet">{row.operation}</span>
        </Link>
      ),
    },
    {
      id: "duration",
      header: "Duration",
      width: 150,
      align: "right",
      value: (row) => row.durationMs,
      cell: (row) => <DurationCell row={row} longestMs={longestMs} />,
    },
    {
      id: "spans",
      header: "Spans",
      width: 76,
      align: "right",
      value: (row) => row.spans,
      cell: (row) => <Num figure={count(row.spans)} />,
    },
    { id: "errors", header: "Errors", width: 76, align: "right", value: (row) => row.errors, cell: errors },
    {
      id: "services",
      header: "Services, spans",
      width: 340,
      value: (row) => row.services.map((service) => `${service.name} ${service.spans}`).join(", "),
      cell: services,
    },
    { id: "warnings", header: "Warnings", width: 90, value: (row) => row.warnings.join(" "), cell: warnings },
  ];
}

function started(row: SearchRow, nowMs: number) {
  return (
    <span title={instant(row.startMs)} suppressHydrationWarning>
      {plain(age(nowMs - row.startMs))} <span className="text-quiet">ago</span>
    </span>
  );
}

function DurationCell({ row, longestMs }: { readonly row: SearchRow; readonly longestMs: number }) {
  const share = longestMs === 0 ? 0 : row.durationMs / longestMs;
  return (
    <span className="flex items-center justify-end gap-2">
      <span aria-hidden="true" className="h-1 w-14 overflow-hidden rounded-full bg-hover">
        <span className="block h-full rounded-full bg-line-strong" style={{ width: `${Math.max(2, share * 100)}%` }} />
      </span>
      <Num figure={durationMs(row.durationMs)} className="w-16 text-right" />
    </span>
  );
}

function errors(row: SearchRow) {
  if (row.errors === 0) return <span className="text-quiet">0</span>;
  return <span className="font-medium text-failing-text">{`! ${plain(count(row.errors))}`}</span>;
}

function services(row: SearchRow) {
  const rest = row.services.length - SERVICES_SHOWN;
  return (
    <span
      className="flex min-w-0 items-center gap-3 overflow-hidden"
      title={row.services.map((s) => `${s.name} ${s.spans}`).join("\n")}
    >
      {row.services.slice(0, SERVICES_SHOWN).map((service) => (
        <span key={service.name} className="flex min-w-0 items-baseline gap-1">
          <ServiceTag name={service.name} />
          <span className="text-quiet">{service.spans}</span>
        </span>
      ))}
      {rest > 0 ? <span className="shrink-0 text-quiet">{`+${rest}`}</span> : null}
    </span>
  );
}

function warnings(row: SearchRow) {
  if (row.warnings.length === 0) return null;
  const text = row.warnings.join(" ");
  return (
    <span title={text} className="inline-flex items-center gap-1 text-degraded-text">
      <TriangleAlert size={13} aria-hidden="true" />
      {row.warnings.length}
      <span className="sr-only">{text}</span>
    </span>
  );
}
