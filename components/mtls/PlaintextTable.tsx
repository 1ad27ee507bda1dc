"use client";
/** Callers that send plaintext, worst first: how much, and why. */
import { useRouter } from "next/navigation";
import { type ReactNode, useMemo } from "react";
import type { MtlsAnswer } from "../../lib/query/schema/security.ts";
import { plaintextLine } from "../../lib/view/coverage.ts";
import { count, plain } from "../../lib/view/format.ts";
import { span } from "../../lib/view/time.ts";
import { mtlsPath } from "../data/security.ts";
import { useViewState } from "../data/use-view-state.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { plaintextColumns } from "./edge-columns.tsx";
import { edgeHolds, useEdgeLinks } from "./use-edge-links.ts";
import type { MtlsTab } from "./use-mtls-tab.ts";

interface PlaintextTableProps {
  readonly answer: MtlsAnswer;
  readonly state: MtlsTab;
  readonly tabs: ReactNode;
}

function Words({ answer }: Pick<PlaintextTableProps, "answer">) {
  const { callers, total } = answer.plaintext;
  const { estate, window } = answer;
  const unknown = estate.http.unknownEdges + estate.tcp.unknownEdges;
  return (
    <span className="text-xs text-quiet">
      {plaintextLine(total)}
      {callers.length < total ? `; the worst ${plain(count(callers.length))} are shown` : ""}
      {unknown === 0 ? "" : `; of ${plain(count(unknown))} ${unknown === 1 ? "edge" : "edges"} something is not known`}
      {" · "}
      {span(window.start, window.end, Date.now())}
    </span>
  );
}

export function PlaintextTable({ answer, state, tabs }: PlaintextTableProps) {
  const router = useRouter();
  const [view] = useViewState();
  const links = useEdgeLinks();
  const columns = useMemo(() => plaintextColumns(links), [links]);
  const { callers } = answer.plaintext;
  const rows = useMemo(() => callers.filter((edge) => edgeHolds(edge, view.find)), [callers, view.find]);
  const { start, end } = answer.window;
  return (
    <DataTable
      label="Callers in plaintext, worst first"
      rows={rows}
      columns={columns}
      rowId={(edge) => edge.id}
      state={state.table}
      onState={state.setTable}
      onOpen={(edge) => router.push(links.map(edge))}
      tools={
        <>
          {tabs}
          <Words answer={answer} />
        </>
      }
      aside={<SameAsButton path={mtlsPath(view, { start, end }, null)} />}
    />
  );
}
