/**
 * What one Envoy counts, whichever mesh set it up: clusters, HTTP connection managers, TCP proxies and listeners. In: requests and
 * connections as this Envoy saw them. Out: the state, for the printer. Milliseconds, bytes.
 */
import type { Connecting } from "./hop.ts";
import type { ServiceSpec, WorkloadSpec } from "./spec.ts";
import { newTally, observe, type Tally } from "./tally.ts";

export interface Connections {
  total: number;
  active: number;
  /** TLS handshakes; 0 where the connections are plaintext. */
  handshakes: number;
  received: number;
  sent: number;
}

/** What an outbound cluster leads to; `to` is null where that is no workload of the estate. */
export interface Target {
  readonly service: ServiceSpec;
  readonly to: WorkloadSpec | null;
}

export interface Cluster extends Connections {
  readonly name: string;
  readonly tls: boolean;
  /** Null for the app's own cluster and for infrastructure. */
  readonly target: Target | null;
  /** Attempts, streams of a TCP proxy included. */
  requests: number;
  /** Final responses by code. */
  readonly codes: Map<number, number>;
  /** Responses that were retried, by code. */
  readonly retried: Map<number, number>;
  retries: number;
  retrySuccess: number;
  retryLimit: number;
  timeouts: number;
  /** Attempts cut because the downstream went away. */
  cancelled: number;
  connectFail: number;
  /** Requests refused because a circuit breaker stood open, and when the last one was (ms since the world began). */
  overflow: number;
  overflowMs: number;
  readonly timeMs: Tally;
}

export interface HttpManager extends Connections {
  readonly prefix: string;
  requests: number;
  readonly codes: Map<number, number>;
  /** Requests the downstream reset before a response. */
  reset: number;
  /** What a policy filter said of requests. */
  allowed: number;
  denied: number;
  readonly timeMs: Tally;
}

export interface TcpManager extends Connections {
  readonly prefix: string;
}

export interface Listener extends Connections {
  readonly address: string;
  tls: boolean;
  /** HTTP responses by code of each manager behind it; empty for a TCP listener. */
  readonly codes: Map<string, Map<number, number>>;
}

export function bump(counts: Map<number, number>, code: number): void {
  counts.set(code, (counts.get(code) ?? 0) + 1);
}

const still = (): Connections => ({ total: 0, active: 0, handshakes: 0, received: 0, sent: 0 });

function known<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

export class EnvoyProxy {
  readonly clusters = new Map<string, Cluster>();
  readonly http = new Map<string, HttpManager>();
  readonly tcp = new Map<string, TcpManager>();
  readonly listeners = new Map<string, Listener>();

  cluster(name: string, tls: boolean, target: Target | null = null): Cluster {
    return known(this.clusters, name, () => ({
      ...still(),
      name,
      tls,
      target,
      requests: 0,
      codes: new Map(),
      retried: new Map(),
      retries: 0,
      retrySuccess: 0,
      retryLimit: 0,
      timeouts: 0,
      cancelled: 0,
      connectFail: 0,
      overflow: 0,
      overflowMs: Number.NEGATIVE_INFINITY,
      timeMs: newTally(),
    }));
  }

  manager(prefix: string): HttpManager {
    return known(this.http, prefix, () => ({
      ...still(),
      prefix,
      requests: 0,
      codes: new Map(),
      reset: 0,
      allowed: 0,
      denied: 0,
      timeMs: newTally(),
    }));
  }

  tcpManager(prefix: string): TcpManager {
    return known(this.tcp, prefix, () => ({ ...still(), prefix }));
  }

  listener(address: string, tls: boolean): Listener {
    const listener = known(this.listeners, address, () => ({ ...still(), address, tls, codes: new Map() }));
    listener.tls ||= tls;
    return listener;
  }
}

export function connect(side: Connections, how: Connecting, tls: boolean): void {
  if (how === "kept") return;
  side.total++;
  if (tls) side.handshakes++;
  if (how === "added") side.active++;
}

/** A response with its code, or `0` where none was sent. */
export function respond(manager: HttpManager, listener: Listener, code: number, durationMs: number): void {
  manager.requests++;
  if (code === 0) {
    manager.reset++;
    return;
  }
  bump(manager.codes, code);
  bump(
    known(listener.codes, manager.prefix, () => new Map<number, number>()),
    code,
  );
  observe(manager.timeMs, durationMs);
}
