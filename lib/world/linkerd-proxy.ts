/**
 * What one Linkerd proxy counts: the legacy family per endpoint, the route family per logical call, connections and
 * policy decisions. In: facts (hop.ts). Out: series by label text, for the printer. A series that nothing has touched for
 * ten minutes is gone at the next scrape and starts from zero if it comes back. Legacy latency: whole milliseconds to the
 * first byte; route latency: seconds. Not kept: retries (no link here has any), zones' transfer costs.
 */
import { failed } from "./context.ts";
import type { Answer, Call, Hop, Pod, Sending, TcpCounter, TcpView } from "./hop.ts";
import {
  authzLabels,
  backendLabels,
  inboundLabels,
  inboundTcpLabels,
  outboundLabels,
  outboundSourceLabels,
  routeLabels,
} from "./linkerd-labels.ts";
import type { ServiceSpec } from "./spec.ts";

export const LEGACY_BOUNDS_MS: readonly number[] = [
  1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1000, 2000, 3000, 4000, 5000, 10000, 20000, 30000, 40000,
  50000,
];
export const ROUTE_BOUNDS_S: readonly number[] = [0.05, 0.5, 1, 10];
export const BACKEND_BOUNDS_S: readonly number[] = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 10];
const IDLE_MS = 600_000;

export interface Bins {
  readonly bounds: readonly number[];
  /** One per bound and one above the last; not cumulative. */
  readonly counts: number[];
  count: number;
  sum: number;
}

function binsOf(bounds: readonly number[]): Bins {
  return { bounds, counts: new Array<number>(bounds.length + 1).fill(0), count: 0, sum: 0 };
}

function put(bins: Bins, value: number): void {
  let at = 0;
  while (at < bins.bounds.length && value > (bins.bounds[at] ?? 0)) at++;
  bins.counts[at] = (bins.counts[at] ?? 0) + 1;
  bins.count++;
  bins.sum += value;
}

/** Series by label text, each with the time of its last change (ms since the world began). */
export class Kept<T> {
  private readonly series = new Map<string, { readonly value: T; lastMs: number }>();
  private readonly make: () => T;

  constructor(make: () => T) {
    this.make = make;
  }

  touch(labels: string, nowMs: number): T {
    const known = this.series.get(labels) ?? { value: this.make(), lastMs: nowMs };
    known.lastMs = nowMs;
    this.series.set(labels, known);
    return known.value;
  }

  /** Drops what is idle, and answers with the rest in the order in which it began. */
  fresh(nowMs: number): readonly (readonly [string, T])[] {
    for (const [labels, { lastMs }] of this.series) if (nowMs - lastMs > IDLE_MS) this.series.delete(labels);
    return [...this.series].map(([labels, { value }]) => [labels, value] as const);
  }

  /** Everything, for families that do not expire. */
  all(): readonly (readonly [string, T])[] {
    return [...this.series].map(([labels, { value }]) => [labels, value] as const);
  }
}

export interface Count {
  n: number;
}

export interface TcpCounts {
  opened: number;
  closed: number;
  /** From the peer, and to it. */
  read: number;
  written: number;
}

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

  /** One request at one endpoint: no answer was seen when the call was cut. */
  private legacy(labels: string, answer: Answer, latencyMs: number, nowMs: number): void {
    this.requests.touch(labels, nowMs).n++;
    if (answer.code === 0 || answer.flags === "UT") return;
    const classification = failed(answer) ? "failure" : "success";
    const status = `${labels},status_code="${answer.code}"`;
    const end = `${status},classification="${classification}",grpc_status="${answer.grpc}",error=""`;
    this.responses.touch(end, nowMs).n++;
    put(this.latencyMs.touch(status, nowMs), Math.floor(latencyMs));
  }

  /** An attempt of the app beside this proxy, at the pod it reached. */
  reached(hop: Hop): void {
    const { call, to, mutual, answer, nowMs } = hop;
    this.legacy(outboundLabels(call.service, to, mutual), answer, hop.durationMs + call.link.networkMs, nowMs);
    this.connections("source", { from: call.from, to, service: call.service, mutual }, hop);
  }

  arrived(hop: Hop): void {
    const { call, to, mutual, answer, nowMs } = hop;
    const view: TcpView = { from: call.from, to, service: call.service, mutual };
    this.connections("destination", view, hop);
    if (hop.denied) {
      this.httpDenied.touch(authzLabels(view, "deny"), nowMs).n++;
      return;
    }
    this.httpAllowed.touch(authzLabels(view, "allow"), nowMs).n++;
    this.legacy(inboundLabels(view), answer, hop.durationMs, nowMs);
  }

  /** The whole call, which is what a route counts; a host outside is an endpoint that no `reached` tells of. */
  sent({ call, last, durationMs, nowMs }: Sending): void {
    const { service } = call;
    if (last.to === null && last.left) {
      this.legacy(outboundLabels(service, null, false), last.answer, durationMs, nowMs);
    }
    // Without an EgressNetwork a call out of the cluster has no route.
    if (last.to?.role !== "linkerd") return;
    const kind = service.protocol === "grpc" ? "grpc" : "http";
    const route = routeLabels(service);
    const backend = `${route},${backendLabels(service)}`;
    const status = routeStatus(service, last.answer);
    put(this.routeSeconds[kind].touch(route, nowMs), durationMs / 1000);
    this.routeStatuses[kind].touch(`${route},${status}`, nowMs).n++;
    this.backendRequests[kind].touch(backend, nowMs).n++;
    put(this.backendSeconds[kind].touch(backend, nowMs), durationMs / 1000);
    this.backendStatuses[kind].touch(`${backend},${status}`, nowMs).n++;
  }

  /** A request from outside at a meshed ingress, whose proxy sees a caller without an identity. */
  entered(outside: Pod, call: Pick<Call, "service">, to: Pod, got: Pick<Hop, "answer" | "durationMs" | "nowMs">): void {
    const view: TcpView = { from: outside, to, service: call.service, mutual: false };
    this.httpAllowed.touch(authzLabels(view, "allow"), got.nowMs).n++;
    this.legacy(inboundLabels(view), got.answer, got.durationMs, got.nowMs);
  }

  /** HTTP connections, which Linkerd counts among all others. */
  private connections(side: "source" | "destination", view: TcpView, hop: Hop): void {
    for (const counter of this.tcpCounters(side, view)) {
      if (hop.how !== "kept") counter.opened(hop.nowMs);
      if (hop.how === "replaced") counter.closed(hop.nowMs);
      counter.moved(hop.requestBytes, hop.responseBytes, hop.nowMs);
    }
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
