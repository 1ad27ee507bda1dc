/**
 * Columns → canonical spans and per-item rejects. Everything that the columns left as byte ranges is read here; a span
 * whose attributes, events or links are malformed is rejected alone. If the resource is, all its spans are.
 */
import type { Attributes, AttributeValue, Span, SpanEvent } from "../../model/span.ts";
import {
  BAD_PARENT_ID,
  BAD_SPAN_ID,
  BAD_TRACE_ID,
  END,
  EVENT,
  FLAGS,
  HAS_PARENT,
  KIND,
  LINK,
  MESSAGE_FROM,
  MESSAGE_TO,
  NAME,
  NONE,
  ORDINAL,
  type OtlpColumns,
  PARENT_ID,
  RESOURCE,
  RESOURCE_ORDINAL,
  RESOURCE_WORDS,
  SCOPE,
  SCOPE_NAME,
  SCOPE_ORDINAL,
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
  TRACE_STATE,
} from "./columns.ts";
import { MAX_TEXT, TextCutter } from "./cut-text.ts";
import { type Reject, RejectTally, type Translation } from "./rejects.ts";
import { type RawGroup, type RawLink, type RawSpan, toSpan, UNKNOWN_SERVICE } from "./to-span.ts";
import type { WantedKeys } from "./wanted-keys.ts";
import { AttributeReader, uint64 } from "./wire-attributes.ts";
import { BYTES, FIXED64, WireReader } from "./wire-reader.ts";
import { textOf } from "./wire-text.ts";

/** One for all: a body can have millions of events without attributes. */
const NO_ATTRIBUTES: Attributes = new Map();

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hexOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += HEX[bytes[i] ?? 0] ?? "";
  return text;
}

function hexWord(word: number): string {
  const high = (HEX[word >>> 24] ?? "") + (HEX[(word >>> 16) & 255] ?? "");
  return high + (HEX[(word >>> 8) & 255] ?? "") + (HEX[word & 255] ?? "");
}

function hexWords(words: Uint32Array, at: number, count: number): string {
  let text = "";
  for (let i = at; i < at + count; i++) text += hexWord(words[i] ?? 0);
  return text;
}

interface Resource {
  readonly attributes: RawGroup["resource"];
  readonly problem: AttributeReader["problem"];
}

interface Group {
  readonly raw: RawGroup;
  readonly problem: AttributeReader["problem"];
  readonly path: string;
}

class Translate {
  private readonly columns: OtlpColumns;
  private readonly tally = new RejectTally();
  private readonly strings: (string | undefined)[] = [];
  private readonly cutStrings = new Set<number>();
  /** By place on the tape of the scope: spans of one scope have one resource. */
  private readonly groups = new Map<number, Group>();
  /** By place on the tape: a resource's attributes are read once, whatever the number of scopes. */
  private readonly resources = new Map<number, Resource>();

  private readonly wanted: WantedKeys | undefined;

  constructor(columns: OtlpColumns, wanted?: WantedKeys) {
    this.columns = columns;
    this.wanted = wanted;
  }

  private word(at: number): number {
    return this.columns.tape[at] ?? 0;
  }

  /** End on the tape of the record that begins at `base`. */
  private recordEnd(base: number): number {
    return base + (this.word(base) >>> 2);
  }

  private string(id: number): string {
    if (id === NONE) return "";
    const known = this.strings[id];
    if (known !== undefined) return known;
    const at = this.columns.stringsAt + id * 2;
    const from = this.word(at);
    const to = this.word(at + 1);
    if (to - from <= MAX_TEXT) {
      const text = textOf(this.columns.bytes, from, to);
      this.strings[id] = text;
      return text;
    }
    const cutter = new TextCutter();
    const text = cutter.utf8(this.columns.bytes, from, to);
    if (cutter.cuts > 0) this.cutStrings.add(id);
    this.strings[id] = text;
    return text;
  }

  private countCuts(reader: AttributeReader, path: string): void {
    this.tally.add("attribute_cut", "part", () => path, reader.cutter.cuts);
  }

  private resource(base: number): Resource {
    const known = this.resources.get(base);
    if (known !== undefined) return known;
    const { bytes, tape } = this.columns;
    const reader = new AttributeReader(bytes, this.wanted);
    const attributes = reader.attributes(tape, base + RESOURCE_WORDS, this.recordEnd(base));
    const read = { attributes, problem: reader.problem };
    this.countCuts(reader, `resourceSpans[${this.word(base + RESOURCE_ORDINAL)}].resource`);
    this.resources.set(base, read);
    return read;
  }

  private group(base: number): Group {
    const scope = this.word(base + SCOPE);
    const known = this.groups.get(scope);
    if (known !== undefined) return known;
    const resource = this.word(base + RESOURCE);
    const { attributes, problem } = this.resource(resource);
    const reader = new AttributeReader(this.columns.bytes);
    const text = (at: number): string => reader.text(this.word(at), this.word(at + 1));
    const service = this.string(this.word(base + SERVICE));
    const named = { name: text(scope + SCOPE_NAME), version: text(scope + SCOPE_VERSION) };
    const raw: RawGroup = {
      resource: attributes,
      service: service === "" ? UNKNOWN_SERVICE : service,
      ...(this.word(scope + SCOPE_PRESENT) === 1 ? { scope: named } : {}),
    };
    const ordinals = [this.word(resource + RESOURCE_ORDINAL), this.word(scope + SCOPE_ORDINAL)];
    const group = { raw, problem, path: `resourceSpans[${ordinals[0]}].scopeSpans[${ordinals[1]}].spans` };
    this.countCuts(reader, group.path);
    this.groups.set(scope, group);
    return group;
  }

  /** Event { time_unix_nano = 1, name = 2, attributes = 3 } */
  private event(reader: AttributeReader, from: number, to: number): SpanEvent {
    const fields = reader.at(from);
    const attributes = new Map<string, AttributeValue>();
    let timeNs = 0n;
    let name = "";
    while (fields.next(to)) {
      if (fields.field === 1 && fields.wire === FIXED64) timeNs = uint64(fields.low, fields.high);
      else if (fields.wire !== BYTES) continue;
      else if (fields.field === 2) name = reader.text(fields.from, fields.to);
      else if (fields.field === 3) reader.keyValue(attributes, fields.from, fields.to, 0);
    }
    reader.check(fields);
    return { timeNs, name, attributes: attributes.size === 0 ? NO_ATTRIBUTES : attributes };
  }

  /** Link { trace_id = 1, span_id = 2, attributes = 4 } */
  private link(reader: AttributeReader, from: number, to: number): RawLink {
    const fields = reader.at(from);
    const attributes = new Map<string, AttributeValue>();
    let traceId = "";
    let spanId = "";
    while (fields.next(to)) {
      if (fields.wire !== BYTES) continue;
      if (fields.field === 1) traceId = hexOf(reader.bytes, fields.from, Math.min(fields.to, fields.from + 17));
      else if (fields.field === 2) spanId = hexOf(reader.bytes, fields.from, Math.min(fields.to, fields.from + 9));
      else if (fields.field === 4) reader.keyValue(attributes, fields.from, fields.to, 0);
    }
    reader.check(fields);
    return { traceId, spanId, attributes: attributes.size === 0 ? NO_ATTRIBUTES : attributes };
  }

  private entries<T>(base: number, what: number, read: (from: number, to: number) => T): T[] {
    const list: T[] = [];
    const end = this.recordEnd(base);
    for (let i = base + SPAN_WORDS; i < end; i++) {
      const word = this.word(i);
      if ((word & 3) !== what) continue;
      const reader = new WireReader(this.columns.bytes);
      const to = reader.enter(word >>> 2);
      list.push(read(reader.pos, to));
    }
    return list;
  }

  private parent(base: number, flags: number): string {
    if ((flags & BAD_PARENT_ID) !== 0) return "wrong length";
    return (flags & HAS_PARENT) === 0 ? "" : hexWords(this.columns.tape, base + PARENT_ID, 2);
  }

  private raw(base: number, group: Group): RawSpan {
    const { bytes, tape } = this.columns;
    const flags = this.word(base + FLAGS);
    const reader = new AttributeReader(bytes, this.wanted);
    const raw = {
      traceId: (flags & BAD_TRACE_ID) === 0 ? hexWords(tape, base + TRACE_ID, 4) : "",
      spanId: (flags & BAD_SPAN_ID) === 0 ? hexWords(tape, base + SPAN_ID, 2) : "",
      parentSpanId: this.parent(base, flags),
      shared: (flags & SHARED) !== 0,
      name: this.string(this.word(base + NAME)),
      kind: this.word(base + KIND),
      startNs: uint64(this.word(base + START), this.word(base + START + 1)),
      endNs: uint64(this.word(base + END), this.word(base + END + 1)),
      statusCode: this.word(base + STATUS_CODE),
      statusMessage: reader.text(this.word(base + MESSAGE_FROM), this.word(base + MESSAGE_TO)),
      attributes: reader.attributes(tape, base + SPAN_WORDS, this.recordEnd(base)),
      events: this.entries(base, EVENT, (from, to) => this.event(reader, from, to)),
      links: this.entries(base, LINK, (from, to) => this.link(reader, from, to)),
      traceState: this.entries(base, TRACE_STATE, (from, to) => reader.text(from, to)).at(-1) ?? "",
    };
    const cuts = reader.cutter.cuts + (this.cutStrings.has(this.word(base + NAME)) ? 1 : 0);
    const problem = reader.problem ?? group.problem;
    return { ...raw, cuts, ...(problem === undefined ? {} : { problem }) };
  }

  /** The span whose record begins at `base` of the tape; undefined when it is left out. */
  span(base: number): Span | undefined {
    const group = this.group(base);
    const path = (): string => `${group.path}[${this.word(base + ORDINAL)}]`;
    return toSpan(this.raw(base, group), group.raw, this.tally, path);
  }

  /** What was left out so far. */
  rejects(): readonly Reject[] {
    return this.tally.list();
  }

  /** Reads the group of the span at `base`, and counts what of it is cut. */
  open(base: number): void {
    this.group(base);
  }

  all(): Translation {
    const spans: Span[] = [];
    for (let base = this.columns.origin; base < this.columns.stringsAt; base = this.recordEnd(base)) {
      if ((this.word(base) & 3) !== SPAN_RECORD) continue;
      const span = this.span(base);
      if (span !== undefined) spans.push(span);
    }
    return { spans, rejects: this.tally.list() };
  }
}

/** Never all-or-nothing: spans that cannot be made are counted by code. */
export function translateOtlp(columns: OtlpColumns): Translation {
  return new Translate(columns).all();
}

/** A translation step by step, for readers that take most spans as columns. `wanted`: the attributes that they read. */
export type OtlpTranslator = Pick<Translate, "span" | "open" | "rejects">;

export function otlpTranslator(columns: OtlpColumns, wanted?: WantedKeys): OtlpTranslator {
  return new Translate(columns, wanted);
}

/** For readers that take most spans as columns: one span at a time, by where its record begins on the tape. */
export function otlpSpanReader(columns: OtlpColumns): (base: number) => Span | undefined {
  const translate = new Translate(columns);
  return (base) => translate.span(base);
}
