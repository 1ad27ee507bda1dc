/**
 * Adapters by the configured mesh, and the one that tells by metric family. In: a mesh or `auto`. Out: an adapter, or
 * undefined for a mesh that is not built yet. `istio_*` is Istio's; of Envoy's stats those with Istio's own tag names
 * (`cluster_name` where stock Envoy says `envoy_cluster_name`) are Istio's and the others a plain Envoy's. Stats of the
 * server have no tags: they are read as Istio's, whose "0 days left" is the normal state of a certificate.
 */
import type { Mesh } from "../model/identity.ts";
import type { Series } from "../wire/exposition/parse-series.ts";
import type { MeshAdapter } from "./adapter.ts";
import { envoyAdapter } from "./envoy/adapter.ts";
import { istioAdapter } from "./istio/adapter.ts";

const ISTIO_TAGS = ["cluster_name", "http_conn_manager_prefix", "listener_address", "tcp_prefix"];

function isIstio(series: Series): boolean {
  const { name } = series;
  return (
    name.startsWith("istio_") ||
    name.startsWith("citadel_") ||
    name.startsWith("envoy_server_") ||
    ISTIO_TAGS.some((tag) => series.labels.has(tag))
  );
}

export const autoAdapter: MeshAdapter = {
  mesh: "auto",
  prefixes: [...istioAdapter.prefixes, ...envoyAdapter.prefixes],
  wants: (name) => istioAdapter.wants(name) || envoyAdapter.wants(name),
  adapt: (series, target) => (isIstio(series) ? istioAdapter : envoyAdapter).adapt(series, target),
  proxyOf: (bytes) => istioAdapter.proxyOf?.(bytes),
};

export function adapterFor(mesh: Mesh | "auto"): MeshAdapter | undefined {
  if (mesh === "auto") return autoAdapter;
  if (mesh === "istio") return istioAdapter;
  return mesh === "envoy" ? envoyAdapter : undefined;
}
