/**
 * Traces to show for the cells of a heatmap. In: which calls the heatmap is of, its cells, and spans trace by trace; out:
 * at most `perCell` spans a cell. A span stands in the column in which it ended (the slot that its count is in) and the
 * row of its duration. An edge's spans are those that a search by `edge` finds, but for what the target does meanwhile; a
 * node's are the spans in which its service answers, or asks where nobody calls it. What a proxy timed and what its span took are two clocks: near a
 * bound a trace may stand one row beside its count.
 */
import { edgeKey } from "../model/rollup-row.ts";
import type { Span } from "../model/span.ts";
import type { ServiceRef, SpanNames } from "./directory.ts";
import type { EdgeFact } from "./edge-facts.ts";
import type { CallPair, Calls, ExemplarQuery } from "./exemplar-query.ts";
import type { Exemplar } from "./schema/heatmap.ts";
import type { Scope } from "./series-scope.ts";
import { msToNs } from "./trace-match.ts";
import { spansBetween } from "./trace-places.ts";
import { spanFits } from "./trace-services.ts";
import { type Ids, identityIn } from "./view-key.ts";

/** A box of the map may hold hundreds of services: those of its busiest edges are looked for. */
const MAX_PAIRS = 16;
const SIDES: Readonly<Record<"server" | "client", ReadonlySet<string>>> = {
  server: new Set(["server", "consumer"]),
  client: new Set(["client", "producer"]),
};

function refOf(end: EdgeFact["target"], ids: Ids): ServiceRef {
  const identity = identityIn("service", end);
  const { cluster, namespace, name } = identity;
  return { nodeId: ids.node(identity), cluster, namespace, name };
}

/** What to look for in spans; undefined where a heatmap is of the whole estate or what a name finds. */
export function callsOf(scope: Scope, facts: readonly EdgeFact[], ids: Ids): Calls | undefined {
  if (scope.of === "estate") return undefined;
  const timed = (fact: EdgeFact): number => fact.counts.latency?.counts.reduce((a, b) => a + b, 0) ?? 0;
  const weight = new Map(facts.map((fact) => [edgeKey(fact), timed(fact)] as const));
  const busiest = [...facts].sort((a, b) => (weight.get(edgeKey(b)) ?? 0) - (weight.get(edgeKey(a)) ?? 0));
  if (scope.of === "edge") {
    const pairs = new Map(
      busiest.map((fact) => {
        const pair = { source: refOf(fact.source, ids), target: refOf(fact.target, ids) };
        return [`${pair.source.nodeId}${pair.target.nodeId}`, pair] as const;
      }),
    );
    return { kind: "between", pairs: [...pairs.values()].slice(0, MAX_PAIRS) };
  }
  const end = scope.of === "inbound" ? "target" : "source";
  const services = new Map(busiest.map((fact) => refOf(fact[end], ids)).map((ref) => [ref.nodeId, ref] as const));
  const side = scope.of === "inbound" ? "server" : "client";
  return { kind: "of", services: [...services.values()].slice(0, MAX_PAIRS), side };
}

/**
 * Whether a span may be a call between two services and last as long as it: the target's answer or the source's question.
 * What the target does meanwhile (its own steps and questions) is on the edge too for a search, and is shorter. Asked
 * before the trace's tree is made.
 */
function mayBeBetween(span: Span, pairs: readonly CallPair[], names?: SpanNames): boolean {
  const asks = SIDES.client.has(span.kind);
  return pairs.some(({ source, target }) => spanFits(span, asks ? source : target, names));
}

/** Which spans of one trace are such calls; worked out as it is asked for. */
export function callsAmong(spans: readonly Span[], calls: Calls, names?: SpanNames): (i: number) => boolean {
  if (calls.kind === "between") {
    let found: readonly (readonly boolean[])[] | undefined;
    return (i) => {
      const span = spans[i];
      if (span === undefined || !mayBeBetween(span, calls.pairs, names)) return false;
      found ??= calls.pairs.map((pair) => spansBetween(spans, pair, names));
      return found.some((holds) => holds[i] === true);
    };
  }
  const kinds = SIDES[calls.side];
  return (i) => {
    const span = spans[i];
    return (
      span !== undefined && kinds.has(span.kind) && calls.services.some((service) => spanFits(span, service, names))
    );
  };
}

/** Index of the last start at or before `at`; -1 before the first. */
function columnAt(starts: readonly bigint[], at: bigint): number {
  let lo = 0;
  let hi = starts.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if ((starts[mid] ?? 0n) <= at) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}

export function rowAt(yMs: readonly number[], durationMs: number): number {
  const at = yMs.findIndex((bound) => durationMs <= bound);
  return at < 0 ? yMs.length : at;
}

/** Fills cells with what it is shown, trace by trace. */
export class ExemplarCells {
  private readonly query: ExemplarQuery;
  private readonly starts: readonly bigint[];
  private readonly endNs: bigint;
  private readonly held = new Map<string, Exemplar[]>();

  constructor(query: ExemplarQuery) {
    this.query = query;
    this.starts = query.xMs.map(msToNs);
    this.endNs = msToNs(query.endMs);
  }

  take(spans: readonly Span[]): void {
    const { calls, names, yMs, perCell } = this.query;
    const [first = 0n] = this.starts;
    const endOf = (span: Span): bigint => span.startNs + span.durationNs;
    if (!spans.some((span) => endOf(span) >= first && endOf(span) < this.endNs)) return;
    const isCall = callsAmong(spans, calls, names);
    spans.forEach((span, i) => {
      const end = endOf(span);
      const column = end < this.endNs ? columnAt(this.starts, end) : -1;
      if (column < 0 || span.kind === "internal") return;
      const durationMs = Number(span.durationNs) / 1e6;
      const row = rowAt(yMs, durationMs);
      const cell = this.held.get(`${column}/${row}`) ?? [];
      // Most cells are full soon: what a span speaks for is the dear question, and is asked last.
      if (cell.length >= perCell || cell.some((held) => held.traceId === span.traceId) || !isCall(i)) return;
      cell.push({ column, row, traceId: span.traceId, durationMs });
      this.held.set(`${column}/${row}`, cell);
    });
  }

  /** By column, then row, then longest first. */
  list(): Exemplar[] {
    const all = [...this.held.values()].flat();
    return all.sort((a, b) => a.column - b.column || a.row - b.row || b.durationMs - a.durationMs);
  }
}
