/**
 * Columns (otlp/columns.ts) from whoever reads another format than protobuf. In: spans, scopes and resources in turn, texts
 * as a scan found them. Out: a tape, over bytes that are written here: attributes and events stand there as protobuf has
 * them, so that whoever reads columns need not know where they came from. One buffer and one tape, written over by the
 * next body: what was read is to be used up before, or the reader to be another one.
 */
import {
  ATTRIBUTE,
  END,
  EVENT,
  FLAGS,
  KIND,
  MESSAGE_FROM,
  MESSAGE_TO,
  NAME,
  NONE,
  ORDINAL,
  type OtlpColumns,
  RESOURCE,
  RESOURCE_ORDINAL,
  RESOURCE_RECORD,
  RESOURCE_SERVICE,
  RESOURCE_WORDS,
  SCOPE,
  SCOPE_ORDINAL,
  SCOPE_RECORD,
  SCOPE_WORDS,
  SERVICE,
  SPAN_RECORD,
  SPAN_WORDS,
  START,
  STATUS_CODE,
} from "../otlp/columns.ts";
import { Dictionary } from "../otlp/kernel-dictionary.ts";
import { ESCAPES, HEX_VALUES, type JsonScan } from "./kernel-json-scan.ts";

/** Kept for the next body. */
const KEEP_BYTES = 4 * 1024 * 1024;
const KEEP_WORDS = 1024 * 1024;
const FIRST_BYTES = 1 << 16;
const FIRST_WORDS = 1 << 14;
/** One byte of length says no more. */
const ONE_BYTE = 0x7f;
const TWO_32 = 2 ** 32;

/** Bytes of a number as a varint. */
const varintBytes = (value: number): number => (value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4);

export class ColumnsWriter {
  bytes = new Uint8Array(FIRST_BYTES);
  length = 0;
  tape = new Uint32Array(FIRST_WORDS);
  top = 0;
  private view = new DataView(this.bytes.buffer);
  private readonly dictionary = new Dictionary();
  private spans = 0;
  private scopes = 0;
  private resources = 0;
  /** Of the attribute at hand: where its entry begins, and the bytes of its key. */
  private entry = 0;
  private keyBytes = 0;

  open(): void {
    if (this.bytes.length > KEEP_BYTES) this.grow(FIRST_BYTES, 0);
    if (this.tape.length > KEEP_WORDS) this.tape = new Uint32Array(FIRST_WORDS);
    [this.length, this.top, this.spans, this.scopes, this.resources] = [0, 0, 0, 0, 0];
    this.dictionary.reset();
  }

  private grow(size: number, kept: number): void {
    const larger = new Uint8Array(size);
    larger.set(this.bytes.subarray(0, kept));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** Makes room for so many bytes more. */
  room(bytes: number): void {
    const needed = this.length + bytes;
    if (needed > this.bytes.length) this.grow(Math.max(needed, this.bytes.length * 2), this.length);
  }

  private words(count: number): void {
    if (this.top + count <= this.tape.length) return;
    const larger = new Uint32Array(Math.max(this.top + count, this.tape.length * 2));
    larger.set(this.tape.subarray(0, this.top));
    this.tape = larger;
  }

  /** A new resource; its attributes follow. */
  resource(): number {
    this.words(RESOURCE_WORDS);
    const base = this.top;
    this.top += RESOURCE_WORDS;
    this.tape[base + RESOURCE_SERVICE] = NONE;
    this.tape[base + RESOURCE_ORDINAL] = this.resources++;
    this.scopes = 0;
    return base;
  }

  endResource(base: number): void {
    this.tape[base] = (this.top - base) * 4 + RESOURCE_RECORD;
  }

  scope(): number {
    this.words(SCOPE_WORDS);
    const base = this.top;
    this.tape.fill(0, base, base + SCOPE_WORDS);
    this.tape[base] = SCOPE_WORDS * 4 + SCOPE_RECORD;
    this.tape[base + SCOPE_ORDINAL] = this.scopes++;
    this.top += SCOPE_WORDS;
    return base;
  }

  /** A new span; its attributes and events follow. */
  span(ordinal: number): number {
    this.words(SPAN_WORDS);
    const base = this.top;
    this.tape.fill(0, base, base + SPAN_WORDS);
    this.tape[base + NAME] = NONE;
    this.tape[base + SERVICE] = NONE;
    this.tape[base + ORDINAL] = ordinal;
    this.top += SPAN_WORDS;
    this.spans++;
    return base;
  }

  endSpan(base: number): void {
    this.tape[base] = (this.top - base) * 4 + SPAN_RECORD;
  }

  /** What the span shares with others. */
  belongs(base: number, resource: number, scope: number, service: number): void {
    this.tape[base + RESOURCE] = resource;
    this.tape[base + SCOPE] = scope;
    this.tape[base + SERVICE] = service;
  }

  outcome(base: number, kind: number, status: number, flags: number): void {
    this.tape[base + KIND] = kind;
    this.tape[base + STATUS_CODE] = status;
    this.tape[base + FLAGS] = flags;
  }

  message(base: number, from: number, to: number): void {
    this.tape[base + MESSAGE_FROM] = from;
    this.tape[base + MESSAGE_TO] = to;
  }

  /** The string read last as hex digits into `words` words of the tape from `into` on, padded on the left. */
  hex({ bytes, from, to }: JsonScan, into: number, words: number): boolean {
    const digits = to - from;
    if (digits < 1 || digits > words * 8) return false;
    let word = 0;
    for (let left = digits; left > 0; left--) {
      const value = HEX_VALUES[bytes[to - left] ?? 0] ?? -1;
      if (value < 0) return false;
      word = (word << 4) | value;
      if ((left & 7) !== 1) continue;
      this.tape[into + words - 1 - (left >>> 3)] = word;
      word = 0;
    }
    return true;
  }

  isZero(at: number, words: number): boolean {
    for (let i = 0; i < words; i++) if (this.tape[at + i] !== 0) return false;
    return true;
  }

  /** The digits read last, of an integer from 0 up, into two words. False: they have a sign, or are 20 or more. */
  digits64({ bytes, from, to }: JsonScan, into: number): boolean {
    if (bytes[from] === 0x2d || to - from > 19) return false;
    const split = Math.max(from, to - 9);
    const number = (first: number, last: number): number => {
      let value = 0;
      for (let i = first; i < last; i++) value = value * 10 + (bytes[i] ?? 0) - 0x30;
      return value;
    };
    // Billions in two parts, so that no product leaves 2^53.
    const billions = number(from, split);
    const upper = Math.floor(billions / 65_536) * 1e9;
    const lower = (billions % 65_536) * 1e9 + number(split, to);
    const low = (upper % 65_536) * 65_536 + (lower % TWO_32);
    this.tape[into] = low % TWO_32;
    this.tape[into + 1] = Math.floor(upper / 65_536) + Math.floor(lower / TWO_32) + Math.floor(low / TWO_32);
    return true;
  }

  /** Unix µs up to 2^53, as ns in two words. */
  times(base: number, startUs: number, endUs: number): void {
    this.nanos(base + START, startUs);
    this.nanos(base + END, endUs);
  }

  /** Two words of the tape that are nobody's yet. */
  scratch(): number {
    this.words(2);
    return this.top;
  }

  nanos(at: number, us: number): void {
    const high = Math.floor(us / TWO_32);
    const low = (us - high * TWO_32) * 1000;
    const carry = Math.floor(low / TWO_32);
    this.tape[at] = low - carry * TWO_32;
    this.tape[at + 1] = high * 1000 + carry;
  }

  /** Id of the text that stands in `bytes[from, to)` here. */
  id(from: number, to: number): number {
    return this.dictionary.id(this.view, from, to);
  }

  /** The string read last, without its escapes: the bytes that it takes here. */
  text(scan: JsonScan): number {
    const begin = this.length;
    this.room(scan.to - scan.from);
    if (scan.escaped) this.unescaped(scan);
    else this.copy(scan.bytes, scan.from, scan.to);
    return this.length - begin;
  }

  /** There is room. */
  copy(source: Uint8Array, from: number, to: number): void {
    const { bytes } = this;
    let at = this.length;
    if (to - from > 200) {
      bytes.set(source.subarray(from, to), at);
      at += to - from;
    } else for (let i = from; i < to; i++) bytes[at++] = source[i] ?? 0;
    this.length = at;
  }

  /** An escape is longer than what it stands for. */
  private unescaped({ bytes: source, from, to }: JsonScan): void {
    const { bytes } = this;
    let at = this.length;
    for (let i = from; i < to; i++) {
      const byte = source[i] ?? 0;
      if (byte !== 0x5c) {
        bytes[at++] = byte;
        continue;
      }
      const letter = source[++i] ?? 0;
      if (letter !== 0x75) {
        bytes[at++] = ESCAPES[letter] ?? 0;
        continue;
      }
      let unit = 0;
      for (let digit = 1; digit <= 4; digit++) unit = unit * 16 + (HEX_VALUES[source[i + digit] ?? 0] ?? 0);
      i += 4;
      if (unit < 0x80) bytes[at++] = unit;
      else {
        if (unit < 0x800) bytes[at++] = 0xc0 | (unit >>> 6);
        else {
          bytes[at++] = 0xe0 | (unit >>> 12);
          bytes[at++] = 0x80 | ((unit >>> 6) & 0x3f);
        }
        bytes[at++] = 0x80 | (unit & 0x3f);
      }
    }
    this.length = at;
  }

  /** Begins an attribute with a key of under 128 bytes; its value follows. */
  key(source: Uint8Array, from: number, to: number): void {
    this.room(to - from + 16);
    this.entry = this.length;
    this.keyBytes = to - from;
    this.bytes[this.length + 1] = 0x0a;
    this.bytes[this.length + 2] = to - from;
    this.length += 3;
    this.copy(source, from, to);
    // Tags and lengths of the value, each of one byte; `stringValue` makes room where they are longer.
    this.length += 4;
  }

  /** The value of the attribute begun last is the text from here on. Where it stands. */
  stringValue(bytes: number): number {
    const { entry, keyBytes } = this;
    const value = bytes + 2;
    const whole = keyBytes + value + 4;
    const at = entry + 3 + keyBytes;
    if (whole > ONE_BYTE) return this.longValue(bytes);
    this.bytes[entry] = whole;
    this.bytes[at] = 0x12;
    this.bytes[at + 1] = value;
    this.bytes[at + 2] = 0x0a;
    this.bytes[at + 3] = bytes;
    this.entered(ATTRIBUTE);
    return at + 4;
  }

  /** The same where a length takes more than a byte: what was written moves on. */
  private longValue(text: number): number {
    const { entry, keyBytes } = this;
    const value = 1 + varintBytes(text) + text;
    const whole = 2 + keyBytes + 1 + varintBytes(value) + value;
    const keyMoves = varintBytes(whole) - 1;
    const textMoves = keyMoves + varintBytes(value) - 1 + varintBytes(text) - 1;
    this.room(textMoves);
    const at = entry + 3 + keyBytes;
    this.bytes.copyWithin(at + 4 + textMoves, at + 4, at + 4 + text);
    this.bytes.copyWithin(entry + 1 + keyMoves, entry + 1, at);
    this.varint(entry, whole);
    const valueAt = at + keyMoves;
    this.bytes[valueAt] = 0x12;
    const tag = this.varint(valueAt + 1, value);
    this.bytes[tag] = 0x0a;
    const textAt = this.varint(tag + 1, text);
    this.length = textAt + text;
    this.entered(ATTRIBUTE);
    return textAt;
  }

  private varint(at: number, value: number): number {
    let place = at;
    let left = value;
    for (; left > ONE_BYTE; left >>>= 7) this.bytes[place++] = (left & ONE_BYTE) | 0x80;
    this.bytes[place++] = left;
    return place;
  }

  /** The value of the attribute begun last is a number, as a varint of 64 bits in two's complement. |value| up to 2^53. */
  intValue(value: number): void {
    this.number(0x18);
    let low = value >>> 0;
    let high = Math.floor(value / TWO_32) >>> 0;
    for (; high > 0 || low > ONE_BYTE; high >>>= 7) {
      this.bytes[this.length++] = (low & ONE_BYTE) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
    }
    this.bytes[this.length++] = low;
    this.numberEnds();
  }

  boolValue(value: boolean): void {
    this.number(0x10);
    this.bytes[this.length++] = value ? 1 : 0;
    this.numberEnds();
  }

  doubleValue(value: number): void {
    this.number(0x21);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
    this.numberEnds();
  }

  private number(tag: number): void {
    this.room(16);
    // Less the length of a text, for which the key left room.
    this.length -= 1;
    const at = this.entry + 3 + this.keyBytes;
    this.bytes[at] = 0x12;
    this.bytes[at + 2] = tag;
  }

  private numberEnds(): void {
    const at = this.entry + 3 + this.keyBytes;
    const whole = this.length - this.entry - 1;
    this.bytes[at + 1] = this.length - at - 2;
    if (whole > ONE_BYTE) {
      this.room(1);
      this.bytes.copyWithin(this.entry + 2, this.entry + 1, this.length);
      this.length += 1;
    }
    this.varint(this.entry, whole);
    this.entered(ATTRIBUTE);
  }

  private entered(what: number): void {
    this.words(1);
    this.tape[this.top++] = this.entry * 4 + what;
  }

  /** An event without attributes: Unix ns in two words, and the string read last. */
  event(low: number, high: number, scan: JsonScan): void {
    const most = scan.to - scan.from;
    this.room(most + 32);
    this.entry = this.length;
    // Its own length in four bytes, whatever it is: a varint may be longer than it needs to be.
    const body = this.entry + 4;
    this.bytes[body] = 0x09;
    this.view.setUint32(body + 1, low, true);
    this.view.setUint32(body + 5, high, true);
    this.bytes[body + 9] = 0x12;
    this.length = body + 14;
    const text = this.text(scan);
    this.padded(body + 10, text);
    this.padded(this.entry, this.length - body);
    this.entered(EVENT);
  }

  /** A varint of four bytes. */
  private padded(at: number, value: number): void {
    for (let i = 0; i < 3; i++) this.bytes[at + i] = ((value >>> (7 * i)) & ONE_BYTE) | 0x80;
    this.bytes[at + 3] = (value >>> 21) & ONE_BYTE;
  }

  /** All that was written, with the texts behind it. */
  columns(): OtlpColumns {
    const { entries, count } = this.dictionary;
    this.words(count * 2);
    const stringsAt = this.top;
    for (let i = 0; i < count * 2; i++) this.tape[stringsAt + i] = entries[i] ?? 0;
    const bytes = this.bytes.subarray(0, this.length);
    return { bytes, count: this.spans, tape: this.tape, origin: 0, stringsAt };
  }
}
