/** The graph on screen as files. In: the graph; out: CSV of its edges or nodes, with exact figures; names of files. */
import type { Graph } from "../query/schema/graph.ts";
import { type Cell, csv } from "./csv.ts";
import { nodeLabel } from "./find.ts";

const EDGE_HEADER = [
  ...["source", "source namespace", "source cluster", "target", "target namespace", "target cluster"],
  ...["protocol", "layer", "requests/s", "error ratio", "p50 ms", "p95 ms", "p99 ms"],
  ...["mutual TLS share", "TCP request B/s", "TCP response B/s", "health", "stale", "badges"],
];

export function edgesCsv({ nodes, edges }: Graph): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const end = (id: string): Cell[] => {
    const node = byId.get(id);
    return node === undefined ? [id, "", ""] : [nodeLabel(node), node.namespace, node.cluster];
  };
  const rows = edges.map((edge): Cell[] => {
    const { latencyMs, mtls, tcp } = edge;
    return [
      ...end(edge.source),
      ...end(edge.target),
      ...[edge.protocol, edge.layer, edge.requestsPerSec, edge.errorRatio],
      ...[latencyMs?.p50 ?? null, latencyMs?.p95 ?? null, latencyMs?.p99 ?? null],
      ...[mtls?.mutual ?? null, tcp?.requestBytesPerSec ?? null, tcp?.responseBytesPerSec ?? null],
      ...[edge.health.state, edge.stale === true ? "stale" : "", (edge.badges ?? []).join(" ")],
    ];
  });
  return csv(EDGE_HEADER, rows);
}

const NODE_HEADER = [
  ...["name", "kind", "mesh", "cluster", "namespace", "service", "app", "version"],
  ...["inbound requests/s", "inbound error ratio", "outbound requests/s", "outbound error ratio", "health", "reason"],
];

export function nodesCsv({ nodes }: Graph): string {
  const rows = nodes.map((node): Cell[] => [
    ...[node.name, node.kind, (node.meshes ?? [node.mesh ?? ""]).join(" "), node.cluster, node.namespace],
    ...[node.service ?? "", node.app ?? "", node.version ?? ""],
    ...[node.inbound.requestsPerSec, node.inbound.errorRatio, node.outbound.requestsPerSec, node.outbound.errorRatio],
    ...[node.health.state, node.reason ?? ""],
  ]);
  return csv(NODE_HEADER, rows);
}

/** `20261126-140500`: UTC, without what a file name may not hold. */
const stamp = (atMs: number): string =>
  new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");

export function fileName({ window }: Pick<Graph, "window">, what: string, ending: string): string {
  return `meshscope-${what}-${stamp(window.start)}-${stamp(window.end)}Z.${ending}`;
}

/** What a picture says of itself: its window, its size, and how much of the window was observed. */
export function caption({ window, nodes, edges, completeness }: Graph): string {
  const time = `${new Date(window.start).toISOString().slice(0, 19)}Z to ${new Date(window.end).toISOString().slice(11, 19)}Z`;
  const observed = `${Math.round(completeness.observedShare * 100)} % observed`;
  return `Meshscope · ${time} · ${nodes.length} nodes, ${edges.length} edges · ${observed}`;
}
