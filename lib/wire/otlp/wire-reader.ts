/**
 * Protobuf fields one at a time (protobuf.dev, "Encoding"). In: bytes and a message's range. Out: per field its number,
 * wire type and value; 64-bit values as two words. Every read is checked against the message's end. A fault is kept
 * (code, offset) and ends the walk. Groups are refused: proto3 has none. Field numbers may be at most 29 bits.
 */
import type { WireErrorCode } from "./wire-error.ts";

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

export class WireReader {
  readonly bytes: Uint8Array;
  pos = 0;
  /** Of the field just read. */
  field = 0;
  wire = 0;
  /** Value of a varint or a fixed field. */
  low = 0;
  high = 0;
  /** Range of a length-delimited field. */
  from = 0;
  to = 0;
  fault: WireErrorCode | undefined;
  faultAt = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  fail(code: WireErrorCode, offset: number): false {
    if (this.fault === undefined) {
      this.fault = code;
      this.faultAt = offset;
    }
    return false;
  }

  /** Reads the next field of a message that ends at `end`; false at the end and on a fault. */
  next(end: number): boolean {
    if (this.fault !== undefined || this.pos >= end) return false;
    const at = this.pos;
    if (!this.varint(end)) return false;
    if (this.high !== 0 || this.low >>> 3 === 0) return this.fail("field_number_invalid", at);
    this.field = this.low >>> 3;
    this.wire = this.low & 7;
    return this.value(end, at);
  }

  private value(end: number, at: number): boolean {
    switch (this.wire) {
      case VARINT:
        return this.varint(end);
      case FIXED64:
        return this.fixed(end, 8);
      case BYTES:
        return this.delimited(end);
      case FIXED32:
        return this.fixed(end, 4);
      case 3:
      case 4:
        return this.fail("group_unsupported", at);
      default:
        return this.fail("wire_type_invalid", at);
    }
  }

  /** At most ten bytes; bits past the 64th are dropped, as every protobuf parser does. */
  varint(end: number): boolean {
    const from = this.pos;
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const at = from + i;
      if (at >= end) return this.fail("truncated", at);
      const byte = this.bytes[at] ?? 0;
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.pos = at + 1;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return true;
      }
    }
    return this.fail("varint_too_long", from);
  }

  private fixed(end: number, size: 4 | 8): boolean {
    if (size > end - this.pos) return this.fail("truncated", this.pos);
    this.low = this.word(this.pos);
    this.high = size === 8 ? this.word(this.pos + 4) : 0;
    this.pos += size;
    return true;
  }

  private delimited(end: number): boolean {
    const at = this.pos;
    if (!this.varint(end)) return false;
    if (this.high !== 0 || this.low > end - this.pos) return this.fail("truncated", at);
    this.from = this.pos;
    this.to = this.pos + this.low;
    this.pos = this.to;
    return true;
  }

  private word(at: number): number {
    const { bytes } = this;
    const [a, b, c, d] = [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** Opens the message whose length prefix is at `at` (an entry of columns.ts): its end. */
  enter(at: number): number {
    this.pos = at;
    return this.varint(this.bytes.length) && this.low <= this.bytes.length - this.pos ? this.pos + this.low : this.pos;
  }
}
