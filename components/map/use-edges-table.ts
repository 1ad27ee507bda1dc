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
  const records = useEdgeRecords(
    graph,
    [...RECORD_COLUMNS].some((id) => shown.has(id)),
  );
  const all = useMemo(() => mapEdgeColumns(nodesById(graph.nodes), records), [graph.nodes, records]);
  // A column that filters is not hidden: rows would be missing for no reason to be seen.
  const columns = useMemo(
    () => all.filter(({ id }) => shown.has(id) || state.where[id] !== undefined),
    [all, shown, state.where],
  );
  const rows = useMemo(
    () => (matches === undefined ? graph.edges : graph.edges.filter((edge) => matches.has(edge.id))),
    [graph.edges, matches],
  );
  return { rows, columns, all, shown, setShown, state, setState } as const;
}
