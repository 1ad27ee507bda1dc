/**
 * AWS App Mesh, which AWS ended on 2026-09-30, and ECS Service Connect, which runs the same Envoy agent. In: one series of
 * Envoy's `/stats/prometheus` or of the agent's. Out: meanings.
 *
 * The clusters `cds_egress_…` are the edges; `cds_ingress_…` leads to the proxy's own application and repeats what the
 * `ingress` connection manager counts, which is the `inbound` view, without a caller. A cluster's name says what it speaks,
 * so that gRPC is told apart. Without `ENABLE_ENVOY_STATS_TAGS` a proxy does not say who it is: the scrape configuration
 * has to. Not handled: `?delta`, whose numbers are no counters.
 */
import type { Endpoint } from "../../model/identity.ts";
import type { TargetLabels } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { type Adapted, type MeshAdapter, means, NOTHING, refuses } from "../adapter.ts";
import { downstreamMeanings, type Front } from "../envoy/downstream.ts";
import { isProcessStat, processMeaning } from "../envoy/process-stats.ts";
import { type StatName, statNameOf } from "../envoy/stat-names.ts";
import { type Ends, upstreamMeanings } from "../envoy/upstream.ts";
import { adaptExtension, EXTENSION_PREFIXES, isExtension } from "./extension.ts";
import { clusterBehind, destinationOf, hasOwnTags, ownEndpoint } from "./peers.ts";

/**
 * `http.ingress.http.5555.…`: the protocol and port are tags of their own, or left in the metric's name, where an image
 * without App Mesh's tags may leave nothing else of the manager's.
 */
const FACES_CALLERS = /^ingress|^(?:http2?|grpc|tcp)_[0-9]+$/;
/** Takes the connections of the own application, in plaintext. */
const EGRESS_LISTENER = /_15001$/;

/** By own tags, or by a cluster that nothing else names so. */
export function isAppmeshSeries({ name, labels }: Series): boolean {
  if (isExtension(name) || hasOwnTags(labels) || labels.has("appmesh_listener_port")) return true;
  return /^cds_(?:in|e)gress_/.test(labels.get("envoy_cluster_name") ?? "");
}

function adaptUpstream(series: Series, { stat }: StatName, own: Endpoint, target: TargetLabels): Adapted {
  const cluster = clusterBehind(series.labels, target);
  const peer = cluster === undefined ? undefined : destinationOf(cluster, own, target);
  if (cluster === undefined || peer === undefined) return NOTHING;
  const requests = cluster.kind === "node" && cluster.protocol === "grpc" ? "grpc" : "http";
  const ends: Ends = { source: own, target: peer, reporter: "outbound", requests };
  const meanings = upstreamMeanings(series, stat, ends);
  return meanings === undefined ? refuses("bad_labels") : means(...meanings);
}

function frontOf(series: Series, { infix }: StatName): Front {
  const isGrpc = series.labels.get("appmesh_listener_protocol") === "grpc" || /(?:^|_)grpc_[0-9]+$/.test(infix);
  return { facesCallers: FACES_CALLERS, requests: isGrpc ? "grpc" : "http" };
}

function adapt(series: Series, target: TargetLabels): Adapted {
  if (isExtension(series.name)) return adaptExtension(series, target);
  const process = processMeaning(series, false);
  if (process !== undefined) return means(process);
  const name = statNameOf(series.name);
  if (name === undefined) return NOTHING;
  const own = ownEndpoint(series.labels, target);
  if (own === undefined) return refuses("no_target_labels");
  if (name.scope === "cluster") return adaptUpstream(series, name, own, target);
  if (name.scope === "listener" && EGRESS_LISTENER.test(series.labels.get("envoy_listener_address") ?? "")) {
    return NOTHING;
  }
  const meanings = downstreamMeanings(series, name, own, frontOf(series, name));
  return meanings === undefined ? refuses("bad_labels") : means(...meanings);
}

export const appmeshAdapter: MeshAdapter = {
  mesh: "appmesh",
  prefixes: ["envoy_", ...EXTENSION_PREFIXES],
  wants: (name) => isExtension(name) || isProcessStat(name) || statNameOf(name) !== undefined,
  adapt,
};
