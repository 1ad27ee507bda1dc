/**
 * Spans of one body → rows of a block. In: the body's columns and when it was received. Out: rows, so many at a time.
 * What decode-spans.ts leaves out is left out, by the same rules; a span that has more than plain attributes (events,
 * links, trace state, a message, nested or very long values, a key twice) is read as a canonical span.
 */
import type { Span } from "../../../../lib/model/span.ts";
import { MAX_FUTURE_MS } from "../../../../lib/wire/decode-spans.ts";
import {
  ATTRIBUTE,
  BAD_PARENT_ID,
  BAD_SPAN_ID,
  BAD_TRACE_ID,
  END,
  FLAGS,
  HAS_PARENT,
  KIND,
  MESSAGE_FROM,
  MESSAGE_TO,
  NAME,
  NONE,
  type OtlpColumns,
  PARENT_ID,
  RESOURCE,
  RESOURCE_WORDS,
  SCOPE,
  SCOPE_NAME,
  SCOPE_PRESENT,
  SCOPE_VERSION,
  SERVICE,
  SHARED,
  SPAN_ID,
  SPAN_RECORD,
  SPAN_WORDS,
  START,
  STATUS_CODE,
  TRACE_ID,
} from "../../../../lib/wire/otlp/columns.ts";
import { MAX_TEXT } from "../../../../lib/wire/otlp/cut-text.ts";
import { UNKNOWN_SERVICE } from "../../../../lib/wire/otlp/to-span.ts";
import { otlpSpanReader } from "../../../../lib/wire/otlp/translate.ts";
import { AttributeReader } from "../../../../lib/wire/otlp/wire-attributes.ts";
import { textOf } from "../../../../lib/wire/otlp/wire-text.ts";
import {
  type BlockBuilder,
  latin1,
  ROW_DURATION,
  ROW_PARENT,
  ROW_SPAN_ID,
  ROW_START,
  ROW_TRACE,
} from "./kernel-block-builder.ts";

const BAD_IDS = BAD_TRACE_ID | BAD_SPAN_ID | BAD_PARENT_ID;
/** Longer texts are cut: only the canonical reader does. */
const SHORT = MAX_TEXT;

const NO_BYTES = new Uint8Array(0);
const NO_COLUMNS: OtlpColumns = { bytes: NO_BYTES, count: 0, tape: new Uint32Array(0), origin: 0, stringsAt: 0 };

/** One for all bodies of a builder, which come one after another. */
export class OtlpRows {
  private readonly builder: BlockBuilder;
  private columns = NO_COLUMNS;
  private bytes = NO_COLUMNS.bytes;
  private view = new DataView(NO_COLUMNS.bytes.buffer);
  private receivedMs = 0;
  /** High word of the latest start that is taken, in Unix ns, or one less. */
  private limitHigh = 0;
  private at = 0;
  /** Of the group at hand, by place on the tape of its scope: −1 where a span has to be read canonically. */
  private groupAt = -1;
  private resourceAt = -1;
  private resource = -1;
  private scope = 0;
  private service = 0;
  private readonly names = new Map<number, number>();
  private canonical: ((base: number) => Span | undefined) | undefined;

  constructor(builder: BlockBuilder) {
    this.builder = builder;
  }

  /** The next body; the last one's is done with. */
  open(columns: OtlpColumns, receivedMs: number): void {
    this.columns = columns;
    const { bytes } = columns;
    this.bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.receivedMs = receivedMs;
    this.limitHigh = Math.floor(((receivedMs + MAX_FUTURE_MS) * 1e6) / 2 ** 32) - 1;
    this.at = columns.origin;
    this.groupAt = -1;
    this.resourceAt = -1;
    this.canonical = undefined;
    this.names.clear();
  }

  /** Nobody may hold on to a caller's bytes. */
  close(): void {
    this.open(NO_COLUMNS, 0);
  }

  /** Adds up to `most` spans; true when there is none left. */
  add(most: number): boolean {
    const { tape, stringsAt } = this.columns;
    let left = most;
    while (this.at < stringsAt && left > 0) {
      const base = this.at;
      const word = tape[base] ?? 4;
      this.at = base + (word >>> 2);
      if ((word & 3) !== SPAN_RECORD) continue;
      left -= 1;
      if (!this.plain(base, this.at)) this.addCanonical(base);
    }
    return this.at >= stringsAt;
  }

  private addCanonical(base: number): void {
    this.canonical ??= otlpSpanReader(this.columns);
    const span = this.canonical(base);
    const limitNs = BigInt(this.receivedMs + MAX_FUTURE_MS) * 1_000_000n;
    if (span !== undefined && span.startNs <= limitNs) this.builder.add(span);
  }

  /** False: the span is not plain, and nothing of it was taken. */
  private plain(base: number, end: number): boolean {
    const { tape } = this.columns;
    const { builder, bytes, view } = this;
    const flags = tape[base + FLAGS] ?? 0;
    const startHigh = tape[base + START + 1] ?? 0;
    if ((flags & BAD_IDS) !== 0 || tape[base + MESSAGE_FROM] !== tape[base + MESSAGE_TO]) return false;
    // Near the limit of time, and where ids or times make no span, the careful way decides.
    if (startHigh >= this.limitHigh || startHigh === 0) return false;
    const scopeAt = tape[base + SCOPE] ?? 0;
    if (scopeAt !== this.groupAt) this.openGroup(base, scopeAt);
    if (this.resource < 0) return false;
    const operation = this.operation(tape[base + NAME] ?? NONE);
    if (operation < 0) return false;
    builder.begin();
    for (let i = base + SPAN_WORDS; i < end; i++) {
      const entry = tape[i] ?? 0;
      if ((entry & 3) !== ATTRIBUTE) return false;
      let from = entry >>> 2;
      let length = bytes[from] ?? 0;
      from += 1;
      if (length > 0x7f) {
        const more = bytes[from] ?? 0x80;
        if (more > 0x7f) return false;
        length = (length & 0x7f) | (more << 7);
        from += 1;
      }
      if (!builder.attribute(bytes, view, from, from + length)) return false;
    }
    if ((flags & SHARED) !== 0) builder.shared();
    return this.write(base, operation, (flags & HAS_PARENT) !== 0);
  }

  /** The row itself. False where ids or times make no span. */
  private write(base: number, operation: number, hasParent: boolean): boolean {
    const { tape } = this.columns;
    const { builder } = this;
    const a = tape[base + TRACE_ID] ?? 0;
    const b = tape[base + TRACE_ID + 1] ?? 0;
    const c = tape[base + TRACE_ID + 2] ?? 0;
    const d = tape[base + TRACE_ID + 3] ?? 0;
    const idHigh = tape[base + SPAN_ID] ?? 0;
    const idLow = tape[base + SPAN_ID + 1] ?? 0;
    if ((a | b | c | d) === 0 || (idHigh | idLow) === 0) return false;
    const startLow = tape[base + START] ?? 0;
    const startHigh = tape[base + START + 1] ?? 0;
    const endLow = tape[base + END] ?? 0;
    const endHigh = tape[base + END + 1] ?? 0;
    if (endHigh < startHigh || (endHigh === startHigh && endLow < startLow)) return false;
    const rawKind = tape[base + KIND] ?? 0;
    const rawStatus = tape[base + STATUS_CODE] ?? 0;
    const kindStatus = (rawKind > 5 ? 0 : rawKind) * 4 + (rawStatus > 2 ? 0 : rawStatus);
    const at = builder.row(builder.combo(this.resource, this.scope, this.service, operation, kindStatus));
    const trace = builder.trace(a, b, c, d);
    const { words } = builder;
    words[at + ROW_TRACE] = trace;
    words[at + ROW_SPAN_ID] = idHigh;
    words[at + ROW_SPAN_ID + 1] = idLow;
    words[at + ROW_PARENT] = hasParent ? (tape[base + PARENT_ID] ?? 0) : 0;
    words[at + ROW_PARENT + 1] = hasParent ? (tape[base + PARENT_ID + 1] ?? 0) : 0;
    words[at + ROW_START] = startLow;
    words[at + ROW_START + 1] = startHigh;
    words[at + ROW_DURATION] = (endLow - startLow) >>> 0;
    words[at + ROW_DURATION + 1] = endHigh - startHigh - (endLow < startLow ? 1 : 0);
    return true;
  }

  /** Id of a name of the body's dictionary; −1 where it is longer than is kept. */
  private operation(id: number): number {
    const known = this.names.get(id);
    if (known !== undefined) return known;
    const text = id === NONE ? "" : this.dictionaryText(id);
    const made = text === undefined ? -1 : this.builder.string(text);
    this.names.set(id, made);
    return made;
  }

  private dictionaryText(id: number): string | undefined {
    const { tape, stringsAt } = this.columns;
    const from = tape[stringsAt + id * 2] ?? 0;
    const to = tape[stringsAt + id * 2 + 1] ?? 0;
    return to - from > SHORT ? undefined : textOf(this.bytes, from, to);
  }

  private openGroup(base: number, scopeAt: number): void {
    const { tape } = this.columns;
    this.groupAt = scopeAt;
    const resourceAt = tape[base + RESOURCE] ?? 0;
    if (resourceAt !== this.resourceAt) {
      this.resourceAt = resourceAt;
      this.resource = this.openResource(resourceAt);
    }
    const serviceId = tape[base + SERVICE] ?? NONE;
    const service = serviceId === NONE ? UNKNOWN_SERVICE : this.dictionaryText(serviceId);
    const scope = (at: number): string | undefined => {
      const from = tape[scopeAt + at] ?? 0;
      const to = tape[scopeAt + at + 1] ?? 0;
      return to - from > SHORT ? undefined : textOf(this.bytes, from, to);
    };
    const name = scope(SCOPE_NAME);
    const version = scope(SCOPE_VERSION);
    if (service === undefined || name === undefined || version === undefined) this.resource = -1;
    else {
      this.service = this.builder.string(service === "" ? UNKNOWN_SERVICE : service);
      this.scope = this.builder.scope(tape[scopeAt + SCOPE_PRESENT] === 1 ? { name, version } : null);
    }
  }

  /** Id of the resource; −1 where something is wrong with it, or long. */
  private openResource(at: number): number {
    const { tape } = this.columns;
    const first = at + RESOURCE_WORDS;
    const last = at + ((tape[at] ?? 0) >>> 2);
    const key = this.resourceKey(first, last);
    const known = key === undefined ? undefined : this.builder.resourceByBytes.get(key);
    if (known !== undefined) return known;
    const reader = new AttributeReader(this.bytes);
    const attributes = reader.attributes(tape, first, last);
    if (reader.problem !== undefined || reader.cutter.cuts > 0) return -1;
    const id = this.builder.resource(attributes);
    if (key !== undefined) this.builder.resourceByBytes.set(key, id);
    return id;
  }

  /** Its bytes, where its attributes stand one right after the other: equal bytes are then equal resources. */
  private resourceKey(first: number, last: number): string | undefined {
    const { tape } = this.columns;
    if (first >= last) return "";
    const from = (tape[first] ?? 0) >>> 2;
    let end = from - 1;
    for (let i = first; i < last; i++) {
      const at = (tape[i] ?? 0) >>> 2;
      const length = this.bytes[at] ?? 0x80;
      if (length > 0x7f || at !== end + 1) return undefined;
      end = at + 1 + length;
    }
    return latin1(this.bytes.subarray(from, end));
  }
}
