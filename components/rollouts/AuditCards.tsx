"use client";
/** The audit where a table has no room: one entry after the other, each with what, why, change, who and when. */
import Link from "next/link";
import { type ReactNode, useState } from "react";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import { count, plain } from "../../lib/view/format.ts";
import { actionWords, auditChanges, OUTCOME_WORDS } from "../../lib/view/rollout/audit-filter.ts";
import type { TableState } from "../../lib/view/table-state.ts";
import { instant } from "../../lib/view/time.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { TableTools } from "../ui/TableTools.tsx";
import { arrange, type Column } from "../ui/table-column.ts";

/** So many at first, and so many more each time. */
const PAGE = 100;

function Change({ entry: { before, after } }: { readonly entry: AuditEntry }) {
  const changes = auditChanges({ before, after });
  if (changes === null && (before === null || after === null)) return null;
  if (changes === null) return <p className="font-mono text-xs [overflow-wrap:anywhere]">{`${before} → ${after}`}</p>;
  return (
    <div className="font-mono text-xs">
      {changes.map((change) => (
        <p key={change.path} className="flex justify-between gap-2">
          <span className="min-w-0 [overflow-wrap:anywhere]">{change.path}</span>
          <span className="shrink-0">
            {change.before} → {change.after}
          </span>
        </p>
      ))}
    </div>
  );
}

interface CardProps {
  readonly entry: AuditEntry;
  readonly href: string | null;
}

function Card({ entry, href }: CardProps) {
  const { action, outcome, rollout, object, reason, actor, atMs, mesh, cluster, namespace } = entry;
  const isDone = outcome === "applied" || outcome === "noop";
  return (
    <li className="flex flex-col gap-1 border-b border-line px-4 py-3">
      <p className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 font-medium [overflow-wrap:anywhere]">
          {actionWords(action)} · {href === null ? object : <Link href={href}>{rollout}</Link>}
        </span>
        <span className={cx("shrink-0 text-xs", isDone ? "text-quiet" : "text-degraded-text")}>
          {OUTCOME_WORDS[outcome]}
        </span>
      </p>
      <p className="[overflow-wrap:anywhere]">{reason}</p>
      <Change entry={entry} />
      <p className="text-xs text-quiet [overflow-wrap:anywhere]">
        <time dateTime={new Date(atMs).toISOString()}>{instant(atMs)}</time> · {actor} · {mesh ?? "no mesh"}, {cluster},{" "}
        {namespace}
      </p>
    </li>
  );
}

interface AuditCardsProps {
  readonly rows: readonly AuditEntry[];
  readonly columns: readonly Column<AuditEntry>[];
  readonly state: TableState;
  readonly onState: (state: TableState) => void;
  readonly linkOf: (id: string) => string;
  readonly aside: ReactNode;
}

export function AuditCards({ rows, columns, state, onState, linkOf, aside }: AuditCardsProps) {
  const [shown, setShown] = useState(PAGE);
  const found = arrange(rows, columns, state);
  const rest = found.length - shown;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <TableTools columns={columns} rows={found} total={rows.length} state={state} onState={onState} aside={aside} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <ul aria-label="Audit, newest first">
          {found.slice(0, shown).map((entry) => (
            <Card key={entry.id} entry={entry} href={entry.rollout === null ? null : linkOf(entry.rollout)} />
          ))}
        </ul>
        {rest <= 0 ? null : (
          <div className="flex items-center justify-between gap-3 px-4 py-3 text-quiet">
            <span>
              Showing {plain(count(shown))} of {plain(count(found.length))}
            </span>
            <Button onClick={() => setShown(shown + PAGE)}>Show more</Button>
          </div>
        )}
      </div>
    </div>
  );
}
