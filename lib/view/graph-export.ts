/** The graph on screen as files. In: the graph and of what it is; out: CSV of its nodes, JSON, captions, names of files. */
import type { Graph } from "../query/schema/graph.ts";
import { type Cell, csv } from "./csv.ts";
import { stateLook } from "./health-words.ts";
import { inboundFigures } from "./inbound-figures.ts";
import { warningsOf, warningWords } from "./node-warnings.ts";
import { type TakenOf, takenFacts, takenView } from "./taken-of.ts";

const NODE_HEADER = [
  ...["name", "kind", "mesh", "cluster", "namespace", "service", "app", "version"],
  ...["inbound requests/s", "inbound error ratio", "slowest inbound p95 ms", "inbound mutual TLS share"],
  ...["inbound TCP B/s", "outbound requests/s", "outbound error ratio", "outbound TCP B/s"],
  ...["health", "reason", "warnings", "id"],
];

/** What the edges into a node say is said of all of them: of `all`, before find left any out. */
export function nodesCsv(graph: Graph, all: Graph = graph): string {
  const inbound = inboundFigures(all);
  const warnings = warningsOf(all);
  const rows = graph.nodes.map((node): Cell[] => [
    ...[node.name, node.kind, (node.meshes ?? [node.mesh ?? ""]).join(" "), node.cluster, node.namespace],
    ...[node.service ?? "", node.app ?? "", node.version ?? ""],
    ...[node.inbound.requestsPerSec, node.inbound.errorRatio],
    ...[inbound.get(node.id)?.slowestP95 ?? null, inbound.get(node.id)?.mutual ?? null],
    ...[node.inbound.tcpBytesPerSec ?? null, node.outbound.requestsPerSec, node.outbound.errorRatio],
    ...[node.outbound.tcpBytesPerSec ?? null, stateLook(node.health.state).words, node.reason ?? ""],
    ...[(warnings.get(node.id) ?? []).map(warningWords).join("; "), node.id],
  ]);
  return csv(NODE_HEADER, rows);
}

/** Before a sheet: a line of each fact, each begun by `#`, as readers of CSV know comments. */
export function sheetHead(graph: Graph, of: TakenOf): string {
  return takenFacts(graph, of)
    .map(([name, words]) => csv([`# ${name}`, words], []))
    .join("");
}

/** `20261126-140500`: UTC, without what a file name may not hold. */
const stamp = (atMs: number): string =>
  new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");

export function fileName({ window }: Pick<Graph, "window">, what: string, ending: string): string {
  return `meshscope-${what}-${stamp(window.start)}-${stamp(window.end)}Z.${ending}`;
}

/** The graph as the API answers it, with what was asked for under `taken`. */
export function graphJson(graph: Graph, of: TakenOf): string {
  return JSON.stringify({ taken: takenView(graph, of), ...graph });
}

/** What a picture says of itself: its window, how much of what it shows, and all that was left out. */
export function caption(graph: Graph, of: TakenOf): string {
  const facts = takenFacts(graph, of).map(([name, words]) =>
    name === "window" || name === "shown" ? words : `${name}: ${words}`,
  );
  return ["Meshscope", ...facts].join(" · ");
}
