/** The columns that every table of shares has: the lock, the bar, the four figures, of what total, and how it is known. */
import type { Mtls } from "../../lib/query/schema/graph.ts";
import { LOCK_WORDS, lockOfShares, securedTotal, securityEvidence } from "../../lib/view/coverage.ts";
import { type SecurityClass, securityReason } from "../../lib/view/evidence-words.ts";
import { count, percent } from "../../lib/view/format.ts";
import { LockMark } from "../ui/LockMark.tsx";
import { Num } from "../ui/Num.tsx";
import { SecurityBar } from "../ui/SecurityBar.tsx";
import type { Column } from "../ui/table-column.ts";

interface Secured {
  readonly mtls: Mtls | null;
}

/** What stands in each class's column when there is any: trouble is seen down the column. */
const TROUBLE: Readonly<Record<SecurityClass, string>> = {
  mutual: "",
  tls: "font-medium text-degraded-text",
  plaintext: "font-medium text-failing-text",
  unknown: "font-medium text-unknown-text",
};

function share<Row extends Secured>(id: SecurityClass, header: string, width: number): Column<Row> {
  return {
    id,
    header,
    align: "right",
    width,
    value: ({ mtls }) => mtls?.[id] ?? null,
    cell: ({ mtls }) => {
      const figure = percent(mtls?.[id], mtls === null ? "notApplicable" : "unknown");
      return <Num dash figure={figure} className={(mtls?.[id] ?? 0) > 0 ? TROUBLE[id] : "text-quiet"} />;
    },
  };
}

export function lockColumn<Row extends Secured>(): Column<Row> {
  return {
    id: "lock",
    header: "mTLS",
    width: 140,
    filterable: true,
    value: ({ mtls }) => LOCK_WORDS[lockOfShares(mtls)],
    cell: ({ mtls }) => <LockMark lock={lockOfShares(mtls)} />,
  };
}

function barColumn<Row extends Secured>(): Column<Row> {
  return {
    id: "bar",
    header: "Shares",
    width: 104,
    // Sorts by what is not known to be encrypted.
    value: ({ mtls }) => (mtls === null ? null : mtls.plaintext + mtls.unknown),
    cell: ({ mtls }) => (mtls === null ? <span className="text-quiet">–</span> : <SecurityBar mtls={mtls} />),
  };
}

export function shareColumns<Row extends Secured>(): readonly Column<Row>[] {
  return [
    barColumn(),
    { ...share<Row>("mutual", "Mutual", 80) },
    share("tls", "Server TLS", 90),
    share("plaintext", "Plaintext", 84),
    share("unknown", "Not known", 90),
    {
      id: "total",
      header: "Of",
      align: "right",
      width: 132,
      value: ({ mtls }) => mtls?.total ?? null,
      cell: ({ mtls }) =>
        mtls === null ? (
          <span className="text-quiet">–</span>
        ) : (
          <span title={securedTotal(mtls)}>
            <Num figure={{ ...count(mtls.total), unit: mtls.unit }} />
          </span>
        ),
    },
  ];
}

export function evidenceColumn<Row extends Secured>(): Column<Row> {
  return {
    id: "evidence",
    header: "How it is known",
    width: 330,
    value: ({ mtls }) => securityEvidence(mtls),
    cell: ({ mtls }) => {
      const why = mtls?.evidence.reason;
      return (
        <span
          className="font-mono text-2xs text-quiet"
          title={why === undefined ? securityEvidence(mtls) : securityReason(why)}
        >
          {securityEvidence(mtls)}
        </span>
      );
    },
  };
}
