/** What one simulated request tree carries with it, and the answers that travel back up. Times: ms since the world began. */
import { isFailure } from "../model/failure.ts";
import type { Atlas } from "./estate.ts";
import type { Tuning } from "./incidents.ts";
import type { Pod } from "./pods.ts";
import type { Link, Operation, ServiceSpec } from "./spec.ts";
import type { TcpPools } from "./tcp.ts";
import type { SpanRef, TraceRecorder } from "./trace.ts";
import type { Ledger } from "./truth.ts";

/** A change of counters, applied when the tree has ended; the argument is that time. */
export type Commit = (nowMs: number) => void;

export interface Context {
  readonly atlas: Atlas;
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  readonly tuning: Tuning;
  readonly ledger: Ledger;
  readonly tcp: TcpPools;
  readonly commits: Commit[];
  /** Null when the tree is not sampled. */
  readonly trace: TraceRecorder | null;
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

export function failed(answer: Answer): boolean {
  return isFailure(answer.code === 0 ? "none" : String(answer.code), answer.grpc);
}

/** A call about to be made. */
export interface Call {
  readonly from: Pod;
  readonly link: Link;
  readonly service: ServiceSpec;
  readonly operation: Operation;
  readonly startMs: number;
  /** When the caller itself will be cut off. */
  readonly deadlineMs: number;
  readonly seed: number;
  readonly parent: SpanRef | undefined;
  readonly depth: number;
}

/** A request that has reached a pod. */
export interface Visit {
  readonly pod: Pod;
  readonly service: ServiceSpec;
  readonly operation: Operation;
  readonly startMs: number;
  readonly deadlineMs: number;
  readonly seed: number;
  /** The server span of this visit: its calls are children of it. */
  readonly span: SpanRef | undefined;
  readonly depth: number;
}

/** One attempt of a call; `to` is null when no pod of the estate was reached. */
export interface Attempt {
  readonly to: Pod | null;
  readonly mutual: boolean;
  readonly answer: Answer;
  /** The request reached the far side. */
  readonly left: boolean;
}

/** Whether both ends of an attempt show certificates. */
export function isMutual(context: Context, from: Pod, to: Pod, link: Link): boolean {
  if (from.proxy === null || to.proxy === null) return false;
  const where = `${from.workload.name}#${from.replica} ${link.to}`;
  return link.tls === "mutual" && !context.tuning.plaintext.has(where);
}
