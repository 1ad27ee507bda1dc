/**
 * The writing half: batches of one or more logs → blocks. In: batches in each log's order. Out: durable spans, each batch
 * once: told by its place in its log, and by its id for as long as ids are remembered. Spans gather in an open block; what
 * is not in a block on disk yet stands in the tail as it came. A commit that fails keeps what it has in memory: giving the
 * same batches again tries again.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Span } from "../../../../lib/model/span.ts";
import { comparePositions, type LoggedBatch, type LogPosition } from "../../../../lib/query/store-engine.ts";
import { ColumnsDecoder } from "../../../../lib/wire/decode-columns.ts";
import { decodeSpans } from "../../../../lib/wire/decode-spans.ts";
import { giveBack } from "../../../../lib/wire/otlp/kernel-traces.ts";
import { failpoint } from "../../../telemetry/failpoint.ts";
import type { Block } from "./block.ts";
import { EncodeBuffers, encodeBlock } from "./block-encode.ts";
import { BlockDamaged } from "./block-parts.ts";
import { BlockBuilder } from "./kernel-block-builder.ts";
import { OtlpRows } from "./kernel-otlp-rows.ts";
import type { OpenBlockView } from "./open-block.ts";
import { type Segments, syncFolder } from "./segments.ts";
import { readTail, TailFile, tailName, tailNumbers } from "./tail-file.ts";

export interface WriterLimits {
  /** Spans that make a block. */
  readonly blockRows: number;
  /** Bytes that make one. */
  readonly blockBytes: number;
  /** An open block is written after this, ms by the batches' own times. */
  readonly blockMs: number;
}

/** Ids that are remembered at least; twice as many at most. */
const MAX_IDS = 32_768;
const SPANS_PER_TURN = 2_000;

/** The last ids: two sets, of which the older goes when the newer is full. A set that loses its first again and again is slow. */
class RecentIds {
  private newer = new Set<string>();
  private older = new Set<string>();

  add(id: string): void {
    this.newer.add(id);
    if (this.newer.size < MAX_IDS) return;
    this.older = this.newer;
    this.newer = new Set();
  }

  has(id: string): boolean {
    return this.newer.has(id) || this.older.has(id);
  }

  get size(): number {
    return this.newer.size + this.older.size;
  }
}

export class SpanWriter {
  /** Batches that could not be read; the log had them checked, so there should be none. */
  unreadable = 0;
  private readonly segments: Segments;
  private readonly view: OpenBlockView;
  private readonly limits: WriterLimits;
  private readonly report: (what: string) => void;
  private readonly builder = new BlockBuilder();
  private readonly decoder = new ColumnsDecoder();
  private readonly rows = new OtlpRows(this.builder);
  private readonly buffers = new EncodeBuffers();
  private tail: TailFile;
  /** Batches in the builder that are in no file yet. */
  private uncommitted: LoggedBatch[] = [];
  /** Of the open block. */
  private batches = new Map<string, number>();
  private receivedMs: [number, number] = [Number.POSITIVE_INFINITY, 0];
  private readonly ids = new RecentIds();
  /** Taken into the builder, and durable. */
  private readonly taken = new Map<string, LogPosition>();
  private readonly durable = new Map<string, LogPosition>();

  constructor(segments: Segments, view: OpenBlockView, limits: WriterLimits, report: (what: string) => void) {
    this.segments = segments;
    this.view = view;
    this.limits = limits;
    this.report = report;
    this.tail = new TailFile(segments.folder, 1);
  }

  /** Goes on from what the folder has. Throws StoreRefused. */
  async open(): Promise<void> {
    const refs = this.segments.blocks(() => true);
    let covered = 0;
    for (const { block, entry } of refs.slice(-500).reverse()) {
      const isDone = this.ids.size >= MAX_IDS;
      covered = Math.max(covered, this.recall(block, !isDone));
      if (isDone || entry.receivedToMs === 0) break;
    }
    const numbers = await tailNumbers(this.segments.folder);
    let last: { readonly number: number; readonly size: number } | undefined;
    for (const number of numbers) {
      if (number <= covered) {
        await new TailFile(this.segments.folder, number).remove();
        continue;
      }
      const { batches, size, torn } = await readTail(join(this.segments.folder, tailName(number)));
      if (torn > 0) this.report(`${tailName(number)}: ${torn} bytes behind the last whole record are cut`);
      for (const batch of batches) if (!this.isTaken(batch)) await this.take(batch);
      last = { number, size };
    }
    this.uncommitted = [];
    this.settle();
    this.tail = new TailFile(this.segments.folder, last?.number ?? covered + 1);
    if (last !== undefined && last.size > 0) await this.tail.resume(last.size);
  }

  /** What a block says of logs and batches; the number of the last tail that is in it. */
  private recall(block: Block, withIds: boolean): number {
    const { head } = block.open();
    const through = Object.entries(head.through);
    for (const [log, [segment, offset]] of through) this.advance(this.taken, log, { segment, offset });
    if (withIds) for (const id of batchIds(block)) this.ids.add(id);
    return head.tail;
  }

  private advance(of: Map<string, LogPosition>, log: string, position: LogPosition): void {
    const known = of.get(log);
    if (known === undefined || comparePositions(known, position) < 0) of.set(log, position);
  }

  private settle(): void {
    for (const [log, position] of this.taken) this.advance(this.durable, log, position);
    this.view.show(this.builder);
  }

  through(): ReadonlyMap<string, LogPosition> {
    return new Map(this.durable);
  }

  private isTaken({ log, position, id }: LoggedBatch): boolean {
    const known = this.taken.get(log);
    return (known !== undefined && comparePositions(position, known) <= 0) || this.ids.has(id);
  }

  async write(batches: readonly LoggedBatch[]): Promise<void> {
    for (const batch of batches) {
      // What failed to be written before may by now be all that memory should hold.
      if (this.isFull()) await this.commit();
      if (!this.isTaken(batch)) {
        await this.take(batch);
        this.uncommitted.push(batch);
      } else this.advance(this.taken, batch.log, batch.position);
    }
    await this.commit();
  }

  private isFull(): boolean {
    const { builder, limits } = this;
    const [from, to] = this.receivedMs;
    return builder.rows >= limits.blockRows || builder.weight() >= limits.blockBytes || to - from >= limits.blockMs;
  }

  private async take(batch: LoggedBatch): Promise<void> {
    const { log, position, id, receivedMs, format, body } = batch;
    const columns = this.decoder.columns(format, body);
    if (columns !== undefined) {
      if (columns.ok) {
        const { rows } = this;
        rows.open(columns.value, receivedMs);
        while (!rows.add(SPANS_PER_TURN)) await setImmediate();
        rows.close();
        giveBack(columns.value);
      } else this.cannotRead(batch, columns.error.code);
    } else {
      const decoded = decodeSpans(format, body, receivedMs);
      if (decoded.ok) for (const span of decoded.value.spans) this.builder.add(span);
      else this.cannotRead(batch, decoded.error.code);
    }
    this.advance(this.taken, log, position);
    this.ids.add(id);
    this.batches.set(id, receivedMs);
    this.receivedMs = [Math.min(this.receivedMs[0], receivedMs), Math.max(this.receivedMs[1], receivedMs)];
  }

  private cannotRead({ log, id }: LoggedBatch, code: string): void {
    this.unreadable += 1;
    this.report(`batch ${id} of log ${log} cannot be read: ${code}`);
  }

  /** Makes all that was taken durable: as a block where there is enough for one, in the tail where not. */
  async commit(): Promise<void> {
    if (this.uncommitted.length > 0) failpoint("before-commit");
    // Half a block is better written now than twice.
    if (this.isFull() || this.builder.rows * 2 >= this.limits.blockRows) await this.writeBlock();
    else if (this.uncommitted.length > 0) {
      await this.tail.append(this.uncommitted, () => syncFolder(this.segments.folder));
      this.uncommitted = [];
      failpoint("after-commit");
    }
    this.settle();
  }

  /** The open block goes to disk, and with it the tail it replaces. */
  async writeBlock(): Promise<void> {
    if (this.batches.size === 0 && this.builder.rows === 0) return;
    const [from, to] = this.receivedMs[1] === 0 ? [0, 0] : this.receivedMs;
    const meta = {
      receivedMs: [from, to],
      through: this.taken,
      tail: this.tail.number,
      batches: this.batches,
    } as const;
    const steps = encodeBlock(this.builder, meta, this.buffers);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) await setImmediate();
    const { tail } = this;
    await this.segments.append(step.value, this.builder, () => {
      this.builder.reset();
      this.batches = new Map();
      this.receivedMs = [Number.POSITIVE_INFINITY, 0];
      this.uncommitted = [];
      this.tail = new TailFile(this.segments.folder, tail.number + 1);
      this.settle();
    });
    failpoint("after-commit");
    // Its number tells that it is in a block: what cannot be removed now goes when the folder is opened again.
    await tail.remove().catch(() => {});
  }

  async writeSpans(spans: readonly Span[]): Promise<void> {
    for (const span of spans) this.builder.add(span);
    await this.writeBlock();
  }

  counts(): { readonly rows: number; readonly traces: number; readonly bytes: number } {
    return { rows: this.builder.rows, traces: this.builder.traces, bytes: this.tail.size };
  }

  /** Service and operation of every span in the open block. */
  names(): Generator<readonly [string, string]> {
    return this.builder.names();
  }

  async close(): Promise<void> {
    await this.tail.close();
  }
}

/** None where they are damaged: places in the log tell as much. */
function batchIds(block: Block): Iterable<string> {
  try {
    return block.batches().keys();
  } catch (error) {
    if (error instanceof BlockDamaged) return [];
    throw error;
  }
}

export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}
