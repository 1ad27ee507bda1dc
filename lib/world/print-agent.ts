/**
 * The parts of Istio's merged exposition that are not the proxy's: the agent's own metrics (Go client: HELP, summaries
 * with NaN) before it and the app's after it, in the app's dialect. In: pod and times. Out: lines.
 */
import { mix } from "./draw.ts";
import type { Pod } from "./hop.ts";
import type { IstioProxy } from "./istio-proxy.ts";

/** Lifetime of a workload certificate, and the age at which the agent renews it. */
const CERT_SECONDS = 86_400;
const RENEW_SECONDS = 43_200;

/** `ageMs`: since the pod began. */
export function agentLines(pod: Pod, ageMs: number, scrapes: number): string[] {
  const age = Math.floor(ageMs / 1000);
  const left = CERT_SECONDS - (age % RENEW_SECONDS);
  return [
    "# HELP istio_agent_cert_expiry_seconds The time remaining, in seconds, before the certificate chain will expire. A negative value indicates the cert is expired.",
    "# TYPE istio_agent_cert_expiry_seconds gauge",
    `istio_agent_cert_expiry_seconds{resource_name="default"} ${left}`,
    "# HELP istio_agent_go_gc_duration_seconds A summary of the wall-time pause (stop-the-world) duration in garbage collection cycles.",
    "# TYPE istio_agent_go_gc_duration_seconds summary",
    `istio_agent_go_gc_duration_seconds{quantile="0.5"} ${age < 30 ? "NaN" : "4.1e-05"}`,
    `istio_agent_go_gc_duration_seconds{quantile="1"} ${age < 30 ? "NaN" : "0.000311"}`,
    `istio_agent_go_gc_duration_seconds_sum ${age < 30 ? 0 : 0.002}`,
    `istio_agent_go_gc_duration_seconds_count ${Math.floor(age / 30)}`,
    "# HELP istio_agent_num_outgoing_requests Number of total outgoing requests (e.g. to a token exchange server, CA, etc.)",
    "# TYPE istio_agent_num_outgoing_requests counter",
    `istio_agent_num_outgoing_requests{request_type="csr"} ${1 + Math.floor(age / RENEW_SECONDS)}`,
    "# HELP istio_agent_scrapes_total The total number of scrapes.",
    "# TYPE istio_agent_scrapes_total counter",
    `istio_agent_scrapes_total ${scrapes}`,
    "# HELP istio_agent_startup_duration_seconds The time from the process starting to being marked ready.",
    "# TYPE istio_agent_startup_duration_seconds gauge",
    `istio_agent_startup_duration_seconds 1.${mix(pod.replica, 3) % 1000}e+00`,
  ];
}

/** Requests the app behind a proxy has answered. */
function served(pod: Pod, proxy: IstioProxy): number {
  let count = 0;
  for (const series of proxy.requests.values()) {
    if (series.labels.startsWith('reporter="destination"')) count += series.count;
  }
  return pod.workload.role === "sidecar" ? count : 0;
}

/** What the app prints of itself; empty where it prints nothing. */
export function appLines(pod: Pod, proxy: IstioProxy, startMs: number): string[] {
  const count = served(pod, proxy);
  const heap = 41_943_040 + (mix(pod.replica, count) % 8_388_608);
  if (pod.workload.appMetrics === "classic") {
    return [
      "# HELP nodejs_heap_size_used_bytes Process heap size used from Node.js in bytes.",
      "# TYPE nodejs_heap_size_used_bytes gauge",
      `nodejs_heap_size_used_bytes ${heap}`,
      '# HELP shop_pages_rendered_total Pages, by template.\\nOne template may have several names: "home", "start".',
      "# TYPE shop_pages_rendered_total counter",
      `shop_pages_rendered_total{template="home \\"new\\"",path="C:\\\\tpl\\\\home"} ${count}`,
    ];
  }
  if (pod.workload.appMetrics === "openMetrics") {
    const created = (startMs / 1000).toFixed(3);
    return [
      "# TYPE jvm_memory_used_bytes gauge",
      "# UNIT jvm_memory_used_bytes bytes",
      "# HELP jvm_memory_used_bytes Bytes in use, by pool.",
      `jvm_memory_used_bytes{area="heap"} ${heap.toExponential()}`,
      "# TYPE catalog_lookups counter",
      "# HELP catalog_lookups Lookups in the product index.",
      `catalog_lookups_total{kind="product"} ${count}.0 # {trace_id="${"0".repeat(31)}1"} 1.0 ${created}`,
      `catalog_lookups_created{kind="product"} ${created}`,
      "# EOF",
    ];
  }
  return [];
}
