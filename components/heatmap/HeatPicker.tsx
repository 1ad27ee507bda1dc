"use client";
/** Nothing chosen yet: the edges and nodes of the map with their latency, each leading to its heatmap. */
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useCallback, useMemo } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { durationMs, percent, ratePerSec } from "../../lib/view/format.ts";
import { stateLook } from "../../lib/view/health-words.ts";
import { edgeChoices, type HeatChoice, nodeChoices } from "../../lib/view/heatmap/heat-choices.ts";
import { graphPath } from "../../lib/view/live-query.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useGraph } from "../data/use-graph.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useParam, useViewState } from "../data/use-view-state.ts";
import { EmptyEstate } from "../shell/EmptyEstate.tsx";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { Num } from "../ui/Num.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { StateMark } from "../ui/StateMark.tsx";
import { Choice } from "../ui/Toggle.tsx";
import type { Column } from "../ui/table-column.ts";

const SLOWEST = { column: "p99", descending: true };
const BUSIEST = { column: "rate", descending: true };
const TABS = [
  { value: "edges", label: "Edges" },
  { value: "nodes", label: "Nodes" },
] as const;
const QUANTILES = [quantile("p50"), quantile("p95"), quantile("p99")];

function quantile(name: "p50" | "p95" | "p99"): Column<HeatChoice> {
  return {
    id: name,
    header: name,
    align: "right",
    width: 84,
    value: ({ latencyMs }) => latencyMs?.[name] ?? null,
    cell: ({ latencyMs, absent }) => <Num dash figure={durationMs(latencyMs?.[name], absent)} />,
  };
}

function columnsOf(hrefOf: (choice: HeatChoice) => string): readonly Column<HeatChoice>[] {
  return [
    {
      id: "state",
      header: "Health",
      width: 112,
      filterable: true,
      value: ({ health }) => stateLook(health).words,
      cell: ({ health }) => <StateMark state={health} />,
    },
    { id: "kind", header: "Kind", width: 90, filterable: true, value: ({ kind }) => kind },
    {
      id: "name",
      header: "Name",
      width: 280,
      value: ({ name }) => name,
      cell: (choice) => (
        <Link href={hrefOf(choice)} className="font-medium hover:underline">
          {choice.name}
        </Link>
      ),
    },
    { id: "place", header: "Where", width: 180, value: ({ place }) => place },
    {
      id: "rate",
      header: "Requests",
      align: "right",
      width: 100,
      value: ({ requestsPerSec }) => requestsPerSec,
      cell: ({ requestsPerSec }) => <Num dash figure={ratePerSec(requestsPerSec, "notApplicable")} />,
    },
    {
      id: "errors",
      header: "Failures",
      align: "right",
      width: 100,
      value: ({ errorRatio }) => errorRatio,
      cell: ({ errorRatio }) => <Num dash figure={percent(errorRatio, "notApplicable")} />,
    },
  ];
}

function Choices({ graph }: { readonly graph: Graph }) {
  const router = useRouter();
  const [view] = useViewState();
  const [tab, setTab] = useParam("tab");
  const ofNodes = tab === "nodes";
  const [state, setState] = useTableState(ofNodes ? BUSIEST : SLOWEST);
  const rows = useMemo(() => (ofNodes ? nodeChoices : edgeChoices)(graph, view.find), [graph, view.find, ofNodes]);
  const hrefOf = useCallback(
    ({ id }: HeatChoice) => linkTo("/heatmap", view, ofNodes ? { node: id } : { edge: id }),
    [view, ofNodes],
  );
  const columns = useMemo(() => [...columnsOf(hrefOf), ...(ofNodes ? [] : QUANTILES)], [hrefOf, ofNodes]);
  return (
    <DataTable
      label="Edges and nodes to look at"
      rows={rows}
      columns={columns}
      rowId={({ id }) => id}
      state={state}
      onState={setState}
      onOpen={(choice) => router.push(hrefOf(choice))}
      tools={
        <>
          <Choice
            label="Latency of"
            value={ofNodes ? "nodes" : "edges"}
            options={TABS}
            onChange={(next) => setTab(next === "nodes" ? "nodes" : null)}
          />
          <p className="px-2">Choose one to see its latency over time.</p>
        </>
      }
      aside={<SameAsButton path={graphPath(view, Date.now())} />}
    />
  );
}

export function HeatPicker() {
  const { graph, failure, retry } = useGraph();
  return (
    <>
      <h1 className="sr-only">Latency heatmap</h1>
      {graph === undefined ? (
        failure === null ? (
          <SkeletonRows />
        ) : (
          <FailureNotice title="The edges could not be read" failure={failure} onRetry={retry} />
        )
      ) : graph.edges.length === 0 ? (
        <EmptyEstate title="No traffic to look at in this window" />
      ) : (
        <Choices graph={graph} />
      )}
    </>
  );
}
