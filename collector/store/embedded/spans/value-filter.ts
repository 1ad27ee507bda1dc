/**
 * Which values a block may have, without reading it: a filter over hashes of (key, value) in lines of 64 bytes, each with
 * its own checksum, so that one read of a line answers. In: the forms under which a comparison may ask for a value: its
 * text, and its number where it is one. Out: "no" is certain, "yes" is wrong about once in a hundred.
 */
import { crc32 } from "node:zlib";
import type { AttributeValue } from "../../../../lib/model/span.ts";
import { numeric } from "../../../../lib/query/attr-expression.ts";
import { textOfUtf8, utf8 } from "./bytes.ts";

export const LINE_BYTES = 64;
const LINE_BITS = 480;
const BITS_EACH = 12;
const TEXT_FORM = 0x5bd1e995;
const NUMBER_FORM = 0x1b873593;

/** Every byte counts: a table of values that differ in one place must not fall on one another. */
export function hashBytes(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let hash = seed ^ Math.imul(to - from, 0x9e3779b1);
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193) ^ (hash >>> 15);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

const double = new DataView(new ArrayBuffer(8));
const doubleBytes = new Uint8Array(double.buffer);

export class KeyForms {
  private readonly text: number;
  private readonly number: number;

  constructor(key: string) {
    const bytes = utf8(key);
    this.text = hashBytes(bytes, 0, bytes.length, TEXT_FORM);
    this.number = hashBytes(bytes, 0, bytes.length, NUMBER_FORM);
  }

  ofBytes(bytes: Uint8Array, from: number, to: number): number {
    return hashBytes(bytes, from, to, this.text);
  }

  ofText(text: string): number {
    const bytes = utf8(text);
    return this.ofBytes(bytes, 0, bytes.length);
  }

  /** Rounded to a double, where equal numbers stay equal. */
  ofNumber(value: number | bigint): number {
    double.setFloat64(0, Number(value) + 0);
    return hashBytes(doubleBytes, 0, 8, this.number);
  }
}

/** Bytes that a number may have: digits, signs, point, exponent. */
const IN_NUMBERS = new Uint8Array(256);
for (const char of "0123456789+-.eE") IN_NUMBERS[char.charCodeAt(0)] = 1;

/** The number that a text is wholly, as comparisons see it; most texts are told by their first byte. */
export function numberIn(bytes: Uint8Array, from: number, to: number): number | undefined {
  let value = 0;
  let digits = to > from && to - from < 16;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    if (IN_NUMBERS[byte] === 0) return undefined;
    if (byte < 0x30 || byte > 0x39) digits = false;
    value = value * 10 + byte - 0x30;
  }
  if (digits) return value;
  const found = numeric(textOfUtf8(bytes.subarray(from, to)));
  return found === undefined ? undefined : Number(found);
}

/** Calls back with every text and number that a comparison may see in a value. */
export function eachForm(value: AttributeValue, text: (text: string) => void, number: (n: number) => void): void {
  if (typeof value !== "object") {
    text(String(value));
    const found = typeof value === "string" ? numeric(value) : typeof value === "boolean" ? undefined : value;
    if (found !== undefined && !Number.isNaN(found)) number(Number(found));
  } else if ("bytes" in value) text(value.bytes);
  else if (Symbol.iterator in value) for (const member of value) eachForm(member, text, number);
}

function bitsOf(hash: number): number[] {
  const second = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) >>> 0;
  const third = Math.imul(second ^ (second >>> 13), 0x27d4eb2f) >>> 0;
  return [second & 0x3ff, (second >>> 10) & 0x3ff, (second >>> 20) & 0x3ff, third & 0x3ff, (third >>> 10) & 0x3ff].map(
    (bits) => bits % LINE_BITS,
  );
}

export function lineOf(hash: number, lines: number): number {
  return Math.floor((hash / 0x100000000) * lines);
}

/** Lines with the hashes in them; each ends in the checksum of the rest. */
export function makeFilter(hashes: Uint32Array, count: number): Uint8Array {
  const lines = Math.max(1, Math.ceil((count * BITS_EACH) / LINE_BITS));
  const bytes = new Uint8Array(lines * LINE_BYTES);
  for (let i = 0; i < count; i++) {
    const hash = hashes[i] ?? 0;
    const base = lineOf(hash, lines) * LINE_BYTES;
    const second = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) >>> 0;
    const third = Math.imul(second ^ (second >>> 13), 0x27d4eb2f) >>> 0;
    for (let k = 0; k < 5; k++) {
      const bit = (((k < 3 ? second >>> (10 * k) : third >>> (10 * (k - 3))) & 0x3ff) % LINE_BITS) >>> 0;
      bytes[base + (bit >>> 3)] = (bytes[base + (bit >>> 3)] ?? 0) | (1 << (bit & 7));
    }
  }
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    view.setUint32(at + LINE_BYTES - 4, crc32(bytes.subarray(at, at + LINE_BYTES - 4)), true);
  }
  return bytes;
}

/** Undefined: the line is damaged, and says nothing. */
export function lineHas(line: Uint8Array, hash: number): boolean | undefined {
  if (line.length !== LINE_BYTES) return undefined;
  const sum = new DataView(line.buffer, line.byteOffset).getUint32(LINE_BYTES - 4, true);
  if (sum !== crc32(line.subarray(0, LINE_BYTES - 4))) return undefined;
  return bitsOf(hash).every((bit) => ((line[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}
