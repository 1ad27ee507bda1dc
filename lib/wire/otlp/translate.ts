/**
 * Columns → canonical spans and per-item rejects. Everything that the columns left as byte ranges is read here; a span
 * whose attributes, events or links are malformed is rejected alone. If the resource is, all its spans are.
 */
import type { AttributeValue, SpanEvent } from "../../model/span.ts";
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
  RANGES_FROM,
  RANGES_TO,
  RESOURCE,
  RESOURCE_WORDS,
  SCOPE,
  SCOPE_WORDS,
  SERVICE,
  SPAN_ID,
  SPAN_WORDS,
  START,
  STATUS_CODE,
  TRACE_ID,
} from "./columns.ts";
import { RejectTally, type Translation } from "./rejects.ts";
import { type RawGroup, type RawLink, type RawSpan, toSpan, UNKNOWN_SERVICE } from "./to-span.ts";
import { AttributeReader, uint64 } from "./wire-attributes.ts";
import { BYTES, FIXED64 } from "./wire-reader.ts";
import { textOf } from "./wire-text.ts";

const HEX = "0123456789abcdef";

function hexOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    text += HEX.charAt(byte >>> 4) + HEX.charAt(byte & 15);
  }
  return text;
}

function hexWords(words: Uint32Array, at: number, count: number): string {
  let text = "";
  for (let i = at; i < at + count; i++) text += (words[i] ?? 0).toString(16).padStart(8, "0");
  return text;
}

interface Group {
  readonly raw: RawGroup;
  readonly problem: AttributeReader["problem"];
  readonly path: string;
}

class Translate {
  private readonly columns: OtlpColumns;
  private readonly strings: (string | undefined)[] = [];
  /** By scope: spans of one scope have one resource. */
  private readonly groups: (Group | undefined)[] = [];
  /** By resource: its attributes are read once, whatever the number of scopes. */
  private readonly resources: ((Pick<Group, "problem"> & { attributes: RawGroup["resource"] }) | undefined)[] = [];

  constructor(columns: OtlpColumns) {
    this.columns = columns;
  }

  private string(id: number): string {
    if (id === NONE) return "";
    const known = this.strings[id];
    if (known !== undefined) return known;
    const { bytes, strings } = this.columns;
    const text = textOf(bytes, strings[id * 2] ?? 0, strings[id * 2 + 1] ?? 0);
    this.strings[id] = text;
    return text;
  }

  private resource(index: number): Pick<Group, "problem"> & { attributes: RawGroup["resource"] } {
    const known = this.resources[index];
    if (known !== undefined) return known;
    const { bytes, ranges, resources } = this.columns;
    const reader = new AttributeReader(bytes);
    const base = index * RESOURCE_WORDS;
    const attributes = reader.attributes(ranges, resources[base] ?? 0, resources[base + 1] ?? 0);
    const read = { attributes, problem: reader.problem };
    this.resources[index] = read;
    return read;
  }

  private group(base: number): Group {
    const { bytes, spans, scopes } = this.columns;
    const scope = spans[base + SCOPE] ?? 0;
    const known = this.groups[scope];
    if (known !== undefined) return known;
    const index = spans[base + RESOURCE] ?? 0;
    const { attributes, problem } = this.resource(index);
    const words = scope * SCOPE_WORDS;
    const text = (word: number): string => textOf(bytes, scopes[words + word] ?? 0, scopes[words + word + 1] ?? 0);
    const service = this.string(spans[base + SERVICE] ?? NONE);
    const raw: RawGroup = {
      resource: attributes,
      service: service === "" ? UNKNOWN_SERVICE : service,
      ...(scopes[words + 4] === 1 ? { scope: { name: text(0), version: text(2) } } : {}),
    };
    const path = `resourceSpans[${index}].scopeSpans[${scopes[words + 5] ?? 0}].spans`;
    const group = { raw, problem, path };
    this.groups[scope] = group;
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
      else if (fields.field === 2) name = textOf(reader.bytes, fields.from, fields.to);
      else if (fields.field === 3) reader.keyValue(attributes, fields.from, fields.to, 0);
    }
    reader.check(fields);
    return { timeNs, name, attributes };
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
    return { traceId, spanId, attributes };
  }

  private ranged<T>(base: number, what: number, read: (from: number, to: number) => T): T[] {
    const { spans, ranges } = this.columns;
    const list: T[] = [];
    for (let i = spans[base + RANGES_FROM] ?? 0; i < (spans[base + RANGES_TO] ?? 0); i += 2) {
      const word = ranges[i] ?? 0;
      if ((word & 3) === what) list.push(read(word >>> 2, ranges[i + 1] ?? 0));
    }
    return list;
  }

  private parent(base: number, flags: number): string {
    if ((flags & BAD_PARENT_ID) !== 0) return "wrong length";
    return (flags & HAS_PARENT) === 0 ? "" : hexWords(this.columns.spans, base + PARENT_ID, 2);
  }

  raw(base: number): RawSpan {
    const { bytes, spans, ranges } = this.columns;
    const flags = spans[base + FLAGS] ?? 0;
    const reader = new AttributeReader(bytes);
    const message = textOf(bytes, spans[base + MESSAGE_FROM] ?? 0, spans[base + MESSAGE_TO] ?? 0);
    const raw = {
      traceId: (flags & BAD_TRACE_ID) === 0 ? hexWords(spans, base + TRACE_ID, 4) : "",
      spanId: (flags & BAD_SPAN_ID) === 0 ? hexWords(spans, base + SPAN_ID, 2) : "",
      parentSpanId: this.parent(base, flags),
      name: this.string(spans[base + NAME] ?? NONE),
      kind: spans[base + KIND] ?? 0,
      startNs: uint64(spans[base + START] ?? 0, spans[base + START + 1] ?? 0),
      endNs: uint64(spans[base + END] ?? 0, spans[base + END + 1] ?? 0),
      statusCode: spans[base + STATUS_CODE] ?? 0,
      statusMessage: message,
      attributes: reader.attributes(ranges, spans[base + RANGES_FROM] ?? 0, spans[base + RANGES_TO] ?? 0),
      events: this.ranged(base, EVENT, (from, to) => this.event(reader, from, to)),
      links: this.ranged(base, LINK, (from, to) => this.link(reader, from, to)),
    };
    const problem = reader.problem ?? this.group(base).problem;
    return problem === undefined ? raw : { ...raw, problem };
  }

  all(): Translation {
    const tally = new RejectTally();
    const spans = [];
    for (let row = 0; row < this.columns.count; row++) {
      const base = row * SPAN_WORDS;
      const group = this.group(base);
      const path = (): string => `${group.path}[${this.columns.spans[base + ORDINAL] ?? 0}]`;
      const span = toSpan(this.raw(base), group.raw, tally, path);
      if (span !== undefined) spans.push(span);
    }
    return { spans, rejects: tally.list() };
  }
}

/** Never all-or-nothing: spans that cannot be made are counted by code. */
export function translateOtlp(columns: OtlpColumns): Translation {
  return new Translate(columns).all();
}
