/**
 * What `:20200/metrics` of a Consul sidecar on Kubernetes prints: the dataplane's own metrics (Go client), then its
 * Envoy's. In: a pod's proxy. Out: text. Beside the traffic: intentions, the clusters and managers that serve the scrape
 * itself and the xDS stream, discovery. Not printed: cluster membership, HTTP/2 codec and load-balancer figures.
 */
import { ORIGINAL_DESTINATION } from "./consul-style.ts";
import { mix } from "./draw.ts";
import { connect, EnvoyProxy, respond } from "./envoy-proxy.ts";
import type { EnvoyStyle } from "./envoy-style.ts";
import type { Exposition, Pod, PrintTimes } from "./hop.ts";
import type { Page } from "./page.ts";
import { dataplaneLines } from "./print-dataplane.ts";
import { envoyPage, printSides, textOf } from "./print-envoy.ts";

const PUBLIC = "public_listener";

/** The proxy's own errands: scrapes through the merged endpoint and the stream from Consul's servers. */
function errands(scrapes: number): EnvoyProxy {
  const envoy = new EnvoyProxy();
  const xds = envoy.cluster("consul-dataplane", false);
  connect(xds, "added", false);
  xds.requests = 1;
  const merged = envoy.cluster("prometheus_backend", false);
  connect(merged, "added", false);
  envoy.cluster(ORIGINAL_DESTINATION, false);
  const manager = envoy.manager("envoy_prometheus_metrics");
  const listener = envoy.listener("0.0.0.0_20200", false);
  for (const side of [manager, listener]) connect(side, "added", false);
  // A scrape is counted once it has been answered: the one under way is not in what it gets.
  for (let i = 1; i < scrapes; i++) {
    merged.requests++;
    merged.codes.set(200, i);
    respond(manager, listener, 200, 5);
  }
  return envoy;
}

function intentions(page: Page, envoy: EnvoyProxy): void {
  const http = envoy.http.get(PUBLIC);
  if (http !== undefined) {
    const put = page.at("counter", `http.${PUBLIC}.rbac.`);
    put("allowed", http.allowed);
    put("denied", http.denied);
    put("shadow_allowed", 0);
    put("shadow_denied", 0);
  }
  const tcp = envoy.tcp.get(PUBLIC);
  if (tcp === undefined) return;
  // The filter's prefix ends without a dot.
  page.own("counter", "envoy_connect_authzrbac_allowed", tcp.total);
  for (const what of ["denied", "shadow_allowed", "shadow_denied"])
    page.own("counter", `envoy_connect_authzrbac_${what}`, 0);
}

/** Envoy hashes a configuration into 64 bits, mostly beyond 2^53. */
function hash(pod: Pod, what: number): string {
  const high = BigInt(mix(pod.replica + 7, what) | 0x80000000) & 0xffffffffn;
  return String((high << 32n) | BigInt(mix(pod.name.length, what)));
}

function discovery(page: Page, pod: Pod, times: PrintTimes): void {
  for (const [what, seed] of [
    ["envoy_cluster_manager_cds", 1],
    ["envoy_listener_manager_lds", 2],
  ] as const) {
    page.own("counter", `${what}_init_fetch_timeout`, 0);
    page.own("counter", `${what}_update_attempt`, 2);
    page.own("counter", `${what}_update_failure`, 0);
    page.own("counter", `${what}_update_rejected`, 0);
    page.own("counter", `${what}_update_success`, 1);
    page.own("gauge", `${what}_update_time`, times.startMs + 800);
    page.own("gauge", `${what}_version`, hash(pod, seed));
  }
  page.own("gauge", "envoy_control_plane_connected_state", 1);
  page.own("gauge", "envoy_control_plane_pending_requests", 0);
  page.own("counter", "envoy_control_plane_rate_limit_enforced", 0);
  page.own("gauge", "envoy_server_seconds_until_first_ocsp_response_expiring", 0);
  for (const what of ["flushed_by_timer", "reopen_failed", "write_buffered", "write_completed", "write_failed"])
    page.bare(
      "counter",
      `envoy_filesystem_${what}`,
      what === "flushed_by_timer" ? Math.floor((times.nowMs - times.startMs) / 10_000) : 0,
    );
  page.bare("gauge", "envoy_filesystem_write_total_buffered", 0);
}

/** The scrape's own route, which has the admin page for a host. */
function selfAdmin(page: Page): void {
  const put = page.at("counter", "vhost.");
  const host = 'envoy_virtual_cluster="other",envoy_virtual_host="self_admin"';
  for (const stat of ["retry", "retry_limit_exceeded", "retry_overflow", "retry_success", "timeout", "total"])
    put(`vcluster_upstream_rq_${stat}`, 0, host);
}

export function printConsul(
  pod: Pod,
  envoy: EnvoyProxy,
  style: EnvoyStyle,
  times: PrintTimes,
  scrapes: number,
): Exposition {
  const page = envoyPage(pod, envoy, style, times);
  const own = errands(scrapes);
  // Traffic past the mesh may have made this cluster already.
  if (envoy.clusters.has(ORIGINAL_DESTINATION)) own.clusters.delete(ORIGINAL_DESTINATION);
  printSides(page, own, times.nowMs - times.startMs);
  intentions(page, envoy);
  discovery(page, pod, times);
  selfAdmin(page);
  return textOf([...dataplaneLines(pod, times), ...page.lines()]);
}
