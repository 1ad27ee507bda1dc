/**
 * In: spans in canonical order. Out: for each the index of the span it hangs under (-1 for a root) and marks that say
 * what was wrong. Rules: a parent that is not there makes a root; a cycle is cut at its first span; of several spans
 * with one id the first owns the children; a Zipkin id shared by client and server puts the server under the client,
 * and the id's children under the server unless only the client is of their service.
 */
import type { TraceSpan } from "../../query/schema/traces.ts";

export const MARKS = {
  error: 1,
  /** An error with no error below it: where the failure began. */
  errorOrigin: 2,
  parentMissing: 4,
  /** Its parent chain led back to itself; it was made a root. */
  cycleCut: 8,
  /** Another span of the trace has the same id (and is not the other half of a shared one). */
  duplicateId: 16,
  /** Server half of a Zipkin id shared with its client. */
  sharedServer: 32,
  startsBeforeParent: 64,
  endsAfterParent: 128,
} as const;
export type Mark = keyof typeof MARKS;

export interface Linked {
  readonly parent: Int32Array;
  readonly marks: Uint8Array;
}

/** What one span id stands for: `caller` and `callee` are its shared halves; equal when there is one span. */
interface Holder {
  readonly caller: number;
  callee: number;
}

export function linkParents(spans: readonly TraceSpan[]): Linked {
  const marks = new Uint8Array(spans.length);
  const holders = holdersById(spans, marks);
  const parent = new Int32Array(spans.length).fill(-1);
  for (const [i, span] of spans.entries()) {
    const holder = holders.get(span.spanId);
    const isSharedServer = holder !== undefined && holder.callee === i && holder.caller !== i;
    parent[i] = isSharedServer ? holder.caller : parentOf(span, spans, holders);
    if (isSharedServer) mark(marks, i, MARKS.sharedServer);
    else if (parent[i] === -1 && (span.parentSpanId ?? "") !== "") mark(marks, i, MARKS.parentMissing);
  }
  cutCycles(parent, marks);
  return { parent, marks };
}

function holdersById(spans: readonly TraceSpan[], marks: Uint8Array): ReadonlyMap<string, Holder> {
  const holders = new Map<string, Holder>();
  const servers = new Map<string, number>();
  // A client takes its id before a server does: clocks may put the server first.
  for (const [i, span] of spans.entries()) {
    if (isCallee(span)) continue;
    if (holders.has(span.spanId)) mark(marks, i, MARKS.duplicateId);
    else holders.set(span.spanId, { caller: i, callee: i });
  }
  for (const [i, span] of spans.entries()) {
    if (!isCallee(span)) continue;
    const holder = holders.get(span.spanId);
    if (holder === undefined) holders.set(span.spanId, { caller: i, callee: i });
    else if (servers.has(span.spanId) || !isCaller(spans[holder.caller])) mark(marks, i, MARKS.duplicateId);
    else holder.callee = i;
    servers.set(span.spanId, i);
  }
  return holders;
}

function isCallee(span: TraceSpan): boolean {
  return span.shared === true || span.kind === "server" || span.kind === "consumer";
}

function isCaller(span: TraceSpan | undefined): boolean {
  return span !== undefined && (span.kind === "client" || span.kind === "producer");
}

function parentOf(span: TraceSpan, spans: readonly TraceSpan[], holders: ReadonlyMap<string, Holder>): number {
  const holder = span.parentSpanId === undefined ? undefined : holders.get(span.parentSpanId);
  if (holder === undefined) return -1;
  if (holder.caller === holder.callee) return holder.caller;
  const ofCaller = spans[holder.caller]?.service === span.service && spans[holder.callee]?.service !== span.service;
  return ofCaller ? holder.caller : holder.callee;
}

/** Walks every parent chain once. Chains that meet an earlier one stop; one that meets itself is cut at its first span. */
function cutCycles(parent: Int32Array, marks: Uint8Array): void {
  const walk = new Int32Array(parent.length);
  for (let i = 0; i < parent.length; i++) {
    let at = i;
    while (at !== -1 && walk[at] === 0) {
      walk[at] = i + 1;
      at = parent[at] ?? -1;
    }
    if (at === -1 || walk[at] !== i + 1) continue;
    let first = at;
    for (let step = parent[at] ?? -1; step !== at && step !== -1; step = parent[step] ?? -1) {
      if (step < first) first = step;
    }
    parent[first] = -1;
    mark(marks, first, MARKS.cycleCut);
  }
}

export function mark(marks: Uint8Array, at: number, bit: number): void {
  marks[at] = (marks[at] ?? 0) | bit;
}
