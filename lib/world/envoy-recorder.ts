/**
 * An Envoy as a proxy of the estate: what it counts of the traffic it sees, under the names its mesh gives to clusters,
 * listeners and connection managers. In: facts (hop.ts), names and a printer. Out: an EnvoyProxy that moves. Consul's
 * and App Mesh's Envoys differ from a stock one by names and printer alone.
 */
import { bump, type Cluster, connect, EnvoyProxy, type HttpManager, type Listener, respond } from "./envoy-proxy.ts";
import type {
  Dialect,
  Entered,
  Exposition,
  Hop,
  MeshProxy,
  Pod,
  PrintTimes,
  Sending,
  Sizes,
  TcpCounter,
  TcpView,
} from "./hop.ts";
import type { ServiceSpec } from "./spec.ts";
import { observe } from "./tally.ts";

/** Stat names of a connection manager (or TCP proxy) and of the listener before it. */
export interface Door {
  readonly manager: string;
  readonly listener: string;
}

export interface EnvoyNames {
  /** The cluster through which calls of `service` reach `to`; `to` is null where no pod was reached. */
  upstream(service: ServiceSpec, to: Pod | null): string;
  /** The cluster of the app beside this Envoy. */
  app(service: ServiceSpec): string;
  /** Where calls from other proxies come in, and where its own app's calls do. */
  inbound(service: ServiceSpec): Door;
  outbound(service: ServiceSpec, to: Pod | null): Door;
}

export interface EnvoyKind {
  readonly dialect: Dialect;
  readonly path: string;
  readonly names: EnvoyNames;
  readonly print: (pod: Pod, envoy: EnvoyProxy, times: PrintTimes) => Exposition;
}

export const STOCK_NAMES: EnvoyNames = {
  upstream: (service) => service.name,
  app: () => "local_app",
  inbound: (service) => ({
    manager: service.protocol === "tcp" ? "ingress_tcp" : "ingress_http",
    listener: `0.0.0.0_${service.port}`,
  }),
  outbound: (service) => ({
    manager: service.protocol === "tcp" ? `egress_${service.name}` : "egress_http",
    listener: `127.0.0.1_${service.port}`,
  }),
};

/** The final answer of an HTTP cluster. */
function final(cluster: Cluster, code: number, sizes: Sizes): void {
  cluster.requests++;
  cluster.sent += sizes.requestBytes;
  cluster.received += sizes.responseBytes;
  if (code === 0) {
    cluster.cancelled++;
    return;
  }
  bump(cluster.codes, code);
  observe(cluster.timeMs, sizes.durationMs);
}

export class EnvoyRecorder implements MeshProxy {
  readonly dialect: Dialect;
  readonly path: string;
  readonly envoy = new EnvoyProxy();
  private readonly kind: EnvoyKind;

  constructor(kind: EnvoyKind) {
    this.kind = kind;
    this.dialect = kind.dialect;
    this.path = kind.path;
  }

  private door(door: Door, tls: boolean): readonly [HttpManager, Listener] {
    return [this.envoy.manager(door.manager), this.envoy.listener(door.listener, tls)];
  }

  arrived(hop: Hop): void {
    const { service } = hop.call;
    const [manager, listener] = this.door(this.kind.names.inbound(service), hop.mutual);
    for (const side of [manager, listener]) {
      connect(side, hop.how, hop.mutual);
      side.received += hop.requestBytes;
      side.sent += hop.responseBytes;
    }
    respond(manager, listener, hop.answer.code, hop.durationMs);
    if (hop.denied) {
      manager.denied++;
      return;
    }
    manager.allowed++;
    const app = this.envoy.cluster(this.kind.names.app(service), false);
    connect(app, hop.to.pool.take("local_app"), false);
    final(app, hop.answer.code, hop);
  }

  reached(hop: Hop): void {
    const { service } = hop.call;
    connect(this.envoy.cluster(this.kind.names.upstream(service, hop.to), hop.mutual), hop.how, hop.mutual);
  }

  sent(sending: Sending): void {
    const { call, attempts, last } = sending;
    const { from, service } = call;
    const { names } = this.kind;
    const cluster = this.envoy.cluster(names.upstream(service, last.to), call.link.tls === "mutual");
    for (const attempt of attempts.slice(0, -1)) {
      cluster.requests++;
      bump(cluster.retried, attempt.answer.code);
      cluster.retries++;
    }
    const { code, flags } = last.answer;
    if (attempts.length > 1 && code < 500) cluster.retrySuccess++;
    if (flags.includes("URX")) cluster.retryLimit++;
    if (flags === "UT") cluster.timeouts++;
    if (flags === "UF") cluster.connectFail++;
    if (flags === "UO") {
      cluster.overflow++;
      cluster.overflowMs = sending.nowMs;
    }
    final(cluster, code, sending);
    if (from.workload.relays === true) return;
    const door = names.outbound(service, last.to);
    const how = from.pool.take(door.listener);
    const [manager, listener] = this.door(door, false);
    for (const side of [manager, listener]) {
      connect(side, how, false);
      side.received += sending.requestBytes;
      side.sent += sending.responseBytes;
    }
    respond(manager, listener, code, sending.durationMs);
  }

  /** In plaintext. */
  entered(entered: Entered): void {
    const [manager, listener] = this.door(this.kind.names.inbound(entered.service), false);
    for (const side of [manager, listener]) {
      connect(side, entered.how, false);
      side.received += entered.requestBytes;
      side.sent += entered.responseBytes;
    }
    respond(manager, listener, entered.code, entered.durationMs);
  }

  tracer(_side: "client" | "server", own: Pod): Pod {
    return own;
  }

  upstreamName(service: ServiceSpec, to: Pod | null): string {
    return this.kind.names.upstream(service, to);
  }

  appName(service: ServiceSpec): string {
    return this.kind.names.app(service);
  }

  tcp(side: "source" | "destination", view: TcpView): readonly TcpCounter[] {
    const { names } = this.kind;
    const { service, mutual, to } = view;
    const door = side === "source" ? names.outbound(service, to) : names.inbound(service);
    const cluster = side === "source" ? names.upstream(service, to) : names.app(service);
    const faced = side === "destination" && mutual;
    const near = [this.envoy.tcpManager(door.manager), this.envoy.listener(door.listener, faced)];
    const far = this.envoy.cluster(cluster, side === "source" && mutual);
    const all = [...near, far];
    return [
      {
        opened: () => {
          for (const one of near) connect(one, "added", faced);
          connect(far, "added", side === "source" && mutual);
        },
        closed: () => {
          for (const one of all) one.active--;
        },
        moved: (requestBytes, responseBytes) => {
          for (const one of near) {
            one.received += requestBytes;
            one.sent += responseBytes;
          }
          far.received += responseBytes;
          far.sent += requestBytes;
        },
      },
    ];
  }

  print(pod: Pod, times: PrintTimes): Exposition {
    return this.kind.print(pod, this.envoy, times);
  }
}
