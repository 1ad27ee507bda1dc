/**
 * The bound on one text of a span: attribute values and keys, names, messages. In: text or UTF-8 of any length. Out: at most
 * 65,536 UTF-16 units; what is longer is cut and ends in "…", and the cut is counted. The same for every format. Base64 is
 * cut between groups of four digits, so that what precedes the "…" can still be decoded. The cut text is a copy of its own:
 * an engine may keep the whole of a string alive for the sake of a slice.
 */
export const MAX_TEXT = 65_536;

/** A UTF-16 unit has at most three bytes of UTF-8. */
const PREFIX_BYTES = (MAX_TEXT + 1) * 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function copied(text: string, units: number): string {
  const end = isHighSurrogate(text.charCodeAt(units - 1)) ? units - 1 : units;
  return decoder.decode(encoder.encode(`${text.slice(0, end)}…`));
}

/** Cuts texts and counts how many it has cut. */
export class TextCutter {
  cuts = 0;

  text(value: string): string {
    if (value.length <= MAX_TEXT) return value;
    this.cuts += 1;
    return copied(value, MAX_TEXT - 1);
  }

  base64(digits: string): string {
    if (digits.length <= MAX_TEXT) return digits;
    this.cuts += 1;
    return copied(digits, MAX_TEXT - 4);
  }

  /** The text of `bytes[from, to)`, of which no more is decoded than can be kept. Over 65,536 bytes only. */
  utf8(bytes: Uint8Array, from: number, to: number): string {
    return this.text(decoder.decode(bytes.subarray(from, Math.min(to, from + PREFIX_BYTES))));
  }
}
