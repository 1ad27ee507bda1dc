/** Columns of the map's table of edges: what the marks of the picture say, and, where it is asked for, what the panel adds. */
import type { ReactNode } from "react";
import { shareOfCaller } from "../../lib/query/caller-share.ts";
import type { EdgeDetail, GraphEdge, GraphNode } from "../../lib/query/schema/graph.ts";
import type { Cell } from "../../lib/view/csv.ts";
import { badgesText, edgeWarnings, ratesText, splitText } from "../../lib/view/edge-figures.ts";
import { durationMs, type Figure, percent, quantileMs } from "../../lib/view/format.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import type { KnownRecords } from "../data/use-edge-records.ts";
import { Dash } from "../ui/Dash.tsx";
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

/** Why there is no record: it comes, it could not be read, or there is none, as of an edge that is gone or of an operation. */
function NoRecord({ isWaiting, failure }: KnownRecords) {
  if (isWaiting) return <span className="text-quiet">…</span>;
  return <Dash reason={failure === null ? "The window has no record of this edge" : `Not read: ${failure.message}`} />;
}

interface OfRecord {
  readonly value: (record: EdgeDetail) => Cell;
  readonly cell: (record: EdgeDetail) => ReactNode;
}

type Look = Pick<EdgeColumn, "id" | "header" | "width" | "align">;

function fromRecord(look: Look, known: KnownRecords, of: OfRecord): EdgeColumn {
  const record = (edge: GraphEdge): EdgeDetail | undefined => known.records.get(edge.id);
  return {
    ...look,
    value: (edge) => {
      const found = record(edge);
      return found === undefined ? null : of.value(found);
    },
    cell: (edge) => {
      const found = record(edge);
      return found === undefined ? <NoRecord {...known} /> : of.cell(found);
    },
  };
}

function recordColumns(known: KnownRecords): readonly EdgeColumn[] {
  const figure = (id: string, header: string, value: OfRecord["value"], figureOf: (record: EdgeDetail) => Figure) =>
    fromRecord({ id, header, align: "right", width: 92 }, known, {
      value,
      cell: (record) => <Num dash figure={figureOf(record)} />,
    });
  const list = (id: string, header: string, width: number, of: (record: EdgeDetail) => string) =>
    fromRecord({ id, header, width }, known, {
      value: of,
      cell: (record) => <span title={of(record)}>{of(record)}</span>,
    });
  return [
    figure(
      "clientErrors",
      "Client errors",
      ({ clientErrorRatio }) => clientErrorRatio,
      ({ clientErrorRatio, absent }) => percent(clientErrorRatio, absent?.["clientErrorRatio"]),
    ),
    figure(
      "avg",
      "Average",
      ({ latencyMs }) => latencyMs?.avg ?? null,
      ({ latencyMs, absent }) => durationMs(latencyMs?.avg, absent?.["latencyMs"]),
    ),
    figure(
      "p90",
      "p90",
      ({ latencyMs }) => latencyMs?.p90 ?? null,
      ({ latencyMs, absent }) => quantileMs(latencyMs?.p90, latencyMs?.known["p90"], absent?.["latencyMs"]),
    ),
    list("codes", "Status codes", 180, ({ statusCodes }) => ratesText(statusCodes)),
    list("flags", "Response flags", 140, ({ responseFlags }) => ratesText(responseFlags)),
  ];
}

/** `known`: of the columns that only the whole record of an edge tells. */
export function mapEdgeColumns(nodes: Nodes, known: KnownRecords): readonly EdgeColumn[] {
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
    ...recordColumns(known),
  ];
  const byId = new Map(all.map((column) => [column.id, column]));
  return EDGE_COLUMN_IDS.flatMap((id) => byId.get(id) ?? []);
}
