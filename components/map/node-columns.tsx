/** Columns of the nodes table. */
import type { Graph, GraphNode, NodeTraffic } from "../../lib/query/schema/graph.ts";
import { nodeLabel } from "../../lib/view/find.ts";
import { bytesPerSec, durationMs, percent, ratePerSec } from "../../lib/view/format.ts";
import { stateLook } from "../../lib/view/health-words.ts";
import { inboundFigures } from "../../lib/view/inbound-figures.ts";
import { warningsOf, warningWords } from "../../lib/view/node-warnings.ts";
import { Num } from "../ui/Num.tsx";
import { StateMark } from "../ui/StateMark.tsx";
import type { Column } from "../ui/table-column.ts";

function rate(id: string, header: string, of: (node: GraphNode) => NodeTraffic): Column<GraphNode> {
  return {
    id,
    header,
    align: "right",
    width: 104,
    value: (node) => of(node).requestsPerSec,
    cell: (node) => <Num dash figure={ratePerSec(of(node).requestsPerSec, of(node).absent?.["requestsPerSec"])} />,
  };
}

function failures(id: string, header: string, of: (node: GraphNode) => NodeTraffic): Column<GraphNode> {
  return {
    id,
    header,
    align: "right",
    width: 104,
    value: (node) => of(node).errorRatio,
    cell: (node) => <Num dash figure={percent(of(node).errorRatio, of(node).absent?.["errorRatio"])} />,
  };
}

const NODE_COLUMNS: readonly Column<GraphNode>[] = [
  {
    id: "state",
    header: "State",
    width: 108,
    filterable: true,
    value: (node) => stateLook(node.health.state).words,
    cell: (node) => <StateMark state={node.health.state} />,
  },
  { id: "name", header: "Name", width: 180, value: nodeLabel },
  { id: "kind", header: "Kind", width: 92, filterable: true, value: (node) => node.kind },
  { id: "namespace", header: "Namespace", width: 120, filterable: true, value: (node) => node.namespace },
  { id: "cluster", header: "Cluster", width: 100, filterable: true, value: (node) => node.cluster },
  {
    id: "mesh",
    header: "Mesh",
    width: 100,
    filterable: true,
    value: (node) => (node.meshes ?? (node.mesh === null ? [] : [node.mesh])).join(" + "),
  },
  rate("in", "Inbound", (node) => node.inbound),
  failures("inErrors", "Failures", (node) => node.inbound),
];

const OUTBOUND: readonly Column<GraphNode>[] = [
  rate("out", "Outbound", (node) => node.outbound),
  failures("outErrors", "Failures out", (node) => node.outbound),
];

/** What the edges of `graph` say of its nodes stands beside what the nodes say. */
export function nodeColumns(graph: Graph): readonly Column<GraphNode>[] {
  const inbound = inboundFigures(graph);
  const warnings = warningsOf(graph);
  const slowest = ({ id }: GraphNode) => inbound.get(id)?.slowestP95 ?? null;
  const mutual = ({ id }: GraphNode) => inbound.get(id)?.mutual ?? null;
  const warned = ({ id }: GraphNode) => (warnings.get(id) ?? []).map(warningWords).join("; ");
  /** Of a node that nothing calls there is nothing to measure. */
  const absent = ({ id }: GraphNode) => (inbound.has(id) ? undefined : "notApplicable");
  return [
    ...NODE_COLUMNS,
    {
      id: "p95",
      header: "Slowest p95 in",
      align: "right",
      width: 112,
      value: slowest,
      cell: (node) => <Num dash figure={durationMs(slowest(node), absent(node))} />,
    },
    {
      id: "mtls",
      header: "Mutual TLS in",
      align: "right",
      width: 108,
      value: mutual,
      cell: (node) => <Num dash figure={percent(mutual(node), absent(node))} />,
    },
    {
      id: "tcp",
      header: "TCP in",
      align: "right",
      width: 92,
      value: ({ inbound: { tcpBytesPerSec } }) => tcpBytesPerSec ?? null,
      cell: ({ inbound: { tcpBytesPerSec, absent: why } }) => (
        <Num
          dash
          figure={bytesPerSec(tcpBytesPerSec, tcpBytesPerSec === undefined ? "notApplicable" : why?.["tcpBytesPerSec"])}
        />
      ),
    },
    ...OUTBOUND,
    {
      id: "warnings",
      header: "Warnings",
      width: 240,
      value: warned,
      cell: (node) => <span title={warned(node)}>{warned(node)}</span>,
    },
  ];
}
