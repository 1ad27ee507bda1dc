"use client";
/** What the picture draws, as tables: edges and nodes. Find narrows them to the matches. */
import { type ReactNode, useMemo } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { filterText } from "../../lib/view/find-graph.ts";
import { graphPath } from "../../lib/view/live-query.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useSelection } from "../data/use-selection.ts";
import { useTableState } from "../data/use-table-state.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { ColumnPick } from "./ColumnPick.tsx";
import { nodeColumns } from "./node-columns.tsx";
import { useEdgesTable } from "./use-edges-table.ts";
import { useMapOptions } from "./use-map-options.ts";

const BY_RATE = { column: "in", descending: true };

interface MapTableProps {
  readonly graph: Graph;
  /** Before find left any of it out: what the edges of a node say is said of all of them. */
  readonly all: Graph;
  /** Ids of nodes and edges that find matches: the rows. */
  readonly matches: ReadonlySet<string> | undefined;
  readonly tools: ReactNode;
}

interface OneTableProps extends MapTableProps {
  readonly aside: ReactNode;
}

function EdgesTable({ graph, matches, tools, aside }: OneTableProps) {
  const [selection, select] = useSelection();
  const { rows, columns, drawn, shown, setShown, state, setState } = useEdgesTable(graph, matches);
  return (
    <DataTable
      label="Edges"
      rows={rows}
      columns={columns}
      drawn={drawn}
      rowId={(edge) => edge.id}
      state={state}
      onState={setState}
      onOpen={(edge) => select({ kind: "edge", id: edge.id })}
      selectedId={selection?.id ?? null}
      tools={tools}
      aside={
        <>
          <ColumnPick columns={columns} shown={shown} onChange={setShown} />
          {aside}
        </>
      }
    />
  );
}

function NodesTable({ graph, all, matches, tools, aside }: OneTableProps) {
  const [selection, select] = useSelection();
  const [state, setState] = useTableState(BY_RATE);
  const columns = useMemo(() => nodeColumns(all), [all]);
  const rows = useMemo(
    () => (matches === undefined ? graph.nodes : graph.nodes.filter((node) => matches.has(node.id))),
    [graph.nodes, matches],
  );
  return (
    <DataTable
      label="Nodes"
      rows={rows}
      columns={columns}
      rowId={(node) => node.id}
      state={state}
      onState={setState}
      onOpen={(node) => select({ kind: "node", id: node.id })}
      selectedId={selection?.id ?? null}
      tools={tools}
      aside={aside}
    />
  );
}

export function MapTable(props: MapTableProps) {
  const { graph, matches } = props;
  const { tab } = useMapOptions();
  const view = usePictured().state;
  const time = { kind: "range", startMs: graph.window.start, endMs: graph.window.end } as const;
  const filter = filterText(view.find, matches === undefined ? view.findMode : "only");
  const aside = <SameAsButton path={graphPath({ ...view, time }, 0, filter)} />;
  return tab === "nodes" ? <NodesTable {...props} aside={aside} /> : <EdgesTable {...props} aside={aside} />;
}
