/**
 * How one would ask Prometheus for an edge, mesh by mesh. In: an edge of the graph. Out: PromQL selectors of its requests
 * and of its latency buckets, written from each mesh's own documentation; undefined where one selector cannot say it.
 * `scraped_workload`, `scraped_namespace` and `scraped_version` are what the recording adds about the scraped proxy (see recording.ts).
 */
import type { Mesh } from "../../lib/model/identity.ts";
import type { EdgeFact } from "../../lib/query/edge-facts.ts";

export interface Dialect {
  readonly speaksOf: (fact: EdgeFact) => boolean;
  readonly requests: (fact: EdgeFact) => string | undefined;
  readonly buckets: (fact: EdgeFact) => string | undefined;
  /** Edges that have to be compared for the test to mean anything. */
  readonly atLeast: number;
}

/** All families that the selectors name. */
export const FAMILIES = new RegExp(
  `^(?:${[
    "istio_requests_total",
    "istio_request_duration_milliseconds_bucket",
    "response_total",
    "response_latency_ms_bucket",
    "envoy_cluster_upstream_rq",
    "envoy_cluster_upstream_rq_time_bucket",
  ].join("|")})$`,
);

const isRequests = (fact: EdgeFact): boolean => fact.protocol !== "tcp";
const only = (fact: EdgeFact, reporter: string): boolean =>
  fact.counts.reporters.size === 1 && fact.counts.reporters.has(reporter);

function istio(metric: string, { source, target, protocol }: EdgeFact): string {
  const names = `source_workload="${source.name}",destination_workload="${target.name}"`;
  return `${metric}{reporter="destination",request_protocol="${protocol}",${names}}`;
}

function envoy(metric: string, { source, target }: EdgeFact, more = ""): string {
  const own = `scraped_workload="${source.name}",scraped_namespace="${source.namespace}"`;
  return `${metric}{${own},envoy_cluster_name="${target.service ?? target.name}"${more}}`;
}

function linkerd(metric: string, { source, target }: EdgeFact): string {
  return `${metric}{direction="outbound",scraped_workload="${source.name}",dst_deployment="${target.name}"}`;
}

/** Versions of a caller print the same names: they are told apart by who was scraped. */
function consul(metric: string, { source, target }: EdgeFact, more = ""): string {
  const version = source.version === undefined ? "" : `,scraped_version="${source.version}"`;
  const ends = `consul_source_service="${source.service}",consul_destination_service="${target.service}"`;
  return `${metric}{${ends}${version}${more}}`;
}

/** A virtual node's name begins after the mesh's, and ends where its namespace, or the protocol and port, begins. */
function appmesh(metric: string, { source, target }: EdgeFact, more = ""): string {
  const cluster = `cds_egress_[^_]+_${target.name}(_${target.namespace})?_(http|http2|grpc)_[0-9]+`;
  return `${metric}{scraped_workload="${source.name}",envoy_cluster_name=~"${cluster}"${more}}`;
}

const within =
  (mesh: Mesh): Dialect["speaksOf"] =>
  (fact) =>
    isRequests(fact) && fact.source.mesh === mesh && fact.target.mesh === mesh && only(fact, "outbound");
const SINGLE_CODES = ',envoy_response_code!=""';

export const DIALECTS: Readonly<Record<string, Dialect>> = {
  istio: {
    speaksOf: (fact) => isRequests(fact) && fact.target.mesh === "istio" && only(fact, "destination"),
    requests: (fact) => istio("istio_requests_total", fact),
    buckets: (fact) => istio("istio_request_duration_milliseconds_bucket", fact),
    atLeast: 8,
  },
  envoy: {
    speaksOf: (fact) => isRequests(fact) && fact.source.mesh === "envoy" && only(fact, "outbound"),
    requests: (fact) => envoy("envoy_cluster_upstream_rq", fact, SINGLE_CODES),
    buckets: (fact) => envoy("envoy_cluster_upstream_rq_time_bucket", fact),
    atLeast: 1,
  },
  linkerd: {
    speaksOf: within("linkerd"),
    requests: (fact) => linkerd("response_total", fact),
    buckets: (fact) => linkerd("response_latency_ms_bucket", fact),
    atLeast: 1,
  },
  consul: {
    speaksOf: within("consul"),
    requests: (fact) => consul("envoy_cluster_upstream_rq", fact, SINGLE_CODES),
    buckets: (fact) => consul("envoy_cluster_upstream_rq_time_bucket", fact),
    atLeast: 2,
  },
  appmesh: {
    speaksOf: within("appmesh"),
    requests: (fact) => appmesh("envoy_cluster_upstream_rq", fact, SINGLE_CODES),
    buckets: (fact) => appmesh("envoy_cluster_upstream_rq_time_bucket", fact),
    atLeast: 2,
  },
};
