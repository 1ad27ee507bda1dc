/**
 * What `:4191/metrics` of a Linkerd proxy prints: the classic text of its older reports, then OpenMetrics of its registry
 * (TYPE without `_total`, `# UNIT`, `# EOF`). In: a pod's proxy. Out: text. Not printed: stacks, detection, balancers'
 * queues.
 */
import type { Pod, PrintTimes } from "./hop.ts";
import { ADMIN_LABELS } from "./linkerd-labels.ts";
import type { LinkerdProxy } from "./linkerd-proxy.ts";
import type { Bins, Count, Kept } from "./linkerd-series.ts";

const VERSION = "2.366.0";
/** Lifetime of a workload's certificate; the proxy asks for another when 70 % of it is over. */
const CERT_SECONDS = 86_400;
const RENEW_SECONDS = 60_480;

type Rows = readonly (readonly [string, number])[];

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly unit?: string;
}

const rows = (counts: readonly (readonly [string, Count])[]): Rows => counts.map(([labels, { n }]) => [labels, n]);

function classic(out: string[], family: Family, samples: Rows): void {
  if (samples.length === 0) return;
  out.push(`# HELP ${family.name} ${family.help}.`, `# TYPE ${family.name} ${family.type}`);
  for (const [labels, value] of samples) out.push(`${family.name}${labels === "" ? "" : `{${labels}}`} ${value}`);
}

/** In OpenMetrics a counter's samples end in `_total` and its TYPE does not. */
function open(out: string[], family: Family, samples: Rows): void {
  const { name, type, unit } = family;
  if (samples.length === 0) return;
  out.push(`# HELP ${name} ${family.help}.`, `# TYPE ${name} ${type}`);
  if (unit !== undefined) out.push(`# UNIT ${name} ${unit}`);
  const suffix = type === "counter" ? "_total" : "";
  for (const [labels, value] of samples) out.push(`${name}${suffix}${labels === "" ? "" : `{${labels}}`} ${value}`);
}

function buckets(out: string[], name: string, labels: string, bins: Bins): void {
  let below = 0;
  bins.bounds.forEach((bound, i) => {
    below += bins.counts[i] ?? 0;
    out.push(
      `${name}_bucket{${labels},le="${Number.isInteger(bound) && name.endsWith("_seconds") ? `${bound}.0` : bound}"} ${below}`,
    );
  });
  out.push(`${name}_bucket{${labels},le="+Inf"} ${bins.count}`);
}

function legacyHistogram(
  out: string[],
  name: string,
  help: string,
  series: readonly (readonly [string, Bins])[],
): void {
  if (series.length === 0) return;
  out.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`);
  for (const [labels, bins] of series) {
    buckets(out, name, labels, bins);
    out.push(`${name}_count{${labels}} ${bins.count}`, `${name}_sum{${labels}} ${bins.sum}`);
  }
}

function openHistogram(out: string[], name: string, help: string, series: Kept<Bins>): void {
  const all = series.all();
  if (all.length === 0) return;
  out.push(`# HELP ${name} ${help}.`, `# TYPE ${name} histogram`, `# UNIT ${name} seconds`);
  for (const [labels, bins] of all) {
    out.push(`${name}_sum{${labels}} ${Number(bins.sum.toFixed(6))}`, `${name}_count{${labels}} ${bins.count}`);
    buckets(out, name, labels, bins);
  }
}

const CONTROL = 'addr="linkerd-identity-headless.linkerd.svc.cluster.local:8080",tls="true"';
const IDENTITY = "linkerd-identity.linkerd.serviceaccount.identity.linkerd.cluster.local";

/** Scrapes of the admin port come in as requests of any other caller do. */
function legacyHalf(out: string[], proxy: LinkerdProxy, nowMs: number, scrapes: number): void {
  const counter = (name: string, help: string): Family => ({ name, type: "counter", help });
  const admin = (labels: string): Rows => (scrapes < 2 ? [] : [[labels, scrapes - 1]]);
  classic(
    out,
    counter("inbound_http_authz_allow_total", "The total number of inbound HTTP requests that were authorized"),
    rows(proxy.httpAllowed.fresh(nowMs)),
  );
  classic(
    out,
    counter(
      "inbound_http_authz_deny_total",
      "The total number of inbound HTTP requests that could not be processed due to being unauthorized",
    ),
    rows(proxy.httpDenied.fresh(nowMs)),
  );
  classic(
    out,
    counter("inbound_tcp_authz_allow_total", "The total number of inbound TCP connections that were authorized"),
    rows(proxy.tcpAllowed.fresh(nowMs)),
  );
  classic(out, counter("request_total", "Total count of HTTP requests"), [
    ...admin(ADMIN_LABELS),
    ...rows(proxy.requests.fresh(nowMs)),
  ]);
  legacyHistogram(
    out,
    "response_latency_ms",
    "Elapsed times between a request's headers being received and its response stream completing",
    proxy.latencyMs.fresh(nowMs),
  );
  classic(out, counter("response_total", "Total count of HTTP responses"), [
    ...admin(`${ADMIN_LABELS},status_code="200",classification="success",grpc_status="",error=""`),
    ...rows(proxy.responses.fresh(nowMs)),
  ]);
  const control = `${CONTROL},server_id="${IDENTITY}"`;
  classic(out, counter("control_request_total", "Total count of HTTP requests"), [[control, 1]]);
  classic(out, counter("control_response_total", "Total count of HTTP responses"), [
    [`${control},status_code="200",classification="success",grpc_status="0",error=""`, 1],
  ]);
  tcpHalf(out, proxy, nowMs);
}

function tcpHalf(out: string[], proxy: LinkerdProxy, nowMs: number): void {
  const tcp = proxy.tcp.fresh(nowMs);
  const counter = (name: string, help: string): Family => ({ name, type: "counter", help });
  classic(
    out,
    counter("tcp_open_total", "Total count of opened connections"),
    tcp.map(([labels, t]) => [labels, t.opened]),
  );
  classic(
    out,
    { name: "tcp_open_connections", type: "gauge", help: "Number of currently-open connections" },
    tcp.map(([labels, t]) => [labels, t.opened - t.closed]),
  );
  classic(
    out,
    counter("tcp_read_bytes_total", "Total count of bytes read from peers"),
    tcp.map(([labels, t]) => [labels, t.read]),
  );
  classic(
    out,
    counter("tcp_write_bytes_total", "Total count of bytes written to peers"),
    tcp.map(([labels, t]) => [labels, t.written]),
  );
  classic(
    out,
    counter("tcp_close_total", "Total count of closed connections"),
    tcp.filter(([, t]) => t.closed > 0).map(([labels, t]) => [`${labels},errno=""`, t.closed]),
  );
}

function routes(out: string[], proxy: LinkerdProxy, kind: "http" | "grpc"): void {
  const route = `outbound_${kind}_route`;
  openHistogram(
    out,
    `${route}_request_duration_seconds`,
    "The time between request initialization and response completion",
    proxy.routeSeconds[kind],
  );
  const counter = (name: string, help: string): Family => ({ name: `${route}_${name}`, type: "counter", help });
  open(out, counter("request_statuses", "Completed request-response streams"), rows(proxy.routeStatuses[kind].all()));
  open(
    out,
    counter("backend_requests", "The total number of requests dispatched to the backend"),
    rows(proxy.backendRequests[kind].all()),
  );
  openHistogram(
    out,
    `${route}_backend_response_duration_seconds`,
    "The time between request completion and response completion",
    proxy.backendSeconds[kind],
  );
  open(out, counter("backend_response_statuses", "Completed responses"), rows(proxy.backendStatuses[kind].all()));
}

function identity(out: string[], pod: Pod, times: PrintTimes): void {
  const age = Math.floor((times.nowMs - times.startMs) / 1000);
  const renewals = Math.floor(age / RENEW_SECONDS);
  const ownRenewal = Math.floor(times.startMs / 1000) + renewals * RENEW_SECONDS;
  const renewed = pod.leaf === null ? ownRenewal : Math.floor(pod.leaf.renewedMs / 1000);
  const expires = pod.leaf === null ? renewed + CERT_SECONDS : Math.floor(pod.leaf.expiresMs / 1000);
  const gauge = (name: string, help: string): Family => ({ name, type: "gauge", help, unit: "seconds" });
  open(
    out,
    gauge(
      "control_identity_cert_expiration_timestamp_seconds",
      "Time when the this proxy's current mTLS identity certificate will expire (in seconds since the UNIX epoch)",
    ),
    [["", expires]],
  );
  open(
    out,
    gauge(
      "control_identity_cert_refresh_timestamp_seconds",
      "Time when the this proxy's current mTLS identity certificate were last updated",
    ),
    [["", renewed]],
  );
  open(
    out,
    {
      name: "control_identity_cert_refreshes",
      type: "counter",
      help: "The total number of times this proxy's mTLS identity certificate has been refreshed by the Identity provider",
    },
    pod.leaf === null
      ? [['result="ok"', 1 + renewals]]
      : [
          ['result="ok"', 1],
          ['result="error"', 12],
        ],
  );
}

function build(out: string[], times: PrintTimes): void {
  const start = Math.floor(times.startMs / 1000);
  open(
    out,
    {
      name: "process_start_time_seconds",
      type: "gauge",
      help: "Time that the process started (in seconds since the UNIX epoch)",
      unit: "seconds",
    },
    [["", start]],
  );
  open(
    out,
    {
      name: "process_cpu_seconds",
      type: "counter",
      help: "Total user and system CPU time spent in seconds",
      unit: "seconds",
    },
    [["", Number(((times.nowMs - times.startMs) / 40_000).toFixed(2))]],
  );
  open(out, { name: "proxy_build_info", type: "gauge", help: "Proxy build info" }, [
    [
      `version="${VERSION}",git_sha="29637b6",git_version="release/v${VERSION}",git_branch="HEAD",profile="release",rust_version="1.90.0",vendor="linkerd"`,
      1,
    ],
  ]);
}

/** `scrapes`: how often this proxy has been asked, this time included. */
export function printLinkerd(pod: Pod, proxy: LinkerdProxy, times: PrintTimes, scrapes: number): string {
  const out: string[] = [];
  legacyHalf(out, proxy, times.nowMs - times.startMs, scrapes);
  identity(out, pod, times);
  routes(out, proxy, "http");
  routes(out, proxy, "grpc");
  build(out, times);
  out.push("# EOF");
  return `${out.join("\n")}\n`;
}
