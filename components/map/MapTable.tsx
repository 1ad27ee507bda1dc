"use client";
/** What the picture draws, as tables: edges and nodes. Find narrows them to the matches. */
import { type ReactNode, useMemo } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { findMatches } from "../../lib/view/find.ts";
import { graphPath } from "../../lib/view/live-query.ts";
import { useSelection } from "../data/use-selection.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { edgeColumns } from "../ui/edge-columns.tsx";
import { NODE_COLUMNS } from "./node-columns.tsx";
import { useMapOptions } from "./use-map-options.ts";

const BY_ERRORS = { column: "errors", descending: true };
const BY_RATE = { column: "in", descending: true };

export function MapTable({ graph, tools }: { readonly graph: Graph; readonly tools: ReactNode }) {
  const { tab } = useMapOptions();
  const [view] = useViewState();
  const { find } = view;
  const [selection, select] = useSelection();
  const [state, setState] = useTableState(tab === "edges" ? BY_ERRORS : BY_RATE);
  const nodes = useMemo(() => nodesById(graph.nodes), [graph.nodes]);
  const columns = useMemo(() => edgeColumns(nodes), [nodes]);
  const matches = useMemo(
    () => (find.trim() === "" ? null : new Set(findMatches(graph.nodes, find))),
    [graph.nodes, find],
  );
  const time = { kind: "range", startMs: graph.window.start, endMs: graph.window.end } as const;
  const aside = <SameAsButton path={graphPath({ ...view, time }, 0)} />;
  const selectedId = selection?.id ?? null;
  if (tab === "nodes") {
    return (
      <DataTable
        label="Nodes"
        rows={matches === null ? graph.nodes : graph.nodes.filter((node) => matches.has(node.id))}
        columns={NODE_COLUMNS}
        rowId={(node) => node.id}
        state={state}
        onState={setState}
        onOpen={(node) => select({ kind: "node", id: node.id })}
        selectedId={selectedId}
        tools={tools}
        aside={aside}
      />
    );
  }
  return (
    <DataTable
      label="Edges"
      rows={matches === null ? graph.edges : graph.edges.filter((e) => matches.has(e.source) || matches.has(e.target))}
      columns={columns}
      rowId={(edge) => edge.id}
      state={state}
      onState={setState}
      onOpen={(edge) => select({ kind: "edge", id: edge.id })}
      selectedId={selectedId}
      tools={tools}
      aside={aside}
    />
  );
}
