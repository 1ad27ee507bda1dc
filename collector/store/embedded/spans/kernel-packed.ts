/**
 * Whole numbers below 2^32 in as many bits as the largest needs, after the smallest is taken off. In: a typed array; out:
 * bytes, and a reader that gets any one of them, or all.
 */
import type { ByteSink, ByteSource } from "./bytes.ts";

/** A read of four bytes and one more may reach behind the last number. */
const PADDING = 8;

function bitsOf(value: number): number {
  return value === 0 ? 0 : 32 - Math.clz32(value);
}

function packBits(values: Uint32Array, count: number, least: number, width: number): Uint8Array {
  const out = new Uint8Array(Math.ceil((count * width) / 8) + PADDING);
  const view = new DataView(out.buffer);
  if (width === 32) {
    for (let i = 0; i < count; i++) view.setUint32(i * 4, (values[i] ?? 0) - least, true);
    return out;
  }
  let word = 0;
  let used = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const value = (values[i] ?? 0) - least;
    word |= value << used;
    used += width;
    if (used < 32) continue;
    view.setUint32(at, word >>> 0, true);
    at += 4;
    used -= 32;
    // A shift by 32 is none at all.
    word = used === 0 ? 0 : value >>> (width - used);
  }
  if (used > 0) view.setUint32(at, word >>> 0, true);
  return out;
}

/** Count, least, width in bits, then the numbers. */
export function writePacked(sink: ByteSink, values: Uint32Array, count: number): void {
  let least = count === 0 ? 0 : 0xffffffff;
  let most = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? 0;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const width = bitsOf((most - least) >>> 0);
  sink.varint(count);
  sink.varint(least);
  sink.u8(width);
  if (width > 0) sink.raw(packBits(values, count, least, width));
}

export class PackedInts {
  readonly count: number;
  readonly least: number;
  private readonly width: number;
  private readonly view: DataView;

  constructor(source: ByteSource) {
    this.count = source.varint();
    this.least = source.varint();
    this.width = source.u8();
    const length = this.width === 0 ? 0 : Math.ceil((this.count * this.width) / 8) + PADDING;
    const bytes = source.raw(length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  at(i: number): number {
    const { width, view, least } = this;
    if (width === 0) return least;
    const bit = i * width;
    const byte = bit >>> 3;
    const shift = bit & 7;
    if (byte + 5 > view.byteLength) return least;
    let value = view.getUint32(byte, true) >>> shift;
    if (shift + width > 32) value |= view.getUint8(byte + 4) << (32 - shift);
    return least + (width === 32 ? value >>> 0 : (value & ((1 << width) - 1)) >>> 0);
  }

  /** All of them. */
  all(): Uint32Array {
    const out = new Uint32Array(this.count);
    this.into(out);
    return out;
  }

  /** All of them, from the start of an array that has room. */
  into(out: Uint32Array): void {
    const { width, view, least, count } = this;
    if (width === 0) out.fill(least, 0, count);
    else if (width === 8) for (let i = 0; i < count; i++) out[i] = least + view.getUint8(i);
    else if (width === 16) for (let i = 0; i < count; i++) out[i] = least + view.getUint16(i * 2, true);
    else if (width === 32) for (let i = 0; i < count; i++) out[i] = least + view.getUint32(i * 4, true);
    else if (width <= 25 && Math.ceil((count * width) / 8) + 4 <= view.byteLength) {
      // Any shift and width up to 25 lie within four bytes.
      const mask = (1 << width) - 1;
      for (let i = 0, bit = 0; i < count; i++, bit += width)
        out[i] = least + ((view.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask);
    } else for (let i = 0; i < count; i++) out[i] = this.at(i);
  }

  weight(): number {
    return this.view.byteLength + 64;
  }
}
