/** `/services`: the `service` view as a catalogue. Rates per second, latency ms of what is answered. */
import type { Histogram } from "../model/histogram.ts";
import { mergeHistograms } from "../model/histogram-merge.ts";
import { quantile } from "../model/histogram-quantile.ts";
import { completenessOf } from "./completeness.ts";
import { NO_FOLDS } from "./folds.ts";
import type { AnswerContext, GraphQuery } from "./graph-answer.ts";
import { digits4OrNull } from "./numbers.ts";
import { presentNode } from "./present-node.ts";
import type { Service, ServiceList } from "./schema/estate.ts";
import type { Snapshot } from "./snapshot.ts";
import { type ViewNode, viewGraph } from "./view-graph.ts";

export interface ServicesQuery extends Pick<GraphQuery, "namespace" | "cluster" | "mesh"> {
  /** A piece of the name. */
  readonly filter?: string | undefined;
  readonly limit: number;
  /** Name of the last service of the page before, as this answer gave it. */
  readonly cursor?: string | undefined;
}

function latencyOf(histogram: Histogram | undefined): Service["latencyMs"] {
  if (histogram === undefined) return null;
  const at = (q: number): number | null => digits4OrNull(quantile(histogram, q)?.value);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function inboundLatencies(
  snapshot: Snapshot,
  context: AnswerContext,
): { nodes: ViewNode[]; latency: Map<string, Histogram> } {
  const graph = viewGraph(snapshot.facts, "service", NO_FOLDS, context.ids);
  const latency = new Map<string, Histogram>();
  for (const edge of graph.edges) {
    for (const { counts } of edge.facts) {
      if (counts.latency === null) continue;
      const known = latency.get(edge.target);
      latency.set(edge.target, known === undefined ? counts.latency : mergeHistograms(known, counts.latency));
    }
  }
  return { nodes: [...graph.nodes.values()].filter((node) => node.identity.kind === "service"), latency };
}

function presentService(node: ViewNode, latency: Histogram | undefined): Service {
  const { id, health, inbound, name, namespace, cluster } = presentNode(node);
  const latencyMs = latencyOf(latency);
  return {
    id,
    name,
    namespace,
    cluster,
    meshes: [...node.meshes].sort(),
    versions: [...node.versions].sort(),
    workloads: [...node.workloads].sort(),
    health,
    inbound,
    latencyMs,
    ...(latencyMs === null ? { absent: { latencyMs: health.state === "unknown" ? "unknown" : "notApplicable" } } : {}),
  };
}

const sortKey = (service: Service): string => JSON.stringify([service.name, service.namespace, service.cluster]);

function matches(service: Service, query: ServicesQuery): boolean {
  const within = (wanted: readonly string[] | undefined, values: readonly string[]): boolean =>
    wanted === undefined || values.some((value) => wanted.includes(value));
  return (
    within(query.namespace, [service.namespace]) &&
    within(query.cluster, [service.cluster]) &&
    within(query.mesh, service.meshes) &&
    service.name.toLowerCase().includes((query.filter ?? "").toLowerCase())
  );
}

export function servicesAnswer(snapshot: Snapshot, query: ServicesQuery, context: AnswerContext): ServiceList {
  const { nodes, latency } = inboundLatencies(snapshot, context);
  const all = nodes
    .map((node) => presentService(node, latency.get(node.id)))
    .filter((service) => matches(service, query))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const rest = query.cursor === undefined ? all : all.filter((service) => sortKey(service) > (query.cursor ?? ""));
  const services = rest.slice(0, query.limit);
  const last = services[services.length - 1];
  return {
    window: snapshot.window,
    services,
    nextCursor: rest.length > services.length && last !== undefined ? sortKey(last) : null,
    total: all.length,
    completeness: completenessOf(snapshot, context.targets),
  };
}
