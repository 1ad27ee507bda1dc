"use client";
/** Versions side by side: share of the traffic, failures, quantiles; and in a sentence what a canary does otherwise. */
import Link from "next/link";
import { useMemo } from "react";
import type { EntityAnswer, EntityVersion } from "../../lib/query/schema/entity.ts";
import { percent, ratePerSec } from "../../lib/view/format.ts";
import { stateLook } from "../../lib/view/health-words.ts";
import { versionName, versionQuantile, versionSentences } from "../../lib/view/services/versions.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { DataTable } from "../ui/DataTable.tsx";
import { Num } from "../ui/Num.tsx";
import { StateMark } from "../ui/StateMark.tsx";
import type { Column } from "../ui/table-column.ts";
import { TableFrame } from "./TableFrame.tsx";

const BY_SHARE = { column: "share", descending: true };

function Share({ version }: { readonly version: EntityVersion }) {
  const { share, absent } = version;
  return (
    <span className="flex items-center justify-end gap-2">
      <span aria-hidden="true" className="h-2 w-16 overflow-hidden rounded-sm bg-hover">
        <span className="block h-full bg-accent" style={{ width: `${100 * (share ?? 0)}%` }} />
      </span>
      <Num dash figure={percent(share, absent?.["share"])} className="w-14" />
    </span>
  );
}

function quantile(name: "p50" | "p95" | "p99"): Column<EntityVersion> {
  return {
    id: name,
    header: name,
    align: "right",
    width: 84,
    value: ({ latencyMs }) => latencyMs?.[name] ?? null,
    cell: (version) => <Num dash figure={versionQuantile(version, name)} />,
  };
}

const COLUMNS: readonly Column<EntityVersion>[] = [
  {
    id: "state",
    header: "Health",
    width: 100,
    value: ({ health }) => stateLook(health.state).words,
    cell: ({ health }) => <StateMark state={health.state} />,
  },
  {
    id: "share",
    header: "Share of requests",
    align: "right",
    width: 160,
    value: ({ share }) => share,
    cell: (version) => <Share version={version} />,
  },
  {
    id: "rate",
    header: "Requests",
    align: "right",
    width: 92,
    value: ({ requestsPerSec }) => requestsPerSec,
    cell: ({ requestsPerSec, absent }) => <Num dash figure={ratePerSec(requestsPerSec, absent?.["requestsPerSec"])} />,
  },
  {
    id: "errors",
    header: "Failures",
    align: "right",
    width: 92,
    value: ({ errorRatio }) => errorRatio,
    cell: ({ errorRatio, absent }) => <Num dash figure={percent(errorRatio, absent?.["errorRatio"])} />,
  },
  quantile("p50"),
  quantile("p95"),
  quantile("p99"),
  {
    id: "workloads",
    header: "Workloads",
    width: 160,
    value: ({ workloads }) => workloads.map(({ name }) => name).join(", "),
  },
];

export function ServiceVersions({ answer }: { readonly answer: EntityAnswer }) {
  const [view] = useViewState();
  const [state, setState] = useTableState(BY_SHARE, "version");
  const columns = useMemo(
    (): readonly Column<EntityVersion>[] => [
      {
        id: "version",
        header: "Version",
        width: 110,
        value: versionName,
        cell: (version) => (
          <Link
            href={linkTo("/", { ...view, view: "version" }, { node: version.id })}
            className="font-medium hover:underline"
          >
            {versionName(version)}
          </Link>
        ),
      },
      ...COLUMNS,
    ],
    [view],
  );
  const { versions } = answer;
  const sentences = versionSentences(versions);
  return (
    <TableFrame
      title="Versions side by side"
      rows={versions.length}
      empty="No one called it in this window."
      head={sentences.map(({ version, text }) => (
        <p key={version}>
          <span className="font-medium">{version}</span> {text}.
        </p>
      ))}
    >
      <DataTable
        label="Versions"
        rows={versions}
        columns={columns}
        rowId={({ id }) => id}
        state={state}
        onState={setState}
      />
    </TableFrame>
  );
}
