/**
 * The lexer of the text format: where blanks, tokens and label sets end. In: bytes and a range that ends at `end`; no
 * byte at or past `end` is looked at. Out: an offset, or -1 where the syntax is broken. Every loop moves forward.
 */
const TAB = 9;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;
const HASH = 35;

/** Bytes of a metric or label name. Wider than the specification: dots, dashes and UTF-8 occur in the field. */
const NAME_BYTES = nameBytes();

function nameBytes(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 128; byte < 256; byte++) table[byte] = 1;
  for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:.-") {
    table[char.charCodeAt(0)] = 1;
  }
  return table;
}

export function isNameByte(byte: number): boolean {
  return NAME_BYTES[byte] === 1;
}

export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}

export function skipBlank(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(bytes[at] ?? 0)) at++;
  return at;
}

/** The end of a run of non-blank bytes; a `#` ends it too, since an exemplar may follow a value at once. */
export function tokenEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (isBlank(byte) || byte === HASH) break;
    at++;
  }
  return at;
}

/** From the byte after an opening quote to the byte after the closing one. */
function quoteEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return -1;
}

function labelNameEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte === EQUALS || byte === QUOTE || byte === COMMA || byte === OPEN || byte === CLOSE || byte === HASH) break;
    if (isBlank(byte)) break;
    at++;
  }
  return at;
}

/** Where the labels of a line begin, as offsets from its brace: points at which reading may be taken up again. */
export interface LabelMarks {
  readonly at: Int32Array;
  count: number;
}

/** Lines with more labels are read from the last of these. */
const MAX_MARKS = 64;

export function labelMarks(): LabelMarks {
  return { at: new Int32Array(MAX_MARKS), count: 0 };
}

/**
 * From the byte after `{`, or from a mark, to the byte after its `}`, quotes and escapes respected. Marks are set, past
 * those that are there, as offsets from `brace`.
 */
export function labelsEnd(bytes: Uint8Array, from: number, end: number, brace = 0, marks?: LabelMarks): number {
  let at = skipBlank(bytes, from, end);
  while (at < end && bytes[at] !== CLOSE) {
    if (marks !== undefined && marks.count < MAX_MARKS && (marks.at[marks.count - 1] ?? -1) !== at - brace) {
      marks.at[marks.count++] = at - brace;
    }
    const nameEnd = labelNameEnd(bytes, at, end);
    if (nameEnd === at) return -1;
    const equals = skipBlank(bytes, nameEnd, end);
    if (equals >= end || bytes[equals] !== EQUALS) return -1;
    const quote = skipBlank(bytes, equals + 1, end);
    if (quote >= end || bytes[quote] !== QUOTE) return -1;
    const valueEnd = quoteEnd(bytes, quote + 1, end);
    if (valueEnd < 0) return -1;
    at = skipBlank(bytes, valueEnd, end);
    if (at >= end) return -1;
    if (bytes[at] === COMMA) at = skipBlank(bytes, at + 1, end);
    else if (bytes[at] !== CLOSE) return -1;
  }
  return at < end ? at + 1 : -1;
}
