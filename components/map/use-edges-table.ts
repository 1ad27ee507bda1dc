"use client";
/** Rows, columns and order of the map's table of edges. */
import { useMemo } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { useEdgeRecords } from "../data/use-edge-records.ts";
import { useTableState } from "../data/use-table-state.ts";
import { EDGE_COLUMN_IDS, mapEdgeColumns, RECORD_COLUMNS } from "./map-edge-columns.tsx";
import { useColumns } from "./use-columns.ts";

const BY_ERRORS = { column: "errors", descending: true };

export function useEdgesTable(graph: Graph, matches: ReadonlySet<string> | undefined) {
  const [state, setState] = useTableState(BY_ERRORS);
  const [shown, setShown] = useColumns(EDGE_COLUMN_IDS, RECORD_COLUMNS);
  // Also where what sorts or filters is not drawn: the order and the rows are the same whichever columns are.
  const isUsed = (id: string): boolean => shown.has(id) || state.sort?.column === id || state.where[id] !== undefined;
  const known = useEdgeRecords(graph, [...RECORD_COLUMNS].some(isUsed));
  const columns = useMemo(() => mapEdgeColumns(nodesById(graph.nodes), known), [graph.nodes, known]);
  const drawn = useMemo(() => columns.filter(({ id }) => shown.has(id)), [columns, shown]);
  const rows = useMemo(
    () => (matches === undefined ? graph.edges : graph.edges.filter((edge) => matches.has(edge.id))),
    [graph.edges, matches],
  );
  return { rows, columns, drawn, shown, setShown, state, setState } as const;
}
