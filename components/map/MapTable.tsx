"use client";
/** What the picture draws, as tables: edges and nodes. Find narrows them to the matches. */
import { type ReactNode, useMemo } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { filterText } from "../../lib/view/find-graph.ts";
import { graphPath } from "../../lib/view/live-query.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useSelection } from "../data/use-selection.ts";
import { useTableState } from "../data/use-table-state.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { edgeColumns } from "../ui/edge-columns.tsx";
import { NODE_COLUMNS } from "./node-columns.tsx";
import { useMapOptions } from "./use-map-options.ts";

const BY_ERRORS = { column: "errors", descending: true };
const BY_RATE = { column: "in", descending: true };

interface MapTableProps {
  readonly graph: Graph;
  /** Ids of nodes and edges that find matches: the rows. */
  readonly matches: ReadonlySet<string> | undefined;
  readonly tools: ReactNode;
}

export function MapTable({ graph, matches, tools }: MapTableProps) {
  const { tab } = useMapOptions();
  const view = usePictured().state;
  const [selection, select] = useSelection();
  const [state, setState] = useTableState(tab === "edges" ? BY_ERRORS : BY_RATE);
  const nodes = useMemo(() => nodesById(graph.nodes), [graph.nodes]);
  const columns = useMemo(() => edgeColumns(nodes), [nodes]);
  const time = { kind: "range", startMs: graph.window.start, endMs: graph.window.end } as const;
  const aside = (
    <SameAsButton
      path={graphPath({ ...view, time }, 0, filterText(view.find, matches === undefined ? view.findMode : "only"))}
    />
  );
  const selectedId = selection?.id ?? null;
  if (tab === "nodes") {
    return (
      <DataTable
        label="Nodes"
        rows={matches === undefined ? graph.nodes : graph.nodes.filter((node) => matches.has(node.id))}
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
      rows={matches === undefined ? graph.edges : graph.edges.filter((edge) => matches.has(edge.id))}
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
