"use client";
/** Where data comes from: every receiver and scrape target, with what it gave, what was left out and what went wrong. */
import { useMemo } from "react";
import type { Source, SourceList } from "../../lib/query/schema/estate.ts";
import { count, plain } from "../../lib/view/format.ts";
import { sourceTotals } from "../../lib/view/source-words.ts";
import { asFailure } from "../data/api.ts";
import { sourcesPath, useSources } from "../data/lists.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useParam, useViewState } from "../data/use-view-state.ts";
import { EmptyEstate } from "../shell/EmptyEstate.tsx";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { Rest } from "../shell/Rest.tsx";
import { SameAsButton } from "../shell/SameAs.tsx";
import { SidePanel } from "../shell/SidePanel.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { MembersCard } from "./MembersCard.tsx";
import { SourcePanel } from "./SourcePanel.tsx";
import { StoreCard } from "./StoreCard.tsx";
import { sourceColumns } from "./source-columns.tsx";

const BY_STATE = { column: "state", descending: false };

function holds(source: Source, text: string): boolean {
  return [source.address, source.job, source.workload, source.mesh].some(
    (word) => word?.toLowerCase().includes(text) === true,
  );
}

function Summary({ sources, total, nextCursor }: SourceList) {
  const totals = sourceTotals(sources);
  return (
    <p className="pr-2">
      {totals.targets === 0 ? "no scrape targets" : `${plain(count(totals.targets))} targets`}
      {totals.targets === 0 ? (
        ""
      ) : totals.down === 0 ? (
        ", all up"
      ) : (
        <span className="font-medium text-failing-text">, {totals.down} down</span>
      )}
      <span className="text-quiet">
        {" "}
        · {totals.receivers} receivers · {plain(count(totals.dropped))} items left out
        <Rest shown={sources.length} total={total} path={sourcesPath(nextCursor)} />
      </span>
    </p>
  );
}

export function SourcesPage() {
  const { data, error, refetch } = useSources();
  const [{ find }] = useViewState();
  const [state, setState] = useTableState(BY_STATE);
  const [chosen, choose] = useParam("source");
  const failure = asFailure(error);
  const text = find.trim().toLowerCase();
  const sources = useMemo(
    () => (data?.sources ?? []).filter((source) => text === "" || holds(source, text)),
    [data, text],
  );
  const columns = useMemo(() => sourceColumns(data?.sources ?? []), [data]);
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="The sources could not be read" failure={failure} onRetry={() => void refetch()} />;
  }
  if (data.sources.length === 0) return <EmptyEstate title="No source is configured" />;
  const selected = data.sources.find((source) => source.id === chosen);
  return (
    <div className="flex h-full">
      <div className="flex min-w-0 flex-1 flex-col">
        <h1 className="sr-only">Sources</h1>
        <StoreCard />
        <MembersCard />
        <DataTable
          label="Sources"
          rows={sources}
          columns={columns}
          rowId={(source) => source.id}
          state={state}
          onState={setState}
          onOpen={(source) => choose(source.id)}
          selectedId={chosen}
          tools={<Summary {...data} />}
          aside={<SameAsButton path={sourcesPath(null)} />}
        />
      </div>
      {selected === undefined ? null : (
        <SidePanel of={selected.id} title="Source" onClose={() => choose(null)}>
          <SourcePanel source={selected} />
        </SidePanel>
      )}
    </div>
  );
}
