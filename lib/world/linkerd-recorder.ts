/** A Linkerd proxy as a proxy of the estate. In: facts (hop.ts). Out: a LinkerdProxy that moves, and its print. */
import type { Entered, Exposition, Hop, MeshProxy, Pod, PrintTimes, Sending, TcpCounter, TcpView } from "./hop.ts";
import { LinkerdProxy } from "./linkerd-proxy.ts";
import { printLinkerd } from "./print-linkerd.ts";

export class LinkerdRecorder implements MeshProxy {
  readonly dialect = "linkerd";
  readonly path = "metrics";
  readonly linkerd = new LinkerdProxy();

  arrived(hop: Hop): void {
    this.linkerd.arrived(hop);
  }

  reached(hop: Hop): void {
    this.linkerd.reached(hop);
  }

  sent(sending: Sending): void {
    this.linkerd.sent(sending);
  }

  entered(entered: Entered): void {
    this.linkerd.entered(entered);
  }

  tracer(_side: "client" | "server", own: Pod): Pod {
    return own;
  }

  tcp(side: "source" | "destination", view: TcpView): readonly TcpCounter[] {
    return this.linkerd.tcpCounters(side, view);
  }

  /** Plain text by its media type, though the second half is OpenMetrics. */
  print(pod: Pod, times: PrintTimes, scrapes: number): Exposition {
    return { contentType: "text/plain", text: printLinkerd(pod, this.linkerd, times, scrapes) };
  }
}
