/**
 * What an App Mesh or Service Connect Envoy prints: the admin page of its Envoy, with the clusters that every mesh has, and
 * where the metrics extension is on its own families of requests and targets. In: a pod's proxy. Out: text.
 * Times: ms. Not printed: the extension's TLS negotiation errors, which stay 0 here.
 */
import { ecsPlaceOf, meshPlaceOf } from "./appmesh-style.ts";
import { type Cluster, connect, EnvoyProxy, type Target } from "./envoy-proxy.ts";
import type { EnvoyStyle } from "./envoy-style.ts";
import type { Exposition, Pod, PrintTimes } from "./hop.ts";
import type { Page, Put } from "./page.ts";
import { envoyPage, inClass, printSides, textOf } from "./print-envoy.ts";
import type { WorkloadRole, WorkloadSpec } from "./spec.ts";

/** Clusters of the mesh's own; `traffic` has what requests have made already. */
function errands(pod: Pod, traffic: EnvoyProxy, mesh: string): EnvoyProxy {
  const envoy = new EnvoyProxy();
  connect(envoy.cluster("static_cluster_sds_unix_socket", false), "added", false);
  for (const beyond of ["amazonaws", "mesh-allow-all"]) {
    const name = `cds_egress_${mesh}_${beyond}`;
    if (!traffic.clusters.has(name)) envoy.cluster(name, false);
  }
  if (pod.workload.relays !== true) return envoy;
  const { node } = meshPlaceOf(pod.workload);
  for (const { prefix } of traffic.http.values()) {
    const [, protocol, port] = prefix.split(".");
    if (port !== undefined) envoy.cluster(`cds_ingress_${mesh}_${node}_self_redirect_${protocol}_${port}`, false);
  }
  return envoy;
}

function control(page: Page): void {
  page.own("gauge", "envoy_control_plane_connected_state", 1);
  for (const what of ["envoy_cluster_manager_cds", "envoy_listener_manager_lds"]) {
    page.own("counter", `${what}_update_rejected`, 0);
    page.own("counter", `${what}_update_success`, 2);
  }
}

/** Inbound figures, without a caller. */
function received(page: Page, prefix: string, envoy: EnvoyProxy): void {
  const put = page.at("counter", prefix);
  const sides = [...[...envoy.http.values()], ...[...envoy.tcp.values()]].filter((m) => m.prefix.startsWith("ingress"));
  const total = (value: (m: (typeof sides)[number]) => number): number => sides.reduce((sum, m) => sum + value(m), 0);
  const http = [...envoy.http.values()].filter((m) => m.prefix.startsWith("ingress"));
  const requests = (grpc: boolean): number =>
    http.filter((m) => m.prefix.startsWith("ingress.grpc.") === grpc).reduce((sum, m) => sum + m.requests, 0);
  page.at("gauge", prefix)(
    "ActiveConnectionCount",
    total((m) => m.active),
  );
  put(
    "NewConnectionCount",
    total((m) => m.total),
  );
  put(
    "ProcessedBytes",
    total((m) => m.received + m.sent),
  );
  put("RequestCount", requests(false));
  put("GrpcRequestCount", requests(true));
}

interface Reached {
  readonly cluster: Cluster;
  readonly target: Target;
}

function targets(envoy: EnvoyProxy): Reached[] {
  return [...envoy.clusters.values()].flatMap((cluster) =>
    cluster.target === null ? [] : [{ cluster, target: cluster.target }],
  );
}

function sent(put: Put, { cluster, target }: Reached): void {
  const grpc = target.service.protocol === "grpc";
  put("TargetProcessedBytes", cluster.received + cluster.sent);
  if (target.service.protocol === "tcp") return;
  put(grpc ? "GrpcRequestCountPerTarget" : "RequestCountPerTarget", cluster.requests);
  for (const wanted of [2, 3, 4, 5]) {
    put(`HTTPCode_Target_${wanted}XX_Count`, inClass(cluster.codes, wanted) + inClass(cluster.retried, wanted));
  }
}

/** The extension's families under the dotted names that its tags are taken out of. */
function extension(page: Page, envoy: EnvoyProxy, inbound: string, outbound: (target: Target) => string): void {
  received(page, inbound, envoy);
  for (const reached of targets(envoy)) {
    const prefix = outbound(reached.target);
    sent(page.at("counter", prefix), reached);
    if (reached.cluster.timeMs.count > 0) page.times(prefix, "TargetResponseTime", reached.cluster.timeMs);
  }
}

/** What the far end is called, or the service where it is not of this mesh. */
function farName({ to, service }: Target, role: WorkloadRole, own: (to: WorkloadSpec) => string): string {
  return to?.role === role ? own(to) : service.name;
}

export function printAppMesh(pod: Pod, envoy: EnvoyProxy, style: EnvoyStyle, times: PrintTimes): Exposition {
  const place = meshPlaceOf(pod.workload);
  const page = envoyPage(pod, envoy, style, times);
  printSides(page, errands(pod, envoy, place.mesh), times.nowMs - times.startMs);
  control(page);
  if (place.extension === true) {
    const node = (target: Target): string => farName(target, "appmesh", (to) => meshPlaceOf(to).node);
    extension(
      page,
      envoy,
      "appmesh.",
      (target) => `appmesh.TargetVirtualNode.${node(target)}.TargetVirtualService.${target.service.host}.`,
    );
  }
  return textOf(page.lines());
}

export function printServiceConnect(pod: Pod, envoy: EnvoyProxy, style: EnvoyStyle, times: PrintTimes): Exposition {
  const place = ecsPlaceOf(pod.workload);
  const page = envoyPage(pod, envoy, style, times);
  printSides(page, errands(pod, envoy, place.clusterName), times.nowMs - times.startMs);
  control(page);
  if (place.extension === true) {
    const own = `ClusterName.${place.clusterName}.ServiceName.${place.serviceName}`;
    const name = (target: Target): string => farName(target, "serviceConnect", (to) => ecsPlaceOf(to).discoveryName);
    extension(
      page,
      envoy,
      `appmesh.${own}.Direction.ingress.DiscoveryName.${place.discoveryName}.`,
      (target) => `appmesh.${own}.Direction.egress.TargetDiscoveryName.${name(target)}.`,
    );
  }
  return textOf(page.lines());
}
