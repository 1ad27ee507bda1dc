/**
 * Any Envoy without a mesh's own metrics. In: one series of `/stats/prometheus`, and what the scrape configuration says
 * about the proxy, which does not print who it is. Out: meanings.
 *
 * The source of an edge is the configured workload. The destination is the cluster's name as a *service*, also where a
 * workload of that name is known: a cluster is a set of endpoints that may belong to several workloads, the proxy does not
 * say which, and an adapter sees one proxy only. In the `service` view the two meet by (cluster, namespace, name); in the
 * others a service that exactly one known workload stands behind is joined with it when read.
 */
import type { Endpoint } from "../../model/identity.ts";
import type { TargetLabels } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { type Adapted, type MeshAdapter, means, NOTHING, refuses } from "../adapter.ts";
import { ownWorkload, serviceEndpoint, special } from "../endpoints.ts";
import { clusterPeer } from "./cluster-names.ts";
import { downstreamMeanings } from "./downstream.ts";
import { isProcessStat, processMeaning } from "./process-stats.ts";
import { type StatName, statNameOf, tag } from "./stat-names.ts";
import { upstreamMeanings } from "./upstream.ts";

/** The far end of a cluster's edge; undefined for the proxy's own application and for infrastructure. */
export function upstreamEndpoint(name: StatName, series: Series, own: Endpoint): Endpoint | undefined {
  const label = tag(series.labels, "cluster_name");
  const peer = clusterPeer(label, name.infix);
  const { cluster, mesh } = own;
  if (label === "" || peer.kind === "ownApplication" || peer.kind === "infrastructure") return undefined;
  if (peer.kind === "external") return special("external", peer.host, "outside_host", { cluster, mesh });
  if (peer.kind !== "service") return special(peer.kind, peer.name, peer.reason, { cluster, mesh });
  return serviceEndpoint(peer.name, peer.namespace ?? own.namespace, cluster, mesh ?? "envoy");
}

function adapt(series: Series, target: TargetLabels): Adapted {
  const process = processMeaning(series, false);
  if (process !== undefined) return means(process);
  const name = statNameOf(series.name);
  if (name === undefined) return NOTHING;
  const own = ownWorkload(target, "envoy");
  if (own === undefined) return refuses("no_target_labels");
  if (name.scope !== "cluster") {
    const meanings = downstreamMeanings(series, name, own);
    return meanings === undefined ? refuses("bad_labels") : means(...meanings);
  }
  const peer = upstreamEndpoint(name, series, own);
  if (peer === undefined) return NOTHING;
  const meanings = upstreamMeanings(series, name.stat, { source: own, target: peer, reporter: "outbound" });
  return meanings === undefined ? refuses("bad_labels") : means(...meanings);
}

export const envoyAdapter: MeshAdapter = {
  mesh: "envoy",
  prefixes: ["envoy_"],
  wants: (name) => isProcessStat(name) || statNameOf(name) !== undefined,
  adapt,
};
