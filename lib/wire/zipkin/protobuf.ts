/**
 * Zipkin v2 protobuf (openzipkin zipkin-api `zipkin.proto`, message ListOfSpans: what Envoy sends with HTTP_PROTO, and App
 * Mesh's agent by default) → the shape of Zipkin's JSON, which json.ts translates: the two formats say the same and cannot
 * differ in meaning. In: a body. Out: one object a span: ids in hex, times in µs as text where they leave 2^53. A malformed
 * body is refused whole with a code, the byte offset and the path; nothing throws. Unknown fields, and known ones of another
 * wire type, are skipped. A message member that comes twice is merged, as protobuf says.
 * Not handled: `debug`.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { Bag } from "../otlp/json-walk.ts";
import { PROTOBUF_FAULTS, type WireError, type WireErrorCode } from "../otlp/wire-error.ts";
import { BYTES, FIXED64, VARINT, WireReader } from "../otlp/wire-reader.ts";
import { textOf } from "../otlp/wire-text.ts";

const MAX_SPANS = 1_000_000;
/** Of one body: each costs some hundred bytes of heap though it may be two bytes long. */
const MAX_PARTS = 2_000_000;

const MESSAGES: Partial<Record<WireErrorCode, string>> = {
  ...PROTOBUF_FAULTS,
  too_many_attributes: "more than 2,000,000 tags and annotations in one body",
};

/** By number, as zipkin.proto has them; what it has not is left for the translation to refuse. */
const KINDS = [undefined, "CLIENT", "SERVER", "PRODUCER", "CONSUMER"];

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hexOf({ bytes, from, to }: WireReader): string {
  let text = "";
  // An id of any other length is refused by its digits: seventeen bytes are as wrong as a million.
  const end = Math.min(to, from + 17);
  for (let at = from; at < end; at++) text += HEX[bytes[at] ?? 0] ?? "";
  return text;
}

/** A 64-bit value as a number where it is one exactly, else in decimal. */
function intOf({ low, high }: WireReader): number | string {
  return high < 0x200000 ? high * 0x1_0000_0000 + low : String((BigInt(high) << 32n) | BigInt(low));
}

function textAt({ bytes, from, to }: WireReader): string {
  return textOf(bytes, from, to);
}

function ipv4({ bytes, from, to }: WireReader): string | undefined {
  return to - from === 4 ? bytes.subarray(from, to).join(".") : undefined;
}

/** Eight groups as they are, without shortening: an address is compared, not read aloud. */
function ipv6({ bytes, from, to }: WireReader): string | undefined {
  if (to - from !== 16) return undefined;
  const groups: string[] = [];
  for (let at = from; at < to; at += 2) groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return groups.join(":");
}

interface MutableBag {
  [key: string]: unknown;
}

function readEndpoint(reader: WireReader, endpoint: MutableBag): void {
  const end = reader.to;
  reader.pos = reader.from;
  while (reader.next(end)) {
    const { field, wire } = reader;
    if (field === 1 && wire === BYTES) endpoint["serviceName"] = textAt(reader);
    else if (field === 2 && wire === BYTES) endpoint["ipv4"] = ipv4(reader);
    else if (field === 3 && wire === BYTES) endpoint["ipv6"] = ipv6(reader);
    else if (field === 4 && wire === VARINT && reader.low !== 0) endpoint["port"] = reader.low;
  }
}

function readAnnotation(reader: WireReader): Bag {
  const annotation: MutableBag = { timestamp: 0, value: "" };
  const end = reader.to;
  reader.pos = reader.from;
  while (reader.next(end)) {
    const { field, wire } = reader;
    if (field === 1 && wire === FIXED64) annotation["timestamp"] = intOf(reader);
    else if (field === 2 && wire === BYTES) annotation["value"] = textAt(reader);
  }
  return annotation;
}

function readTag(reader: WireReader): [string, string] {
  let key = "";
  let value = "";
  const end = reader.to;
  reader.pos = reader.from;
  while (reader.next(end)) {
    if (reader.wire !== BYTES) continue;
    if (reader.field === 1) key = textAt(reader);
    else if (reader.field === 2) value = textAt(reader);
  }
  return [key, value];
}

class Body {
  readonly reader: WireReader;
  readonly spans: Bag[] = [];
  private parts = 0;
  /** Of the span being read. */
  private tags: [string, string][] = [];
  private annotations: Bag[] = [];
  private local: MutableBag = {};
  private remote: MutableBag = {};

  constructor(bytes: Uint8Array) {
    this.reader = new WireReader(bytes);
  }

  read(): void {
    const { reader } = this;
    while (reader.next(reader.bytes.length)) {
      if (reader.field !== 1 || reader.wire !== BYTES) continue;
      if (this.spans.length >= MAX_SPANS) reader.fail("too_many_spans", reader.from);
      else this.span();
    }
  }

  private span(): void {
    const { reader } = this;
    const end = reader.to;
    const span: MutableBag = {};
    this.tags = [];
    this.annotations = [];
    this.local = {};
    this.remote = {};
    reader.pos = reader.from;
    while (reader.next(end)) this.member(span);
    // Own members whatever their names: a tag may be called __proto__.
    span["tags"] = Object.fromEntries(this.tags);
    span["annotations"] = this.annotations;
    span["localEndpoint"] = this.local;
    span["remoteEndpoint"] = this.remote;
    if (reader.fault === undefined) this.spans.push(span);
  }

  private member(span: MutableBag): void {
    const { reader } = this;
    const { field, wire } = reader;
    if (wire === BYTES) this.delimited(span, field);
    else if (field === 4 && wire === VARINT) span["kind"] = reader.low === 0 ? null : (KINDS[reader.low] ?? reader.low);
    else if (field === 6 && wire === FIXED64) span["timestamp"] = intOf(reader);
    else if (field === 7 && wire === VARINT) span["duration"] = intOf(reader);
    else if (field === 13 && wire === VARINT) span["shared"] = reader.low !== 0 || reader.high !== 0;
  }

  private delimited(span: MutableBag, field: number): void {
    const { reader } = this;
    const end = reader.to;
    if (field === 1) span["traceId"] = hexOf(reader);
    else if (field === 2) span["parentId"] = hexOf(reader);
    else if (field === 3) span["id"] = hexOf(reader);
    else if (field === 5) span["name"] = textAt(reader);
    else if (field === 8) readEndpoint(reader, this.local);
    else if (field === 9) readEndpoint(reader, this.remote);
    else if (field === 10 || field === 11) {
      if (++this.parts > MAX_PARTS) reader.fail("too_many_attributes", reader.from);
      else if (field === 10) this.annotations.push(readAnnotation(reader));
      else this.tags.push(readTag(reader));
    }
    if (reader.fault === undefined) reader.pos = end;
  }
}

/** Errors: the codes of `MESSAGES`. An empty body is an empty list. */
export function decodeZipkinProtobuf(bytes: Uint8Array): Result<readonly Bag[], WireError> {
  const body = new Body(bytes);
  body.read();
  const { fault, faultAt } = body.reader;
  if (fault === undefined) return ok(body.spans);
  const path = `spans[${body.spans.length}]`;
  return err({ code: fault, message: MESSAGES[fault] ?? fault, path, offset: faultAt });
}
