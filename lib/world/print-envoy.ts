/**
 * What `/stats/prometheus` of a stock Envoy prints: counters, gauges and histograms, each sorted by name, with Envoy's
 * own label names. In: a pod's proxy. Out: text. Not printed: the hundreds of families that stay 0 and no reader wants, and
 * cluster membership, which this simulator does not keep.
 */
import type { Cluster, Connections, EnvoyProxy, HttpManager, Listener, TcpManager } from "./envoy-proxy.ts";
import type { PrintTimes } from "./hop.ts";
import { family, histogram, type Samples } from "./text.ts";

type Counter = readonly [name: string, samples: Samples];

const classOf = (code: number): number => Math.floor(code / 100);

function classes(label: string, codes: ReadonlyMap<number, number>): Samples {
  return [1, 2, 3, 4, 5].map((wanted) => {
    let count = 0;
    for (const [code, n] of codes) if (classOf(code) === wanted) count += n;
    return [`envoy_response_code_class="${wanted}",${label}`, count] as const;
  });
}

/** A cluster's codes are counted under names made at the first response of their kind; a manager's are there from the start. */
function seenClasses(label: string, codes: ReadonlyMap<number, number>): Samples {
  return classes(label, codes).filter(([, count]) => count !== 0);
}

const sum = (counts: ReadonlyMap<number, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

const clusterLabel = (c: Cluster): string => `envoy_cluster_name="${c.name}"`;
const httpLabel = (m: HttpManager): string => `envoy_http_conn_manager_prefix="${m.prefix}"`;
const tcpLabel = (m: TcpManager): string => `envoy_tcp_prefix="${m.prefix}"`;
const listenerLabel = (l: Listener): string => `envoy_listener_address="${l.address}"`;

/** The same name over all members of a kind. */
function each<T>(members: readonly T[], label: (m: T) => string, value: (m: T) => number): Samples {
  return members.map((member) => [label(member), value(member)] as const);
}

function clusterCounters(all: readonly Cluster[]): Counter[] {
  const of = (value: (c: Cluster) => number): Samples => each(all, clusterLabel, value);
  const tls = all.filter((c) => c.tls);
  const answered = all.filter((c) => c.codes.size > 0);
  const byCode = all.flatMap((c) =>
    [...c.codes].map(([code, n]) => [`envoy_response_code="${code}",${clusterLabel(c)}`, n] as const),
  );
  const byClass = all.flatMap((c) => seenClasses(clusterLabel(c), c.codes));
  const retried = all.flatMap((c) => seenClasses(clusterLabel(c), c.retried));
  const prefix = "envoy_cluster_";
  return [
    [`${prefix}external_upstream_rq`, byCode],
    [`${prefix}external_upstream_rq_completed`, each(answered, clusterLabel, (c) => sum(c.codes))],
    [`${prefix}external_upstream_rq_xx`, byClass],
    [`${prefix}retry_upstream_rq_xx`, retried],
    [`${prefix}ssl_connection_error`, each(tls, clusterLabel, () => 0)],
    [`${prefix}ssl_fail_verify_san`, each(tls, clusterLabel, () => 0)],
    [`${prefix}ssl_handshake`, each(tls, clusterLabel, (c) => c.handshakes)],
    [`${prefix}ssl_no_certificate`, each(tls, clusterLabel, () => 0)],
    [`${prefix}upstream_cx_connect_fail`, of(() => 0)],
    [`${prefix}upstream_cx_destroy`, of((c) => c.total - c.active)],
    [`${prefix}upstream_cx_rx_bytes_total`, of((c) => c.received)],
    [`${prefix}upstream_cx_total`, of((c) => c.total)],
    [`${prefix}upstream_cx_tx_bytes_total`, of((c) => c.sent)],
    [`${prefix}upstream_rq`, byCode],
    [`${prefix}upstream_rq_cancelled`, of((c) => c.cancelled)],
    [`${prefix}upstream_rq_completed`, each(answered, clusterLabel, (c) => sum(c.codes))],
    [`${prefix}upstream_rq_pending_overflow`, of(() => 0)],
    [`${prefix}upstream_rq_retry`, of((c) => c.retries)],
    [`${prefix}upstream_rq_retry_limit_exceeded`, of((c) => c.retryLimit)],
    [`${prefix}upstream_rq_retry_overflow`, of(() => 0)],
    [`${prefix}upstream_rq_retry_success`, of((c) => c.retrySuccess)],
    [`${prefix}upstream_rq_timeout`, of((c) => c.timeouts)],
    // A stream of a TCP proxy is a request here too.
    [`${prefix}upstream_rq_total`, of((c) => (c.requests === 0 ? c.total : c.requests))],
    [`${prefix}upstream_rq_xx`, byClass],
  ];
}

function httpCounters(all: readonly HttpManager[]): Counter[] {
  const of = (value: (m: HttpManager) => number): Samples => each(all, httpLabel, value);
  const prefix = "envoy_http_downstream_";
  return [
    [`${prefix}cx_destroy`, of((m) => m.total - m.active)],
    [`${prefix}cx_rx_bytes_total`, of((m) => m.received)],
    [`${prefix}cx_ssl_total`, of((m) => m.handshakes)],
    [`${prefix}cx_total`, of((m) => m.total)],
    [`${prefix}cx_tx_bytes_total`, of((m) => m.sent)],
    [`${prefix}rq_completed`, of((m) => sum(m.codes))],
    [`${prefix}rq_rx_reset`, of((m) => m.reset)],
    [`${prefix}rq_total`, of((m) => m.requests)],
    [`${prefix}rq_xx`, all.flatMap((m) => classes(httpLabel(m), m.codes))],
  ];
}

function listenerCounters(all: readonly Listener[]): Counter[] {
  const tls = all.filter((l) => l.tls);
  const http = all.filter((l) => l.codes.size > 0);
  const prefix = "envoy_listener_";
  return [
    [`${prefix}downstream_cx_destroy`, each(all, listenerLabel, (l) => l.total - l.active)],
    [`${prefix}downstream_cx_total`, each(all, listenerLabel, (l) => l.total)],
    [
      `${prefix}http_downstream_rq_xx`,
      http.flatMap((l) =>
        classes(
          `envoy_http_conn_manager_prefix="${l.address.startsWith("0") ? "ingress" : "egress"}_http",${listenerLabel(l)}`,
          l.codes,
        ),
      ),
    ],
    [`${prefix}ssl_connection_error`, each(tls, listenerLabel, () => 0)],
    [`${prefix}ssl_fail_verify_no_cert`, each(tls, listenerLabel, () => 0)],
    [`${prefix}ssl_handshake`, each(tls, listenerLabel, (l) => l.handshakes)],
    [`${prefix}ssl_no_certificate`, each(tls, listenerLabel, () => 0)],
    [`${prefix}ssl_versions_TLSv1_3`, each(tls, listenerLabel, (l) => l.handshakes)],
  ];
}

function tcpCounters(all: readonly TcpManager[]): Counter[] {
  const of = (value: (m: TcpManager) => number): Samples => each(all, tcpLabel, value);
  return [
    ["envoy_tcp_downstream_cx_no_route", of(() => 0)],
    ["envoy_tcp_downstream_cx_rx_bytes_total", of((m) => m.received)],
    ["envoy_tcp_downstream_cx_total", of((m) => m.total)],
    ["envoy_tcp_downstream_cx_tx_bytes_total", of((m) => m.sent)],
  ];
}

const active = (side: Connections): number => side.active;

function gauges(proxy: EnvoyProxy, clusters: readonly Cluster[], times: PrintTimes): Counter[] {
  const one = (value: number): Samples => [["", value]];
  const breakers = ["cx", "cx_pool", "rq", "rq_pending", "rq_retry"].flatMap((what): Counter[] =>
    ["default", "high"].map((priority) => [
      `envoy_cluster_circuit_breakers_${priority}_${what}_open`,
      each(clusters, clusterLabel, () => 0),
    ]),
  );
  const anyTls = [...proxy.listeners.values(), ...clusters].some((side) => side.tls);
  return [
    ...breakers,
    ["envoy_cluster_upstream_cx_active", each(clusters, clusterLabel, active)],
    ["envoy_http_downstream_cx_active", each([...proxy.http.values()], httpLabel, active)],
    ["envoy_listener_downstream_cx_active", each([...proxy.listeners.values()], listenerLabel, active)],
    ["envoy_tcp_downstream_cx_active", each([...proxy.tcp.values()], tcpLabel, active)],
    ["envoy_server_concurrency", one(2)],
    // 2^32 − 1 is Envoy's word for "no certificate".
    ["envoy_server_days_until_first_cert_expiring", one(anyTls ? 41 : 4_294_967_295)],
    ["envoy_server_hot_restart_epoch", one(0)],
    ["envoy_server_live", one(1)],
    ["envoy_server_state", one(0)],
    ["envoy_server_uptime", one(Math.floor((times.nowMs - times.startMs) / 1000))],
    ["envoy_server_version", one(14_129_117)],
  ];
}

/** The admin exposition of one Envoy. */
export function printEnvoy(proxy: EnvoyProxy, times: PrintTimes): string {
  const clusters = [...proxy.clusters.values()];
  const http = [...proxy.http.values()];
  const byName = (a: Counter, b: Counter): number => (a[0] < b[0] ? -1 : 1);
  const counters: Counter[] = [
    ...clusterCounters(clusters),
    ...httpCounters(http),
    ...listenerCounters([...proxy.listeners.values()]),
    ...tcpCounters([...proxy.tcp.values()]),
    ["envoy_cluster_manager_cluster_added", [["", clusters.length]]],
    ["envoy_listener_manager_listener_added", [["", proxy.listeners.size]]],
    ["envoy_server_dropped_stat_flushes", [["", 0]]],
  ];
  const out: string[] = [];
  for (const [name, samples] of counters.sort(byName)) family(out, name, "counter", samples);
  for (const [name, samples] of gauges(proxy, clusters, times).sort(byName)) family(out, name, "gauge", samples);
  const timed = clusters.filter((c) => c.timeMs.count > 0).map((c) => [clusterLabel(c), c.timeMs] as const);
  histogram(out, "envoy_cluster_external_upstream_rq_time", timed);
  histogram(out, "envoy_cluster_upstream_rq_time", timed);
  histogram(
    out,
    "envoy_http_downstream_rq_time",
    http.map((m) => [httpLabel(m), m.timeMs] as const),
  );
  return `${out.join("\n")}\n`;
}
