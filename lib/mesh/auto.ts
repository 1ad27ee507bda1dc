/**
 * Adapters by the configured mesh, and the one that tells by metric family and labels. In: a mesh or `auto`. Out: an
 * adapter, or undefined for a mesh that is not built yet. `istio_*` is Istio's. Of Envoy's stats Consul's and App Mesh's
 * carry tags of their own, as do a Service Connect's; those with Istio's tag names (`cluster_name` where stock Envoy says
 * `envoy_cluster_name`) are Istio's, and the others a plain Envoy's. Stats of the server without any tag are read as
 * Istio's, whose "0 days left" is the normal state of a certificate. Linkerd's names are its own but for a few that an
 * application may have on a merged port: those need the proxy's `direction`, and a process' start is nobody's until the
 * configuration says that the port is Linkerd's.
 */
import type { Mesh } from "../model/identity.ts";
import type { Series } from "../wire/exposition/parse-series.ts";
import { type MeshAdapter, NOTHING } from "./adapter.ts";
import { appmeshAdapter, isAppmeshSeries } from "./appmesh/adapter.ts";
import { consulAdapter, isConsulSeries } from "./consul/adapter.ts";
import { envoyAdapter } from "./envoy/adapter.ts";
import { istioAdapter } from "./istio/adapter.ts";
import { linkerdAdapter } from "./linkerd/adapter.ts";

const ISTIO_TAGS = ["cluster_name", "http_conn_manager_prefix", "listener_address", "tcp_prefix"];
/** Names of Linkerd's that others use, too. */
const SHARED = /^(?:request_total|response_total|response_latency_ms_|tcp_)/;
const PROCESS_START = "process_start_time_seconds";

/** Undefined for an application's metric under a name that a proxy has as well. */
function ofSeries(series: Series): MeshAdapter | undefined {
  const { name } = series;
  if (linkerdAdapter.wants(name))
    return SHARED.test(name) && !series.labels.has("direction") ? undefined : linkerdAdapter;
  if (name.startsWith("istio_") || name.startsWith("citadel_")) return istioAdapter;
  if (isConsulSeries(series)) return consulAdapter;
  if (isAppmeshSeries(series)) return appmeshAdapter;
  const isIstio = name.startsWith("envoy_server_") || ISTIO_TAGS.some((tag) => series.labels.has(tag));
  return isIstio ? istioAdapter : envoyAdapter;
}

const ALL: readonly MeshAdapter[] = [istioAdapter, consulAdapter, appmeshAdapter, envoyAdapter, linkerdAdapter];

export const autoAdapter: MeshAdapter = {
  mesh: "auto",
  prefixes: [...new Set(ALL.flatMap(({ prefixes }) => prefixes))].filter((prefix) => prefix !== PROCESS_START),
  wants: (name) => name !== PROCESS_START && ALL.some((adapter) => adapter.wants(name)),
  adapt: (series, target) => ofSeries(series)?.adapt(series, target) ?? NOTHING,
  proxyOf: (bytes) => istioAdapter.proxyOf?.(bytes),
};

export function adapterFor(mesh: Mesh | "auto"): MeshAdapter | undefined {
  return mesh === "auto" ? autoAdapter : ALL.find((adapter) => adapter.mesh === mesh);
}
