"use client";
/** Coverage by mesh, cluster, namespace or edge. A place's row opens its edges; an edge's row opens it on the map. */
import { useRouter } from "next/navigation";
import { type ReactNode, useMemo } from "react";
import type { MtlsAnswer } from "../../lib/query/schema/security.ts";
import { COVERAGE_BY, type CoverageBy, coverageRows } from "../../lib/view/coverage.ts";
import { span } from "../../lib/view/time.ts";
import { mtlsPath } from "../data/security.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Rest } from "../shell/Rest.tsx";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { Choice } from "../ui/Toggle.tsx";
import { securedEdgeColumns } from "./edge-columns.tsx";
import { placeColumns } from "./place-columns.tsx";
import { edgeHolds, useEdgeLinks } from "./use-edge-links.ts";
import type { MtlsTab } from "./use-mtls-tab.ts";

const WORDS: Readonly<Record<CoverageBy, string>> = {
  mesh: "Mesh",
  cluster: "Cluster",
  namespace: "Namespace",
  edge: "Edge",
};
const OPTIONS = COVERAGE_BY.map((value) => ({ value, label: WORDS[value] }));

interface CoverageTableProps {
  readonly answer: MtlsAnswer;
  readonly state: MtlsTab;
  readonly tabs: ReactNode;
}

function Tools({ answer, state, tabs }: CoverageTableProps) {
  const [view] = useViewState();
  const { window, edges, total, nextCursor } = answer;
  const rest = <Rest shown={edges.length} total={total} path={mtlsPath(view, window.requested, nextCursor)} />;
  return (
    <>
      {tabs}
      <Choice label="By" value={state.by} options={OPTIONS} onChange={state.setBy} />
      <span className="text-xs text-quiet">
        {span(window.start, window.end, Date.now())}
        {state.by === "edge" ? rest : null}
      </span>
    </>
  );
}

function Edges({ answer, state, tabs }: CoverageTableProps) {
  const router = useRouter();
  const [view] = useViewState();
  const links = useEdgeLinks();
  const columns = useMemo(() => securedEdgeColumns(links), [links]);
  const rows = useMemo(() => answer.edges.filter((edge) => edgeHolds(edge, view.find)), [answer, view.find]);
  const { start, end } = answer.window;
  return (
    <DataTable
      label="Edges and how they are secured"
      rows={rows}
      columns={columns}
      rowId={(edge) => edge.id}
      state={state.table}
      onState={state.setTable}
      onOpen={(edge) => router.push(links.map(edge))}
      tools={<Tools answer={answer} state={state} tabs={tabs} />}
      aside={<SameAsButton path={mtlsPath(view, { start, end }, null)} />}
    />
  );
}

function Places({ answer, state, tabs, by }: CoverageTableProps & { readonly by: Exclude<CoverageBy, "edge"> }) {
  const [view] = useViewState();
  const columns = useMemo(() => placeColumns(by), [by]);
  const rows = useMemo(() => {
    const text = view.find.trim().toLowerCase();
    const places = { mesh: answer.meshes, cluster: answer.clusters, namespace: answer.namespaces }[by];
    return coverageRows(places, by).filter(({ name }) => name.toLowerCase().includes(text));
  }, [answer, by, view.find]);
  const { start, end } = answer.window;
  return (
    <DataTable
      label={`Coverage by ${by}`}
      rows={rows}
      columns={columns}
      rowId={(row) => row.id}
      state={state.table}
      onState={state.setTable}
      tools={<Tools answer={answer} state={state} tabs={tabs} />}
      aside={<SameAsButton path={mtlsPath(view, { start, end }, null)} />}
    />
  );
}

export function CoverageTable(props: CoverageTableProps) {
  const { by } = props.state;
  return by === "edge" ? <Edges {...props} /> : <Places {...props} by={by} />;
}
