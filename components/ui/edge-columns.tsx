/** Columns of the edges table. Values are exact; cells are as on the rest of the screen. */
import type { GraphEdge, GraphNode } from "../../lib/query/schema/graph.ts";
import { mutualFigure } from "../../lib/view/evidence-words.ts";
import { bytesPerSec, durationMs, percent, ratePerSec } from "../../lib/view/format.ts";
import { tcpBytes } from "../../lib/view/graph/present-edge.ts";
import { stateLook } from "../../lib/view/health-words.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { Num } from "./Num.tsx";
import { StateMark } from "./StateMark.tsx";
import type { Column } from "./table-column.ts";

function quantile(name: "p50" | "p95" | "p99"): Column<GraphEdge> {
  return {
    id: name,
    header: name,
    align: "right",
    width: 78,
    value: (edge) => edge.latencyMs?.[name] ?? null,
    cell: (edge) => <Num dash figure={durationMs(edge.latencyMs?.[name], edge.absent?.["latencyMs"])} />,
  };
}

export function edgeColumns(nodes: ReadonlyMap<string, GraphNode>): readonly Column<GraphEdge>[] {
  return [
    {
      id: "state",
      header: "State",
      width: 92,
      filterable: true,
      value: (edge) => stateLook(edge.health.state).words,
      cell: (edge) => <StateMark state={edge.health.state} />,
    },
    { id: "source", header: "Caller", width: 136, filterable: true, value: (edge) => endLabel(nodes, edge.source) },
    {
      id: "target",
      header: "Destination",
      width: 136,
      filterable: true,
      value: (edge) => endLabel(nodes, edge.target),
    },
    { id: "protocol", header: "Protocol", width: 72, filterable: true, value: (edge) => edge.protocol },
    {
      id: "rate",
      header: "Requests",
      align: "right",
      width: 90,
      value: (edge) => edge.requestsPerSec,
      cell: (edge) => <Num dash figure={ratePerSec(edge.requestsPerSec, edge.absent?.["requestsPerSec"])} />,
    },
    {
      id: "errors",
      header: "Failures",
      align: "right",
      width: 88,
      value: (edge) => edge.errorRatio,
      cell: (edge) => <Num dash figure={percent(edge.errorRatio, edge.absent?.["errorRatio"])} />,
    },
    quantile("p50"),
    quantile("p95"),
    quantile("p99"),
    {
      id: "mtls",
      header: "Mutual TLS",
      align: "right",
      width: 92,
      value: (edge) => edge.mtls?.mutual ?? null,
      cell: (edge) => <Num dash figure={mutualFigure(edge)} />,
    },
    {
      id: "tcp",
      header: "TCP bytes",
      align: "right",
      width: 96,
      value: tcpBytes,
      cell: (edge) =>
        edge.tcp === undefined ? (
          <span className="text-quiet">–</span>
        ) : (
          <Num dash figure={bytesPerSec(tcpBytes(edge))} />
        ),
    },
  ];
}
