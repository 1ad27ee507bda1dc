/** What one simulated request tree carries with it, and the answers that travel back up. Times: ms since the world began. */
import { isFailure } from "../model/failure.ts";
import type { Atlas } from "./estate.ts";
import type { Answer, Pod, SpanRef } from "./hop.ts";
import type { Tuning } from "./incidents.ts";
import { type Link, meshOf, type Operation, type ServiceSpec } from "./spec.ts";
import type { SplitTable } from "./splits.ts";
import type { TcpPools } from "./tcp.ts";
import type { TraceRecorder } from "./trace.ts";
import type { Ledger } from "./truth.ts";

/** A change of counters, applied when the tree has ended; the argument is that time. */
export type Commit = (nowMs: number) => void;

export interface Context {
  readonly atlas: Atlas;
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  readonly tuning: Tuning;
  readonly splits: SplitTable;
  readonly ledger: Ledger;
  readonly tcp: TcpPools;
  readonly commits: Commit[];
  /** Null when the tree is not sampled. */
  readonly trace: TraceRecorder | null;
}

export function failed(answer: Answer): boolean {
  return isFailure(answer.code === 0 ? "none" : String(answer.code), answer.grpc);
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

/** Whether both ends of an attempt show certificates: no mesh trusts another one's. */
export function isMutual(context: Context, from: Pod, to: Pod, link: Link): boolean {
  if (from.proxy === null || to.proxy === null || meshOf(from.role) !== meshOf(to.role)) return false;
  const where = `${from.workload.name}#${from.replica} ${link.to}`;
  return link.tls === "mutual" && !context.tuning.plaintext.has(where);
}
