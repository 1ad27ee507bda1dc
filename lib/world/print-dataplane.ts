/**
 * What consul-dataplane prints of itself before its Envoy's metrics: connection to the servers and the Go runtime, as
 * the Go client writes them: HELP, summaries whose quantiles are NaN once their window is empty, exponents.
 * In: pod and times. Out: lines.
 */
import { mix } from "./draw.ts";
import type { Pod, PrintTimes } from "./hop.ts";

/** A summary's quantiles are of its last ten minutes; durations of the start are soon out of it. */
const WINDOW_MS = 600_000;

const lead = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

function gauge(name: string, help: string, value: string | number): string[] {
  return [...lead(name, "gauge", help), `${name} ${value}`];
}

/** A duration of the start, in ms, observed once. */
function once(name: string, help: string, ms: number, ageMs: number): string[] {
  const shown = ageMs > WINDOW_MS ? "NaN" : ms;
  const quantiles = ["0.5", "0.9", "0.99"].map((q) => `${name}{quantile="${q}"} ${shown}`);
  return [...lead(name, "summary", help), ...quantiles, `${name}_sum ${ms}`, `${name}_count 1`];
}

export function dataplaneLines(pod: Pod, times: PrintTimes): string[] {
  const ageMs = times.nowMs - times.startMs;
  const collections = Math.floor(ageMs / 120_000);
  const dice = mix(pod.replica + pod.name.length, 5);
  const go = "consul_dataplane_go_gc_duration_seconds";
  const pauses = ["0", "0.25", "0.5", "0.75", "1"].map((q) => `${go}{quantile="${q}"} 5.2941e-05`);
  return [
    ...once(
      "consul_dataplane_connect_duration",
      "This will be a sample of the time it takes to get connected to a server.",
      321.85443115234375,
      ageMs,
    ),
    ...gauge("consul_dataplane_connection_errors", "Errors encountered during the stream connection", 0),
    ...gauge("consul_dataplane_consul_connected", "1 while the dataplane is connected to a Consul server.", 1),
    // The servers were found before the metrics sink was there, so that this one's window is empty from the start.
    ...once("consul_dataplane_discover_servers_duration", "Time to find Consul servers.", 0.6415, WINDOW_MS + 1),
    ...gauge("consul_dataplane_envoy_connected", "1 while Envoy is connected to the local xDS listener.", 1),
    ...lead(go, "summary", "A summary of the pause duration of garbage collection cycles."),
    ...pauses,
    `${go}_sum ${(collections * 5.2941e-5).toFixed(9)}`,
    `${go}_count ${collections}`,
    ...gauge("consul_dataplane_go_goroutines", "Number of goroutines that currently exist.", 35 + (dice % 9)),
    ...lead("consul_dataplane_go_info", "gauge", "Information about the Go environment."),
    'consul_dataplane_go_info{version="go1.23.4"} 1',
    ...gauge(
      "consul_dataplane_go_memstats_alloc_bytes",
      "Number of bytes allocated and still in use.",
      (2_400_000 + (dice % 400_000)).toExponential().replace("e+", "e+0"),
    ),
    ...lead("consul_dataplane_go_memstats_mallocs_total", "counter", "Total number of mallocs."),
    `consul_dataplane_go_memstats_mallocs_total ${40_000 + Math.floor(ageMs / 10)}`,
    ...gauge("consul_dataplane_go_threads", "Number of OS threads created.", 10),
    ...once("consul_dataplane_login_duration", "Time to log in to Consul.", 18.5314, WINDOW_MS + 1),
  ];
}
