/**
 * TCP connections between pods: opened when needed, kept for a minute or so, and reported as the proxies do: bytes every
 * 5 s and at close. In: transfers. Out: counters of the proxies at both ends and of the ledger, which move together at
 * a report. Up to three connections a pair. Milliseconds, bytes.
 */
import { mix } from "./draw.ts";
import type { TcpCounter, TcpView } from "./hop.ts";
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
  /** The caller's proxy, then the callee's. */
  readonly counters: readonly TcpCounter[];
  readonly open: Connection[];
  served: number;
}

export interface Transfer extends TcpView {
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
      for (const connection of pool.open) flush(pool, connection, nowMs);
      const aged = pool.open.filter((connection) => connection.closesAtMs <= nowMs);
      for (const connection of aged) {
        pool.open.splice(pool.open.indexOf(connection), 1);
        pool.truth.tcp.closed++;
        for (const counter of pool.counters) counter.closed(nowMs);
      }
    }
  }

  private open(pool: Pool, nowMs: number): Connection {
    const age = 30_000 + (mix(pool.seed, pool.truth.tcp.opened) % 60_000);
    pool.truth.tcp.opened++;
    pool.truth.security[pool.mutual ? "mutual" : "plaintext"]++;
    for (const counter of pool.counters) counter.opened(nowMs);
    return { closesAtMs: nowMs + age, requestBytes: 0, responseBytes: 0 };
  }

  private pool(transfer: Transfer): Pool {
    const { from, to, mutual } = transfer;
    const key = `${from.name} ${to.name}`;
    const known = this.pools.get(key);
    if (known !== undefined) return known;
    const truth = this.ledger.edge(workloadEnd(from.workload), workloadEnd(to.workload), "tcp");
    const pool: Pool = {
      seed: mix(this.seed, this.pools.size),
      truth,
      mutual,
      counters: [...(from.proxy?.tcp("source", transfer) ?? []), ...(to.proxy?.tcp("destination", transfer) ?? [])],
      open: [],
      served: 0,
    };
    this.pools.set(key, pool);
    return pool;
  }
}

function flush(pool: Pool, connection: Connection, nowMs: number): void {
  const { requestBytes, responseBytes } = connection;
  pool.truth.tcp.requestBytes += requestBytes;
  pool.truth.tcp.responseBytes += responseBytes;
  for (const counter of pool.counters) counter.moved(requestBytes, responseBytes, nowMs);
  connection.requestBytes = 0;
  connection.responseBytes = 0;
}
