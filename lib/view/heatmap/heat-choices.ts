/** What a heatmap may be of: the edges or nodes of a graph whose name has a piece of text in it. Latency is ms. */
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
  /** Of an edge; a graph has none for nodes, and their table no column for it. */
  readonly latencyMs: GraphEdge["latencyMs"];
  readonly absent?: AbsentReason | undefined;
}

const named = (find: string) => {
  const text = find.trim().toLowerCase();
  return ({ name }: HeatChoice): boolean => name.toLowerCase().includes(text);
};

/** Connections without requests are left out: there is no latency to see. */
export function edgeChoices(graph: Pick<Graph, "nodes" | "edges">, find: string): readonly HeatChoice[] {
  const nodes = nodesById(graph.nodes);
  const edges = graph.edges.flatMap((edge): HeatChoice[] => {
    if (edge.protocol === "tcp") return [];
    const name = `${endLabel(nodes, edge.source)} → ${endLabel(nodes, edge.target)}`;
    const target = nodes.get(edge.target);
    const { id, requestsPerSec, errorRatio, latencyMs } = edge;
    const place = target === undefined ? "" : nodePlace(target);
    const known = { id, kind: "edge", name, place, health: edge.health.state };
    return [{ ...known, requestsPerSec, errorRatio, latencyMs, absent: edge.absent?.["latencyMs"] }];
  });
  return edges.filter(named(find));
}

/** Those that somebody calls. */
export function nodeChoices(graph: Pick<Graph, "nodes">, find: string): readonly HeatChoice[] {
  const called = graph.nodes.flatMap((node): HeatChoice[] => {
    const { requestsPerSec, errorRatio } = node.inbound;
    if (!((requestsPerSec ?? 0) > 0)) return [];
    const known = { id: node.id, kind: node.kind, name: nodeLabel(node), place: nodePlace(node) };
    return [{ ...known, health: node.health.state, requestsPerSec, errorRatio, latencyMs: null }];
  });
  return called.filter(named(find));
}
