/**
 * Edges as a sheet. In: the graph on screen and the whole records of its edges; out: CSV with exact figures, as much of each
 * edge as its panel says. Where a record is missing (an edge that is gone, an operation) what only it tells is left empty.
 */
import { shareOfCaller } from "../query/caller-share.ts";
import type { EdgeRecords } from "../query/schema/edge-records.ts";
import type { EdgeDetail, Graph, GraphEdge, GraphNode } from "../query/schema/graph.ts";
import { type Cell, csv } from "./csv.ts";
import { nodeLabel } from "./find.ts";
import { healthReasons, stateLook } from "./health-words.ts";

type Nodes = ReadonlyMap<string, GraphNode>;
type Take = (edge: GraphEdge, record: EdgeDetail | undefined, nodes: Nodes) => Cell;

/** Exact: a sheet is for counting on. */
const list = (rates: Readonly<Record<string, number>> | undefined): string =>
  Object.entries(rates ?? {})
    .sort(([, a], [, b]) => b - a)
    .map(([name, rate]) => `${name} ${rate}`)
    .join("; ");

const end =
  (which: "source" | "target", of: (node: GraphNode) => Cell): Take =>
  (edge, _record, nodes) => {
    const node = nodes.get(edge[which]);
    return node === undefined ? "" : of(node);
  };

const ends = (which: "source" | "target"): readonly (readonly [string, Take])[] => [
  [which, (edge, _record, nodes) => nodeText(nodes, edge[which])],
  [`${which} kind`, end(which, ({ kind }) => kind)],
  [`${which} namespace`, end(which, ({ namespace }) => namespace)],
  [`${which} cluster`, end(which, ({ cluster }) => cluster)],
  [`${which} mesh`, end(which, ({ mesh, meshes }) => (meshes ?? [mesh ?? ""]).join(" "))],
];

function nodeText(nodes: Nodes, id: string): string {
  const node = nodes.get(id);
  return node === undefined ? id : nodeLabel(node);
}

const splitList = ({ split = [] }: GraphEdge): string =>
  split.map(({ version, desired, observed }) => `${version} ${desired ?? "?"} seen ${observed ?? "?"}`).join("; ");

const badgeList = ({ badges = [], badgeRates = {} }: GraphEdge): string =>
  badges.map((badge) => [badge, badgeRates[badge]].filter((part) => part !== undefined).join(" ")).join("; ");

function openOrNot(circuitOpen: boolean | null | undefined): string {
  if (circuitOpen === null || circuitOpen === undefined) return "";
  return circuitOpen ? "open" : "closed";
}

const COLUMNS: readonly (readonly [string, Take])[] = [
  ...ends("source"),
  ...ends("target"),
  ["protocol", ({ protocol }) => protocol],
  ["layer", ({ layer }) => layer],
  ["requests/s", ({ requestsPerSec }) => requestsPerSec],
  ["share of caller", (edge, _record, nodes) => shareOfCaller(edge, nodes.get(edge.source))],
  ["error ratio", ({ errorRatio }) => errorRatio],
  ["client error ratio", (_edge, record) => record?.clientErrorRatio ?? null],
  ["average ms", (_edge, record) => record?.latencyMs?.avg ?? null],
  ["p50 ms", ({ latencyMs }) => latencyMs?.p50 ?? null],
  ["p90 ms", (_edge, record) => record?.latencyMs?.p90 ?? null],
  ["p95 ms", ({ latencyMs }) => latencyMs?.p95 ?? null],
  ["p99 ms", ({ latencyMs }) => latencyMs?.p99 ?? null],
  ["status codes/s", (_edge, record) => list(record?.statusCodes)],
  ["gRPC statuses/s", (_edge, record) => list(record?.grpcStatuses)],
  ["response flags/s", (_edge, record) => list(record?.responseFlags)],
  ["hosts/s", (_edge, record) => list(record?.hosts)],
  ["mutual TLS share", ({ mtls }) => mtls?.mutual ?? null],
  ["TLS only share", ({ mtls }) => mtls?.tls ?? null],
  ["plaintext share", ({ mtls }) => mtls?.plaintext ?? null],
  ["security not known share", ({ mtls }) => mtls?.unknown ?? null],
  ["shares are of", ({ mtls }) => mtls?.unit ?? ""],
  ["request B/s", ({ tcp }, record) => tcp?.requestBytesPerSec ?? record?.requestBytesPerSec ?? null],
  ["response B/s", ({ tcp }, record) => tcp?.responseBytesPerSec ?? record?.responseBytesPerSec ?? null],
  ["connections opened/s", ({ tcp }) => tcp?.openedPerSec ?? null],
  ["connections closed/s", ({ tcp }) => tcp?.closedPerSec ?? null],
  ["connections open", ({ tcp }) => tcp?.active ?? null],
  ["retries/s", (_edge, record) => record?.resilience.retries ?? null],
  ["timeouts/s", (_edge, record) => record?.resilience.timeouts ?? null],
  ["overflow/s", (_edge, record) => record?.resilience.overflow ?? null],
  ["ejections/s", (_edge, record) => record?.resilience.ejections ?? null],
  ["rate limited/s", (_edge, record) => record?.resilience.rateLimited ?? null],
  ["denied/s", (_edge, record) => record?.resilience.denied ?? null],
  ["circuit breaker", (_edge, record) => openOrNot(record?.resilience.circuitOpen)],
  ["canary", splitList],
  ["badges", badgeList],
  ["health", ({ health }) => stateLook(health.state).words],
  ["reasons", ({ health }) => healthReasons(health).join("; ")],
  ["stale", ({ stale }) => (stale === true ? "stale" : "")],
  ["id", ({ id }) => id],
  ["source id", ({ source }) => source],
  ["target id", ({ target }) => target],
];

export function edgesCsv({ nodes, edges }: Graph, records: EdgeRecords): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return csv(
    COLUMNS.map(([name]) => name),
    edges.map((edge) => COLUMNS.map(([, take]) => take(edge, records.get(edge.id), byId))),
  );
}
