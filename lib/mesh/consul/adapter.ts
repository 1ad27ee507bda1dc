/**
 * Consul's sidecars and gateways, and its agents. In: one series of `/metrics` (Envoy's stats, alone or merged by
 * consul-dataplane) or of `/v1/agent/metrics`. Out: meanings.
 *
 * The proxy names itself on every series (`consul_source_*`); the destination is read from the name of the cluster. The
 * clusters' counts are the edges. The public listener's are the `inbound` view, without a caller; the listeners of
 * upstreams (`upstream…`) and `local_app` repeat the same requests and are passed over. A service of protocol `tcp`, which
 * is the default, has no HTTP stats at all: its edges have connections and bytes, and requests are not collected.
 * Intentions that deny are counted by RBAC filters on the public listener.
 */
import type { Endpoint } from "../../model/identity.ts";
import type { SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { type Adapted, type MeshAdapter, means, NOTHING, refuses } from "../adapter.ts";
import { downstreamMeanings, type Front, inboundCounter, inboundEdge } from "../envoy/downstream.ts";
import { isProcessStat, processMeaning } from "../envoy/process-stats.ts";
import { type StatName, statNameOf } from "../envoy/stat-names.ts";
import { upstreamMeanings } from "../envoy/upstream.ts";
import { agentMeaning, isAgentStat } from "./agent-stats.ts";
import { destinationOf, isMeshGateway, ownEndpoint } from "./peers.ts";

/** Consul gives the network filter of intentions the prefix `connect_authz`, to which Envoy adds no dot. */
const CONNECTION_DENIED = "envoy_connect_authzrbac_denied";
/** Sidecars' public listener, and the listeners of ingress and API gateways. */
const FRONT: Front = { facesCallers: /^(?:public_listener|ingress_upstream)/ };
const TLS_STATES = new Set(["upstreamHandshakes", "upstreamConnections"]);
/** The listener of scrapes may have TLS of its own, and loopback ones take the own application's connections. */
const NOT_PUBLIC = /^127\.0\.0\.1_|_20200$/;

export function isConsulSeries({ name, labels }: Series): boolean {
  return labels.has("consul_source_service") || isAgentStat(name);
}

function withoutTls(meanings: readonly SeriesMeaning[]): readonly SeriesMeaning[] {
  const isTls = (meaning: SeriesMeaning): boolean => meaning.kind === "state" && TLS_STATES.has(meaning.measure.kind);
  return meanings.filter((meaning) => !isTls(meaning));
}

function adaptUpstream(series: Series, { stat, infix }: StatName, own: Endpoint, target: TargetLabels): Adapted {
  const peer = destinationOf(series.labels, infix, own, target);
  if (peer === undefined) return NOTHING;
  if (peer === "odd") return refuses("bad_labels");
  const meanings = upstreamMeanings(series, stat, { source: own, target: peer, reporter: "outbound" });
  if (meanings === undefined) return refuses("bad_labels");
  return means(...(isMeshGateway(own) ? withoutTls(meanings) : meanings));
}

function processStat(series: Series): SeriesMeaning | undefined {
  const meaning = processMeaning(series, false);
  // The authority's certificate outlives every leaf.
  return meaning?.kind === "certificateSeconds" && meaning.epoch !== true ? { ...meaning, role: "leaf" } : meaning;
}

function adapt(series: Series, target: TargetLabels): Adapted {
  const alone = agentMeaning(series) ?? processStat(series);
  if (alone !== undefined) return means(alone);
  const name = statNameOf(series.name);
  if (name === undefined && series.name !== CONNECTION_DENIED) return NOTHING;
  const own = ownEndpoint(series.labels, target);
  if (own === undefined) return refuses("no_target_labels");
  if (name === undefined) return means(...inboundCounter(series, inboundEdge(own, "tcp"), { kind: "denied" }));
  if (name.scope === "cluster") return adaptUpstream(series, name, own, target);
  if (name.scope === "listener" && NOT_PUBLIC.test(series.labels.get("envoy_listener_address") ?? "")) return NOTHING;
  const meanings = downstreamMeanings(series, name, own, FRONT);
  return meanings === undefined ? refuses("bad_labels") : means(...meanings);
}

export const consulAdapter: MeshAdapter = {
  mesh: "consul",
  prefixes: ["envoy_", "consul_"],
  wants: (name) =>
    isAgentStat(name) || isProcessStat(name) || name === CONNECTION_DENIED || statNameOf(name) !== undefined,
  adapt,
};
