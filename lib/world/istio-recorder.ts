/** An Istio sidecar or gateway as a proxy of the estate. In: facts (hop.ts). Out: an IstioProxy that moves, and its print. */
import type { Exposition, Hop, MeshProxy, Pod, PrintTimes, Sending, TcpCounter, TcpView } from "./hop.ts";
import { IstioProxy } from "./istio-proxy.ts";
import { printIstio } from "./print-istio.ts";

export class IstioRecorder implements MeshProxy {
  readonly dialect = "istio";
  readonly path = "stats/prometheus";
  readonly istio = new IstioProxy();

  arrived(hop: Hop): void {
    this.istio.arrived("destination", hop);
  }

  /** Istio counts whole calls. */
  reached(): void {}

  sent(sending: Sending): void {
    this.istio.sent(sending);
  }

  /** A gateway counts nothing of the side that faces outside. */
  entered(): void {}

  tracer(_side: "client" | "server", own: Pod): Pod {
    return own;
  }

  tcp(side: "source" | "destination", view: TcpView): readonly TcpCounter[] {
    return [this.istio.tcpCounter(side, view)];
  }

  /** The agent answers in the media type of the app it merges. */
  print(pod: Pod, times: PrintTimes, scrapes: number): Exposition {
    const open = pod.workload.appMetrics === "openMetrics";
    const contentType = open
      ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
      : "text/plain; version=0.0.4; charset=utf-8";
    return { contentType, text: printIstio(pod, this.istio, times, scrapes) };
  }
}
