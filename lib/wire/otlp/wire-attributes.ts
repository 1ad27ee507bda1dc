/**
 * KeyValues in protobuf → typed attributes, when somebody asks for them. In: entries that columns.ts points to. Out:
 * values with their types: int64 beyond ±2^53 as bigint, bytes as base64, a value with no member set as the empty string.
 * The last of two equal keys wins. Text that is not UTF-8 has U+FFFD in it. A malformed KeyValue or one nested deeper
 * than 64 sets `problem`, and the span is rejected. Texts over the bound of cut-text.ts are cut and counted.
 */
import type { Attributes, AttributeValue } from "../../model/span.ts";
import { base64 } from "./base64.ts";
import { ATTRIBUTE } from "./columns.ts";
import { MAX_TEXT, TextCutter } from "./cut-text.ts";
import { exactInt, MAX_DEPTH } from "./json-attributes.ts";
import type { WantedKeys } from "./wanted-keys.ts";
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

type Attributable = Map<string, AttributeValue>;

export class AttributeReader {
  readonly bytes: Uint8Array;
  readonly cutter = new TextCutter();
  problem: "span_malformed" | "span_too_deep" | undefined;

  /** Only these are read of what cannot be wrong; absent: all. */
  private readonly wanted: WantedKeys | undefined;

  constructor(bytes: Uint8Array, wanted?: WantedKeys) {
    this.bytes = bytes;
    this.wanted = wanted;
  }

  text(from: number, to: number): string {
    return to - from <= MAX_TEXT ? textOf(this.bytes, from, to) : this.cutter.utf8(this.bytes, from, to);
  }

  /** No more is encoded than can be kept: four digits for three bytes. */
  private base64(from: number, to: number): string {
    return this.cutter.base64(base64(this.bytes.subarray(from, Math.min(to, from + MAX_TEXT))));
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

  /** The attributes among the entries `tape[from, to)`. */
  attributes(tape: Uint32Array, from: number, to: number): Attributes {
    const attributes: Attributable = new Map();
    const reader = this.at(0);
    for (let i = from; i < to; i++) {
      const word = tape[i] ?? 0;
      if ((word & 3) !== ATTRIBUTE) continue;
      const end = reader.enter(word >>> 2);
      this.keyValue(attributes, reader.pos, end, 0);
    }
    return attributes;
  }

  /** KeyValue { key = 1, value = 2 } */
  keyValue(into: Attributable, from: number, to: number, depth: number): void {
    if (!this.plain(into, from, to)) this.anyKeyValue(into, from, to, depth);
  }

  /** A key, then a string, all lengths below 128: what nearly every attribute is. False when it is something else. */
  private plain(into: Attributable, from: number, to: number): boolean {
    const { bytes } = this;
    const keyLength = bytes[from + 1] ?? 0x80;
    const value = from + 2 + keyLength;
    if (to - from < 6 || bytes[from] !== 0x0a || keyLength > 0x7f || to - value < 4) return false;
    const length = bytes[value + 3] ?? 0x80;
    const shape = bytes[value] === 0x12 && bytes[value + 2] === 0x0a && bytes[value + 1] === length + 2;
    if (!shape || length > 0x7d || value + 4 + length !== to) return false;
    if (this.wanted !== undefined) {
      const key = this.wanted.find(bytes, from + 2, value);
      if (key !== undefined) into.set(key, textOf(bytes, value + 4, to));
      return true;
    }
    into.set(textOf(bytes, from + 2, value), textOf(bytes, value + 4, to));
    return true;
  }

  private anyKeyValue(into: Attributable, from: number, to: number, depth: number): void {
    const reader = this.at(from);
    let key = "";
    let value: AttributeValue = "";
    while (reader.next(to)) {
      if (reader.wire !== BYTES) continue;
      if (reader.field === 1) key = this.text(reader.from, reader.to);
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
        return this.text(reader.from, reader.to);
      case 5:
        return this.nested(depth, () => this.list(reader.from, reader.to, depth + 1));
      case 6:
        return this.nested(depth, () => this.map(reader.from, reader.to, depth + 1));
      case 7:
        return { bytes: this.base64(reader.from, reader.to) };
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
    const map: Attributable = new Map();
    while (reader.next(to)) {
      if (reader.field === 1 && reader.wire === BYTES) this.keyValue(map, reader.from, reader.to, depth);
    }
    this.check(reader);
    return { map };
  }
}
