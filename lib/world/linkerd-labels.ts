/**
 * The label lists of a Linkerd proxy, without braces. In: pods and services. Out: text in the order the proxy writes.
 * The proxy names the far end and never its own workload. Not here: what a series adds (status, classification).
 */
import type { Pod, TcpView } from "./hop.ts";
import type { ServiceSpec } from "./spec.ts";

type Label = readonly [string, string | number];

export function labelText(labels: readonly Label[]): string {
  return labels.map(([name, value]) => `${name}="${value}"`).join(",");
}

/** Where a call goes when no pod of the estate is behind it. */
function addressOf(service: ServiceSpec, to: Pod | null): readonly Label[] {
  const ip = to?.ip ?? "203.0.113.80";
  return [
    ["target_addr", `${ip}:${service.port}`],
    ["target_ip", ip],
    ["target_port", service.port],
  ];
}

export function identityOf(pod: Pod): string {
  const { service, namespace } = pod.workload;
  return `${service}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;
}

const meshed = (pod: Pod | null): pod is Pod => pod !== null && pod.role === "linkerd";

/** What the destination controller says of an endpoint inside the cluster; nothing of one outside it. */
function endpointLabels(service: ServiceSpec, to: Pod): readonly Label[] {
  const { namespace, name } = to.workload;
  return [
    ["dst_control_plane_ns", "linkerd"],
    ["dst_deployment", name],
    ["dst_namespace", namespace],
    ["dst_pod", to.name],
    ["dst_pod_template_hash", to.name.split("-").at(-2) ?? ""],
    ["dst_service", to.workload.calledAs ?? service.name],
    ["dst_serviceaccount", to.workload.service],
    ["dst_zone", "eu-1a"],
    ["dst_zone_locality", "local"],
  ];
}

function outboundTls(to: Pod | null, mutual: boolean): readonly Label[] {
  if (mutual && to !== null) {
    return [
      ["tls", "true"],
      ["server_id", identityOf(to)],
    ];
  }
  return [
    ["tls", "no_identity"],
    ["no_tls_reason", "not_provided_by_service_discovery"],
  ];
}

function inboundTls(from: Pod, mutual: boolean): readonly Label[] {
  if (mutual) {
    return [
      ["tls", "true"],
      ["client_id", identityOf(from)],
    ];
  }
  return [
    ["tls", "no_identity"],
    ["no_tls_reason", "no_tls_from_remote"],
  ];
}

/** Under a route the proxy knows no name but the one by which it discovers the backend (its outbound router says so). */
function chosenHost({ host, namespace }: ServiceSpec, to: Pod | null): string {
  const name = to?.workload.calledAs;
  return name === undefined ? host : `${name}.${namespace}.svc.cluster.local`;
}

/** `peer`: for a TCP series only. */
export function outboundLabels(service: ServiceSpec, to: Pod | null, mutual: boolean, peer?: "dst"): string {
  const authority: Label = ["authority", `${chosenHost(service, to)}:${service.port}`];
  return labelText([
    ["direction", "outbound"],
    ...(peer === undefined ? [] : [["peer", peer] as const]),
    ...(peer === undefined || service.protocol !== "tcp" ? [authority] : []),
    ...addressOf(service, to),
    ...outboundTls(to, mutual),
    ...(meshed(to) ? endpointLabels(service, to) : []),
  ]);
}

/** The app's own connection to its proxy, by the address it meant to reach. */
export function outboundSourceLabels(service: ServiceSpec, to: Pod | null): string {
  return labelText([
    ["direction", "outbound"],
    ["peer", "src"],
    ...addressOf(service, to),
    ["tls", "no_identity"],
    ["no_tls_reason", "loopback"],
  ]);
}

function serverLabels(port: number): readonly Label[] {
  return [
    ["srv_group", ""],
    ["srv_kind", "default"],
    ["srv_name", "all-unauthenticated"],
    ["srv_port", port],
  ];
}

const ROUTE: readonly Label[] = [
  ["route_group", ""],
  ["route_kind", "default"],
  ["route_name", "default"],
];

const AUTHZ: readonly Label[] = [
  ["authz_group", ""],
  ["authz_kind", "default"],
  ["authz_name", "all-unauthenticated"],
];

/** Of a request as its target saw it. */
export function inboundLabels({ from, to, service, mutual }: TcpView): string {
  return labelText([
    ["direction", "inbound"],
    ...addressOf(service, to),
    ...inboundTls(from, mutual),
    ...serverLabels(service.port),
    ...ROUTE,
    ...AUTHZ,
  ]);
}

/** Of a policy's decision: `allow` names what allowed it. */
export function authzLabels({ from, to, service, mutual }: TcpView, kind: "allow" | "deny" | "tcp"): string {
  return labelText([
    ...addressOf(service, to),
    ...serverLabels(service.port),
    ...(kind === "tcp" ? [] : ROUTE),
    ...(kind === "deny" ? [] : AUTHZ),
    ...inboundTls(from, mutual),
  ]);
}

export function inboundTcpLabels({ from, to, service, mutual }: TcpView, peer: "src" | "dst"): string {
  const tls: readonly Label[] =
    peer === "src"
      ? inboundTls(from, mutual)
      : [
          ["tls", "no_identity"],
          ["no_tls_reason", "loopback"],
        ];
  return labelText([
    ["direction", "inbound"],
    ["peer", peer],
    ...addressOf(service, to),
    ...tls,
    ...(peer === "src" ? serverLabels(service.port) : []),
  ]);
}

/** The requests that scrape this very proxy, which its inbound side counts as it counts any. */
export const ADMIN_LABELS = labelText([
  ["direction", "inbound"],
  ["target_addr", "0.0.0.0:4191"],
  ["target_ip", "0.0.0.0"],
  ["target_port", 4191],
  ["tls", "no_identity"],
  ["no_tls_reason", "no_tls_from_remote"],
  ...serverLabels(4191),
  ...ROUTE,
  ...AUTHZ,
]);

/** The route a call takes: its service's HTTPRoute, else the default one. */
export function routeLabels(service: ServiceSpec): string {
  const { route } = service;
  return labelText([
    ["parent_group", "core"],
    ["parent_kind", "Service"],
    ["parent_namespace", service.namespace],
    ["parent_name", service.name],
    ["parent_port", service.port],
    ["parent_section_name", ""],
    ["route_group", route === undefined ? "" : "gateway.networking.k8s.io"],
    ["route_kind", route === undefined ? "default" : "HTTPRoute"],
    ["route_namespace", route === undefined ? "" : service.namespace],
    ["route_name", route ?? "http"],
    ["hostname", ""],
  ]);
}

export function backendLabels(service: ServiceSpec, to: Pod): string {
  return labelText([
    ["backend_group", "core"],
    ["backend_kind", "Service"],
    ["backend_namespace", service.namespace],
    ["backend_name", to.workload.calledAs ?? service.name],
    ["backend_port", service.port],
    ["backend_section_name", ""],
  ]);
}
