/**
 * What one Linkerd proxy counts: the legacy family per endpoint, the route family per logical call, connections and
 * policy decisions. In: facts (hop.ts). Out: series by label text, for the printer. A series that nothing has touched for
 * ten minutes is gone at the next scrape and starts from zero if it comes back. Legacy latency: whole milliseconds to the
 * first byte; route latency: seconds. Not kept: retries (no link here has any), zones' transfer costs.
 */
import { failed } from "./context.ts";
import type { Answer, Entered, Hop, Pod, Sending, TcpCounter, TcpView } from "./hop.ts";
import {
  authzLabels,
  backendLabels,
  inboundLabels,
  inboundTcpLabels,
  outboundLabels,
  outboundSourceLabels,
  routeLabels,
} from "./linkerd-labels.ts";
import {
  BACKEND_BOUNDS_S,
  binsOf,
  type Count,
  Kept,
  LEGACY_BOUNDS_MS,
  put,
  ROUTE_BOUNDS_S,
  type TcpCounts,
} from "./linkerd-series.ts";
import type { ServiceSpec } from "./spec.ts";

const count = (): Count => ({ n: 0 });

/** The words of `http_status` or `grpc_status` and `error` in the route family. */
function routeStatus(service: ServiceSpec, answer: Answer): string {
  const grpc = service.protocol === "grpc";
  const name = grpc ? "grpc_status" : "http_status";
  if (answer.flags === "UT") return `${name}="",error="REQUEST_TIMEOUT"`;
  if (answer.code === 0) return `${name}="",error="CANCEL"`;
  return grpc ? `${name}="${GRPC_WORDS[answer.grpc] ?? "UNKNOWN"}",error=""` : `${name}="${answer.code}",error=""`;
}

const GRPC_WORDS: Readonly<Record<string, string>> = {
  "0": "OK",
  "7": "PERMISSION_DENIED",
  "13": "INTERNAL",
  "14": "UNAVAILABLE",
};

/** Label lists are long: each is written once, and a request finds them by short keys. */
interface Peer {
  readonly labels: string;
  readonly allow: string;
  readonly deny: string;
  /** By code and gRPC status: with the status, and with all that a response adds. */
  readonly ends: Map<string, readonly [string, string]>;
  readonly counters: readonly TcpCounter[];
}

interface RouteTexts {
  readonly route: string;
  readonly backend: string;
  readonly statuses: Map<string, readonly [string, string]>;
}

function endsOf({ labels, ends }: Peer, answer: Answer): readonly [string, string] {
  const key = `${answer.code} ${answer.grpc}`;
  const known = ends.get(key);
  if (known !== undefined) return known;
  const classification = failed(answer) ? "failure" : "success";
  const status = `${labels},status_code="${answer.code}"`;
  const made = [status, `${status},classification="${classification}",grpc_status="${answer.grpc}",error=""`] as const;
  ends.set(key, made);
  return made;
}

function routeEnds(texts: RouteTexts, service: ServiceSpec, answer: Answer): readonly [string, string] {
  const status = routeStatus(service, answer);
  const known = texts.statuses.get(status);
  if (known !== undefined) return known;
  const made = [`${texts.route},${status}`, `${texts.backend},${status}`] as const;
  texts.statuses.set(status, made);
  return made;
}

/** HTTP connections, which Linkerd counts among all others. */
function connections(peer: Peer, hop: Hop): void {
  for (const counter of peer.counters) {
    if (hop.how !== "kept") counter.opened(hop.nowMs);
    if (hop.how === "replaced") counter.closed(hop.nowMs);
    counter.moved(hop.requestBytes, hop.responseBytes, hop.nowMs);
  }
}

export class LinkerdProxy {
  readonly requests = new Kept(count);
  readonly responses = new Kept(count);
  readonly latencyMs = new Kept(() => binsOf(LEGACY_BOUNDS_MS));
  readonly tcp = new Kept<TcpCounts>(() => ({ opened: 0, closed: 0, read: 0, written: 0 }));
  readonly httpAllowed = new Kept(count);
  readonly httpDenied = new Kept(count);
  readonly tcpAllowed = new Kept(count);
  readonly routeSeconds = {
    http: new Kept(() => binsOf(ROUTE_BOUNDS_S)),
    grpc: new Kept(() => binsOf(ROUTE_BOUNDS_S)),
  };
  readonly routeStatuses = { http: new Kept(count), grpc: new Kept(count) };
  readonly backendRequests = { http: new Kept(count), grpc: new Kept(count) };
  readonly backendSeconds = {
    http: new Kept(() => binsOf(BACKEND_BOUNDS_S)),
    grpc: new Kept(() => binsOf(BACKEND_BOUNDS_S)),
  };
  readonly backendStatuses = { http: new Kept(count), grpc: new Kept(count) };

  private readonly peers = new Map<string, Peer>();
  private readonly routes = new Map<string, RouteTexts>();

  private peer(side: "source" | "destination", view: Omit<TcpView, "to"> & { readonly to: Pod | null }): Peer {
    const { from, to, service, mutual } = view;
    const key = `${side} ${service.name} ${(side === "source" ? to : from)?.name} ${mutual}`;
    const known = this.peers.get(key);
    if (known !== undefined) return known;
    const ends = new Map<string, readonly [string, string]>();
    const reached = to === null ? null : { from, to, service, mutual };
    const peer: Peer =
      side === "source" || reached === null
        ? {
            labels: outboundLabels(service, to, mutual),
            allow: "",
            deny: "",
            ends,
            counters: this.sockets(side, reached),
          }
        : {
            labels: inboundLabels(reached),
            allow: authzLabels(reached, "allow"),
            deny: authzLabels(reached, "deny"),
            ends,
            counters: this.sockets(side, reached),
          };
    this.peers.set(key, peer);
    return peer;
  }

  private sockets(side: "source" | "destination", view: TcpView | null): readonly TcpCounter[] {
    return view === null ? [] : this.tcpCounters(side, view);
  }

  /** One request at one endpoint: no answer was seen when the call was cut. */
  private legacy(peer: Peer, answer: Answer, latencyMs: number, nowMs: number): void {
    this.requests.touch(peer.labels, nowMs).n++;
    if (answer.code === 0 || answer.flags === "UT") return;
    const [status, end] = endsOf(peer, answer);
    this.responses.touch(end, nowMs).n++;
    put(this.latencyMs.touch(status, nowMs), Math.floor(latencyMs));
  }

  /** An attempt of the app beside this proxy, at the pod it reached. */
  reached(hop: Hop): void {
    const { call, to, mutual } = hop;
    const peer = this.peer("source", { from: call.from, to, service: call.service, mutual });
    this.legacy(peer, hop.answer, hop.durationMs + call.networkMs, hop.nowMs);
    connections(peer, hop);
  }

  arrived(hop: Hop): void {
    const { call, to, mutual, nowMs } = hop;
    const peer = this.peer("destination", { from: call.from, to, service: call.service, mutual });
    connections(peer, hop);
    if (hop.denied) {
      this.httpDenied.touch(peer.deny, nowMs).n++;
      return;
    }
    this.httpAllowed.touch(peer.allow, nowMs).n++;
    this.legacy(peer, hop.answer, hop.durationMs, nowMs);
  }

  /** The whole call, which is what a route counts; a host outside is an endpoint that no `reached` tells of. */
  sent({ call, last, durationMs, nowMs }: Sending): void {
    const { service, from } = call;
    if (last.to === null && last.left) {
      const peer = this.peer("source", { from, to: null, service, mutual: false });
      this.legacy(peer, last.answer, durationMs, nowMs);
    }
    // Without an EgressNetwork a call out of the cluster has no route.
    if (last.to?.role !== "linkerd") return;
    const kind = service.protocol === "grpc" ? "grpc" : "http";
    const { route, backend, statuses } = this.route(service, last.to);
    const [ended, answered] = routeEnds({ route, backend, statuses }, service, last.answer);
    put(this.routeSeconds[kind].touch(route, nowMs), durationMs / 1000);
    this.routeStatuses[kind].touch(ended, nowMs).n++;
    this.backendRequests[kind].touch(backend, nowMs).n++;
    put(this.backendSeconds[kind].touch(backend, nowMs), durationMs / 1000);
    this.backendStatuses[kind].touch(answered, nowMs).n++;
  }

  private route(service: ServiceSpec, to: Pod): RouteTexts {
    const key = `${service.name} ${to.workload.name}`;
    const known = this.routes.get(key);
    if (known !== undefined) return known;
    const route = routeLabels(service);
    const made = { route, backend: `${route},${backendLabels(service, to)}`, statuses: new Map() };
    this.routes.set(key, made);
    return made;
  }

  /** A request from outside at a meshed ingress, whose proxy sees a caller without an identity. */
  entered({ pod, service, ...got }: Entered): void {
    const peer = this.peer("destination", { from: pod, to: pod, service, mutual: false });
    this.httpAllowed.touch(peer.allow, got.nowMs).n++;
    this.legacy(peer, { endMs: 0, code: got.code, grpc: "", flags: "-" }, got.durationMs, got.nowMs);
  }

  /** Both of its sockets: the one it accepted and the one it dialled. */
  tcpCounters(side: "source" | "destination", view: TcpView): readonly TcpCounter[] {
    if (side === "source") {
      const { service, to, mutual } = view;
      return [
        this.counter(outboundLabels(service, to, mutual, "dst"), false),
        this.counter(outboundSourceLabels(service, to), true),
      ];
    }
    const counters = [
      this.counter(inboundTcpLabels(view, "src"), true),
      this.counter(inboundTcpLabels(view, "dst"), false),
    ];
    if (view.service.protocol !== "tcp") return counters;
    const labels = authzLabels(view, "tcp");
    const allowed: TcpCounter = {
      opened: (nowMs) => {
        this.tcpAllowed.touch(labels, nowMs).n++;
      },
      closed: () => {},
      moved: () => {},
    };
    return [...counters, allowed];
  }

  /** `accepted`: the peer is the one that sends the request's bytes. */
  private counter(labels: string, accepted: boolean): TcpCounter {
    return {
      opened: (nowMs) => {
        this.tcp.touch(labels, nowMs).opened++;
      },
      closed: (nowMs) => {
        this.tcp.touch(labels, nowMs).closed++;
      },
      moved: (requestBytes, responseBytes, nowMs) => {
        const series = this.tcp.touch(labels, nowMs);
        series.read += accepted ? requestBytes : responseBytes;
        series.written += accepted ? responseBytes : requestBytes;
      },
    };
  }
}
