/**
 * An Envoy as a proxy of the estate: what it counts of the traffic it sees, under the names its mesh gives to clusters,
 * listeners and connection managers. In: facts (hop.ts), a style and a printer. Out: an EnvoyProxy that moves. Consul's
 * and App Mesh's Envoys differ from a stock one by style and printer alone.
 */
import { bump, type Cluster, connect, EnvoyProxy, type HttpManager, type Listener, respond } from "./envoy-proxy.ts";
import type { Door, EnvoyNames, EnvoyStyle } from "./envoy-style.ts";
import type {
  Call,
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
import { observe } from "./tally.ts";

export interface EnvoyKind {
  readonly dialect: Dialect;
  readonly path: string;
  readonly style: EnvoyStyle;
  readonly print: (pod: Pod, envoy: EnvoyProxy, times: PrintTimes, scrapes: number) => Exposition;
}

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
  private readonly names: EnvoyNames;

  constructor(kind: EnvoyKind) {
    this.kind = kind;
    this.names = kind.style.names;
    this.dialect = kind.dialect;
    this.path = kind.path;
  }

  private door(door: Door, tls: boolean): readonly [HttpManager, Listener] {
    return [this.envoy.manager(door.manager), this.envoy.listener(door.listener, tls)];
  }

  private upstream(call: Call, to: Pod | null): Cluster {
    const workload = to?.workload ?? null;
    const name = this.names.upstream(call.service, workload);
    return this.envoy.cluster(name, call.link.tls === "mutual", { service: call.service, to: workload });
  }

  arrived(hop: Hop): void {
    const { service } = hop.call;
    const [manager, listener] = this.door(this.names.inbound(service, hop.to), hop.mutual);
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
    const app = this.envoy.cluster(this.names.app(service), false);
    connect(app, hop.to.pool.take("local_app"), false);
    final(app, hop.answer.code, hop);
  }

  reached(hop: Hop): void {
    connect(this.upstream(hop.call, hop.to), hop.how, hop.mutual);
  }

  sent(sending: Sending): void {
    const { call, attempts, last } = sending;
    const { from, service } = call;
    const door = this.names.outbound(service, last.to?.workload ?? null);
    if (door.opaque === true) {
      this.passed(sending, door);
      return;
    }
    const cluster = this.upstream(call, last.to);
    if (last.to === null && last.left) connect(cluster, from.pool.take(cluster.name), cluster.tls);
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
    const how = from.pool.take(door.listener);
    const [manager, listener] = this.door(door, false);
    for (const side of [manager, listener]) {
      connect(side, how, false);
      side.received += sending.requestBytes;
      side.sent += sending.responseBytes;
    }
    respond(manager, listener, code, sending.durationMs);
  }

  /** The proxy counts connections, and knows of no request. */
  private passed(sending: Sending, door: Door): void {
    const { call, last } = sending;
    const cluster = this.upstream(call, last.to);
    const how = call.from.pool.take(cluster.name);
    connect(cluster, how, false);
    cluster.sent += sending.requestBytes;
    cluster.received += sending.responseBytes;
    for (const side of [this.envoy.tcpManager(door.manager), this.envoy.listener(door.listener, false)]) {
      connect(side, how, false);
      side.received += sending.requestBytes;
      side.sent += sending.responseBytes;
    }
  }

  /** In plaintext. */
  entered(entered: Entered): void {
    const [manager, listener] = this.door(this.names.inbound(entered.service, entered.pod), false);
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

  tcp(side: "source" | "destination", view: TcpView): readonly TcpCounter[] {
    const { names } = this;
    const { service, mutual, to } = view;
    const door = side === "source" ? names.outbound(service, to.workload) : names.inbound(service, to);
    const cluster = side === "source" ? names.upstream(service, to.workload) : names.app(service);
    const target = side === "source" ? { service, to: to.workload } : null;
    const faced = side === "destination" && mutual;
    const near = [this.envoy.tcpManager(door.manager), this.envoy.listener(door.listener, faced)];
    const far = this.envoy.cluster(cluster, side === "source" && mutual, target);
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

  print(pod: Pod, times: PrintTimes, scrapes: number): Exposition {
    return this.kind.print(pod, this.envoy, times, scrapes);
  }
}
