/**
 * The rows of the rollup: one per edge, reporter and group, and what its numbers mean. A slot holds one dense array of
 * numbers per row that was seen in it; the row's columns say what each number counts. Columns are only ever added, so an
 * array written earlier is a prefix. Every column is additive: slots, and rows alike, merge by adding.
 */
import { type EdgeRef, type Endpoint, identityKey } from "./identity.ts";
import type { LatencyOf, Reporter, Security } from "./meaning.ts";

export const COUNTER_NAMES = [
  "opened",
  "closed",
  "requestBytes",
  "responseBytes",
  "requestMessages",
  "responseMessages",
  "retries",
  "timeouts",
  "overflow",
  "ejections",
  "rateLimited",
  "denied",
  "requestsStarted",
  /** Of calls told by spans: those whose sampling is known, and the requests that they stand for. */
  "sampledSpans",
  "sampledFrom",
  /** Requests as they were sent to a backend, each try of them. */
  "attempts",
] as const;
export type CounterName = (typeof COUNTER_NAMES)[number];

export type Column =
  /** Requests by HTTP code (or class) and gRPC status together, so that failure is decided at read. */
  | { readonly kind: "class"; readonly code: string; readonly grpcStatus: string }
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "host"; readonly host: string }
  | {
      readonly kind: "security";
      readonly security: Security;
      readonly unit: "requests" | "connections";
      /** Why it is not mutual, where the source says; counts of one class with different reasons add up. */
      readonly reason?: string;
    }
  /** One bucket of the row's latency scheme `scheme`, not cumulative. */
  | { readonly kind: "bucket"; readonly scheme: number; readonly index: number }
  | { readonly kind: "latencySum"; readonly scheme: number }
  | { readonly kind: "counter"; readonly name: CounterName };

export interface LatencyScheme {
  readonly of: LatencyOf;
  /** Finite upper bounds, ms. */
  readonly bounds: readonly number[];
}

/** TLS evidence of Envoy-family proxies: state since the process started, as one target last printed it. */
export interface TlsState {
  readonly atMs: number;
  readonly handshakes?: number;
  readonly connections?: number;
  /** Of `connections`, those that never were established. */
  readonly connectFailures?: number;
  readonly activeConnections?: number;
  readonly circuitOpen?: number;
  readonly family: string;
}

/** The accepting side of the same evidence. */
export interface ListenerState {
  readonly atMs: number;
  readonly handshakes?: number;
  readonly noCertificate?: number;
  readonly connections?: number;
  /** Connections over a TLS transport, as a connection manager counts them. */
  readonly tlsConnections?: number;
}

export interface RollupRow {
  readonly key: string;
  /** Dense, for the life of the process. */
  readonly index: number;
  readonly edge: EdgeRef;
  readonly reporter: Reporter;
  /** These connections may be only the transport of an http edge between the same ends (see `SeriesMeaning`). */
  readonly transport: boolean;
  /** Counted by a node's proxy, below those of the workloads (see `SeriesMeaning`). */
  readonly below?: boolean;
  /** Keys of the waypoints that report here, as far as they are known. */
  readonly via?: ReadonlySet<string>;
  /** Whether any request was ever counted here, since the proxy's own start too. */
  readonly hasRequests: boolean;
  /** Whether any counter of it was ever above zero. */
  readonly everActive: boolean;
  /** The other collector that counted it; absent: this one did. */
  readonly member?: string | undefined;
  /** Key of the group whose covered time is this row's denominator. */
  readonly group: string;
  readonly columns: readonly Column[];
  readonly schemes: readonly LatencyScheme[];
  readonly families: ReadonlySet<string>;
  readonly principals: { readonly source: ReadonlySet<string>; readonly destination: ReadonlySet<string> };
  /** IP addresses at which the source found the target; of routes, hosts of the Services that carried what was asked. */
  readonly addresses?: ReadonlySet<string>;
  /** By target. */
  readonly tls: ReadonlyMap<string, TlsState>;
  /** When a reading last held a series of this row, Unix ms. */
  readonly lastSeenMs: number;
  /** When the row was made, Unix ms. */
  readonly firstSeenMs: number;
}

/** Numbers of one row over some slots; as long as the row's columns were when they were written. */
export interface RowValues {
  readonly row: RollupRow;
  readonly values: Float64Array;
}

/** Covered seconds of the groups in some slots, ms by group key. */
export type Coverage = ReadonlyMap<string, number>;

/** How many may yet change what is told of a past time. */
export interface Settling {
  /** Targets that were not read since. */
  readonly targets: number;
  /** Services that tell by spans, which may come late. */
  readonly services: number;
}

/** What happened in one slot or a run of slots. */
export interface SlotSum {
  readonly rows: readonly RowValues[];
  readonly coveredMs: Coverage;
}

export interface ClosedSlot extends SlotSum {
  readonly startMs: number;
}

const SENDERS: ReadonlySet<Reporter> = new Set(["source", "sourceOnly", "outbound", "outboundRoute"]);

/** Whose proxy speaks: the source's for what it sends, the destination's for what it receives. */
export function reportingEnd(edge: EdgeRef, reporter: Reporter): Endpoint {
  return SENDERS.has(reporter) ? edge.source : edge.target;
}

export function groupKey(job: string, end: Endpoint, beside?: string): string {
  const { cluster, namespace, kind, name } = end;
  return JSON.stringify([job, cluster, namespace, kind, name, ...(beside === undefined ? [] : [beside])]);
}

/**
 * The group of a row. A waypoint speaks for its destination, and a node's proxy for whoever runs there, from beside them:
 * when one falls silent, the workload's own proxy need not, and the other way round.
 */
export function groupOf(job: string, row: Pick<RollupRow, "edge" | "reporter" | "below">): string {
  const beside = row.reporter === "waypoint" ? "waypoint" : row.below === true ? "node" : undefined;
  return groupKey(job, reportingEnd(row.edge, row.reporter), beside);
}

/** The finest edge: both ends at their version, protocol and layer. */
export function edgeKey(edge: EdgeRef): string {
  return `${identityKey(edge.source)}${identityKey(edge.target)}${edge.protocol}${edge.layer}`;
}

/** A workload without its version: how listeners are found. */
export function workloadKey(end: Endpoint): string {
  return JSON.stringify([end.cluster, end.namespace, end.kind, end.name]);
}
