/**
 * A search over blocks. In: the query, blocks, and what reads a trace. Out: a page of summaries in order, and how many
 * traces there are in all. Blocks are looked at latest first; a page ordered by start is complete once no block that is
 * left, and no trace found but not read, can start as late as its last row. The others are then only counted, and of a
 * great many not all: `totalIsAtLeast` says so. A query that reaches the bound on work before its page is complete answers
 * with the rows that are certain and a cursor that goes on behind them, or, in another order than by start, with an error.
 */
import { err, ok, type Result } from "../../../../lib/base/result.ts";
import type { Span, TraceId } from "../../../../lib/model/span.ts";
import { parseAttrExpression } from "../../../../lib/query/attr-expression.ts";
import { callsAmong } from "../../../../lib/query/heatmap-exemplars.ts";
import type { ApiError } from "../../../../lib/query/schema/common.ts";
import type { TraceSummary } from "../../../../lib/query/schema/traces.ts";
import type { TracePage, TraceQuery } from "../../../../lib/query/span-store.ts";
import { compileSpanTest, msToNs, type SpanTest } from "../../../../lib/query/trace-match.ts";
import {
  comparePlaces,
  orderValue,
  parseCursor,
  printCursor,
  type TraceCursor,
} from "../../../../lib/query/trace-order.ts";
import { spansBetween } from "../../../../lib/query/trace-places.ts";
import { traceSummary } from "../../../../lib/query/trace-summary.ts";
import type { Block } from "./block.ts";
import { BlockQuery } from "./block-query.ts";
import { startOf, traceIdOf } from "./block-spans.ts";
import type { BlockRef } from "./segments.ts";
import type { Damages } from "./trace-read.ts";
import { type Bounds, TRACE_ROWS, Work } from "./work.ts";

export interface SearchDeps {
  /** Of the window, any order. */
  readonly blocks: readonly BlockRef[];
  /** All spans of a trace, to be looked at and thrown away. */
  readonly read: (id: TraceId) => readonly Span[];
  readonly damages: Damages;
  readonly bounds: Bounds;
  /** What counting the traces behind the page may cost, in rows. */
  readonly countRows: number;
}

interface Row {
  readonly value: bigint;
  readonly traceId: string;
  readonly summary: TraceSummary;
}

interface Candidate {
  readonly traceId: TraceId;
  /** Of one of its spans: the trace starts then or earlier. */
  readonly startNs: bigint;
}

/** Distinct traces that are counted one by one. */
const MAX_COUNTED = 500_000;
const FIRST_ID = "0".repeat(32);

class Search {
  private readonly deps: SearchDeps;
  private readonly query: TraceQuery;
  private readonly test: SpanTest;
  private readonly blockQuery: BlockQuery;
  private readonly cursor: TraceCursor | undefined;
  private readonly work: Work;
  /** Whether it takes the trace to tell that it is asked for. */
  private readonly needsTrace: boolean;
  private readonly seen = new Set<string>();
  private pending: Candidate[] = [];
  private readonly rows: Row[] = [];
  /** Traces known to be asked for. */
  private found = 0;
  private counted = true;

  constructor(deps: SearchDeps, query: TraceQuery, test: SpanTest, cursor: TraceCursor | undefined) {
    this.deps = deps;
    this.query = query;
    this.test = test;
    this.cursor = cursor;
    this.work = new Work(deps.bounds);
    const { between, of, minTraceDurationMs, hasError } = query;
    this.needsTrace = [between, of, minTraceDurationMs, hasError].some((asked) => asked !== undefined);
    const expressions = (query.attr ?? []).map(parseAttrExpression);
    this.blockQuery = new BlockQuery(
      query,
      expressions.flatMap((parsed) => (parsed.ok ? [parsed.value] : [])),
    );
  }

  /** Traces of a block that satisfy the conditions on one span. */
  private candidates(block: Block): Candidate[] {
    const rows = this.blockQuery.rows(block, this.work);
    const trace = block.one("trace");
    const first = new Map<number, number>();
    for (const row of rows) {
      const number = trace.at(row);
      if (!first.has(number)) first.set(number, row);
    }
    this.work.add(first.size * 50);
    return [...first].map(([number, row]) => ({ traceId: traceIdOf(block, number), startNs: startOf(block, row) }));
  }

  private take(block: Block): void {
    const none: Candidate[] = [];
    for (const candidate of this.deps.damages.guard(block, () => this.candidates(block), none)) {
      if (this.seen.has(candidate.traceId)) continue;
      this.seen.add(candidate.traceId);
      this.pending.push(candidate);
    }
    block.release();
  }

  private isAsked(spans: readonly Span[], summary: TraceSummary): boolean {
    const { between, of, minTraceDurationMs, hasError } = this.query;
    if (minTraceDurationMs !== undefined && BigInt(summary.durationNs) < msToNs(minTraceDurationMs)) return false;
    if (hasError !== undefined && (hasError === "1") !== summary.errorCount > 0) return false;
    if (between === undefined && of === undefined) return true;
    const onEdge = between === undefined ? undefined : spansBetween(spans, between, between.names);
    const isCall = of === undefined ? undefined : callsAmong(spans, { kind: "of", ...of }, of.names);
    return spans.some((span, i) => onEdge?.[i] !== false && isCall?.(i) !== false && this.test(span));
  }

  /** Reads the trace of a candidate, and keeps its row where it is asked for. */
  private resolve({ traceId }: Candidate): void {
    const spans = this.deps.read(traceId);
    this.work.add(TRACE_ROWS + spans.length * 500);
    if (spans.length === 0) return;
    const summary = traceSummary(spans);
    if (!this.isAsked(spans, summary)) return;
    this.found += 1;
    const row = { value: orderValue(this.query.order, summary), traceId, summary };
    if (this.cursor === undefined || comparePlaces(row, this.cursor) > 0) this.rows.push(row);
  }

  /** Rows that nothing can come before that starts by `boundNs`: enough for a page and to know that there is another. */
  private isComplete(boundNs: bigint): boolean {
    if (this.query.order !== "start" || this.rows.length <= this.query.limit) return false;
    let certain = 0;
    for (const row of this.rows) if (row.value > boundNs) certain += 1;
    return certain > this.query.limit;
  }

  /** Reads candidates, latest first, until the page is complete: true when it is. */
  private async settle(frontierNs: bigint): Promise<boolean> {
    this.pending.sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
    for (;;) {
      const next = this.pending.at(-1);
      const bound = next === undefined || next.startNs < frontierNs ? frontierNs : next.startNs;
      if (this.isComplete(bound)) return true;
      // What starts before the frontier can wait: a block that is left may have a later one.
      const waits = this.query.order === "start" && next !== undefined && next.startNs < frontierNs;
      if (next === undefined || waits || this.work.isOver()) return false;
      this.pending.pop();
      this.resolve(next);
      await this.work.turn();
    }
  }

  /** How many there are besides, as far as that may cost. */
  private async count(rest: readonly BlockRef[]): Promise<void> {
    const end = this.work.rows + this.deps.countRows;
    const isOver = (): boolean => this.work.rows > end || this.seen.size > MAX_COUNTED || this.work.isOver();
    for (const { block } of rest) {
      if (isOver()) {
        this.counted = false;
        break;
      }
      this.take(block);
      await this.work.turn();
    }
    while (this.needsTrace && this.pending.length > 0 && !isOver()) {
      const next = this.pending.pop();
      if (next !== undefined) this.resolve(next);
      await this.work.turn();
    }
    if (this.needsTrace && this.pending.length > 0) this.counted = false;
    if (!this.needsTrace) this.found += this.pending.length;
  }

  async run(): Promise<Result<TracePage, ApiError>> {
    const blocks = [...this.deps.blocks].sort((a, b) => b.entry.lastStartMs - a.entry.lastStartMs);
    for (const [i, { block }] of blocks.entries()) {
      if (this.work.isOver()) return this.partial(blocks[i]?.entry.lastStartMs ?? 0);
      this.take(block);
      await this.work.turn();
      const next = blocks[i + 1]?.entry.lastStartMs;
      if (next === undefined || this.query.order !== "start") continue;
      if (!(await this.settle(msToNs(next)))) continue;
      await this.count(blocks.slice(i + 1));
      return ok(this.page());
    }
    if (await this.settle(-1n)) await this.count([]);
    else if (this.pending.length > 0) return this.partial(undefined);
    return ok(this.page());
  }

  private page(): TracePage {
    const { order, limit, start, end } = this.query;
    const sorted = this.rows.sort(comparePlaces);
    const page = sorted.slice(0, limit);
    const last = page.at(-1);
    const more = sorted.length > page.length && last !== undefined;
    const nextCursor = more ? printCursor({ order, value: last.value, traceId: last.traceId, start, end }) : null;
    const total = { total: this.found, ...(this.counted ? {} : { totalIsAtLeast: true }) };
    return { traces: page.map((row) => row.summary), nextCursor, ...total };
  }

  /** The bound on work is reached; blocks whose spans start by `frontierMs` were not looked at. */
  private partial(frontierMs: number | undefined): Result<TracePage, ApiError> {
    const { order, limit, start, end } = this.query;
    const tooWide = (message: string): Result<TracePage, ApiError> =>
      err({ code: "search_too_wide", message, field: "start" });
    if (order !== "start")
      return tooWide("more traces fit than can be put in order: ask for a shorter window, or order by start");
    let frontier = frontierMs === undefined ? 0n : msToNs(frontierMs);
    for (const { startNs } of this.pending) if (startNs > frontier) frontier = startNs;
    // Going on from here would look at the same again.
    if (this.cursor !== undefined && frontier >= this.cursor.value)
      return tooWide("the window holds more than one search may look at: ask for a shorter one");
    const certain = this.rows.filter((row) => row.value > frontier).sort(comparePlaces);
    const page = certain.slice(0, limit);
    const last = page.at(-1);
    const full = certain.length > page.length && last !== undefined;
    const place = full ? { value: last.value, traceId: last.traceId } : { value: frontier, traceId: FIRST_ID };
    const nextCursor = printCursor({ order, ...place, start, end });
    const total = this.needsTrace ? this.found : this.seen.size;
    return ok({ traces: page.map((row) => row.summary), nextCursor, total, totalIsAtLeast: true });
  }
}

/** Errors: `bad_cursor`, `kind_unknown`, `search_too_wide` and the codes of an attribute expression. */
export async function searchBlocks(deps: SearchDeps, query: TraceQuery): Promise<Result<TracePage, ApiError>> {
  const test = compileSpanTest(query);
  if (!test.ok) return test;
  const cursor = query.cursor === undefined ? undefined : parseCursor(query.cursor, query.order);
  if (cursor !== undefined && !cursor.ok) return cursor;
  return new Search(deps, query, test.value, cursor?.value).run();
}
