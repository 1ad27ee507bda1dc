/**
 * A filled block → its bytes: frame, head, columns. In: a builder, which stays as it is, and what the commit says of its
 * batches. Out: bytes for a segment file. Works in steps and yields between them, since a block of 16,000 spans takes
 * several milliseconds.
 */
import { crc32 } from "node:zlib";
import { type BlockHead, type ColumnName, FRAME_BYTES, type Place, writeFrame } from "./block-head.ts";
import { durationStep } from "./block-math.ts";
import { type Times, timesOf } from "./block-times.ts";
import { ByteSink, utf8 } from "./bytes.ts";
import {
  type BlockBuilder,
  COMBO_WORDS,
  ROW_COMBO,
  ROW_DURATION,
  ROW_PARENT,
  ROW_SPAN_ID,
  ROW_START,
  ROW_TRACE,
  ROW_WORDS,
} from "./kernel-block-builder.ts";
import { grown, type KeyColumn } from "./kernel-heap.ts";
import { writePacked } from "./kernel-packed.ts";
import { writeDeflated, writeValues } from "./kernel-value-list.ts";
import { readValue, TEXT } from "./value-code.ts";
import { eachForm, KeyForms, makeFilter, numberIn } from "./value-filter.ts";

export interface BlockMeta {
  readonly receivedMs: readonly [number, number];
  readonly through: ReadonlyMap<string, { readonly segment: number; readonly offset: number }>;
  readonly tail: number;
  /** Id and when it was received, Unix ms. */
  readonly batches: ReadonlyMap<string, number>;
}

/** What encoding works in, used again by the next block: of one encoding at a time. */
export class EncodeBuffers {
  readonly body = new ByteSink(1 << 18);
  scratch = new Uint32Array(1024);
  from = new Uint32Array(1024);
  to = new Uint32Array(1024);
  hashes = new Uint32Array(4096);
}

class Encoder {
  private readonly builder: BlockBuilder;
  private readonly buffers: EncodeBuffers;
  private readonly body: ByteSink;
  private readonly scratch: Uint32Array;
  private readonly columns: Partial<Record<ColumnName, Place>> = {};
  private hashed = 0;

  constructor(builder: BlockBuilder, buffers: EncodeBuffers) {
    this.builder = builder;
    this.buffers = buffers;
    this.body = buffers.body;
    this.body.reset();
    buffers.scratch = grown(buffers.scratch, Math.max(builder.rows, builder.traces, builder.combos));
    this.scratch = buffers.scratch;
  }

  private place(write: () => void): Place {
    const at = this.body.length;
    write();
    return [at, this.body.length - at, crc32(this.body.bytes.subarray(at, this.body.length))];
  }

  private column(name: ColumnName, write: () => void): void {
    this.columns[name] = this.place(write);
  }

  private packed(words: Uint32Array, count: number, stride: number, at: number): void {
    const { scratch } = this;
    for (let i = 0, from = at; i < count; i++, from += stride) scratch[i] = words[from] ?? 0;
    writePacked(this.body, scratch, count);
  }

  private field(field: number): void {
    this.packed(this.builder.words, this.builder.rows, ROW_WORDS, field);
  }

  /** Starts, less the earliest: low words, high words. */
  private starts(earliest: bigint): void {
    const { words, rows } = this.builder;
    const low = Number(earliest & 0xffffffffn);
    const high = Number(earliest >> 32n);
    const { scratch } = this;
    for (let row = 0; row < rows; row++) scratch[row] = ((words[row * ROW_WORDS + ROW_START] ?? 0) - low) >>> 0;
    writePacked(this.body, scratch, rows);
    for (let row = 0; row < rows; row++) {
      const base = row * ROW_WORDS + ROW_START;
      scratch[row] = (words[base + 1] ?? 0) - high - ((words[base] ?? 0) < low ? 1 : 0);
    }
    writePacked(this.body, scratch, rows);
  }

  /** Per combo its fields; then spans of it, and steps below the shortest and above the longest duration. */
  private combos(): void {
    const { words, rows, combos, comboWords } = this.builder;
    for (let field = 0; field < COMBO_WORDS; field++) this.packed(comboWords, combos, COMBO_WORDS, field);
    const counts = new Uint32Array(combos);
    const least = new Float64Array(combos).fill(Number.POSITIVE_INFINITY);
    const most = new Float64Array(combos);
    for (let base = 0; base < rows * ROW_WORDS; base += ROW_WORDS) {
      const combo = words[base + ROW_COMBO] ?? 0;
      const duration = (words[base + ROW_DURATION + 1] ?? 0) * 0x100000000 + (words[base + ROW_DURATION] ?? 0);
      counts[combo] = (counts[combo] ?? 0) + 1;
      if (duration < (least[combo] ?? 0)) least[combo] = duration;
      if (duration > (most[combo] ?? 0)) most[combo] = duration;
    }
    writePacked(this.body, counts, combos);
    writePacked(
      this.body,
      Uint32Array.from(least, (ns) => (Number.isFinite(ns) ? durationStep(ns, false) : 0)),
      combos,
    );
    writePacked(
      this.body,
      Uint32Array.from(most, (ns) => durationStep(ns, true)),
      combos,
    );
  }

  *fixed(times: Times, meta: BlockMeta): Generator<void> {
    const { builder, body } = this;
    this.column("combos", () => this.combos());
    this.column("traces", () => {
      for (let word = 0; word < 4; word++) this.packed(builder.traceWords, builder.traces, 4, word);
    });
    this.column("trace", () => this.field(ROW_TRACE));
    this.column("combo", () => this.field(ROW_COMBO));
    yield;
    const pair = (field: number) => (): void => {
      this.field(field);
      this.field(field + 1);
    };
    this.column("ids", pair(ROW_SPAN_ID));
    this.column("parents", pair(ROW_PARENT));
    yield;
    this.column("start", () => this.starts(times.startNs));
    this.column("duration", pair(ROW_DURATION));
    this.column("resources", () => {
      const sink = new ByteSink();
      sink.varint(builder.resources.length);
      for (const resource of builder.resources) sink.block(resource);
      writeDeflated(body, sink.written());
    });
    this.column("batches", () => writeDeflated(body, utf8(JSON.stringify([...meta.batches]))));
    yield;
  }

  private hash(hash: number): void {
    const { buffers } = this;
    buffers.hashes = grown(buffers.hashes, this.hashed + 1);
    buffers.hashes[this.hashed] = hash;
    this.hashed += 1;
  }

  /** Takes the column's values into the filter; gives the least and the largest number among them. */
  private forms({ name, starts, ends, entries }: KeyColumn): [number | null, number | null] {
    const { bytes } = this.builder.heap;
    const forms = new KeyForms(name);
    let least: number | null = null;
    let most: number | null = null;
    const number = (value: number): void => {
      this.hash(forms.ofNumber(value));
      if (least === null || value < least) least = value;
      if (most === null || value > most) most = value;
    };
    const text = (value: string): void => this.hash(forms.ofText(value));
    for (let entry = 0; entry < entries; entry++) {
      const from = starts[entry] ?? 0;
      const to = ends[entry] ?? 0;
      if (bytes[from] !== TEXT) {
        eachForm(readValue(bytes.subarray(from, to)), text, number);
        continue;
      }
      this.hash(forms.ofBytes(bytes, from + 1, to));
      const found = numberIn(bytes, from + 1, to);
      if (found !== undefined) number(found);
    }
    return [least, most];
  }

  /** Entries in the order of spans where hardly any comes again, else each entry once and which of them a span has. */
  private values({ starts, ends, entries, values, count }: KeyColumn): void {
    const { bytes } = this.builder.heap;
    const { buffers } = this;
    const plain = entries * 2 > count;
    this.body.u8(plain ? 1 : 0);
    if (!plain) {
      writeValues(this.body, { bytes, starts, ends, count: entries });
      writePacked(this.body, values, count);
      return;
    }
    buffers.from = grown(buffers.from, count);
    buffers.to = grown(buffers.to, count);
    const { from, to } = buffers;
    for (let i = 0; i < count; i++) {
      from[i] = starts[values[i] ?? 0] ?? 0;
      to[i] = ends[values[i] ?? 0] ?? 0;
    }
    writeValues(this.body, { bytes, starts: from, ends: to, count });
  }

  *keys(): Generator<void, BlockHead["keys"]> {
    const keys: BlockHead["keys"] = [];
    for (const column of this.builder.keys) {
      const [least, most] = column.extra < 0 ? this.forms(column) : [null, null];
      const place = this.place(() => this.values(column));
      const infinite = !Number.isFinite(least ?? 0) || !Number.isFinite(most ?? 0);
      // An infinite bound is no number in JSON: bounds that say nothing stand for it.
      const bounds: [number | null, number | null] = infinite ? [-Number.MAX_VALUE, Number.MAX_VALUE] : [least, most];
      keys.push([column.name, column.extra, ...bounds, place]);
      yield;
    }
    this.column("filter", () => this.body.raw(makeFilter(this.buffers.hashes, this.hashed)));
    return keys;
  }

  finish(times: Times, meta: BlockMeta, keys: BlockHead["keys"]): EncodedBlock {
    const { builder, body } = this;
    const head: BlockHead = {
      rows: builder.rows,
      traces: builder.traces,
      startNs: String(times.startNs),
      lastStartNs: String(times.lastStartNs),
      endNs: String(times.endNs),
      receivedMs: [...meta.receivedMs],
      through: Object.fromEntries([...meta.through].map(([log, { segment, offset }]) => [log, [segment, offset]])),
      tail: meta.tail,
      strings: builder.strings,
      scopes: builder.scopes.map((scope) =>
        scope === null || scope === undefined ? null : [scope.name, scope.version],
      ),
      shapes: builder.shapes.map((columns) => columns.map((column) => column.id)),
      keys,
      columns: this.columns,
    };
    const headBytes = utf8(JSON.stringify(head));
    const bodyBytes = body.written();
    const sums = { headSum: crc32(headBytes), bodySum: crc32(bodyBytes) };
    const lengths = { headLength: headBytes.length, bodyLength: bodyBytes.length };
    const bytes = new Uint8Array(FRAME_BYTES + headBytes.length + bodyBytes.length);
    bytes.set(writeFrame({ ...lengths, ...sums, rows: builder.rows }));
    bytes.set(headBytes, FRAME_BYTES);
    bytes.set(bodyBytes, FRAME_BYTES + headBytes.length);
    return { bytes, head };
  }
}

export interface EncodedBlock {
  readonly bytes: Uint8Array;
  readonly head: BlockHead;
}

/** Yields whenever a turn of the event loop may be due. */
export function* encodeBlock(
  builder: BlockBuilder,
  meta: BlockMeta,
  buffers: EncodeBuffers,
): Generator<void, EncodedBlock> {
  const encoder = new Encoder(builder, buffers);
  const times = timesOf(builder);
  yield* encoder.fixed(times, meta);
  const keys = yield* encoder.keys();
  return encoder.finish(times, meta, keys);
}

export function encodeNow(builder: BlockBuilder, meta: BlockMeta, buffers: EncodeBuffers): EncodedBlock {
  const steps = encodeBlock(builder, meta, buffers);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
