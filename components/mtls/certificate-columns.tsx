/** Columns of the certificates table. */
import type { Certificate } from "../../lib/query/schema/security.ts";
import { certificateAdvice, certificateLook, roleWords, timeLeft } from "../../lib/view/certificate-words.ts";
import { age, count, durationMs, type Figure } from "../../lib/view/format.ts";
import { instant } from "../../lib/view/time.ts";
import { Num } from "../ui/Num.tsx";
import { LookMark, lookText } from "../ui/StateMark.tsx";
import type { Column } from "../ui/table-column.ts";

const STATE: Column<Certificate> = {
  id: "state",
  header: "State",
  width: 124,
  filterable: true,
  value: ({ state }) => certificateLook(state).words,
  cell: (row) => <LookMark look={certificateLook(row.state)} title={certificateAdvice(row)} />,
};

type Text = "workload" | "namespace" | "cluster" | "mesh" | "name";

function text(id: Text, header: string, width: number): Column<Certificate> {
  return { id, header, width, filterable: true, value: (row) => row[id] ?? "" };
}

/** A point in time, as its distance from when the answer was made; the instant on hover. */
function ago(id: "refreshedAtMs" | "lastReadMs", header: string, nowMs: number): Column<Certificate> {
  return {
    id,
    header,
    align: "right",
    width: 92,
    value: (row) => row[id],
    cell: (row) => {
      const at = row[id];
      const figure: Figure = at === null ? age(null, row.absent?.[id]) : { ...age(nowMs - at), exact: instant(at) };
      return <Num dash figure={at === null ? figure : { ...figure, unit: `${figure.unit} ago` }} />;
    },
  };
}

const LEFT: Column<Certificate> = {
  id: "left",
  header: "Time left",
  align: "right",
  width: 112,
  value: ({ leftSec }) => leftSec,
  cell: (row) => <Num figure={timeLeft(row)} className={lookText(certificateLook(row.state))} />,
};

const ENDS: Column<Certificate> = {
  id: "ends",
  header: "Ends",
  width: 196,
  value: ({ expiresAtMs }) => (expiresAtMs === null ? null : new Date(expiresAtMs).toISOString()),
  cell: ({ expiresAtMs }) =>
    expiresAtMs === null ? <span className="text-quiet">–</span> : <span>{instant(expiresAtMs)}</span>,
};

const LIFETIME: Column<Certificate> = {
  id: "lifetime",
  header: "Lifetime",
  align: "right",
  width: 92,
  value: ({ lifetimeSec }) => lifetimeSec,
  cell: ({ lifetimeSec, absent }) => (
    <Num dash figure={durationMs(lifetimeSec === null ? null : lifetimeSec * 1000, absent?.["lifetimeSec"])} />
  ),
};

const SOURCE: readonly Column<Certificate>[] = [
  {
    id: "instance",
    header: "Printed by",
    width: 170,
    value: ({ instance, instances }) => (instances > 1 ? `${instance} and ${instances - 1} more` : instance),
    cell: ({ instance, instances }) => (
      <span className="font-mono text-2xs">
        {instance}
        {instances > 1 ? <span className="font-sans text-quiet"> and {count(instances - 1).text} more</span> : null}
      </span>
    ),
  },
  {
    id: "family",
    header: "How it is known",
    width: 290,
    value: ({ family }) => family,
    cell: ({ family }) => <span className="font-mono text-2xs text-quiet">{family}</span>,
  },
];

export function certificateColumns(nowMs: number): readonly Column<Certificate>[] {
  return [
    STATE,
    LEFT,
    text("workload", "Workload", 150),
    text("namespace", "Namespace", 104),
    text("cluster", "Cluster", 84),
    text("mesh", "Mesh", 76),
    text("name", "Certificate", 116),
    { id: "role", header: "Role", width: 84, filterable: true, value: ({ role }) => roleWords(role) },
    ENDS,
    LIFETIME,
    ago("refreshedAtMs", "Renewed", nowMs),
    ago("lastReadMs", "Read", nowMs),
    ...SOURCE,
  ];
}
