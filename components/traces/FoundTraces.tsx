"use client";
/** Found traces: the picture over the table, how many are shown of how many there are, and the way to the rest. */
import { RotateCw } from "lucide-react";
import { useMemo } from "react";
import { age, count, plain } from "../../lib/view/format.ts";
import type { TableState } from "../../lib/view/table-state.ts";
import type { SearchRow } from "../../lib/view/trace/search-rows.ts";
import { SEARCH_ORDERS } from "../../lib/view/trace/search-view.ts";
import { useNow } from "../data/use-now.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { DataTable } from "../ui/DataTable.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import type { SearchWindow, useTraceSearch } from "./queries.ts";
import { TraceScatter } from "./TraceScatter.tsx";
import { traceColumns } from "./trace-columns.tsx";

interface FoundTracesProps {
  readonly rows: readonly SearchRow[];
  readonly total: number;
  /** There are more than `total`. */
  readonly isAtLeast: boolean;
  readonly window: SearchWindow;
  readonly search: ReturnType<typeof useTraceSearch>;
  readonly table: TableState;
  readonly onTable: (state: TableState) => void;
  readonly hrefOf: (row: SearchRow) => string;
  /** The API call behind the first page. */
  readonly path: string;
  readonly onRange: (range: { readonly startMs: number; readonly endMs: number }) => void;
  readonly onOpen: (row: SearchRow) => void;
}

export function FoundTraces(props: FoundTracesProps) {
  const { rows, total, isAtLeast, window, search, table, onTable, hrefOf, path, onRange, onOpen } = props;
  const now = useNow();
  const longestMs = useMemo(() => rows.reduce((most, row) => Math.max(most, row.durationMs), 0), [rows]);
  const columns = traceColumns({ nowMs: now, longestMs, hrefOf });
  const isPart = rows.length < total || isAtLeast;
  const all = `${isAtLeast ? "at least " : ""}${plain(count(total))}`;
  const isServerOrder = table.sort?.descending === true && SEARCH_ORDERS.some((order) => order === table.sort?.column);
  // The latest of many: the picture spans what is loaded, so that its points are not all at its right side.
  const isLatest = isPart && rows.length > 0 && table.sort?.descending === true && table.sort.column === "start";
  const pictured = isLatest
    ? { ...window, start: rows.reduce((first, row) => Math.min(first, row.startMs), window.end) }
    : window;
  const tools = (
    <>
      <output className="text-sm font-medium">
        {isPart
          ? `showing ${plain(count(rows.length))} of ${all} traces`
          : `${all} ${total === 1 ? "trace" : "traces"}`}
      </output>
      {search.hasNextPage ? (
        <Button disabled={search.isFetchingNextPage} onClick={() => void search.fetchNextPage()}>
          {search.isFetchingNextPage ? "Loading" : "Load more"}
        </Button>
      ) : null}
      {isPart && !isServerOrder ? <span className="text-xs text-degraded-text">sorted among those loaded</span> : null}
      <span className="flex items-center text-xs text-quiet" suppressHydrationWarning>
        <IconButton
          label="Search again"
          icon={<RotateCw size={14} className={search.isFetching ? "animate-spin" : ""} />}
          onClick={() => void search.refetch()}
        />
        {`${plain(age(now - search.dataUpdatedAt))} old`}
      </span>
    </>
  );
  return (
    <div className={cx("flex h-full min-h-0 flex-col", search.isPlaceholderData && "opacity-60")}>
      <TraceScatter rows={rows} window={pictured} onRange={onRange} onOpen={onOpen} />
      <div className="min-h-0 flex-1">
        <DataTable
          label="Traces"
          rows={rows}
          columns={columns}
          rowId={(row) => row.traceId}
          state={table}
          onState={onTable}
          onOpen={onOpen}
          tools={tools}
          aside={<SameAsButton path={path} />}
        />
      </div>
    </div>
  );
}
