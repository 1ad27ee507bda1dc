/**
 * Who is whose parent in one trace. In: spans in any order. Out: for each the index of its parent, ROOT or MISSING.
 * Zipkin's shared ids: a server span's parent is the client span of the same id; a child of a shared id belongs to the
 * half in its own service, else to the server half. Iterative throughout: real traces are 72,000 levels deep.
 */
import type { Span } from "../model/span.ts";

export const ROOT = -1;
export const MISSING = -2;

export interface TraceTree {
  readonly spans: readonly Span[];
  /** Index of the parent, ROOT, or MISSING where the parent's id is not in the trace. */
  readonly parents: Int32Array;
}

/** Spans of one id, each as the first index of its sort, so that a choice among many takes one look. */
interface SameId {
  readonly first: number;
  count: number;
  client: number | undefined;
  server: number | undefined;
  /** Only where there are several. */
  services: Map<string, number> | undefined;
}

type ById = ReadonlyMap<string, SameId>;

function keepFirst(services: Map<string, number>, service: string, index: number): void {
  if (!services.has(service)) services.set(service, index);
}

function indexById(spans: readonly Span[]): ById {
  const byId = new Map<string, SameId>();
  spans.forEach((span, i) => {
    const client = span.kind === "client" ? i : undefined;
    const server = span.kind === "server" ? i : undefined;
    const same = byId.get(span.spanId);
    if (same === undefined) {
      byId.set(span.spanId, { first: i, count: 1, client, server, services: undefined });
      return;
    }
    same.services ??= new Map([[spans[same.first]?.service ?? "", same.first]]);
    keepFirst(same.services, span.service, i);
    same.count += 1;
    same.client ??= client;
    same.server ??= server;
  });
  return byId;
}

/** The client half of a shared id, for its server half. */
function clientHalf(byId: ById, span: Span): number | undefined {
  return span.kind === "server" ? byId.get(span.spanId)?.client : undefined;
}

function chooseHalf(halves: SameId | undefined, child: Span): number | undefined {
  if (halves === undefined || halves.count < 2) return halves?.first;
  return halves.services?.get(child.service) ?? halves.server ?? halves.first;
}

export function traceTree(spans: readonly Span[]): TraceTree {
  const byId = indexById(spans);
  const parents = new Int32Array(spans.length);
  spans.forEach((span, i) => {
    const client = clientHalf(byId, span);
    if (client !== undefined) parents[i] = client;
    else if (span.parentSpanId === undefined) parents[i] = ROOT;
    else parents[i] = chooseHalf(byId.get(span.parentSpanId), span) ?? MISSING;
  });
  return { spans, parents };
}

/** Indices of the spans whose chain of parents comes back to themselves. */
export function cycleMembers(tree: TraceTree): number[] {
  const { parents } = tree;
  /** 0 not seen; else 1 + the start of the walk that saw it. */
  const seenBy = new Int32Array(parents.length);
  const members: number[] = [];
  for (let start = 0; start < parents.length; start++) {
    let at = start;
    while (at >= 0 && seenBy[at] === 0) {
      seenBy[at] = start + 1;
      at = parents[at] ?? ROOT;
    }
    if (at < 0 || seenBy[at] !== start + 1) continue;
    const first = at;
    do {
      members.push(at);
      at = parents[at] ?? ROOT;
    } while (at !== first && at >= 0);
  }
  return members;
}

/** The span a trace is named after: the earliest root, else the earliest whose parent is missing, else the earliest. */
export function rootIndex(tree: TraceTree): number {
  let best = -1;
  const rank = (i: number): number => (tree.parents[i] === ROOT ? 0 : tree.parents[i] === MISSING ? 1 : 2);
  const start = (i: number): bigint => tree.spans[i]?.startNs ?? 0n;
  for (let i = 0; i < tree.spans.length; i++) {
    const better = best < 0 || rank(i) < rank(best) || (rank(i) === rank(best) && start(i) < start(best));
    if (better) best = i;
  }
  return best;
}
