/**
 * What one ztunnel counts: connections and bytes of every workload on its node, as source and as destination, with
 * Istio's labels in its own order. In: connections. Out: series. Both of its reporters know of mutual TLS, and it never
 * says `none`: what is not mutual is `unknown`.
 */
import type { TcpCounter, TcpView } from "./hop.ts";
import { type IstioView, istioLabels, peerOf } from "./istio-proxy.ts";

export interface ZtunnelSeries {
  readonly labels: string;
  opened: number;
  closed: number;
  /** Bytes from the side that opened the connection, and to it. */
  received: number;
  sent: number;
}

const ORDER = [
  "reporter",
  "source_workload",
  "source_canonical_service",
  "source_canonical_revision",
  "source_workload_namespace",
  "source_principal",
  "source_app",
  "source_version",
  "source_cluster",
  "destination_service",
  "destination_service_namespace",
  "destination_service_name",
  "destination_workload",
  "destination_canonical_service",
  "destination_canonical_revision",
  "destination_workload_namespace",
  "destination_principal",
  "destination_app",
  "destination_version",
  "destination_cluster",
] as const;

export class ZtunnelProxy {
  readonly series = new Map<string, ZtunnelSeries>();
  private readonly counters = new Map<string, TcpCounter>();

  counter(reporter: "source" | "destination", view: TcpView): TcpCounter {
    const key = `${reporter} ${view.from.workload.name} ${view.to.workload.name} ${view.service.name} ${view.mutual}`;
    const known = this.counters.get(key) ?? this.newCounter(reporter, view);
    this.counters.set(key, known);
    return known;
  }

  private newCounter(reporter: "source" | "destination", view: TcpView): TcpCounter {
    const series = this.one(reporter, view);
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

  private one(reporter: "source" | "destination", { from, to, service, mutual }: TcpView): ZtunnelSeries {
    const ends = { source: peerOf(from), destination: peerOf(to), service, mutual };
    const view: IstioView = { reporter, ...ends, code: 0, grpc: "", flags: "-" };
    const given = istioLabels(view);
    const security = mutual ? "mutual_tls" : "unknown";
    const labels = [
      ...ORDER.map((name) => `${name}="${given.get(name) ?? "unknown"}"`),
      `request_protocol="tcp",response_flags="-",connection_security_policy="${security}"`,
    ].join(",");
    const known = this.series.get(labels) ?? { labels, opened: 0, closed: 0, received: 0, sent: 0 };
    this.series.set(labels, known);
    return known;
  }
}
