/**
 * What `/stats/prometheus` of an Envoy prints, in its mesh's names and tags: clusters, HTTP connection managers, TCP
 * proxies, listeners and the server. In: a pod's proxy. Out: text. Not printed: the hundreds of families that stay 0 and no
 * reader wants, and cluster membership, which this simulator does not keep.
 */
import type { Cluster, EnvoyProxy, HttpManager, Listener, TcpManager } from "./envoy-proxy.ts";
import type { EnvoyStyle } from "./envoy-style.ts";
import type { Exposition, Pod, PrintTimes } from "./hop.ts";
import { Page, type Put } from "./page.ts";

/** Envoy's word for "no certificate": 2^32 − 1. */
const NO_CERTIFICATE = 4_294_967_295;
const DAY_MS = 86_400_000;

const codeOf = (code: number): string => `envoy_response_code="${code}"`;
const classLabel = (wanted: number): string => `envoy_response_code_class="${wanted}"`;
const sum = (counts: ReadonlyMap<number, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

export function inClass(codes: ReadonlyMap<number, number>, wanted: number): number {
  let count = 0;
  for (const [code, n] of codes) if (Math.floor(code / 100) === wanted) count += n;
  return count;
}

function classes(put: Put, stat: string, codes: ReadonlyMap<number, number>, seenOnly: boolean): void {
  for (const wanted of [1, 2, 3, 4, 5]) {
    const count = inClass(codes, wanted);
    if (count !== 0 || !seenOnly) put(stat, count, classLabel(wanted));
  }
}

/** A cluster's codes are counted under names made at the first response of their kind; a manager's are there from the start. */
function answers(put: Put, codes: ReadonlyMap<number, number>, lead: string): void {
  if (codes.size === 0) return;
  for (const [code, n] of codes) put(`${lead}upstream_rq`, n, codeOf(code));
  put(`${lead}upstream_rq_completed`, sum(codes));
  classes(put, `${lead}upstream_rq_xx`, codes, true);
}

function clusterCounters(put: Put, c: Cluster): void {
  answers(put, c.codes, "external_");
  answers(put, c.codes, "");
  classes(put, "retry_upstream_rq_xx", c.retried, true);
  if (c.tls) {
    for (const stat of ["connection_error", "fail_verify_error", "fail_verify_san", "no_certificate"])
      put(`ssl_${stat}`, 0);
    put("ssl_handshake", c.handshakes);
  }
  put("upstream_cx_connect_fail", c.connectFail);
  put("upstream_cx_destroy", c.total - c.active);
  put("upstream_cx_rx_bytes_total", c.received);
  put("upstream_cx_total", c.total);
  put("upstream_cx_tx_bytes_total", c.sent);
  put("upstream_rq_cancelled", c.cancelled);
  put("upstream_rq_pending_overflow", c.overflow);
  put("upstream_rq_retry", c.retries);
  put("upstream_rq_retry_limit_exceeded", c.retryLimit);
  put("upstream_rq_retry_overflow", 0);
  put("upstream_rq_retry_success", c.retrySuccess);
  put("upstream_rq_timeout", c.timeouts);
  // A stream of a TCP proxy is a request here too.
  put("upstream_rq_total", c.requests === 0 ? c.total : c.requests);
}

function httpCounters(put: Put, m: HttpManager): void {
  put("downstream_cx_destroy", m.total - m.active);
  put("downstream_cx_rx_bytes_total", m.received);
  put("downstream_cx_ssl_total", m.handshakes);
  put("downstream_cx_total", m.total);
  put("downstream_cx_tx_bytes_total", m.sent);
  put("downstream_rq_completed", sum(m.codes));
  put("downstream_rq_rx_reset", m.reset);
  put("downstream_rq_total", m.requests);
  classes(put, "downstream_rq_xx", m.codes, false);
}

function listenerCounters(page: Page, l: Listener): void {
  const put = page.at("counter", `listener.${l.address}.`);
  put("downstream_cx_destroy", l.total - l.active);
  put("downstream_cx_total", l.total);
  for (const [manager, codes] of l.codes) {
    const http = page.at("counter", `listener.${l.address}.http.${manager}.`);
    http("downstream_rq_completed", sum(codes));
    classes(http, "downstream_rq_xx", codes, false);
  }
  if (!l.tls) return;
  for (const stat of ["connection_error", "fail_verify_error", "fail_verify_no_cert", "fail_verify_san"])
    put(`ssl_${stat}`, 0);
  put("ssl_handshake", l.handshakes);
  put("ssl_no_certificate", 0);
  put("ssl_versions", l.handshakes, 'envoy_ssl_version="TLSv1.3"');
}

function tcpCounters(put: Put, m: TcpManager): void {
  put("downstream_cx_no_route", 0);
  put("downstream_cx_rx_bytes_total", m.received);
  put("downstream_cx_total", m.total);
  put("downstream_cx_tx_bytes_total", m.sent);
}

/** A breaker that refused somebody in this time stands open. */
const OPEN_MS = 5000;

function clusterGauges(put: Put, c: Cluster, ageMs: number): void {
  const open = ageMs - c.overflowMs < OPEN_MS ? 1 : 0;
  for (const what of ["cx", "cx_pool", "rq", "rq_pending", "rq_retry"]) {
    for (const priority of ["default", "high"]) {
      put(`circuit_breakers_${priority}_${what}_open`, priority === "default" && what === "rq_pending" ? open : 0);
    }
  }
  put("upstream_cx_active", c.active);
}

/** Everything that one set of clusters, managers and listeners counts. */
export function printSides(page: Page, proxy: EnvoyProxy, ageMs: number): void {
  for (const c of proxy.clusters.values()) {
    const prefix = `cluster.${c.name}.`;
    clusterCounters(page.at("counter", prefix), c);
    clusterGauges(page.at("gauge", prefix), c, ageMs);
    if (c.timeMs.count === 0) continue;
    page.times(prefix, "external_upstream_rq_time", c.timeMs);
    page.times(prefix, "upstream_rq_time", c.timeMs);
  }
  for (const m of proxy.http.values()) {
    const prefix = `http.${m.prefix}.`;
    httpCounters(page.at("counter", prefix), m);
    page.at("gauge", prefix)("downstream_cx_active", m.active);
    page.times(prefix, "downstream_rq_time", m.timeMs);
  }
  for (const m of proxy.tcp.values()) tcpCounters(page.at("counter", `tcp.${m.prefix}.`), m);
  for (const l of proxy.listeners.values()) {
    listenerCounters(page, l);
    page.at("gauge", `listener.${l.address}.`)("downstream_cx_active", l.active);
  }
}

/** Days left of the certificate that expires first. */
function certificateDays(pod: Pod, proxy: EnvoyProxy, style: EnvoyStyle, nowMs: number): number {
  if (pod.leaf !== null) return Math.max(0, Math.floor((pod.leaf.expiresMs - nowMs) / DAY_MS));
  const anyTls = [...proxy.listeners.values(), ...proxy.clusters.values()].some((side) => side.tls);
  return style.leafDays ?? (anyTls ? 41 : NO_CERTIFICATE);
}

export function printServer(page: Page, pod: Pod, proxy: EnvoyProxy, style: EnvoyStyle, times: PrintTimes): void {
  page.own("counter", "envoy_cluster_manager_cluster_added", proxy.clusters.size);
  page.own("counter", "envoy_listener_manager_listener_added", proxy.listeners.size);
  page.own("counter", "envoy_server_dropped_stat_flushes", 0);
  page.own("gauge", "envoy_server_concurrency", 2);
  const days = certificateDays(pod, proxy, style, times.nowMs);
  page.own("gauge", "envoy_server_days_until_first_cert_expiring", days);
  page.own("gauge", "envoy_server_hot_restart_epoch", 0);
  page.own("gauge", "envoy_server_live", 1);
  page.own("gauge", "envoy_server_state", 0);
  page.own("gauge", "envoy_server_uptime", Math.floor((times.nowMs - times.startMs) / 1000));
  page.own("gauge", "envoy_server_version", 14_129_117);
}

/** A page with all that an Envoy of any mesh prints of its traffic and of itself. */
export function envoyPage(pod: Pod, proxy: EnvoyProxy, style: EnvoyStyle, times: PrintTimes): Page {
  const page = new Page(style.tagging);
  printSides(page, proxy, times.nowMs - times.startMs);
  printServer(page, pod, proxy, style, times);
  return page;
}

export function textOf(lines: readonly string[]): Exposition {
  return { contentType: "text/plain; charset=UTF-8", text: `${lines.join("\n")}\n` };
}

/** The admin exposition of a stock Envoy. */
export function printEnvoy(pod: Pod, proxy: EnvoyProxy, style: EnvoyStyle, times: PrintTimes): Exposition {
  return textOf(envoyPage(pod, proxy, style, times).lines());
}
