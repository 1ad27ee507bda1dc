/**
 * The hot part of the OTLP reader: the spans of one ScopeSpans straight into rows of words (columns.ts). In: bytes and
 * ranges that the caller has checked. Out: rows, ranges and dictionary entries in growing scratch arrays that live as
 * long as the module, so that a body of five spans allocates nothing here; `Rows.take` copies out what was filled.
 * Every field is checked with `n > end - p` before it is read. Not re-entrant, and nothing in it yields.
 */
import {
  ATTRIBUTE,
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
  PARENT_ID,
  RANGES_FROM,
  RANGES_TO,
  RESOURCE,
  SCOPE,
  SERVICE,
  SPAN_ID,
  SPAN_WORDS,
  START,
  STATUS_CODE,
  TRACE_ID,
} from "./columns.ts";
import type { WireErrorCode } from "./wire-error.ts";
import { BYTES, FIXED64, VARINT, WireReader } from "./wire-reader.ts";

/** A span cannot be had in fewer than 40 bytes; bodies made of empty messages stop here. */
const MAX_SPANS = 500_000;
const MAX_RANGE_WORDS = 8_000_000;
/** Scratch above this is let go after the body that needed it. */
const KEEP_WORDS = 1 << 20;
const MAX_PROBES = 16;
const SLOTS = 4096;

/** Strings by their bytes: open addressing; a slot is valid when its stamp is the current body's. */
class Dictionary {
  private readonly slots = new Uint32Array(SLOTS);
  private readonly stamps = new Uint32Array(SLOTS);
  private epoch = 0;
  entries = new Uint32Array(512);
  count = 0;

  reset(): void {
    this.count = 0;
    this.epoch += 1;
    if (this.entries.length > KEEP_WORDS) this.entries = new Uint32Array(512);
    if (this.epoch < NONE) return;
    this.stamps.fill(0);
    this.epoch = 1;
  }

  /**
   * Id of the string at [from, to). After 16 probes a string gets an id of its own, so that chosen collisions, or more
   * strings than slots, cost ids and not time.
   */
  id(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5 ^ (to - from);
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    hash ^= hash >>> 15;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1);
      if (this.stamps[slot] !== this.epoch) {
        this.stamps[slot] = this.epoch;
        this.slots[slot] = this.count;
        break;
      }
      const id = this.slots[slot] ?? 0;
      if (this.equals(bytes, id, from, to)) return id;
    }
    return this.add(from, to);
  }

  private equals(bytes: Uint8Array, id: number, from: number, to: number): boolean {
    const start = this.entries[id * 2] ?? 0;
    if ((this.entries[id * 2 + 1] ?? 0) - start !== to - from) return false;
    for (let i = 0; i < to - from; i++) if (bytes[start + i] !== bytes[from + i]) return false;
    return true;
  }

  private add(from: number, to: number): number {
    const id = this.count;
    if (id * 2 + 2 > this.entries.length) this.grow();
    this.entries[id * 2] = from;
    this.entries[id * 2 + 1] = to;
    this.count = id + 1;
    return id;
  }

  private grow(): void {
    const larger = new Uint32Array(this.entries.length * 2);
    larger.set(this.entries);
    this.entries = larger;
  }
}

function copied(words: Uint32Array, length: number): Uint32Array {
  return words.slice(0, length);
}

/** Scratch of one decode at a time. */
class Rows {
  spans = new Uint32Array(512 * SPAN_WORDS);
  count = 0;
  ranges = new Uint32Array(512 * 48);
  rangeWords = 0;
  readonly dictionary = new Dictionary();
  fault: WireErrorCode | undefined;
  faultAt = 0;

  reset(): void {
    this.count = 0;
    this.rangeWords = 0;
    this.fault = undefined;
    this.dictionary.reset();
    if (this.spans.length > KEEP_WORDS) this.spans = new Uint32Array(512 * SPAN_WORDS);
    if (this.ranges.length > KEEP_WORDS) this.ranges = new Uint32Array(512 * 48);
  }

  fail(code: WireErrorCode, offset: number): -1 {
    this.fault ??= code;
    this.faultAt = offset;
    return -1;
  }

  /** First word of a new, zeroed row; -1 past the limit. */
  open(): number {
    const base = this.count * SPAN_WORDS;
    if (this.count >= MAX_SPANS) return -1;
    if (base + SPAN_WORDS > this.spans.length) {
      const larger = new Uint32Array(this.spans.length * 2);
      larger.set(this.spans);
      this.spans = larger;
    }
    this.count += 1;
    this.spans.fill(0, base, base + SPAN_WORDS);
    return base;
  }

  /** False past the limit. */
  range(what: number, from: number, to: number): boolean {
    const at = this.rangeWords;
    if (at + 2 > this.ranges.length) {
      if (at >= MAX_RANGE_WORDS) return false;
      const larger = new Uint32Array(this.ranges.length * 2);
      larger.set(this.ranges);
      this.ranges = larger;
    }
    this.ranges[at] = from * 4 + what;
    this.ranges[at + 1] = to;
    this.rangeWords = at + 2;
    return true;
  }

  take(): { count: number; spans: Uint32Array; ranges: Uint32Array; strings: Uint32Array } {
    return {
      count: this.count,
      spans: copied(this.spans, this.count * SPAN_WORDS),
      ranges: copied(this.ranges, this.rangeWords),
      strings: copied(this.dictionary.entries, this.dictionary.count * 2),
    };
  }
}

export const rows = new Rows();

function bigEndian(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

function littleEndian(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

/** Status { message = 2, code = 3 }; nearly always empty or a code alone. */
function status(bytes: Uint8Array, from: number, to: number, base: number): boolean {
  const { spans } = rows;
  if (to - from === 2 && bytes[from] === 0x18 && (bytes[from + 1] ?? 0x80) < 0x80) {
    spans[base + STATUS_CODE] = bytes[from + 1] ?? 0;
    return true;
  }
  const reader = new WireReader(bytes);
  reader.pos = from;
  while (reader.next(to)) {
    if (reader.field === 2 && reader.wire === BYTES) {
      spans[base + MESSAGE_FROM] = reader.from;
      spans[base + MESSAGE_TO] = reader.to;
    } else if (reader.field === 3 && reader.wire === VARINT) spans[base + STATUS_CODE] = reader.low;
  }
  if (reader.fault === undefined) return true;
  rows.fail(reader.fault, reader.faultAt);
  return false;
}

/** Where `general` stopped. */
let generalEnd = 0;

/** Any field the fast path does not know: long tags, other wire types, numbers above 15. False on a fault. */
function general(bytes: Uint8Array, at: number, end: number, base: number): boolean {
  const reader = new WireReader(bytes);
  reader.pos = at;
  if (!reader.next(end)) {
    rows.fail(reader.fault ?? "truncated", reader.faultAt);
    return false;
  }
  if (reader.field === 6 && reader.wire === VARINT) rows.spans[base + KIND] = reader.low;
  const time = reader.field === 7 ? START : reader.field === 8 ? END : -1;
  if (time > 0 && reader.wire === FIXED64) {
    rows.spans[base + time] = reader.low;
    rows.spans[base + time + 1] = reader.high;
  }
  generalEnd = reader.pos;
  return reader.wire !== BYTES || delimited(bytes, reader.field, reader.from, reader.to, base);
}

/** Words of an id into a row; `bad` in the flags when its length is another. */
function id(bytes: Uint8Array, from: number, to: number, base: number, field: number): void {
  const { spans } = rows;
  const length = to - from;
  if (field === 1) {
    if (length === 16) {
      for (let w = 0; w < 4; w++) spans[base + TRACE_ID + w] = bigEndian(bytes, from + w * 4);
      spans[base + FLAGS] = (spans[base + FLAGS] ?? 0) & ~BAD_TRACE_ID;
    } else spans[base + FLAGS] = (spans[base + FLAGS] ?? 0) | BAD_TRACE_ID;
    return;
  }
  const into = base + (field === 2 ? SPAN_ID : PARENT_ID);
  const bad = field === 2 ? BAD_SPAN_ID : BAD_PARENT_ID;
  const good = field === 2 ? 0 : HAS_PARENT;
  const flags = (spans[base + FLAGS] ?? 0) & ~(bad | good);
  if (length === 8) {
    spans[into] = bigEndian(bytes, from);
    spans[into + 1] = bigEndian(bytes, from + 4);
    spans[base + FLAGS] = flags | good;
  } else spans[base + FLAGS] = field === 4 && length === 0 ? flags : flags | bad;
}

/** A length-delimited field of Span whose range [from, to) is inside the span. False on a fault. */
function delimited(bytes: Uint8Array, field: number, from: number, to: number, base: number): boolean {
  let kept = true;
  switch (field) {
    case 1:
    case 2:
    case 4:
      id(bytes, from, to, base, field);
      break;
    case 5:
      rows.spans[base + NAME] = rows.dictionary.id(bytes, from, to);
      break;
    case 9:
      kept = rows.range(ATTRIBUTE, from, to);
      break;
    case 11:
      kept = rows.range(EVENT, from, to);
      break;
    case 13:
      kept = rows.range(LINK, from, to);
      break;
    case 15:
      return to === from || status(bytes, from, to, base);
  }
  if (!kept) rows.fail("too_many_attributes", from);
  return kept;
}

export interface SpanPlace {
  readonly resource: number;
  readonly scope: number;
  /** Dictionary id of the resource's service name, or NONE. */
  readonly service: number;
}

/**
 * Reads the Span message in [from, end) into a new row. False on a fault, which is then in `rows`.
 * A field that comes again overwrites; a field of the wrong wire type is skipped as unknown.
 */
export function readSpan(bytes: Uint8Array, from: number, end: number, place: SpanPlace, ordinal: number): boolean {
  const base = rows.open();
  if (base < 0) {
    rows.fail("too_many_spans", from);
    return false;
  }
  const { spans } = rows;
  spans[base + NAME] = NONE;
  spans[base + SERVICE] = place.service;
  spans[base + RESOURCE] = place.resource;
  spans[base + SCOPE] = place.scope;
  spans[base + ORDINAL] = ordinal;
  spans[base + FLAGS] = BAD_TRACE_ID | BAD_SPAN_ID;
  spans[base + RANGES_FROM] = rows.rangeWords;
  let p = from;
  while (p < end) {
    const at = p;
    const tag = bytes[p] ?? 0;
    p += 1;
    if ((tag & 0x87) === BYTES && tag > 7) {
      // Length-delimited, field 1 to 15: one byte of length, or two, or else the general reader.
      let length = p < end ? (bytes[p] ?? 0) : 0xff;
      p += 1;
      if (length > 0x7f) {
        const second = p < end ? (bytes[p] ?? 0) : 0xff;
        p += 1;
        length = second > 0x7f ? -1 : (length & 0x7f) | (second << 7);
      }
      if (length >= 0) {
        if (length > end - p) {
          rows.fail("truncated", at);
          return false;
        }
        if (tag === 0x4a) {
          if (!rows.range(ATTRIBUTE, p, p + length)) {
            rows.fail("too_many_attributes", p);
            return false;
          }
        } else if (!delimited(bytes, tag >>> 3, p, p + length, base)) return false;
        p += length;
        continue;
      }
    } else if ((tag === 0x39 || tag === 0x41) && end - p >= 8) {
      const into = base + (tag === 0x39 ? START : END);
      spans[into] = littleEndian(bytes, p);
      spans[into + 1] = littleEndian(bytes, p + 4);
      p += 8;
      continue;
    } else if (tag === 0x30 && p < end && (bytes[p] ?? 0x80) < 0x80) {
      spans[base + KIND] = bytes[p] ?? 0;
      p += 1;
      continue;
    }
    if (!general(bytes, at, end, base)) return false;
    p = generalEnd;
  }
  spans[base + RANGES_TO] = rows.rangeWords;
  return true;
}
