/**
 * What one Istio proxy counts: istio_stats' series, each with its full label text. In: finished requests and TCP
 * reports as this proxy saw them. Out: the series, for the printer. Labels and their fallbacks are Istio's: a peer the
 * proxy cannot name is `unknown` in every label but the canonical revision, which falls back to `latest`.
 */
import type { Hop, Pod, Sending, Sizes, TcpCounter, TcpView } from "./hop.ts";
import { meshOf, type ServiceSpec, type WorkloadSpec } from "./spec.ts";
import { newTally, observe, type Tally } from "./tally.ts";

/** A pod as an Istio proxy knows its peer: no metadata comes from another mesh's, or from where no proxy is. */
export function peerOf(pod: Pod | null): WorkloadSpec | null {
  return pod !== null && pod.proxy !== null && meshOf(pod.role) === "istio" ? pod.workload : null;
}

/** One side's view of a call. */
export interface IstioView {
  readonly reporter: "source" | "destination" | "waypoint";
  readonly source: WorkloadSpec | null;
  readonly destination: WorkloadSpec | null;
  readonly service: ServiceSpec;
  /** Both ends showed certificates. */
  readonly mutual: boolean;
  readonly code: number;
  readonly grpc: string;
  /** Comma-joined, `-` for none. */
  readonly flags: string;
}

export interface RequestSeries {
  /** The label list without braces, all 25. */
  readonly labels: string;
  count: number;
  readonly durationMs: Tally;
  readonly requestBytes: Tally;
  readonly responseBytes: Tally;
}

export interface MessageSeries {
  readonly labels: string;
  requests: number;
  responses: number;
}

export interface TcpSeries {
  readonly labels: string;
  opened: number;
  closed: number;
  /** Bytes from the side that opened the connection. */
  received: number;
  sent: number;
}

function principal(workload: WorkloadSpec): string {
  return `spiffe://cluster.local/ns/${workload.namespace}/sa/${workload.service}`;
}

type Label = readonly [string, string];

function sourceLabels(view: IstioView): readonly Label[] {
  const from = view.source;
  return [
    ["reporter", view.reporter],
    ["source_workload", from?.name ?? "unknown"],
    ["source_canonical_service", from?.service ?? "unknown"],
    ["source_canonical_revision", from?.version ?? "latest"],
    ["source_workload_namespace", from?.namespace ?? "unknown"],
    ["source_principal", from !== null && view.mutual ? principal(from) : "unknown"],
    ["source_app", from?.service ?? "unknown"],
    ["source_version", from?.version ?? "unknown"],
    ["source_cluster", from?.cluster ?? "unknown"],
  ];
}

function destinationLabels(view: IstioView): readonly Label[] {
  const to = view.destination;
  const { service } = view;
  return [
    ["destination_workload", to?.name ?? "unknown"],
    ["destination_workload_namespace", to?.namespace ?? "unknown"],
    ["destination_principal", to !== null && view.mutual ? principal(to) : "unknown"],
    ["destination_app", to?.service ?? "unknown"],
    ["destination_version", to?.version ?? "unknown"],
    ["destination_service", service.host],
    ["destination_canonical_service", to?.service ?? "unknown"],
    ["destination_canonical_revision", to?.version ?? "latest"],
    ["destination_service_name", serviceName(service)],
    ["destination_service_namespace", isInCluster(service) ? service.namespace : "unknown"],
    ["destination_cluster", to?.cluster ?? "unknown"],
  ];
}

/** A service of Kubernetes; any other host is one that a ServiceEntry names, be it in the estate or beyond. */
function isInCluster(service: ServiceSpec): boolean {
  return service.kind === "mesh" && service.host.endsWith(".svc.cluster.local");
}

function serviceName(service: ServiceSpec): string {
  if (service.kind === "passthrough") return "PassthroughCluster";
  return isInCluster(service) ? service.name : service.host;
}

function security(view: IstioView): string {
  if (view.reporter === "source") return "unknown";
  return view.mutual ? "mutual_tls" : "none";
}

/** The labels of both ends, by name. */
export function istioLabels(view: IstioView): ReadonlyMap<string, string> {
  return new Map([...sourceLabels(view), ...destinationLabels(view)]);
}

function print(labels: readonly Label[]): string {
  return labels.map(([name, value]) => `${name}="${value}"`).join(",");
}

function key(view: IstioView): string {
  const { source, destination, service, reporter, mutual, code, grpc, flags } = view;
  return `${reporter} ${source?.name} ${destination?.name} ${service.name} ${mutual} ${code} ${grpc} ${flags}`;
}

export class IstioProxy {
  readonly requests = new Map<string, RequestSeries>();
  readonly messages = new Map<string, MessageSeries>();
  readonly tcp = new Map<string, TcpSeries>();

  request(view: IstioView, sizes: Sizes): void {
    const id = key(view);
    let series = this.requests.get(id);
    if (series === undefined) {
      const labels = print([
        ...sourceLabels(view),
        ...destinationLabels(view),
        ["request_protocol", view.service.protocol],
        ["response_code", String(view.code)],
        ["grpc_response_status", view.grpc],
        ["response_flags", view.flags],
        ["connection_security_policy", security(view)],
      ]);
      series = { labels, count: 0, durationMs: newTally(), requestBytes: newTally(), responseBytes: newTally() };
      this.requests.set(id, series);
    }
    series.count++;
    observe(series.durationMs, sizes.durationMs);
    observe(series.requestBytes, sizes.requestBytes);
    observe(series.responseBytes, sizes.responseBytes);
    if (view.service.protocol === "grpc") this.message(view);
  }

  /** A call that its app made, or that reached it. */
  sent({ call, last, ...sizes }: Sending): void {
    const { code, grpc, flags } = last.answer;
    const source = call.from.workload;
    const ends = { source, destination: peerOf(last.to), service: call.service, mutual: last.mutual };
    this.request({ reporter: "source", ...ends, code, grpc, flags }, sizes);
  }

  arrived(reporter: "destination" | "waypoint", hop: Hop): void {
    const { call, to, mutual, answer } = hop;
    const { code, grpc, flags } = answer;
    const ends = { source: peerOf(call.from), destination: to.workload, service: call.service, mutual };
    this.request({ reporter, ...ends, code, grpc, flags }, hop);
  }

  tcpCounter(reporter: "source" | "destination", view: TcpView): TcpCounter {
    const { from, to, service, mutual } = view;
    const ends = { source: peerOf(from), destination: peerOf(to), service, mutual };
    const series = this.tcpSeries({ reporter, ...ends, code: 0, grpc: "", flags: "-" });
    return {
      opened: () => {
        series.opened++;
      },
      closed: () => {
        series.closed++;
      },
      moved: (requestBytes, responseBytes) => {
        series.received += requestBytes;
        series.sent += responseBytes;
      },
    };
  }

  /** One message each way for a unary call; none came back where the call was cut. */
  private message(view: IstioView): void {
    const id = `${view.reporter} ${view.source?.name} ${view.destination?.name} ${view.service.name} ${view.mutual}`;
    let series = this.messages.get(id);
    if (series === undefined) {
      series = { labels: print([...sourceLabels(view), ...destinationLabels(view)]), requests: 0, responses: 0 };
      this.messages.set(id, series);
    }
    series.requests++;
    if (view.grpc === "0") series.responses++;
  }

  /** The TCP series of a view, whose `code` and `grpc` mean nothing. */
  tcpSeries(view: IstioView): TcpSeries {
    const id = key(view);
    const known = this.tcp.get(id);
    if (known !== undefined) return known;
    const labels = print([
      ...sourceLabels(view),
      ...destinationLabels(view),
      ["request_protocol", "tcp"],
      ["response_flags", view.flags],
      ["connection_security_policy", security(view)],
    ]);
    const series: TcpSeries = { labels, opened: 0, closed: 0, received: 0, sent: 0 };
    this.tcp.set(id, series);
    return series;
  }
}
