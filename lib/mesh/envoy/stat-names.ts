/**
 * Envoy's metric names. In: a Prometheus name. Out: the scope, the stat, and the infix.
 *
 * The infix is what Envoy's default tag extraction leaves behind of a name with dots: the label then holds the name up to
 * its first dot, and the rest stands in the metric's name with every other character as `_`. So
 * `outbound|9080||b.shop.svc.cluster.local` prints as
 * `envoy_cluster_shop_svc_cluster_local_upstream_rq{envoy_cluster_name="outbound|9080||b"}`, and the connection manager
 * `inbound_0.0.0.0_9080` as `envoy_http_0_0_0_9080__downstream_rq_xx{envoy_http_conn_manager_prefix="inbound_0"}`.
 */
export type Scope = "cluster" | "http" | "listener" | "tcp";

export interface StatName {
  readonly scope: Scope;
  readonly stat: string;
  readonly infix: string;
}

const BREAKER = "circuit_breakers_(?:default|high)_(?:cx|cx_pool|rq_pending|rq|rq_retry)_open";

const STATS: Readonly<Record<Scope, readonly string[]>> = {
  cluster: [
    "upstream_rq",
    "upstream_rq_xx",
    "upstream_rq_time_(?:bucket|sum|count)",
    "upstream_rq_retry",
    "upstream_rq_timeout",
    "upstream_rq_per_try_timeout",
    "upstream_rq_pending_overflow",
    "upstream_rq_active_overflow",
    "upstream_cx_total",
    "upstream_cx_connect_fail",
    "upstream_cx_active",
    "upstream_cx_destroy",
    "upstream_cx_rx_bytes_total",
    "upstream_cx_tx_bytes_total",
    "ssl_handshake",
    "outlier_detection_ejections_enforced_total",
    "ratelimit_over_limit",
    BREAKER,
  ],
  http: [
    "downstream_rq",
    "downstream_rq_xx",
    "downstream_rq_time_(?:bucket|sum|count)",
    "downstream_cx_ssl_total",
    "rbac_denied",
    "rbac",
    "local_rate_limit_rate_limited",
  ],
  listener: ["ssl_handshake", "ssl_no_certificate", "downstream_cx_total"],
  tcp: ["downstream_cx_total", "downstream_cx_rx_bytes_total", "downstream_cx_tx_bytes_total"],
};

function patternOf(scope: Scope): RegExp {
  return new RegExp(`^envoy_${scope}_(?:(.+?)_)?(${STATS[scope].join("|")})$`);
}

const PATTERNS: Readonly<Record<Scope, RegExp>> = {
  cluster: patternOf("cluster"),
  http: patternOf("http"),
  listener: patternOf("listener"),
  tcp: patternOf("tcp"),
};

/**
 * The same requests counted again, by origin, by zone, and attempts that were retried: never added to the plain ones. A
 * second label of a cluster's name that is one of these words is taken for the twin.
 */
const TWIN = /(?:^|_)(?:internal|external|canary|retry)$|(?:^|_)zone_/;
/**
 * A worker's or the admin page's share of a listener, which the listener's own count holds already. The worker's number is
 * in the name under Istio's tags and a label (`envoy_worker_id`) under Envoy's own.
 */
const LISTENER_PART = /(?:^|_)(?:worker(?:_[0-9]+)?|main_thread|admin)$|^admin(?:_|$)/;

export function statNameOf(name: string): StatName | undefined {
  const scope = name.startsWith("envoy_cluster_")
    ? "cluster"
    : name.startsWith("envoy_http_")
      ? "http"
      : name.startsWith("envoy_listener_")
        ? "listener"
        : name.startsWith("envoy_tcp_")
          ? "tcp"
          : undefined;
  if (scope === undefined) return undefined;
  const match = PATTERNS[scope].exec(name);
  if (match === null) return undefined;
  const infix = match[1] ?? "";
  if (scope === "cluster" && TWIN.test(infix)) return undefined;
  if (scope === "listener" && LISTENER_PART.test(infix)) return undefined;
  return { scope, stat: match[2] ?? "", infix };
}

/** A label under Envoy's own tag extraction (`envoy_cluster_name`) or under Istio's (`cluster_name`). */
export function tag(labels: ReadonlyMap<string, string>, name: string): string {
  return labels.get(`envoy_${name}`) ?? labels.get(name) ?? "";
}
