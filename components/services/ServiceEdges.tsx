"use client";
/** Who calls the service, or whom it calls: worst first, each row its edge on the map. */
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useCallback, useMemo } from "react";
import type { EntityAnswer } from "../../lib/query/schema/entity.ts";
import type { EdgeDetail, GraphEdge } from "../../lib/query/schema/graph.ts";
import { nodesById, worstFirst } from "../../lib/view/estate.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { DataTable } from "../ui/DataTable.tsx";
import { edgeColumns } from "../ui/edge-columns.tsx";
import type { Column } from "../ui/table-column.ts";
import { TableFrame } from "./TableFrame.tsx";

interface ServiceEdgesProps {
  readonly answer: EntityAnswer;
  readonly side: "inbound" | "outbound";
}

const WORDS = {
  inbound: { title: "Callers, worst first", empty: "No one calls it in this window.", far: "source", own: "target" },
  outbound: { title: "Calls, worst first", empty: "It calls no one in this window.", far: "target", own: "source" },
} as const;

export function ServiceEdges({ answer, side }: ServiceEdgesProps) {
  const router = useRouter();
  const [view] = useViewState();
  const [state, setState] = useTableState(null, side);
  const { title, empty, far, own } = WORDS[side];
  const nodes = useMemo(() => nodesById([...answer.neighbours, answer.node]), [answer]);
  const rows = useMemo(() => worstFirst<EdgeDetail>(answer[side]), [answer, side]);
  const hrefOf = useCallback((edge: GraphEdge) => linkTo("/", { ...view, view: "service" }, { edge: edge.id }), [view]);
  const columns = useMemo((): readonly Column<GraphEdge>[] => {
    const others = edgeColumns(nodes).filter(({ id }) => id !== own);
    return others.map((column) => {
      if (column.id !== far) return column;
      const cell = (edge: GraphEdge) => (
        <Link href={hrefOf(edge)} className="font-medium hover:underline">
          {endLabel(nodes, edge[far])}
        </Link>
      );
      return { ...column, cell, filterable: false };
    });
  }, [nodes, far, own, hrefOf]);
  return (
    <TableFrame title={title} rows={rows.length} empty={empty}>
      <DataTable
        label={title}
        rows={rows}
        columns={columns}
        rowId={(edge) => edge.id}
        state={state}
        onState={setState}
        onOpen={(edge) => router.push(hrefOf(edge))}
      />
    </TableFrame>
  );
}
