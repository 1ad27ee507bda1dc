"use client";
/** Who did what, when and why: newest first, sorted, filtered by clicking a value, copied as CSV. */
import { FileDown } from "lucide-react";
import { useCallback, useMemo } from "react";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import { linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { auditFile, auditPath, useAudit } from "../data/rollouts.ts";
import { useMedia } from "../data/use-media.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { SameAsButton } from "../shell/SameAs.tsx";
import { StaleNote } from "../shell/StaleNote.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { Notice } from "../ui/Notice.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { AuditCards } from "./AuditCards.tsx";
import { auditColumns } from "./audit-columns.tsx";
import { NotOnDisk } from "./NotOnDisk.tsx";

const NEWEST = { column: "at", descending: true };

function holds(entry: AuditEntry, find: string): boolean {
  const wanted = find.trim().toLowerCase();
  return (
    wanted === "" ||
    `${entry.actor} ${entry.action} ${entry.reason} ${entry.object} ${entry.rollout}`.toLowerCase().includes(wanted)
  );
}

interface FilesProps {
  readonly csv: string;
  readonly lines: string;
}

const FILE = "inline-flex h-7 items-center gap-1.5 rounded-md px-2 text-sm text-quiet hover:bg-hover";

/** Everything that scope, time and the table's filters find, as files; text to find is a matter of the page alone. */
function Files({ csv, lines }: FilesProps) {
  return (
    <>
      <a href={csv} download className={FILE}>
        <FileDown size={14} aria-hidden="true" /> CSV file
      </a>
      <a href={lines} download className={FILE}>
        <FileDown size={14} aria-hidden="true" /> JSON lines
      </a>
    </>
  );
}

function Nothing({ isNarrowed }: { readonly isNarrowed: boolean }) {
  if (isNarrowed)
    return (
      <Notice title="Nothing was done in this scope and time">
        <p>Clear the scope, or go back to live: then all of the audit is shown.</p>
      </Notice>
    );
  return (
    <Notice title="Nothing was done yet">
      <p>Whoever promotes, pauses or rolls back stands here: with the reason, what it changed, and what they saw.</p>
    </Notice>
  );
}

function isNarrowed({ meshes, clusters, namespaces, time }: ViewState): boolean {
  return meshes.length + clusters.length + namespaces.length > 0 || time.kind === "range";
}

export function AuditPage() {
  const [view] = useViewState();
  const { data, error, dataUpdatedAt, refetch } = useAudit(view);
  const [table, setTable] = useTableState(NEWEST);
  const isWide = useMedia("(min-width: 1024px)");
  const linkOf = useCallback((id: string) => linkTo(`/rollouts/${encodeURIComponent(id)}`, view), [view]);
  const columns = useMemo(() => auditColumns(linkOf), [linkOf]);
  const failure = asFailure(error);
  const rows = useMemo(() => (data?.entries ?? []).filter((entry) => holds(entry, view.find)), [data, view.find]);
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="The audit could not be read" failure={failure} onRetry={() => void refetch()} />;
  }
  if (data.total === 0) return <Nothing isNarrowed={isNarrowed(view)} />;
  const { where } = table;
  const aside = (
    <>
      <Files csv={auditFile(view, where, "csv")} lines={auditFile(view, where, "jsonl")} />
      <SameAsButton path={auditPath(view, where, null)} />
    </>
  );
  const shown = { rows, columns, state: table, onState: setTable, aside };
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">Audit</h1>
      {failure === null ? null : (
        <StaleNote failure={failure} receivedAtMs={dataUpdatedAt} onRetry={() => void refetch()} />
      )}
      <NotOnDisk owed={data.notOnDisk} />
      <div className="min-h-0 flex-1">
        {isWide ? (
          <DataTable {...shown} label="Audit, newest first" rowId={(entry) => entry.id} />
        ) : (
          <AuditCards {...shown} linkOf={linkOf} />
        )}
      </div>
    </div>
  );
}
