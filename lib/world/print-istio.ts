/**
 * What `:15020/stats/prometheus` of an Istio proxy prints: agent, Envoy, app, in that order. Envoy's part is the stock
 * allow-list, so that no circuit breaker, TLS or listener figures are in it. In: a pod's proxy. Out: text.
 */
import { mix } from "./draw.ts";
import type { Pod, PrintTimes } from "./hop.ts";
import type { IstioProxy } from "./istio-proxy.ts";
import { agentLines, appLines } from "./print-agent.ts";
import { family, histogram, type Samples } from "./text.ts";

const VERSION = "1.29.1";
const XDS = 'cluster_name="xds-grpc"';

/** Discovery, control plane and server: what the stock allow-list lets through beside istio_stats. */
function discovery(out: string[], pod: Pod): void {
  const updates = 3;
  const one = (value: string | number): Samples => [["", value]];
  family(out, "envoy_cluster_manager_cds_update_attempt", "counter", one(updates));
  family(out, "envoy_cluster_manager_cds_update_failure", "counter", one(0));
  family(out, "envoy_cluster_manager_cds_update_rejected", "counter", one(0));
  family(out, "envoy_cluster_manager_cds_update_success", "counter", one(updates - 1));
  family(out, "envoy_cluster_manager_cluster_added", "counter", one(31));
  family(out, "envoy_cluster_upstream_rq", "counter", [
    [`response_code_class="2xx",${XDS}`, 1],
    [`response_code="200",${XDS}`, 1],
  ]);
  family(out, "envoy_cluster_upstream_rq_completed", "counter", [[XDS, 1]]);
  family(out, "envoy_cluster_upstream_cx_total", "counter", [[XDS, 1]]);
  family(out, "envoy_cluster_ssl_handshake", "counter", [[XDS, 0]]);
  family(out, "envoy_listener_manager_lds_update_attempt", "counter", one(updates));
  family(out, "envoy_listener_manager_lds_update_rejected", "counter", one(0));
  family(out, "envoy_listener_manager_listener_added", "counter", one(18 + pod.replica));
}

/** Envoy hashes a configuration into 64 bits, mostly beyond 2^53. */
function hash(pod: Pod, what: number): string {
  const high = BigInt(mix(pod.ip.length + pod.replica, what) | 0x80000000) & 0xffffffffn;
  return String((high << 32n) | BigInt(mix(pod.name.length, what)));
}

function gauges(out: string[], pod: Pod, times: PrintTimes): void {
  const ageSeconds = Math.floor((times.nowMs - times.startMs) / 1000);
  const one = (value: string | number): Samples => [["", value]];
  family(out, "envoy_cluster_circuit_breakers_default_cx_open", "gauge", [[XDS, 0]]);
  family(out, "envoy_cluster_manager_active_clusters", "gauge", one(31));
  family(out, "envoy_cluster_manager_cds_update_time", "gauge", one(times.startMs + 900));
  family(out, "envoy_cluster_manager_cds_version", "gauge", one(hash(pod, 1)));
  family(out, "envoy_cluster_upstream_cx_active", "gauge", [[XDS, 1]]);
  family(out, "envoy_listener_manager_lds_version", "gauge", one(hash(pod, 2)));
  family(out, "envoy_listener_manager_total_listeners_active", "gauge", one(18));
  family(out, "envoy_server_concurrency", "gauge", one(2));
  family(out, "envoy_server_days_until_first_cert_expiring", "gauge", one(0));
  family(out, "envoy_server_hot_restart_epoch", "gauge", one(0));
  family(out, "envoy_server_live", "gauge", one(1));
  family(out, "envoy_server_state", "gauge", one(0));
  family(out, "envoy_server_uptime", "gauge", one(ageSeconds));
  family(out, "envoy_server_version", "gauge", one(9_245_321));
  family(out, "istio_build", "gauge", [[`component="proxy",tag="${VERSION}"`, 1]]);
}

function standardCounters(out: string[], proxy: IstioProxy): void {
  const messages = [...proxy.messages.values()];
  const tcp = [...proxy.tcp.values()];
  family(
    out,
    "istio_request_messages_total",
    "counter",
    messages.map((m) => [m.labels, m.requests] as const),
  );
  family(
    out,
    "istio_requests_total",
    "counter",
    [...proxy.requests.values()].map((r) => [r.labels, r.count] as const),
  );
  family(
    out,
    "istio_response_messages_total",
    "counter",
    messages.map((m) => [m.labels, m.responses] as const),
  );
  family(
    out,
    "istio_tcp_connections_closed_total",
    "counter",
    tcp.map((t) => [t.labels, t.closed] as const),
  );
  family(
    out,
    "istio_tcp_connections_opened_total",
    "counter",
    tcp.map((t) => [t.labels, t.opened] as const),
  );
  family(
    out,
    "istio_tcp_received_bytes_total",
    "counter",
    tcp.map((t) => [t.labels, t.received] as const),
  );
  family(
    out,
    "istio_tcp_sent_bytes_total",
    "counter",
    tcp.map((t) => [t.labels, t.sent] as const),
  );
}

/** The merged exposition. `scrapes`: how often this proxy has been asked, this time included. */
export function printIstio(pod: Pod, proxy: IstioProxy, times: PrintTimes, scrapes: number): string {
  const out = agentLines(pod, times.nowMs - times.startMs, scrapes);
  const series = [...proxy.requests.values()];
  discovery(out, pod);
  standardCounters(out, proxy);
  gauges(out, pod, times);
  histogram(
    out,
    "istio_request_bytes",
    series.map((r) => [r.labels, r.requestBytes] as const),
  );
  histogram(
    out,
    "istio_request_duration_milliseconds",
    series.map((r) => [r.labels, r.durationMs] as const),
  );
  histogram(
    out,
    "istio_response_bytes",
    series.map((r) => [r.labels, r.responseBytes] as const),
  );
  out.push(...appLines(pod, proxy, times.startMs));
  return `${out.join("\n")}\n`;
}
