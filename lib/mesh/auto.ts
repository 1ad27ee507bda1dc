/**
 * Adapters by the configured mesh, and the one that tells by metric family. In: a mesh or `auto`. Out: an adapter, or
 * undefined for a mesh that is not built yet. `istio_*` is Istio's; of Envoy's stats those with Istio's own tag names
 * (`cluster_name` where stock Envoy says `envoy_cluster_name`) are Istio's and the others a plain Envoy's. Stats of the
 * server have no tags: they are read as Istio's, whose "0 days left" is the normal state of a certificate.
 * Linkerd's names are its own but for a few that an application may have on a merged port: those need the proxy's
 * `direction`, and a process' start is nobody's until the configuration says that the port is Linkerd's.
 */
import type { Mesh } from "../model/identity.ts";
import type { Series } from "../wire/exposition/parse-series.ts";
import { type MeshAdapter, NOTHING } from "./adapter.ts";
import { envoyAdapter } from "./envoy/adapter.ts";
import { istioAdapter } from "./istio/adapter.ts";
import { linkerdAdapter } from "./linkerd/adapter.ts";

const ISTIO_TAGS = ["cluster_name", "http_conn_manager_prefix", "listener_address", "tcp_prefix"];
const SHARED = /^(?:request_total|response_total|response_latency_ms_|tcp_)/;
const PROCESS_START = "process_start_time_seconds";

function isIstio(series: Series): boolean {
  const { name } = series;
  return (
    name.startsWith("istio_") || name.startsWith("envoy_server_") || ISTIO_TAGS.some((tag) => series.labels.has(tag))
  );
}

function isLinkerd(name: string): boolean {
  return name !== PROCESS_START && linkerdAdapter.wants(name);
}

export const autoAdapter: MeshAdapter = {
  mesh: "auto",
  prefixes: [...new Set([...istioAdapter.prefixes, ...envoyAdapter.prefixes, ...linkerdAdapter.prefixes])],
  wants: (name) => istioAdapter.wants(name) || envoyAdapter.wants(name) || isLinkerd(name),
  adapt: (series, target) => {
    if (!isLinkerd(series.name)) return (isIstio(series) ? istioAdapter : envoyAdapter).adapt(series, target);
    return SHARED.test(series.name) && !series.labels.has("direction") ? NOTHING : linkerdAdapter.adapt(series, target);
  },
};

const ADAPTERS: ReadonlyMap<Mesh | "auto", MeshAdapter> = new Map<Mesh | "auto", MeshAdapter>([
  ["auto", autoAdapter],
  ["istio", istioAdapter],
  ["envoy", envoyAdapter],
  ["linkerd", linkerdAdapter],
]);

export function adapterFor(mesh: Mesh | "auto"): MeshAdapter | undefined {
  return ADAPTERS.get(mesh);
}
