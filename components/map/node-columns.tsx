/** Columns of the nodes table. */
import type { GraphNode, NodeTraffic } from "../../lib/query/schema/graph.ts";
import { nodeLabel } from "../../lib/view/find.ts";
import { percent, ratePerSec } from "../../lib/view/format.ts";
import { stateLook } from "../../lib/view/health-words.ts";
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

export const NODE_COLUMNS: readonly Column<GraphNode>[] = [
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
  rate("out", "Outbound", (node) => node.outbound),
  failures("outErrors", "Failures out", (node) => node.outbound),
];
