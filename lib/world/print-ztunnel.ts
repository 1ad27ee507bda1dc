/** What `:15020/metrics` of a ztunnel prints: OpenMetrics, TYPE without `_total`, `# EOF`. In: its series. Out: text. */
import type { PrintTimes } from "./hop.ts";
import type { ZtunnelProxy, ZtunnelSeries } from "./ztunnel-proxy.ts";

function counter(
  out: string[],
  name: string,
  help: string,
  samples: readonly (readonly [string, number])[],
  unit?: string,
): void {
  out.push(`# HELP ${name} ${help}.`, `# TYPE ${name} counter`);
  if (unit !== undefined) out.push(`# UNIT ${name} ${unit}`);
  for (const [labels, value] of samples) out.push(`${name}_total${labels === "" ? "" : `{${labels}}`} ${value}`);
}

export function printZtunnel(ztunnel: ZtunnelProxy, times: PrintTimes): string {
  const out: string[] = [];
  const all = [...ztunnel.series.values()];
  const of = (value: (series: ZtunnelSeries) => number) => all.map((s) => [s.labels, value(s)] as const);
  const xds = 'url="type.googleapis.com/istio.workload.Address"';
  const age = Math.floor((times.nowMs - times.startMs) / 1000);
  out.push("# HELP istio_build Istio component build info.", "# TYPE istio_build gauge");
  out.push('istio_build{component="ztunnel",tag="1.29.1"} 1');
  counter(
    out,
    "istio_xds_connection_terminations",
    "The total number of completed connections to xds server (unstable)",
    [],
  );
  counter(out, "istio_xds_message", "Total number of messages received (unstable)", [[xds, 4 + Math.floor(age / 60)]]);
  counter(out, "istio_xds_message_bytes", "Total number of bytes received (unstable)", [[xds, 14_482 + age]], "bytes");
  counter(
    out,
    "istio_tcp_connections_opened",
    "The total number of TCP connections opened",
    of((s) => s.opened),
  );
  counter(
    out,
    "istio_tcp_connections_closed",
    "The total number of TCP connections closed",
    of((s) => s.closed),
  );
  counter(
    out,
    "istio_tcp_received_bytes",
    "The size of total bytes received during request in case of a TCP connection",
    of((s) => s.received),
    "bytes",
  );
  counter(
    out,
    "istio_tcp_sent_bytes",
    "The size of total bytes sent during response in case of a TCP connection",
    of((s) => s.sent),
    "bytes",
  );
  counter(out, "istio_on_demand_dns", "The total number of requests that used on-demand DNS (unstable)", []);
  out.push("# EOF");
  return `${out.join("\n")}\n`;
}
