/**
 * Attribute values, events and links ⇄ bytes. In: what a span has, of every type. Out: bytes that give the same back. A
 * value is one byte of tag and what the tag asks for; equal values have equal bytes. Nesting is bounded by the readers of
 * the wire formats (64 levels), and by that here.
 */
import type { Attributes, AttributeValue, Span, SpanEvent, SpanLink } from "../../../../lib/model/span.ts";
import { parseSpanId, parseTraceId } from "../../../../lib/model/span.ts";
import { textOf } from "../../../../lib/wire/otlp/wire-text.ts";
import { type ByteSink, ByteSource, exactUtf8, textOfUtf16, utf16 } from "./bytes.ts";

export const TEXT = 0;
export const WIDE_TEXT = 1;
/** Whole numbers within ±2^53: 2n, or −2n − 1 below zero, halves as two varints would need: sign byte and size. */
export const INT = 2;
export const DOUBLE = 3;
export const TRUE = 4;
export const FALSE = 5;
export const BIG = 6;
export const BYTES = 7;
export const LIST = 8;
export const MAP = 9;
/** Negative whole numbers: their size. */
export const NEGATIVE = 10;

export function writeValue(sink: ByteSink, value: AttributeValue): void {
  if (typeof value === "string") {
    const exact = exactUtf8(value);
    sink.u8(exact === undefined ? WIDE_TEXT : TEXT);
    sink.raw(exact ?? utf16(value));
  } else if (typeof value === "number") writeNumber(sink, value);
  else if (typeof value === "boolean") sink.u8(value ? TRUE : FALSE);
  else if (typeof value === "bigint") {
    sink.u8(BIG);
    sink.text(String(value));
  } else if ("bytes" in value) {
    sink.u8(BYTES);
    sink.text(value.bytes);
  } else if (Symbol.iterator in value) {
    sink.u8(LIST);
    sink.varint(value.length);
    for (const member of value) writeSized(sink, member);
  } else {
    sink.u8(MAP);
    writeAttributes(sink, value.map);
  }
}

function writeNumber(sink: ByteSink, value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    sink.u8(DOUBLE);
    sink.f64(value);
  } else {
    sink.u8(value < 0 ? NEGATIVE : INT);
    sink.varint(Math.abs(value));
  }
}

/** Inside another value a value needs its length: text has no end of its own. */
function writeSized(sink: ByteSink, value: AttributeValue): void {
  const at = sink.length;
  sink.u32(0);
  writeValue(sink, value);
  const length = sink.length - at - 4;
  new DataView(sink.bytes.buffer).setUint32(at, length, true);
}

export function writeAttributes(sink: ByteSink, attributes: Attributes): void {
  sink.varint(attributes.size);
  for (const [key, value] of attributes) {
    sink.text(key);
    writeSized(sink, value);
  }
}

export function readValue(bytes: Uint8Array): AttributeValue {
  if (bytes[0] === TEXT) return textOf(bytes, 1, bytes.length);
  const rest = bytes.subarray(1);
  switch (bytes[0]) {
    case WIDE_TEXT:
      return textOfUtf16(rest);
    case INT:
      return new ByteSource(rest).varint();
    case NEGATIVE:
      return -new ByteSource(rest).varint();
    case DOUBLE:
      return new ByteSource(rest).f64();
    case TRUE:
      return true;
    case BIG:
      return BigInt(new ByteSource(rest).text());
    case BYTES:
      return { bytes: new ByteSource(rest).text() };
    case LIST: {
      const source = new ByteSource(rest);
      return Array.from({ length: source.varint() }, () => readValue(source.raw(source.u32())));
    }
    case MAP:
      return { map: readAttributes(new ByteSource(rest)) };
    default:
      return false;
  }
}

export function readAttributes(source: ByteSource): Map<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>();
  const count = source.varint();
  for (let i = 0; i < count; i++) {
    const key = source.text();
    attributes.set(key, readValue(source.raw(source.u32())));
  }
  return attributes;
}

/** Times of events are any 64 bits. */
export function writeEvents(sink: ByteSink, events: readonly SpanEvent[]): void {
  sink.varint(events.length);
  for (const { timeNs, name, attributes } of events) {
    sink.u64(BigInt.asUintN(64, timeNs));
    sink.text(name);
    writeAttributes(sink, attributes);
  }
}

export function readEvents(bytes: Uint8Array): SpanEvent[] {
  const source = new ByteSource(bytes);
  return Array.from({ length: source.varint() }, () => {
    const timeNs = source.u64();
    const name = source.text();
    return { timeNs, name, attributes: readAttributes(source) };
  });
}

export function writeLinks(sink: ByteSink, links: readonly SpanLink[]): void {
  sink.varint(links.length);
  for (const { traceId, spanId, attributes } of links) {
    sink.text(traceId);
    sink.text(spanId);
    writeAttributes(sink, attributes);
  }
}

export function readLinks(bytes: Uint8Array): SpanLink[] {
  const source = new ByteSource(bytes);
  const links: SpanLink[] = [];
  for (let left = source.varint(); left > 0; left--) {
    const traceId = parseTraceId(source.text());
    const spanId = parseSpanId(source.text());
    const attributes = readAttributes(source);
    if (traceId !== undefined && spanId !== undefined) links.push({ traceId, spanId, attributes });
  }
  return links;
}

/** What a span has that few spans have: stored as columns of its own, beside those of attributes. */
export const EXTRAS = ["message", "traceState", "shared", "events", "links"] as const;
export type Extra = (typeof EXTRAS)[number];

/** False: the span has none of it. */
export function writeExtra(sink: ByteSink, extra: Extra, span: Span): boolean {
  switch (extra) {
    case "message":
      if (span.statusMessage !== undefined) writeValue(sink, span.statusMessage);
      return span.statusMessage !== undefined;
    case "traceState":
      if (span.traceState !== undefined) writeValue(sink, span.traceState);
      return span.traceState !== undefined;
    case "shared":
      if (span.shared) sink.u8(TRUE);
      return span.shared;
    case "events":
      if (span.events.length > 0) writeEvents(sink, span.events);
      return span.events.length > 0;
    case "links":
      if (span.links.length > 0) writeLinks(sink, span.links);
      return span.links.length > 0;
  }
}
