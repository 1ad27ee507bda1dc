/** Columns of the audit. */
import Link from "next/link";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import { auditChanges, OUTCOME_WORDS } from "../../lib/view/rollout/audit-filter.ts";
import { instant } from "../../lib/view/time.ts";
import type { Column } from "../ui/table-column.ts";

type Text =
  | "actor"
  | "action"
  | "reason"
  | "mesh"
  | "cluster"
  | "namespace"
  | "object"
  | "before"
  | "after"
  | "evidence";

function text(id: Text, header: string, width: number, filterable = true): Column<AuditEntry> {
  return {
    id,
    header,
    width,
    filterable,
    value: (row) => row[id] ?? "",
    ...(filterable ? {} : { cell: (row: AuditEntry) => <span title={row[id] ?? ""}>{row[id] ?? "–"}</span> }),
  };
}

/** The values alone; what they are of stands in the columns of both sides. */
function changeText(entry: AuditEntry): string {
  return (auditChanges(entry) ?? []).map(({ before, after }) => `${before} → ${after}`).join(", ");
}

/** `linkOf`: where a rollout is shown. */
export function auditColumns(linkOf: (id: string) => string): readonly Column<AuditEntry>[] {
  return [
    {
      id: "at",
      header: "When",
      width: 190,
      value: ({ atMs }) => new Date(atMs).toISOString(),
      cell: ({ atMs }) => <time dateTime={new Date(atMs).toISOString()}>{instant(atMs)}</time>,
    },
    text("actor", "Who", 164),
    text("action", "What", 100),
    text("reason", "Why", 200, false),
    {
      id: "rollout",
      header: "Rollout",
      width: 150,
      value: ({ rollout }) => rollout ?? "",
      cell: ({ rollout }) => (rollout === null ? "–" : <Link href={linkOf(rollout)}>{rollout}</Link>),
    },
    { id: "outcome", header: "Outcome", width: 120, filterable: true, value: ({ outcome }) => OUTCOME_WORDS[outcome] },
    {
      id: "change",
      header: "Change",
      width: 150,
      value: changeText,
      cell: (row) => <span title={`${row.before ?? ""} → ${row.after ?? ""}`}>{changeText(row) || "–"}</span>,
    },
    text("mesh", "Mesh", 90),
    text("cluster", "Cluster", 100),
    text("namespace", "Namespace", 100),
    text("object", "Object", 160, false),
    text("before", "Before", 160, false),
    text("after", "After", 160, false),
    text("evidence", "Seen", 260, false),
    { id: "intent", header: "Intent", width: 280, filterable: true, value: ({ intentId }) => intentId },
    { id: "revision", header: "Revision", width: 140, value: ({ revision }) => revision },
  ];
}
