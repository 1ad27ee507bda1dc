/**
 * Spans on disk: blocks of columns in append-only files, fed by the log (segment-file.ts has the format, span-writer.ts
 * what is durable when). In: batches as the log holds them; out: the reads that every store of spans promises. Runs in one
 * process and one thread; long reads and writes give each other turns. Memory is bounded: caches of 64 MiB, one open
 * block, some hundred bytes for each block of 16,000 spans.
 * A trace is counted in `stats` once a block that has spans of it; a span written twice is counted twice, and read once.
 */
import { setTimeout } from "node:timers/promises";
import type { Result } from "../../../../lib/base/result.ts";
import type { Span, TraceId } from "../../../../lib/model/span.ts";
import type { ExemplarQuery } from "../../../../lib/query/exemplar-query.ts";
import type { ApiError } from "../../../../lib/query/schema/common.ts";
import type { Exemplar } from "../../../../lib/query/schema/heatmap.ts";
import type { SpanStore, SpanStoreStats, TracePage, TraceQuery } from "../../../../lib/query/span-store.ts";
import type { LoggedBatch, LogPosition } from "../../../../lib/query/store-engine.ts";
import { msToNs } from "../../../../lib/query/trace-match.ts";
import type { Block } from "./block.ts";
import { BlockCaches } from "./block-parts.ts";
import { rowsWithin, spanAt } from "./block-spans.ts";
import { OpenBlockView } from "./open-block.ts";
import type { BlockEntry } from "./segment-file.ts";
import { type BlockRef, Segments } from "./segments.ts";
import { exemplarsFromBlocks } from "./span-exemplars.ts";
import { searchBlocks } from "./span-search.ts";
import { makeFolder, SpanWriter } from "./span-writer.ts";
import { traceHash } from "./trace-index.ts";
import { Damages, identityOf, idWords, readLowBits, readTrace } from "./trace-read.ts";
import { type Bounds, READ_BOUNDS } from "./work.ts";

export interface EmbeddedSpanStoreOptions {
  readonly folder: string;
  /** Spans go this long after they were received. Default 7 days. */
  readonly retainMs?: number;
  /** What files may take; the oldest go first. Default 20 GiB. */
  readonly maxBytes?: number;
  /** Commits of less than a block are this far apart, ms; default 250. */
  readonly groupMs?: number;
  readonly blockRows?: number;
  readonly segmentBytes?: number;
  /** Of one read. */
  readonly bounds?: Bounds;
  /** What counting the traces behind a page of a search may cost, in rows looked at. */
  readonly countRows?: number;
  /** Told of what is damaged, cut or unreadable. */
  readonly report?: (what: string) => void;
}

/** What is on disk, and what went wrong since the store was opened. */
export interface EmbeddedSpanDetail {
  readonly files: number;
  readonly blocks: number;
  readonly damaged: number;
  readonly unreadable: number;
}

const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;
const BLOCK_ROWS = 16_384;
const BLOCK_BYTES = 16 * 1024 ** 2;
const BLOCK_MS = 10 * 60_000;
const SEGMENT_BYTES = 64 * 1024 ** 2;
const COUNT_ROWS = 1_000_000;
const MAX_OPERATIONS = 500;
const EXPORTED = 1_000;

export class EmbeddedSpanStore implements SpanStore {
  private readonly options: EmbeddedSpanStoreOptions;
  private readonly caches = new BlockCaches();
  private readonly segments: Segments;
  private readonly view: OpenBlockView;
  private readonly writer: SpanWriter;
  private readonly damages: Damages;
  /** Writes follow one another. */
  private queue: Promise<void> = Promise.resolve();
  private committedAt = Number.NEGATIVE_INFINITY;
  private evicted = 0;
  private closed = false;

  private constructor(options: EmbeddedSpanStoreOptions) {
    this.options = options;
    const report = options.report ?? (() => {});
    const retainMs = options.retainMs ?? 7 * DAY_MS;
    const segmentBytes = Math.min(options.segmentBytes ?? SEGMENT_BYTES, (options.maxBytes ?? 20 * GIB) / 8);
    const limits = { segmentBytes, segmentMs: retainMs / 24 };
    this.segments = new Segments(options.folder, this.caches, limits, report);
    this.view = new OpenBlockView(this.caches);
    const blocks = { blockRows: options.blockRows ?? BLOCK_ROWS, blockBytes: BLOCK_BYTES, blockMs: BLOCK_MS };
    this.writer = new SpanWriter(this.segments, this.view, blocks, report);
    this.damages = new Damages(report);
  }

  /** Opens what the folder has, and makes the folder. Throws StoreRefused where a later version wrote it. */
  static async open(options: EmbeddedSpanStoreOptions): Promise<EmbeddedSpanStore> {
    const store = new EmbeddedSpanStore(options);
    await makeFolder(options.folder);
    try {
      await store.segments.open();
      await store.writer.open();
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  private serially(work: () => Promise<void>): Promise<void> {
    const done = this.queue.then(() => {
      if (this.closed) throw new Error("the store of spans is closed");
      return work();
    });
    this.queue = done.catch(() => {});
    return done;
  }

  /**
   * Stores batches, in each log's order; once it resolves they are durable and every read sees them. Calls that come sooner
   * than `groupMs` after the last commit wait: whoever hands over all that the log has pays for few commits.
   */
  ingest(batches: readonly LoggedBatch[]): Promise<void> {
    return this.serially(async () => {
      const wait = this.committedAt + (this.options.groupMs ?? 250) - performance.now();
      if (wait > 0 && batches.length < 1_000) await setTimeout(wait);
      await this.writer.write(batches);
      this.committedAt = performance.now();
    });
  }

  /** Spans that no log has: a block of their own, durable once it resolves. */
  write(spans: readonly Span[]): Promise<void> {
    return this.serially(() => this.writer.writeSpans(spans));
  }

  async ingestedThrough(): Promise<ReadonlyMap<string, LogPosition>> {
    return this.writer.through();
  }

  private refs(wanted: (entry: BlockEntry) => boolean): BlockRef[] {
    const open = this.view.ref();
    const blocks = this.segments.blocks(wanted);
    return open !== undefined && wanted(open.entry) ? [...blocks, open] : blocks;
  }

  /** Blocks that may hold a trace, oldest first. */
  private holding(id: string): Block[] {
    const [, , c, d] = idWords(id);
    const hash = traceHash(c, d);
    const open = this.view.holding(hash);
    const blocks = this.segments.holding(hash);
    return open === undefined ? blocks : [...blocks, open];
  }

  private read(id: TraceId, lazy: boolean): Span[] {
    return readTrace(this.holding(id), id, lazy, this.damages);
  }

  async trace(id: TraceId): Promise<readonly Span[]> {
    return this.read(id, false);
  }

  async tracesByLowBits(low: string): Promise<readonly TraceId[]> {
    return readLowBits(this.holding(low.padStart(32, "0")), low, this.damages);
  }

  async search(query: TraceQuery): Promise<Result<TracePage, ApiError>> {
    const { start, end } = query;
    const deps = {
      blocks: this.refs((entry) => entry.lastStartMs >= start && entry.startMs < end),
      read: (id: TraceId) => this.read(id, true),
      damages: this.damages,
      bounds: this.options.bounds ?? READ_BOUNDS,
      countRows: this.options.countRows ?? COUNT_ROWS,
    };
    return searchBlocks(deps, query);
  }

  async exemplars(query: ExemplarQuery): Promise<readonly Exemplar[]> {
    const from = query.xMs[0] ?? query.endMs;
    const deps = {
      blocks: this.refs((entry) => entry.endMs >= from && entry.startMs < query.endMs),
      read: (id: TraceId) => this.read(id, true),
      damages: this.damages,
      bounds: this.options.bounds ?? READ_BOUNDS,
    };
    return exemplarsFromBlocks(deps, query);
  }

  async values(): Promise<readonly { readonly name: string; readonly operations: readonly string[] }[]> {
    const found = new Map<string, Set<string>>();
    const note = (service: string, operation: string): void => {
      const known = found.get(service);
      if (known === undefined) found.set(service, new Set([operation]));
      else if (known.size < MAX_OPERATIONS) known.add(operation);
    };
    for (const [service, operations] of this.segments.names())
      for (const operation of operations) note(service, operation);
    for (const [service, operation] of this.writer.names()) note(service, operation);
    return [...found]
      .map(([name, operations]) => ({ name, operations: [...operations].sort() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Every stored span that starts in [startMs, endMs), once, in pieces of up to 1,000. */
  async *export(startMs: number, endMs: number): AsyncGenerator<readonly Span[]> {
    const from = msToNs(startMs);
    const to = msToNs(endMs);
    for (const { block } of this.refs((entry) => entry.lastStartMs >= startMs && entry.startMs < endMs)) {
      const seen = new Set<string>();
      const rows = this.damages.guard(block, () => rowsWithin(block, from, to), []);
      for (let at = 0; at < rows.length; at += EXPORTED) {
        const wanted = rows.slice(at, at + EXPORTED);
        const piece = this.damages.guard<Span[]>(block, () => wanted.map((row) => spanAt(block, row)), []);
        const spans = piece.filter((span) => {
          const key = `${span.traceId} ${identityOf(span)}`;
          const isNew = !seen.has(key);
          seen.add(key);
          return isNew && this.isFirst(block, span);
        });
        if (spans.length > 0) yield spans;
      }
      block.release();
    }
  }

  /** Whether no block before this one has the span too. */
  private isFirst(block: Block, span: Span): boolean {
    const holding = this.holding(span.traceId);
    const at = holding.findIndex((other) => other.source.key === block.source.key);
    if (at <= 0) return true;
    const key = identityOf(span);
    return !readTrace(holding.slice(0, at), span.traceId, true, this.damages).some(
      (other) => identityOf(other) === key,
    );
  }

  /** Retention: by when spans were received, and by what files take. */
  tick(nowMs: number): Promise<void> {
    return this.serially(async () => {
      const oldestMs = nowMs - (this.options.retainMs ?? 7 * DAY_MS);
      this.evicted += await this.segments.retain(oldestMs, this.options.maxBytes ?? 20 * GIB);
    });
  }

  stats(): SpanStoreStats {
    const { spans, traces } = this.segments.counts();
    const open = this.writer.counts();
    return {
      spans: spans + open.rows,
      traces: traces + open.traces,
      bytes: this.segments.bytes() + open.bytes,
      evicted: this.evicted,
    };
  }

  detail(): EmbeddedSpanDetail {
    const { files, blocks } = this.segments.counts();
    return { files, blocks, damaged: this.segments.damaged + this.damages.count, unreadable: this.writer.unreadable };
  }

  /** Finishes what is being written. Nothing is lost without it. */
  async close(): Promise<void> {
    await this.serially(async () => {
      this.closed = true;
      await this.writer.close();
      await this.segments.close();
    });
  }
}
