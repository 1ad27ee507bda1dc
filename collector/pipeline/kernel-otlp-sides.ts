/**
 * One OTLP body's columns → what its spans say of calls. In: columns and the latest start that is taken (Unix ns). Out: the
 * sides, in order, the number of spans, and the rejects of a whole translation. A plain span (attributes that are short
 * strings or numbers; no events, links, trace state or long texts; ids and times that are in order) costs a walk over its
 * bytes: what they say was read when the like of it came first (kernel-side-memo.ts). Any other is translated and read as a whole.
 *
 * Signature: service, and the wanted attributes of resource and span with their raw values. A URL counts up to the end of its
 * authority: no more of it is read.
 */
import { SPAN_READ_KEYS } from "../../lib/mesh/spans/read-keys.ts";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { Span } from "../../lib/model/span.ts";
import {
  ID_WORDS,
  PARENT_WORD,
  SIDE_TIMES,
  type SideBatch,
  SideWriter,
  SPAN_WORD,
} from "../../lib/rollup/side-batch.ts";
import { type Reading, sideBook } from "../../lib/rollup/side-book.ts";
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
  SCOPE_VERSION,
  SERVICE,
  SHARED,
  SPAN_ID,
  SPAN_RECORD,
  SPAN_WORDS,
  START,
  STATUS_CODE,
  TRACE_ID,
} from "../../lib/wire/otlp/columns.ts";
import { MAX_TEXT } from "../../lib/wire/otlp/cut-text.ts";
import type { Reject } from "../../lib/wire/otlp/rejects.ts";
import { type OtlpTranslator, otlpTranslator } from "../../lib/wire/otlp/translate.ts";
import { WantedKeys } from "../../lib/wire/otlp/wanted-keys.ts";
import { type KeptReading, SideMemo } from "./kernel-side-memo.ts";

export const WANTED = new WantedKeys(SPAN_READ_KEYS);
const URLS: ReadonlySet<number> = new Set(["url.full", "http.url"].map((key) => SPAN_READ_KEYS.indexOf(key)));
const BAD_IDS = BAD_TRACE_ID | BAD_SPAN_ID | BAD_PARENT_ID;
/** Tag of AnyValue's string. */
const STRING = 0x0a;
/** Marks in a signature a URL without what follows its authority; SERVICE_NAME the service. Keys are fewer than either. */
const CUT_URL = 0x80;
const SERVICE_NAME = 0xff;

const NO_BYTES = new Uint8Array(0);
const NO_COLUMNS: OtlpColumns = { bytes: NO_BYTES, count: 0, tape: new Uint32Array(0), origin: 0, stringsAt: 0 };
const NO_REJECTS: readonly Reject[] = [];
const NO_SPANS: readonly Span[] = [];

/** Whole ms of a time in ns, given as two words: 2^32 ns are 4,294 ms and 967,296 ns. Exact: all terms are below 2^53. */
function wholeMs(low: number, high: number): number {
  return high * 4_294 + Math.floor((high * 967_296 + low) / 1e6);
}

export interface ReadSides {
  readonly sides: SideBatch;
  readonly spans: number;
  readonly rejects: readonly Reject[];
  /** Spans that start too late, as whoever decodes the body whole counts them. */
  readonly late: readonly Span[];
}

/** One for all bodies, which come one after another. */
export class OtlpSides {
  private readonly memo = new SideMemo();
  private readonly writer = new SideWriter();
  private spans = 0;
  private columns = NO_COLUMNS;
  private bytes: Uint8Array = NO_BYTES;
  private limitNs = 0n;
  private limitMs = 0;
  private translator: OtlpTranslator | undefined;
  private late: Span[] | undefined;
  private scopeAt = -1;
  /** Of the scope at hand: its spans have signatures. */
  private isSigned = false;

  /** Times that there were more different signatures than are kept. */
  get begun(): number {
    return this.memo.begun;
  }

  read(columns: OtlpColumns, limitNs: bigint): ReadSides {
    const { bytes } = columns;
    this.columns = columns;
    // A Buffer's elements are read by a slower way.
    this.bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.limitNs = limitNs;
    this.limitMs = Number(limitNs / 1_000_000n);
    this.spans = 0;
    this.scopeAt = -1;
    this.translator = undefined;
    this.late = undefined;
    this.memo.open(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    this.writer.begin();
    this.all();
    const rejects = this.rejects();
    const read = { sides: this.writer.batch(), spans: this.spans, rejects, late: this.late ?? NO_SPANS };
    // Nobody may hold on to a caller's bytes.
    this.columns = NO_COLUMNS;
    this.bytes = NO_BYTES;
    this.translator = undefined;
    return read;
  }

  private rejects(): readonly Reject[] {
    return this.translator === undefined ? NO_REJECTS : this.translator.rejects();
  }

  private translation(): OtlpTranslator {
    this.translator ??= otlpTranslator(this.columns, WANTED);
    return this.translator;
  }

  private all(): void {
    const { tape, origin, stringsAt } = this.columns;
    for (let base = origin; base < stringsAt; ) {
      const word = tape[base] ?? 4;
      const next = base + (word >>> 2);
      if ((word & 3) === SPAN_RECORD) this.span(base, next);
      base = next;
    }
  }

  private span(base: number, end: number): void {
    const { memo } = this;
    if (!this.isPlain(base) || !this.sign(base, end)) {
      this.whole(base);
      return;
    }
    const { tape } = this.columns;
    const shared = (tape[base + FLAGS] ?? 0) & SHARED;
    const head = (shared << 16) | ((tape[base + KIND] ?? 0) << 8) | (tape[base + STATUS_CODE] ?? 0);
    const known = memo.find(head);
    if (known !== undefined) {
      this.spans++;
      if (known !== null) this.add(base, known);
      return;
    }
    const reading = this.whole(base);
    if (reading !== undefined) memo.keep(head, reading);
  }

  /** As the canonical way reads it. Undefined: it was left out. */
  private whole(base: number): KeptReading | undefined {
    const span = this.translation().span(base);
    if (span === undefined) return undefined;
    if (span.startNs > this.limitNs) {
      this.late ??= [];
      this.late.push(span);
      return undefined;
    }
    this.spans++;
    const side = readSpan(span);
    if (side === undefined) return null;
    const reading = sideBook.reading(side);
    this.add(base, reading);
    return reading;
  }

  /** Nothing of it can be a reason to leave it out, or to count something of it as cut; its attributes are not looked at. */
  private isPlain(base: number): boolean {
    const { tape, stringsAt } = this.columns;
    const word = (at: number): number => tape[base + at] ?? 0;
    if ((word(FLAGS) & BAD_IDS) !== 0 || (word(SPAN_ID) | word(SPAN_ID + 1)) === 0) return false;
    if ((word(TRACE_ID) | word(TRACE_ID + 1) | word(TRACE_ID + 2) | word(TRACE_ID + 3)) === 0) return false;
    const [startLow, startHigh, endLow, endHigh] = [word(START), word(START + 1), word(END), word(END + 1)];
    if (startHigh === 0 || endHigh < startHigh || (endHigh === startHigh && endLow < startLow)) return false;
    if (wholeMs(startLow, startHigh) >= this.limitMs) return false;
    if (word(MESSAGE_TO) - word(MESSAGE_FROM) > MAX_TEXT || word(KIND) > 255 || word(STATUS_CODE) > 255) return false;
    const name = word(NAME);
    if (name === NONE) return true;
    const at = stringsAt + name * 2;
    return (tape[at + 1] ?? 0) - (tape[at] ?? 0) <= MAX_TEXT;
  }

  /** Gathers the span's signature; false: it has none. */
  private sign(base: number, end: number): boolean {
    const { tape } = this.columns;
    const scope = tape[base + SCOPE] ?? 0;
    if (scope !== this.scopeAt) this.openScope(base, scope);
    if (!this.isSigned) return false;
    this.memo.rewind();
    return this.signEntries(base + SPAN_WORDS, end);
  }

  private openScope(base: number, scope: number): void {
    this.scopeAt = scope;
    this.memo.clear();
    this.isSigned = this.signScope(base, scope);
    if (this.isSigned) this.memo.markPrefix();
    // In the order of the spans: what is cut of a group is counted with its first. Of a short one nothing is.
    else this.translation().open(base);
  }

  private signScope(base: number, scope: number): boolean {
    const { tape, stringsAt } = this.columns;
    const service = tape[base + SERVICE] ?? NONE;
    const at = stringsAt + service * 2;
    const [from, to] = service === NONE ? [0, 0] : [tape[at] ?? 0, tape[at + 1] ?? 0];
    const name = (tape[scope + SCOPE_NAME + 1] ?? 0) - (tape[scope + SCOPE_NAME] ?? 0);
    const version = (tape[scope + SCOPE_VERSION + 1] ?? 0) - (tape[scope + SCOPE_VERSION] ?? 0);
    if (to - from > 1_024 || name > MAX_TEXT || version > MAX_TEXT) return false;
    const resource = tape[base + RESOURCE] ?? 0;
    this.memo.add(SERVICE_NAME, from, to);
    return this.signEntries(resource + RESOURCE_WORDS, resource + ((tape[resource] ?? 0) >>> 2));
  }

  /** Wanted attributes among the entries `tape[from, to)`; false: something there has to be read to be judged. */
  private signEntries(from: number, to: number): boolean {
    const { tape } = this.columns;
    for (let i = from; i < to; i++) {
      const word = tape[i] ?? 0;
      if ((word & 3) !== ATTRIBUTE || !this.signAttribute(word >>> 2)) return false;
    }
    return true;
  }

  /** KeyValue of a short key and a value of one member, as everybody writes it: no other is plain. `at`: its length. */
  private signAttribute(at: number): boolean {
    const { bytes } = this;
    const first = bytes[at] ?? 0x80;
    const second = bytes[at + 1] ?? 0x80;
    const isLong = first > 0x7f;
    if (isLong && second > 0x7f) return false;
    const from = isLong ? at + 2 : at + 1;
    const to = from + (isLong ? (first & 0x7f) | (second << 7) : first);
    const keyLength = bytes[from + 1] ?? 0x80;
    const keyEnd = from + 2 + keyLength;
    if (bytes[from] !== 0x0a || keyLength > 0x7f || keyEnd + 2 > to || bytes[keyEnd] !== 0x12) return false;
    const valueFirst = bytes[keyEnd + 1] ?? 0x80;
    const valueSecond = bytes[keyEnd + 2] ?? 0x80;
    const isLongValue = valueFirst > 0x7f;
    if (isLongValue && valueSecond > 0x7f) return false;
    const value = isLongValue ? keyEnd + 3 : keyEnd + 2;
    const length = isLongValue ? (valueFirst & 0x7f) | (valueSecond << 7) : valueFirst;
    if (value + length !== to || !this.isPlainValue(value, to)) return false;
    const place = WANTED.place(bytes, from + 2, keyEnd);
    if (place < 0) return true;
    if (!URLS.has(place) || bytes[value] !== STRING) return this.memo.add(place, value, to);
    const text = value + ((bytes[value + 1] ?? 0) > 0x7f ? 3 : 2);
    return this.memo.add(place | CUT_URL, text, this.authorityEnd(text, to));
  }

  /** One member of AnyValue: a string, a bool, an int or a double, to the end. */
  private isPlainValue(from: number, to: number): boolean {
    const { bytes } = this;
    const tag = bytes[from] ?? 0;
    if (tag === STRING) {
      const first = bytes[from + 1] ?? 0x80;
      if (first <= 0x7f) return from + 2 + first === to;
      const second = bytes[from + 2] ?? 0x80;
      return second <= 0x7f && from + 3 + ((first & 0x7f) | (second << 7)) === to;
    }
    if (tag === 0x21) return to - from === 9;
    if (tag !== 0x10 && tag !== 0x18) return false;
    const length = to - from - 1;
    if (length < 1 || length > 10 || (bytes[to - 1] ?? 0x80) > 0x7f) return false;
    for (let i = from + 1; i < to - 1; i++) if ((bytes[i] ?? 0) < 0x80) return false;
    return true;
  }

  /** Behind the first of `/ ? #` that ends the authority; what follows is not read. */
  private authorityEnd(from: number, to: number): number {
    const { bytes } = this;
    for (let i = from; i < to; i++) {
      const byte = bytes[i];
      if (byte !== 0x2f && byte !== 0x3f && byte !== 0x23) continue;
      if (byte !== 0x2f || bytes[i - 1] !== 0x3a || bytes[i + 1] !== 0x2f) return i + 1;
      i++;
    }
    return to;
  }

  private add(base: number, reading: Reading): void {
    const { writer } = this;
    const { tape } = this.columns;
    writer.room();
    const { ids, times, readings } = writer.slab;
    const place = writer.end++;
    const at = place * ID_WORDS;
    for (let word = 0; word < 4; word++) ids[at + word] = tape[base + TRACE_ID + word] ?? 0;
    const high = tape[base + SPAN_ID] ?? 0;
    const low = tape[base + SPAN_ID + 1] ?? 0;
    ids[at + SPAN_WORD] = high;
    ids[at + SPAN_WORD + 1] = low;
    const hasParent = ((tape[base + FLAGS] ?? 0) & HAS_PARENT) !== 0;
    const parentHigh = hasParent ? (tape[base + PARENT_ID] ?? 0) : 0;
    const parentLow = hasParent ? (tape[base + PARENT_ID + 1] ?? 0) : 0;
    // A span that names itself as its parent has none.
    const isChild = parentHigh !== high || parentLow !== low;
    ids[at + PARENT_WORD] = isChild ? parentHigh : 0;
    ids[at + PARENT_WORD + 1] = isChild ? parentLow : 0;
    const startLow = tape[base + START] ?? 0;
    const startHigh = tape[base + START + 1] ?? 0;
    const endLow = tape[base + END] ?? 0;
    const endHigh = tape[base + END + 1] ?? 0;
    times[place * SIDE_TIMES] = wholeMs(endLow, endHigh);
    times[place * SIDE_TIMES + 1] = ((endHigh - startHigh) * 0x1_0000_0000 + (endLow - startLow)) / 1e6;
    readings[place] = reading;
  }
}

export const otlpSides = new OtlpSides();
