/**
 * The words in which proxies are told what happened: pods, calls, attempts, and the interface that each dialect of
 * proxy implements. Types only. Times: ms since the world began unless a name says Unix; sizes: bytes.
 */
import type { SpanId } from "../model/span.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { Link, Operation, ServiceSpec, WorkloadRole, WorkloadSpec } from "./spec.ts";

export type Dialect = "istio" | "envoy" | "linkerd" | "ambient" | "ztunnel" | "consul" | "appmesh" | "serviceConnect";

export interface SpanRef {
  readonly id: SpanId;
  readonly parent: SpanId | undefined;
}

/** The certificate a proxy shows. Unix ms. */
export interface Leaf {
  readonly renewedMs: number;
  readonly expiresMs: number;
}

export interface Pod {
  readonly name: string;
  readonly ip: string;
  /** 0-based replica number. */
  readonly replica: number;
  readonly workload: WorkloadSpec;
  /** The workload's, or this replica's own in the middle of a migration. */
  readonly role: WorkloadRole;
  /** Null where no proxy sees its traffic. */
  readonly proxy: MeshProxy | null;
  readonly pool: ConnectionPool;
  /** Null: renewed on time, as its mesh does. Set by an incident. */
  leaf: Leaf | null;
}

export interface Answer {
  readonly endMs: number;
  /** HTTP status, 0 when none was given. */
  readonly code: number;
  /** Decimal gRPC status; empty when there is none. */
  readonly grpc: string;
  /** Response flags as Envoy prints them, `-` for none. */
  readonly flags: string;
}

/** A call about to be made. */
export interface Call {
  readonly from: Pod;
  readonly link: Link;
  readonly service: ServiceSpec;
  readonly operation: Operation;
  readonly startMs: number;
  /** This attempt's time in the network, both ways together. */
  readonly networkMs: number;
  /** When the caller itself will be cut off. */
  readonly deadlineMs: number;
  /** Of the attempt. */
  readonly seed: number;
  /** Fills `{id}` of the path, the same for every attempt. */
  readonly id: number;
  readonly parent: SpanRef | undefined;
  readonly depth: number;
}

/** One attempt of a call; `to` is null when no pod of the estate was reached. */
export interface Attempt {
  readonly to: Pod | null;
  readonly mutual: boolean;
  readonly answer: Answer;
  /** The request reached the far side. */
  readonly left: boolean;
  /** The far proxy's policy refused it: the app never saw it. */
  readonly denied?: boolean;
}

export interface Sizes {
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** The connection a request takes: a new one beside the others, a new one in place of a closed one, an open one. */
export type Connecting = "added" | "replaced" | "kept";

/** An attempt that reached `to`, as seen there. */
export interface Hop extends Sizes {
  readonly call: Call;
  readonly to: Pod;
  readonly mutual: boolean;
  readonly denied: boolean;
  readonly answer: Answer;
  readonly how: Connecting;
  /** When the counters move, since the world began. */
  readonly nowMs: number;
}

/** A whole call as its sender's proxy saw it; `attempts` oldest first and never empty. */
export interface Sending extends Sizes {
  readonly call: Call;
  readonly attempts: readonly Attempt[];
  readonly last: Attempt;
  readonly nowMs: number;
}

/** A request that a gateway or edge took from outside the estate. */
export interface Entered extends Sizes {
  readonly pod: Pod;
  readonly service: ServiceSpec;
  readonly operation: Operation;
  readonly code: number;
  readonly how: Connecting;
  readonly nowMs: number;
}

/** Kept TCP connections between two pods, at one of their ends. */
export interface TcpView {
  readonly from: Pod;
  readonly to: Pod;
  readonly service: ServiceSpec;
  readonly mutual: boolean;
}

/** What one end counts of such connections. */
export interface TcpCounter {
  opened(nowMs: number): void;
  closed(nowMs: number): void;
  /** By direction of the request. */
  moved(requestBytes: number, responseBytes: number, nowMs: number): void;
}

export interface PrintTimes {
  /** Unix ms at which the proxy began. */
  readonly startMs: number;
  /** Unix ms now. */
  readonly nowMs: number;
}

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** What a proxy counts of what it sees, and how it prints that. Each method is called once per fact. */
export interface MeshProxy {
  readonly dialect: Dialect;
  /** Path of its scrape endpoint, without the first slash; null where it has none of its own. */
  readonly path: string | null;
  /** Its app was called. */
  arrived(hop: Hop): void;
  /** An attempt of its app reached a pod. */
  reached(hop: Hop): void;
  /** Its app's call has ended. */
  sent(sending: Sending): void;
  entered(entered: Entered): void;
  /** The pod whose proxy makes the span of a hop at this side of it; `peer` is the other side's pod. */
  tracer(side: "client" | "server", own: Pod, peer: Pod | null): Pod | null;
  /** What it counts of TCP connections that its app opens (`source`) or takes (`destination`). */
  tcp(side: "source" | "destination", view: TcpView): readonly TcpCounter[];
  /** `scrapes`: how often this proxy has been asked, this time included. Null: it prints nothing. */
  print(pod: Pod, times: PrintTimes, scrapes: number): Exposition | null;
}
