/** What a heatmap may be of: the edges and nodes of a graph whose name has a piece of text in it. Latency is ms. */
import type { AbsentReason, HealthState } from "../../query/schema/common.ts";
import type { Graph, GraphEdge } from "../../query/schema/graph.ts";
import { nodesById } from "../estate.ts";
import { nodeLabel } from "../find.ts";
import { endLabel, nodePlace } from "../node-words.ts";

export interface HeatChoice {
  readonly id: string;
  /** `edge`, or the kind of the node. */
  readonly kind: string;
  readonly name: string;
  readonly place: string;
  readonly health: HealthState;
  readonly requestsPerSec: number | null;
  readonly errorRatio: number | null;
  /** Null for nodes: their latency is not part of the graph. */
  readonly latencyMs: GraphEdge["latencyMs"];
  readonly absent: AbsentReason;
}

/** Edges, then nodes that are called; those without requests are left out, since there is no latency to see. */
export function heatChoices(graph: Pick<Graph, "nodes" | "edges">, find: string): readonly HeatChoice[] {
  const nodes = nodesById(graph.nodes);
  const text = find.trim().toLowerCase();
  const edges = graph.edges.flatMap((edge): HeatChoice[] => {
    if (edge.protocol === "tcp") return [];
    const name = `${endLabel(nodes, edge.source)} → ${endLabel(nodes, edge.target)}`;
    const target = nodes.get(edge.target);
    const { id, requestsPerSec, errorRatio, latencyMs } = edge;
    const place = target === undefined ? "" : nodePlace(target);
    const absent = edge.absent?.["latencyMs"] ?? "unknown";
    return [
      { id, kind: "edge", name, place, health: edge.health.state, requestsPerSec, errorRatio, latencyMs, absent },
    ];
  });
  const called = graph.nodes.flatMap((node): HeatChoice[] => {
    const { requestsPerSec, errorRatio } = node.inbound;
    if (!((requestsPerSec ?? 0) > 0)) return [];
    const known = { id: node.id, kind: node.kind, name: nodeLabel(node), place: nodePlace(node) };
    const rest = { health: node.health.state, requestsPerSec, errorRatio, latencyMs: null };
    return [{ ...known, ...rest, absent: "notApplicable" }];
  });
  return [...edges, ...called].filter(({ name }) => name.toLowerCase().includes(text));
}
