"use client";
/** Who did what, when and why: newest first, sorted, filtered by clicking a value, copied as CSV. */
import { useMemo } from "react";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { auditPath, useAudit } from "../data/rollouts.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { Notice } from "../ui/Notice.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { auditColumns } from "./audit-columns.tsx";

const NEWEST = { column: "at", descending: true };

function holds(entry: AuditEntry, find: string): boolean {
  const wanted = find.trim().toLowerCase();
  return (
    wanted === "" ||
    `${entry.actor} ${entry.action} ${entry.reason} ${entry.object} ${entry.rollout}`.toLowerCase().includes(wanted)
  );
}

export function AuditPage() {
  const [view] = useViewState();
  const { data, error, refetch } = useAudit(view);
  const [table, setTable] = useTableState(NEWEST);
  const columns = useMemo(() => auditColumns((id) => linkTo(`/rollouts/${encodeURIComponent(id)}`, view)), [view]);
  const failure = asFailure(error);
  const rows = useMemo(() => (data?.entries ?? []).filter((entry) => holds(entry, view.find)), [data, view.find]);
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="The audit could not be read" failure={failure} onRetry={() => void refetch()} />;
  }
  if (data.total === 0)
    return (
      <Notice title="Nothing was done yet">
        <p>Whoever promotes, pauses or rolls back stands here: with the reason, what it changed, and what they saw.</p>
      </Notice>
    );
  return (
    <>
      <h1 className="sr-only">Audit</h1>
      <DataTable
        label="Audit, newest first"
        rows={rows}
        columns={columns}
        rowId={(entry) => entry.id}
        state={table}
        onState={setTable}
        aside={<SameAsButton path={auditPath(view, null)} />}
      />
    </>
  );
}
