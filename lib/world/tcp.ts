/**
 * TCP connections between pods: opened when needed, kept for a minute or so, and reported as the proxies do: bytes every
 * 5 s and at close. In: transfers. Out: counters of the proxies at both ends and of the ledger, which move together at
 * a report. Up to three connections a pair. Milliseconds, bytes.
 */
import { mix } from "./draw.ts";
import { type Connections, connect } from "./envoy-proxy.ts";
import type { TcpSeries } from "./istio-proxy.ts";
import type { Pod } from "./pods.ts";
import type { ServiceSpec } from "./spec.ts";
import { type Ledger, type TruthEdge, workloadEnd } from "./truth.ts";

/** How often Istio's filter reports the bytes of an open connection. */
export const TCP_REPORT_MS = 5000;
const SIZE = 3;

interface Connection {
  readonly closesAtMs: number;
  requestBytes: number;
  responseBytes: number;
}

interface Pool {
  readonly seed: number;
  readonly truth: TruthEdge;
  readonly mutual: boolean;
  readonly series: readonly TcpSeries[];
  /** Envoy: everything that counts the caller's connection, then everything that counts the callee's. */
  readonly sides: readonly { readonly side: Connections; readonly fromApp: boolean }[];
  readonly open: Connection[];
  served: number;
}

export interface Transfer {
  readonly from: Pod;
  readonly to: Pod;
  readonly service: ServiceSpec;
  readonly mutual: boolean;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export class TcpPools {
  private readonly pools = new Map<string, Pool>();
  private readonly seed: number;
  private readonly ledger: Ledger;

  constructor(seed: number, ledger: Ledger) {
    this.seed = seed;
    this.ledger = ledger;
  }

  transfer(transfer: Transfer, nowMs: number): void {
    const pool = this.pool(transfer);
    const index = pool.served++ % SIZE;
    let connection = pool.open[index];
    if (connection === undefined) {
      connection = this.open(pool, nowMs);
      pool.open.push(connection);
    }
    connection.requestBytes += transfer.requestBytes;
    connection.responseBytes += transfer.responseBytes;
  }

  /** Reports all bytes and closes what has reached its age. Call on a 5 s grid. */
  report(nowMs: number): void {
    for (const pool of this.pools.values()) {
      for (const connection of pool.open) flush(pool, connection);
      const aged = pool.open.filter((connection) => connection.closesAtMs <= nowMs);
      for (const connection of aged) {
        pool.open.splice(pool.open.indexOf(connection), 1);
        pool.truth.tcp.closed++;
        for (const series of pool.series) series.closed++;
        for (const { side } of pool.sides) side.active--;
      }
    }
  }

  private open(pool: Pool, nowMs: number): Connection {
    const age = 30_000 + (mix(pool.seed, pool.truth.tcp.opened) % 60_000);
    pool.truth.tcp.opened++;
    pool.truth.security[pool.mutual ? "mutual" : "plaintext"]++;
    for (const series of pool.series) series.opened++;
    for (const { side } of pool.sides) connect(side, "added", false);
    return { closesAtMs: nowMs + age, requestBytes: 0, responseBytes: 0 };
  }

  private pool(transfer: Transfer): Pool {
    const { from, to, service, mutual } = transfer;
    const key = `${from.name} ${to.name}`;
    const known = this.pools.get(key);
    if (known !== undefined) return known;
    const truth = this.ledger.edge(workloadEnd(from.workload), workloadEnd(to.workload), "tcp");
    const pool: Pool = {
      seed: mix(this.seed, this.pools.size),
      truth,
      mutual,
      series: istioSeries(from, to, service, mutual),
      sides: envoySides(from, to, service),
      open: [],
      served: 0,
    };
    this.pools.set(key, pool);
    return pool;
  }
}

function istioSeries(from: Pod, to: Pod, service: ServiceSpec, mutual: boolean): readonly TcpSeries[] {
  const view = { destination: to.workload, service, mutual, code: 0, grpc: "", flags: "-" };
  const source = from.proxy === null ? null : from.workload;
  const series: TcpSeries[] = [];
  if (from.proxy?.dialect === "istio") series.push(from.proxy.tcpSeries({ reporter: "source", source, ...view }));
  if (to.proxy?.dialect === "istio") series.push(to.proxy.tcpSeries({ reporter: "destination", source, ...view }));
  return series;
}

/** `fromApp`: this side receives the request's bytes; an upstream cluster sends them. */
function envoySides(from: Pod, to: Pod, service: ServiceSpec): Pool["sides"] {
  const sides: { side: Connections; fromApp: boolean }[] = [];
  if (from.proxy?.dialect === "envoy") {
    sides.push({ side: from.proxy.tcpManager(`egress_${service.name}`), fromApp: true });
    sides.push({ side: from.proxy.listener(`127.0.0.1_${service.port}`, false), fromApp: true });
    sides.push({ side: from.proxy.cluster(service.name, false), fromApp: false });
  }
  if (to.proxy?.dialect === "envoy") {
    sides.push({ side: to.proxy.tcpManager("ingress_tcp"), fromApp: true });
    sides.push({ side: to.proxy.listener(`0.0.0.0_${service.port}`, false), fromApp: true });
    sides.push({ side: to.proxy.cluster("local_app", false), fromApp: false });
  }
  return sides;
}

function flush(pool: Pool, connection: Connection): void {
  const { requestBytes, responseBytes } = connection;
  pool.truth.tcp.requestBytes += requestBytes;
  pool.truth.tcp.responseBytes += responseBytes;
  for (const series of pool.series) {
    series.received += requestBytes;
    series.sent += responseBytes;
  }
  for (const { side, fromApp } of pool.sides) {
    side.received += fromApp ? requestBytes : responseBytes;
    side.sent += fromApp ? responseBytes : requestBytes;
  }
  connection.requestBytes = 0;
  connection.responseBytes = 0;
}
