/**
 * One OTLP body's columns → what its spans say of calls. In: columns and the latest start that is taken (Unix ns). Out: the
 * sides, in order, the number of spans, and the rejects of a whole translation. A plain span (attributes that are short
 * strings or numbers; no events, links, trace state or long texts; ids and times that are in order) costs a walk over its
 * bytes: what they say was read when the like of it came first (side-memo.ts). Any other is translated and read as a whole.
 *
 * Signature: service, and the wanted attributes of resource and span with their raw values. A URL counts up to the end of its
 * authority: no more of it is read.
 */
import { SPAN_READ_KEYS } from "../../lib/mesh/spans/read-keys.ts";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import { parseSpanId, parseTraceId, type Span, type TraceId } from "../../lib/model/span.ts";
import type { SpanSide } from "../../lib/model/span-side.ts";
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
  SPAN_ID,
  SPAN_RECORD,
  SPAN_WORDS,
  START,
  STATUS_CODE,
  TRACE_ID,
} from "../../lib/wire/otlp/columns.ts";
import { MAX_TEXT } from "../../lib/wire/otlp/cut-text.ts";
import { type OtlpTranslator, otlpTranslator } from "../../lib/wire/otlp/translate.ts";
import { WantedKeys } from "../../lib/wire/otlp/wanted-keys.ts";
import { SideMemo, type SideReading } from "./side-memo.ts";

export const WANTED = new WantedKeys(SPAN_READ_KEYS);
const URLS: ReadonlySet<number> = new Set(["url.full", "http.url"].map((key) => SPAN_READ_KEYS.indexOf(key)));
const BAD_IDS = BAD_TRACE_ID | BAD_SPAN_ID | BAD_PARENT_ID;
const SIGNATURE_BYTES = 4_096;
/** Tag of AnyValue's string. */
const STRING = 0x0a;
/** Marks in a signature a URL without what follows its authority; SERVICE_NAME the service. Keys are fewer than either. */
const CUT_URL = 0x80;
const SERVICE_NAME = 0xff;

const HEX = Array.from({ length: 65_536 }, (_, half) => half.toString(16).padStart(4, "0"));
const memo = new SideMemo();
const signature = new Uint8Array(SIGNATURE_BYTES);

function hexWord(word: number): string {
  return (HEX[word >>> 16] ?? "") + (HEX[word & 65_535] ?? "");
}

/** Whole ms of a time in ns, given as two words: 2^32 ns are 4,294 ms and 967,296 ns. Exact: all terms are below 2^53. */
function wholeMs(low: number, high: number): number {
  return high * 4_294 + Math.floor((high * 967_296 + low) / 1e6);
}

export class OtlpSides {
  readonly sides: SpanSide[] = [];
  spans = 0;
  private readonly columns: OtlpColumns;
  private readonly bytes: Uint8Array;
  private readonly limitNs: bigint;
  private readonly limitMs: number;
  private readonly translator: OtlpTranslator;
  /** Spans that start too late, as whoever decodes the body whole counts them. */
  readonly late: Span[] = [];
  private trace: { a: number; b: number; c: number; d: number; id: TraceId | undefined } = {
    ...{ a: 0, b: 0, c: 0, d: 0 },
    id: undefined,
  };
  /** End of what is written of the signature. */
  private end = 0;
  private scopeAt = -1;
  /** Of the scope at hand: what all its spans' signatures begin with; −1: its spans are not plain. */
  private prefix = -1;

  constructor(columns: OtlpColumns, limitNs: bigint) {
    this.columns = columns;
    const { bytes } = columns;
    // A Buffer's elements are read by a slower way.
    this.bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.limitNs = limitNs;
    this.limitMs = Number(limitNs / 1_000_000n);
    this.translator = otlpTranslator(columns, WANTED);
  }

  get rejects() {
    return this.translator.rejects();
  }

  all(): void {
    const { tape, origin, stringsAt } = this.columns;
    for (let base = origin; base < stringsAt; ) {
      const word = tape[base] ?? 4;
      const next = base + (word >>> 2);
      if ((word & 3) === SPAN_RECORD) this.span(base, next);
      base = next;
    }
  }

  private span(base: number, end: number): void {
    if (!this.isPlain(base) || !this.sign(base, end)) {
      this.whole(base);
      return;
    }
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.end; i++) hash = Math.imul(hash ^ (signature[i] ?? 0), 0x01000193);
    const known = memo.get(signature, this.end, hash);
    if (known !== undefined) {
      this.spans++;
      if (known !== null) this.add(base, known);
      return;
    }
    const side = this.whole(base);
    if (side !== undefined) memo.set(signature, this.end, hash, side);
  }

  /** As the canonical way reads it. Undefined: it was left out. */
  private whole(base: number): SideReading | undefined {
    const span = this.translator.span(base);
    if (span === undefined) return undefined;
    if (span.startNs > this.limitNs) {
      this.late.push(span);
      return undefined;
    }
    this.spans++;
    const side = readSpan(span);
    if (side !== undefined) this.sides.push(side);
    return side ?? null;
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

  /** Writes the span's signature; false: it has none. */
  private sign(base: number, end: number): boolean {
    const { tape } = this.columns;
    const scope = tape[base + SCOPE] ?? 0;
    if (scope !== this.scopeAt) this.openScope(base, scope);
    if (this.prefix < 0) return false;
    this.end = this.prefix;
    signature[this.end++] = tape[base + KIND] ?? 0;
    signature[this.end++] = tape[base + STATUS_CODE] ?? 0;
    return this.signEntries(base + SPAN_WORDS, end);
  }

  private openScope(base: number, scope: number): void {
    const { tape, stringsAt } = this.columns;
    this.scopeAt = scope;
    this.prefix = -1;
    this.end = 0;
    // In the order of the spans: what is cut of a group is counted with its first.
    this.translator.open(base);
    const service = tape[base + SERVICE] ?? NONE;
    const at = stringsAt + service * 2;
    const [from, to] = service === NONE ? [0, 0] : [tape[at] ?? 0, tape[at + 1] ?? 0];
    const texts = [scope + SCOPE_NAME, scope + SCOPE_VERSION].map((text) => (tape[text + 1] ?? 0) - (tape[text] ?? 0));
    if (to - from > 1_024 || texts.some((length) => length > MAX_TEXT)) return;
    this.put(SERVICE_NAME, from, to);
    const resource = tape[base + RESOURCE] ?? 0;
    if (this.signEntries(resource + RESOURCE_WORDS, resource + ((tape[resource] ?? 0) >>> 2))) this.prefix = this.end;
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
    if (!URLS.has(place) || bytes[value] !== STRING) return this.put(place, value, to);
    const text = value + ((bytes[value + 1] ?? 0) > 0x7f ? 3 : 2);
    return this.put(place | CUT_URL, text, this.authorityEnd(text, to));
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

  private put(place: number, from: number, to: number): boolean {
    const length = to - from;
    if (this.end + length + 3 > SIGNATURE_BYTES) return false;
    const { bytes } = this;
    let at = this.end;
    signature[at++] = place;
    signature[at++] = length & 255;
    signature[at++] = length >>> 8;
    for (let i = from; i < to; i++) signature[at++] = bytes[i] ?? 0;
    this.end = at;
    return true;
  }

  /** Spans of one trace come together as a rule: one text for all of them. */
  private traceOf(base: number): TraceId | undefined {
    const { tape } = this.columns;
    const a = tape[base + TRACE_ID] ?? 0;
    const b = tape[base + TRACE_ID + 1] ?? 0;
    const c = tape[base + TRACE_ID + 2] ?? 0;
    const d = tape[base + TRACE_ID + 3] ?? 0;
    const { trace } = this;
    if (trace.a === a && trace.b === b && trace.c === c && trace.d === d) return trace.id;
    const id = parseTraceId(hexWord(a) + hexWord(b) + hexWord(c) + hexWord(d));
    this.trace = { a, b, c, d, id };
    return id;
  }

  private add(base: number, reading: Exclude<SideReading, null>): void {
    const { tape } = this.columns;
    const word = (at: number): number => tape[base + at] ?? 0;
    const spanText = hexWord(word(SPAN_ID)) + hexWord(word(SPAN_ID + 1));
    const traceId = this.traceOf(base);
    const spanId = parseSpanId(spanText);
    if (traceId === undefined || spanId === undefined) return;
    const [startLow, startHigh, endLow, endHigh] = [word(START), word(START + 1), word(END), word(END + 1)];
    const isChild = (word(FLAGS) & HAS_PARENT) !== 0;
    const parentText = isChild ? hexWord(word(PARENT_ID)) + hexWord(word(PARENT_ID + 1)) : spanText;
    const parent = parentText === spanText ? undefined : parseSpanId(parentText);
    const { shared, role, own, peer, through, protocol, code, grpcStatus, flags, sampled } = reading;
    this.sides.push({
      traceId,
      spanId,
      ...(parent === undefined ? undefined : { parentSpanId: parent }),
      shared,
      role,
      own,
      ...(peer === undefined ? undefined : { peer }),
      ...(through === undefined ? undefined : { through }),
      protocol,
      endMs: wholeMs(endLow, endHigh),
      durationMs: ((endHigh - startHigh) * 0x1_0000_0000 + (endLow - startLow)) / 1e6,
      code,
      grpcStatus,
      flags,
      sampled,
    });
  }
}
