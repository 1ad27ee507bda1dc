/**
 * What the name of an Envoy cluster says about who is behind it. In: the name as labelled, and the infix (see
 * stat-names.ts). Out: a service, an outside host, a reserved name, the proxy's own application, or infrastructure.
 * Not handled: Consul's and App Mesh's names.
 */
import { inClusterHost, isIpAddress } from "../../model/host-names.ts";

export type ClusterPeer =
  | { readonly kind: "service"; readonly name: string; readonly namespace: string | undefined }
  | { readonly kind: "external"; readonly host: string }
  | { readonly kind: "passthrough" | "blackhole"; readonly name: string; readonly reason: string }
  /** The application behind this proxy: the same requests again, after they arrived. */
  | { readonly kind: "ownApplication" }
  /** Control planes, trace collectors, the proxy's own pages: no part of the estate's traffic. */
  | { readonly kind: "infrastructure" };

const OWN_APPLICATION =
  /^(?:local_app|local_service|service_local|local_application|localhost|app|self)$|^inbound(?:[_|-].*)?$/;

/** Names in use by the meshes and by Envoy's own examples; a name that is not here is a service. */
const INFRASTRUCTURE = new Set([
  "xds-grpc",
  "xds_cluster",
  "xds",
  "ads_cluster",
  "ads",
  "sds-grpc",
  "static_cluster_sds_unix_socket",
  "agent",
  "prometheus_stats",
  "prometheus",
  "prometheus_backend",
  "self_admin",
  "admin",
  "consul-dataplane",
  "local_agent",
  "zipkin",
  "jaeger",
  "tracing",
  "otlp",
  "otel",
  "otel_collector",
  "otel-collector",
  "opentelemetry_collector",
  "als",
  "access_log",
  "connect_originate",
  "connect_terminate",
  "inner_connect_originate",
  "main_internal",
  "encap",
]);

const ISTIO = /^(outbound|inbound|inbound-vip)(?:\|([0-9]*)\|([^|]*)\||_\.([0-9]*)_\.([^.]*)_\.)(.*)$/;

function reserved(name: string): ClusterPeer | undefined {
  if (name === "PassthroughCluster") return { kind: "passthrough", name, reason: "allow_any" };
  if (name === "BlackHoleCluster") return { kind: "blackhole", name, reason: "block_all" };
  return name.startsWith("InboundPassthroughCluster") ? { kind: "ownApplication" } : undefined;
}

function hostPeer(host: string): ClusterPeer {
  const inside = inClusterHost(host);
  if (inside !== undefined) return { kind: "service", ...inside };
  if (host.includes(".") || isIpAddress(host)) return { kind: "external", host };
  return { kind: "service", name: host, namespace: undefined };
}

const CUT_SERVICE = /^(.+?)_svc(?:_.*)?$/;

/**
 * A dotted name of which the label holds the first part. Names inside Kubernetes hold no `_`, so each stands for `-` in a
 * namespace; in an outside host it may have been `.` or `-`, and `.` is the guess.
 */
function cutPeer(first: string, infix: string): ClusterPeer {
  const service = CUT_SERVICE.exec(infix);
  if (service === null) return { kind: "external", host: `${first}.${infix.replaceAll("_", ".")}` };
  return { kind: "service", name: first, namespace: (service[1] ?? "").replaceAll("_", "-") };
}

export function clusterPeer(name: string, infix: string): ClusterPeer {
  const special = reserved(name);
  if (special !== undefined) return special;
  if (OWN_APPLICATION.test(name)) return { kind: "ownApplication" };
  if (INFRASTRUCTURE.has(name)) return { kind: "infrastructure" };
  const istio = ISTIO.exec(name);
  if (istio === null) return infix === "" ? hostPeer(name) : cutPeer(name, infix);
  const host = istio[6] ?? "";
  if (istio[1] !== "outbound" || host === "") return { kind: "ownApplication" };
  return infix === "" ? hostPeer(host) : cutPeer(host, infix);
}
