/** Columns of coverage by mesh, cluster or namespace. */
import type { CoverageBy, CoverageRow } from "../../lib/view/coverage.ts";
import { count } from "../../lib/view/format.ts";
import { Num } from "../ui/Num.tsx";
import type { Column } from "../ui/table-column.ts";
import { evidenceColumn, lockColumn, shareColumns } from "./share-columns.tsx";

const HEADERS: Readonly<Record<Exclude<CoverageBy, "edge">, string>> = {
  mesh: "Mesh",
  cluster: "Cluster",
  namespace: "Namespace",
};

const CLUSTER: Column<CoverageRow> = {
  id: "cluster",
  header: "Cluster",
  width: 100,
  filterable: true,
  value: ({ cluster }) => cluster,
};

function edges(id: "edges" | "plaintextEdges", header: string): Column<CoverageRow> {
  return {
    id,
    header,
    align: "right",
    width: 96,
    value: (row) => row[id],
    cell: (row) => <Num figure={count(row[id])} />,
  };
}

export function placeColumns(by: Exclude<CoverageBy, "edge">): readonly Column<CoverageRow>[] {
  return [
    lockColumn(),
    { id: "name", header: HEADERS[by], width: 170, filterable: true, value: ({ name }) => name },
    ...(by === "namespace" ? [CLUSTER] : []),
    { id: "traffic", header: "Traffic", width: 96, filterable: true, value: ({ traffic }) => traffic },
    ...shareColumns<CoverageRow>(),
    edges("edges", "Edges"),
    edges("plaintextEdges", "In plaintext"),
    evidenceColumn(),
  ];
}
