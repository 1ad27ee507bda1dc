"use client";
/** The page of traces: search, picture, table; each state of the answer drawn. */
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { adviceFor } from "../../lib/view/failure-words.ts";
import type { TableState } from "../../lib/view/table-state.ts";
import { type SearchRow, searchRow } from "../../lib/view/trace/search-rows.ts";
import { EMPTY_SEARCH, isEmptySearch, SEARCH_ORDERS, searchRequest } from "../../lib/view/trace/search-view.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { StaleNote } from "../shell/StaleNote.tsx";
import { Notice } from "../ui/Notice.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { FoundTraces } from "./FoundTraces.tsx";
import { NothingFound } from "./NothingFound.tsx";
import { searchPath, useTraceSearch, useTraceValues } from "./queries.ts";
import { SearchBar } from "./SearchBar.tsx";
import { useSearchForm } from "./use-search-form.ts";

const NEWEST_FIRST: TableState["sort"] = { column: "start", descending: true };

export function SearchScreen() {
  const router = useRouter();
  const [view, update] = useViewState();
  const [form, setForm] = useSearchForm();
  const [table, setTable] = useTableState(NEWEST_FIRST);
  const order = SEARCH_ORDERS.find((candidate) => candidate === table.sort?.column) ?? "start";
  const { parameters, problems } = useMemo(() => searchRequest(form, order), [form, order]);
  const values = useTraceValues();
  const search = useTraceSearch(parameters, view.time);
  const failure = asFailure(search.error);
  const pages = search.data?.pages;
  const rows = useMemo(() => (pages ?? []).flatMap((page) => page.list.traces.map(searchRow)), [pages]);
  const first = pages?.[0];
  const refresh = () => void search.refetch();
  const open = (row: SearchRow) => router.push(linkTo(`/traces/${row.traceId}`, view));
  return (
    <div className="flex h-full min-h-0 flex-col">
      <h1 className="sr-only">Traces</h1>
      <SearchBar form={form} problems={problems} values={values.data} view={view} onForm={setForm} />
      {failure !== null && first !== undefined ? (
        <StaleNote failure={failure} receivedAtMs={search.dataUpdatedAt} onRetry={refresh} />
      ) : null}
      <div className="min-h-0 flex-1">
        {first === undefined ? (
          failure === null ? (
            <SkeletonRows rows={10} />
          ) : (
            <Notice title="The search failed" code={failure.code} onRetry={refresh}>
              <p>{failure.message}</p>
              <p>{adviceFor(failure.code)}</p>
            </Notice>
          )
        ) : rows.length === 0 ? (
          <NothingFound
            window={first.window}
            isFiltered={!isEmptySearch(form)}
            onClear={() => setForm(EMPTY_SEARCH)}
            onWiden={() => update({ time: { kind: "live", minutes: 60 } })}
            canWiden={view.time.kind === "range" || view.time.minutes < 60}
          />
        ) : (
          <FoundTraces
            rows={rows}
            total={first.list.total}
            isAtLeast={first.list.totalIsAtLeast === true}
            window={first.window}
            search={search}
            table={table}
            onTable={setTable}
            hrefOf={(row) => linkTo(`/traces/${row.traceId}`, view)}
            path={searchPath(parameters, first.window, null)}
            onRange={(range) => update({ time: { kind: "range", ...range } })}
            onOpen={open}
          />
        )}
      </div>
    </div>
  );
}
