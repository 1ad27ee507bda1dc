/**
 * Istio's ambient mode as proxies of the estate. A workload in it has no proxy of its own: its node's ztunnel counts
 * connections at both ends (L4), the namespace's waypoint counts requests (L7) of callers that are in the mode too. In:
 * facts (hop.ts). Out: series of ztunnels and waypoint. A sidecar that calls in goes past the waypoint, so that only its
 * own reports know of requests there. Not handled: several waypoints, policies.
 */
import type { Exposition, Hop, MeshProxy, Pod, PrintTimes, TcpCounter, TcpView } from "./hop.ts";
import { IstioRecorder } from "./istio-recorder.ts";
import { printZtunnel } from "./print-ztunnel.ts";
import { ZtunnelProxy } from "./ztunnel-proxy.ts";

export class ZtunnelRecorder implements MeshProxy {
  readonly dialect = "ztunnel";
  readonly path = "metrics";
  readonly ztunnel = new ZtunnelProxy();

  arrived(): void {}
  reached(): void {}
  sent(): void {}
  entered(): void {}

  tracer(): null {
    return null;
  }

  tcp(side: "source" | "destination", view: TcpView): readonly TcpCounter[] {
    return [this.ztunnel.counter(side, view)];
  }

  print(_pod: Pod, times: PrintTimes): Exposition {
    const contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    return { contentType, text: printZtunnel(this.ztunnel, times) };
  }
}

export class AmbientRecorder implements MeshProxy {
  readonly dialect = "ambient";
  readonly path = null;
  private ztunnel: ZtunnelRecorder | null = null;
  private waypoint: Pod | null = null;

  /** Called once, when the pods that it needs exist. */
  join(node: Pod | undefined, waypoint: Pod | undefined): void {
    this.ztunnel = node?.proxy instanceof ZtunnelRecorder ? node.proxy : null;
    this.waypoint = waypoint ?? null;
  }

  arrived(hop: Hop): void {
    const { call, to, mutual } = hop;
    const { from, service } = call;
    const { waypoint } = this;
    if (from.proxy?.dialect !== "ambient" || waypoint === null) {
      leg(this.tcp("destination", { from, to, service, mutual }), hop, hop.how);
      return;
    }
    if (waypoint.proxy instanceof IstioRecorder) waypoint.proxy.istio.arrived("waypoint", hop);
    const first = { from, to: waypoint, service, mutual };
    leg(from.proxy.tcp("source", first), hop, from.pool.take(waypoint.name));
    const second = { from: waypoint, to, service, mutual };
    leg(this.tcp("destination", second), hop, waypoint.pool.take(to.name));
  }

  reached(): void {}
  sent(): void {}
  entered(): void {}

  tracer(side: "client" | "server", _own: Pod, peer: Pod | null): Pod | null {
    return side === "server" && peer?.proxy?.dialect === "ambient" ? this.waypoint : null;
  }

  tcp(side: "source" | "destination", view: TcpView): readonly TcpCounter[] {
    return this.ztunnel?.tcp(side, view) ?? [];
  }

  print(): null {
    return null;
  }
}

/** One request over the connections of one leg. */
function leg(counters: readonly TcpCounter[], hop: Hop, how: Hop["how"]): void {
  for (const counter of counters) {
    if (how !== "kept") counter.opened(hop.nowMs);
    if (how === "replaced") counter.closed(hop.nowMs);
    counter.moved(hop.requestBytes, hop.responseBytes, hop.nowMs);
  }
}
