/**
 * UTF-8 bytes → text, where most strings are short, ASCII and seen before. Equal short strings come back as one and the
 * same string, from a table of fixed size, so that stored spans share their keys and common values. Bytes that are not
 * UTF-8 become U+FFFD; a byte-order mark stays.
 */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const SLOTS = 8192;
const MAX_SHORT = 128;
/** Direct-mapped: a string takes the place of another with the same low bits of the hash. */
const table: string[] = new Array<string>(SLOTS).fill("");

function matches(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}

export function textOf(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > MAX_SHORT) return decoder.decode(bytes.subarray(from, to));
  let hash = 0x811c9dc5;
  let bits = 0;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    bits |= byte;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  if (bits > 0x7f) return decoder.decode(bytes.subarray(from, to));
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = table[slot] ?? "";
  if (matches(known, bytes, from, to)) return known;
  // The decoder pays more for a call than a short string has characters.
  let text = "";
  if (to - from > 48) text = decoder.decode(bytes.subarray(from, to));
  else for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] ?? 0);
  table[slot] = text;
  return text;
}
