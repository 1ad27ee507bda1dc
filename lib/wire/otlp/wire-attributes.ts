/**
 * KeyValues in protobuf → typed attributes, when somebody asks for them. In: byte ranges that lie inside their message.
 * Out: values with their types: int64 beyond ±2^53 as bigint, bytes as base64, a value with no member set as the empty
 * string. The last of two equal keys wins. Text that is not UTF-8 has U+FFFD in it. A malformed KeyValue or one nested
 * deeper than 64 sets `problem`, and the span is rejected.
 */
import type { Attributes, AttributeValue } from "../../model/span.ts";
import { base64 } from "./base64.ts";
import { ATTRIBUTE } from "./columns.ts";
import { exactInt, MAX_DEPTH } from "./json-attributes.ts";
import { BYTES, FIXED64, VARINT, WireReader } from "./wire-reader.ts";
import { textOf } from "./wire-text.ts";

const scratch = new DataView(new ArrayBuffer(8));

function double(low: number, high: number): number {
  scratch.setUint32(0, low, true);
  scratch.setUint32(4, high, true);
  return scratch.getFloat64(0, true);
}

export function uint64(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Two's complement; a bigint only where a double would round. */
function int64(low: number, high: number): number | bigint {
  const rounded = (high | 0) * 0x100000000 + low;
  return Number.isSafeInteger(rounded) ? rounded : exactInt(BigInt.asIntN(64, uint64(low, high)));
}

export class AttributeReader {
  readonly bytes: Uint8Array;
  problem: "span_malformed" | "span_too_deep" | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  at(from: number): WireReader {
    const reader = new WireReader(this.bytes);
    reader.pos = from;
    return reader;
  }

  /** To be called when a walk has ended: a fault ends it early. */
  check(reader: WireReader): void {
    if (reader.fault !== undefined) this.problem ??= "span_malformed";
  }

  /** The attributes among `ranges[from, to)` (columns.ts). */
  attributes(ranges: Uint32Array, from: number, to: number): Attributes {
    const attributes = new Map<string, AttributeValue>();
    for (let i = from; i < to; i += 2) {
      const word = ranges[i] ?? 0;
      if ((word & 3) === ATTRIBUTE) this.keyValue(attributes, word >>> 2, ranges[i + 1] ?? 0, 0);
    }
    return attributes;
  }

  /** KeyValue { key = 1, value = 2 } */
  keyValue(into: Map<string, AttributeValue>, from: number, to: number, depth: number): void {
    const reader = this.at(from);
    let key = "";
    let value: AttributeValue = "";
    while (reader.next(to)) {
      if (reader.wire !== BYTES) continue;
      if (reader.field === 1) key = textOf(this.bytes, reader.from, reader.to);
      else if (reader.field === 2) value = this.anyValue(reader.from, reader.to, depth);
    }
    this.check(reader);
    into.set(key, value);
  }

  /** AnyValue: a oneof, of which the last member counts. */
  private anyValue(from: number, to: number, depth: number): AttributeValue {
    const reader = this.at(from);
    let value: AttributeValue = "";
    while (reader.next(to)) value = this.member(reader, depth) ?? value;
    this.check(reader);
    return value;
  }

  private member(reader: WireReader, depth: number): AttributeValue | undefined {
    const { field, wire, low, high } = reader;
    if (wire === VARINT && field === 2) return low !== 0 || high !== 0;
    if (wire === VARINT && field === 3) return int64(low, high);
    if (wire === FIXED64 && field === 4) return double(low, high);
    if (wire !== BYTES) return undefined;
    switch (field) {
      case 1:
        return textOf(this.bytes, reader.from, reader.to);
      case 5:
        return this.nested(depth, () => this.list(reader.from, reader.to, depth + 1));
      case 6:
        return this.nested(depth, () => this.map(reader.from, reader.to, depth + 1));
      case 7:
        return { bytes: base64(this.bytes.subarray(reader.from, reader.to)) };
      default:
        return undefined;
    }
  }

  private nested(depth: number, read: () => AttributeValue): AttributeValue {
    if (depth < MAX_DEPTH) return read();
    this.problem ??= "span_too_deep";
    return "";
  }

  private list(from: number, to: number, depth: number): AttributeValue {
    const reader = this.at(from);
    const values: AttributeValue[] = [];
    while (reader.next(to)) {
      if (reader.field === 1 && reader.wire === BYTES) values.push(this.anyValue(reader.from, reader.to, depth));
    }
    this.check(reader);
    return values;
  }

  private map(from: number, to: number, depth: number): AttributeValue {
    const reader = this.at(from);
    const map = new Map<string, AttributeValue>();
    while (reader.next(to)) {
      if (reader.field === 1 && reader.wire === BYTES) this.keyValue(map, reader.from, reader.to, depth);
    }
    this.check(reader);
    return { map };
  }
}
