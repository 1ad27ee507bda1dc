/**
 * JSON by its bytes, token by token, where nothing needs an object. In: a body. Out: strings as ranges of it, whole numbers,
 * words. It knows less than JSON: whatever it does not take (`false`, −1) may still be good, and whoever asks then parses
 * the body whole. What it takes `JSON.parse` takes too, and reads the same.
 */
import type { WantedKeys } from "../otlp/wanted-keys.ts";

const NOTHING = new Uint8Array(0);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const LETTER_N = 0x6e;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const MAX_DIGITS = 16;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
/** Of a number that is worth reading here. */
const MAX_NUMBER = 40;

const strict = new TextDecoder("utf-8", { fatal: true });

/** Of a hex digit its value; −1 of any other byte. */
export const HEX_VALUES = Int8Array.from({ length: 256 }, (_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? -1 : value;
});

/** What a letter behind a backslash stands for; 0: for nothing, or for more than itself. */
export const ESCAPES = new Uint8Array(256);
for (const [letter, meant] of ['""', "\\\\", "//", "b\b", "f\f", "n\n", "r\r", "t\t"]) {
  ESCAPES[(letter ?? "").charCodeAt(0)] = (meant ?? "").charCodeAt(0);
}

export class JsonScan {
  bytes: Uint8Array = NOTHING;
  at = 0;
  /** What stands between the quotes of the string read last, and whether a backslash does. */
  from = 0;
  to = 0;
  escaped = false;
  private isUtf8 = false;

  open(body: Uint8Array): void {
    // A Buffer is a class of its own, and two classes in one loop are slower than one.
    const isPlain = body.constructor === Uint8Array;
    this.bytes = isPlain ? body : new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    this.at = 0;
    this.isUtf8 = false;
  }

  /** Nobody may hold on to a caller's bytes. */
  close(): void {
    this.bytes = NOTHING;
  }

  /** The next byte that is no blank, which is not read by this; −1 at the end. */
  next(): number {
    const { bytes } = this;
    for (;;) {
      const byte = bytes[this.at] ?? -1;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at++;
    }
  }

  eat(byte: number): boolean {
    if (this.next() !== byte) return false;
    this.at++;
    return true;
  }

  /** A word such as `null`. */
  word(text: string): boolean {
    this.next();
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text.charCodeAt(i)) return false;
    this.at += text.length;
    return true;
  }

  list(read: (ordinal: number) => boolean): boolean {
    if (!this.eat(OPEN_LIST)) return false;
    if (this.eat(CLOSE_LIST)) return true;
    let ordinal = 0;
    do if (!read(ordinal++)) return false;
    while (this.eat(COMMA));
    return this.eat(CLOSE_LIST);
  }

  /** Members one after another, those of `known` alone and each once: `read` has the place among them. Null means absent. */
  object(known: WantedKeys, read: (member: number) => boolean): boolean {
    if (!this.eat(OPEN)) return false;
    if (this.eat(CLOSE)) return true;
    let seen = 0;
    do {
      if (!this.string()) return false;
      const member = known.place(this.bytes, this.from, this.to);
      if (member < 0 || (seen & (1 << member)) !== 0 || !this.eat(COLON)) return false;
      seen |= 1 << member;
      if (this.next() === LETTER_N ? !this.word("null") : !read(member)) return false;
    } while (this.eat(COMMA));
    return this.eat(CLOSE);
  }

  string(): boolean {
    if (this.next() !== QUOTE) return false;
    const { bytes } = this;
    this.escaped = false;
    let at = this.at + 1;
    this.from = at;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) break;
      if (byte < 0x20) return false;
      if (byte === BACKSLASH) {
        at = this.escape(at);
        if (at < 0) return false;
      } else {
        if (byte > 0x7f && !this.isText()) return false;
        at++;
      }
    }
    this.to = at;
    this.at = at + 1;
    return true;
  }

  /** Behind the escape that begins at `at`; −1: it is none, or half of a pair of surrogates. */
  private escape(at: number): number {
    const { bytes } = this;
    this.escaped = true;
    const letter = bytes[at + 1] ?? 0;
    if (ESCAPES[letter] !== 0) return at + 2;
    if (letter !== 0x75) return -1;
    const unit = this.unit(at + 2);
    return unit < 0 || (unit >= 0xd800 && unit < 0xe000) ? -1 : at + 6;
  }

  /** Four hex digits; −1: they are none. */
  unit(at: number): number {
    let unit = 0;
    for (let i = at; i < at + 4; i++) {
      const digit = HEX_VALUES[this.bytes[i] ?? 0] ?? -1;
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    return unit;
  }

  /** Looked at once a body, and only where there is more than ASCII. */
  private isText(): boolean {
    if (this.isUtf8) return true;
    try {
      strict.decode(this.bytes);
      this.isUtf8 = true;
    } catch {
      return false;
    }
    return true;
  }

  /** From 0 to 2^53, without sign, fraction or exponent, and where its digits stand; else −1. */
  integer(): number {
    this.next();
    const { bytes } = this;
    let value = 0;
    let at = this.at;
    this.from = at;
    for (; at - this.from <= MAX_DIGITS; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const after = bytes[at] ?? 0;
    const length = at - this.from;
    const isMore = after === 0x2e || (after | 0x20) === 0x65;
    if (length === 0 || length > MAX_DIGITS || isMore || value > Number.MAX_SAFE_INTEGER) return -1;
    if (length > 1 && bytes[this.from] === ZERO) return -1;
    this.to = at;
    this.at = at;
    return value;
  }

  /** The bytes of any number; false: it is none, or a very long one. */
  number(): boolean {
    this.next();
    const { bytes } = this;
    let at = this.at;
    this.from = at;
    for (; at - this.from <= MAX_NUMBER; at++) {
      const byte = bytes[at] ?? 0;
      const isPart = (byte >= ZERO && byte <= NINE) || byte === 0x2e || byte === MINUS || byte === 0x2b;
      if (!isPart && (byte | 0x20) !== 0x65) break;
    }
    this.to = at;
    this.at = at;
    return at - this.from <= MAX_NUMBER && NUMBER.test(this.ascii());
  }

  /** A whole number, or a text of digits, as protobuf's JSON has 64-bit integers: where its digits stand, with its sign. */
  int64(): boolean {
    const isText = this.next() === QUOTE;
    if (!(isText ? this.string() : this.number())) return false;
    const { bytes, from, to } = this;
    const first = bytes[from] === MINUS ? from + 1 : from;
    for (let i = first; i < to; i++) if ((bytes[i] ?? 0) < ZERO || (bytes[i] ?? 0) > NINE) return false;
    return to > first;
  }

  /** What was read last, of which all is ASCII. */
  ascii(): string {
    let text = "";
    for (let i = this.from; i < this.to; i++) text += String.fromCharCode(this.bytes[i] ?? 0);
    return text;
  }
}
