/** Columns of the map's table of edges: what the marks of the picture say, and, where it is asked for, what the panel adds. */

import { shareOfCaller } from "../../lib/query/caller-share.ts";
import type { EdgeRecords } from "../../lib/query/schema/edge-records.ts";
import type { EdgeDetail, GraphEdge, GraphNode } from "../../lib/query/schema/graph.ts";
import { badgesText, edgeWarnings, ratesText, splitText } from "../../lib/view/edge-figures.ts";
import { durationMs, percent, quantileMs } from "../../lib/view/format.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { edgeColumns } from "../ui/edge-columns.tsx";
import { Num } from "../ui/Num.tsx";
import type { Column } from "../ui/table-column.ts";

type EdgeColumn = Column<GraphEdge>;
type Nodes = ReadonlyMap<string, GraphNode>;

/** Of these the answer has nothing but in the whole record of an edge. */
export const RECORD_COLUMNS: ReadonlySet<string> = new Set(["avg", "p90", "clientErrors", "codes", "flags"]);

/** In this order; a column of `edgeColumns` by its id. */
export const EDGE_COLUMN_IDS: readonly string[] = [
  ...["state", "source", "target", "rate", "errors", "clientErrors", "share", "avg", "p50", "p90", "p95", "p99"],
  ...["mtls", "protocol", "layer", "tcp", "badges", "split", "warnings", "codes", "flags"],
  ...["sourceNamespace", "sourceCluster", "targetNamespace", "targetCluster"],
];

function place(end: "source" | "target", of: "namespace" | "cluster", nodes: Nodes): EdgeColumn {
  const whose = end === "source" ? "Caller" : "Destination";
  const header = `${whose} ${of}`;
  return { id: `${end}${of === "cluster" ? "Cluster" : "Namespace"}`, header, width: 132, filterable: true, value };
  function value(edge: GraphEdge): string {
    return nodes.get(edge[end])?.[of] ?? "";
  }
}

/** A name with its place beside it: callers that nobody names are told apart by it. */
function placed(column: EdgeColumn, nodes: Nodes): EdgeColumn {
  const { id } = column;
  if (id !== "source" && id !== "target") return column;
  const cell = (edge: GraphEdge) => {
    const node = nodes.get(edge[id]);
    const where = node === undefined ? "" : [node.namespace, node.cluster].filter((part) => part !== "").join(" · ");
    return (
      <span title={`${endLabel(nodes, edge[id])} ${where}`}>
        {endLabel(nodes, edge[id])} <span className="text-quiet">{where}</span>
      </span>
    );
  };
  return { ...column, width: 176, cell };
}

function words(id: string, header: string, width: number, value: (edge: GraphEdge) => string): EdgeColumn {
  return { id, header, width, value, cell: (edge) => <span title={value(edge)}>{value(edge)}</span> };
}

function fromRecord(
  id: string,
  header: string,
  records: EdgeRecords,
  of: Pick<EdgeColumn, "value"> & { readonly figure: (record: EdgeDetail) => ReturnType<typeof percent> },
): EdgeColumn {
  const cell = (edge: GraphEdge) => {
    const record = records.get(edge.id);
    return record === undefined ? <span className="text-quiet">…</span> : <Num dash figure={of.figure(record)} />;
  };
  return { id, header, align: "right", width: 92, value: of.value, cell };
}

function recordColumns(records: EdgeRecords): readonly EdgeColumn[] {
  return [
    fromRecord("clientErrors", "Client errors", records, {
      value: ({ id }) => records.get(id)?.clientErrorRatio ?? null,
      figure: ({ clientErrorRatio, absent }) => percent(clientErrorRatio, absent?.["clientErrorRatio"]),
    }),
    fromRecord("avg", "Average", records, {
      value: ({ id }) => records.get(id)?.latencyMs?.avg ?? null,
      figure: ({ latencyMs, absent }) => durationMs(latencyMs?.avg, absent?.["latencyMs"]),
    }),
    fromRecord("p90", "p90", records, {
      value: ({ id }) => records.get(id)?.latencyMs?.p90 ?? null,
      figure: ({ latencyMs, absent }) => quantileMs(latencyMs?.p90, latencyMs?.known["p90"], absent?.["latencyMs"]),
    }),
    words("codes", "Status codes", 180, ({ id }) => ratesText(records.get(id)?.statusCodes)),
    words("flags", "Response flags", 140, ({ id }) => ratesText(records.get(id)?.responseFlags)),
  ];
}

/** `records` is empty where none of them was asked for. */
export function mapEdgeColumns(nodes: Nodes, records: EdgeRecords): readonly EdgeColumn[] {
  const all: readonly EdgeColumn[] = [
    ...edgeColumns(nodes).map((column) => placed(column, nodes)),
    place("source", "namespace", nodes),
    place("source", "cluster", nodes),
    place("target", "namespace", nodes),
    place("target", "cluster", nodes),
    { id: "layer", header: "Layer", width: 64, filterable: true, value: ({ layer }) => layer },
    {
      id: "share",
      header: "Of caller",
      align: "right",
      width: 84,
      value: (edge) => shareOfCaller(edge, nodes.get(edge.source)),
      cell: (edge) => (
        <Num dash figure={percent(shareOfCaller(edge, nodes.get(edge.source)), edge.absent?.["requestsPerSec"])} />
      ),
    },
    words("badges", "Marks", 170, badgesText),
    words("split", "Canary", 190, splitText),
    words("warnings", "Warnings", 220, edgeWarnings),
    ...recordColumns(records),
  ];
  const byId = new Map(all.map((column) => [column.id, column]));
  return EDGE_COLUMN_IDS.flatMap((id) => byId.get(id) ?? []);
}
