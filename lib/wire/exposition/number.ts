/**
 * Numbers of the text format, read from bytes. In: a range of bytes without blanks. Out: a double, or undefined when the
 * range is not a number. Integers above 2^53 become the nearest double. `NaN`, `Inf` and `Infinity` in any case, signed or
 * not, are numbers here. Not handled: hexadecimal floats and digit separators, which Go accepts and no proxy prints.
 */
const ZERO = 48;
const NINE = 57;
const DOT = 46;
const PLUS = 43;
const MINUS = 45;
const LOWER_E = 101;
const LOWER = 32;

/** 15 digits always fit a double exactly, so that adding them up one by one is exact too. */
export const EXACT_DIGITS = 15;
/**
 * Powers of ten that are doubles exactly. An integer below 2^53 times or over one of them is one correctly rounded
 * operation, and so the nearest double (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
 */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const SPECIAL = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;

/** No number that a proxy prints is longer; a longer one is refused before it is copied. */
const MAX_LENGTH = 400;

function slowNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const special = SPECIAL.exec(text);
  if (special === null) return undefined;
  if (special[2] !== undefined) return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** `digits × 10^exponent`; undefined where that takes more than one rounding. */
export function scaled(digits: number, exponent: number): number | undefined {
  if (exponent === 0) return digits;
  const power = POWERS[Math.abs(exponent)];
  if (power === undefined) return undefined;
  return exponent < 0 ? digits / power : digits * power;
}

/** The digits after an `e`, signed; NaN where they are none or many. */
function exponentOf(bytes: Uint8Array, from: number, end: number): number {
  const sign = bytes[from] ?? 0;
  let at = sign === PLUS || sign === MINUS ? from + 1 : from;
  if (at >= end || end - at > 3) return Number.NaN;
  let exponent = 0;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return Number.NaN;
    exponent = exponent * 10 + (byte - ZERO);
  }
  return sign === MINUS ? -exponent : exponent;
}

/** Numbers of few digits, in whatever notation; undefined for all else, numbers or not. */
function fastNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  const sign = bytes[start] ?? 0;
  let at = sign === MINUS || sign === PLUS ? start + 1 : start;
  let value = 0;
  let digits = 0;
  let decimals = -1;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      digits++;
      if (decimals >= 0) decimals++;
    } else if (byte === DOT && decimals < 0) decimals = 0;
    else break;
  }
  if (digits === 0 || digits > EXACT_DIGITS) return undefined;
  let exponent = -Math.max(0, decimals);
  if (at < end) {
    if (((bytes[at] ?? 0) | LOWER) !== LOWER_E) return undefined;
    exponent += exponentOf(bytes, at + 1, end);
  }
  const read = scaled(value, exponent);
  return read === undefined ? undefined : sign === MINUS ? -read : read;
}

export function numberOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  const length = end - start;
  if (length <= 0 || length > MAX_LENGTH) return undefined;
  return fastNumber(bytes, start, end) ?? slowNumber(textOf(bytes, start, end));
}
