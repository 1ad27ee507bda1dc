/**
 * Numbers of the text format, read from bytes. In: a range of bytes without blanks. Out: a double, or undefined when the
 * range is not a number. Integers above 2^53 become the nearest double. `NaN`, `Inf` and `Infinity` in any case, signed or
 * not, are numbers here. Not handled: hexadecimal floats and digit separators, which Go accepts and no proxy prints.
 */
const ZERO = 48;
const NINE = 57;

/** 15 digits always fit a double exactly, so that adding them up one by one is exact too. */
const EXACT_DIGITS = 15;

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

export function numberOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  const length = end - start;
  if (length <= 0 || length > MAX_LENGTH) return undefined;
  if (length > EXACT_DIGITS) return slowNumber(textOf(bytes, start, end));
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return slowNumber(textOf(bytes, start, end));
    value = value * 10 + (byte - ZERO);
  }
  return value;
}
