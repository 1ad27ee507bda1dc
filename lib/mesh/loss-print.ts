/**
 * Which lines of a body were lost, as one short text: equal for two bodies that lost the very same series, whatever their
 * values. In: byte ranges of lines that could not be read. Out: the text. What appears in the later of two such bodies was
 * not among the lost lines of the earlier one, for those are lost still.
 */
const CLOSE = 125;
const SPACE = 32;
const TAB = 9;
/** FNV-1a, 32 bits. */
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Where the text of the series ends, its value left out: after the last `}`, or before the first blank. */
function seriesEnd(bytes: Uint8Array, start: number, end: number): number {
  const close = bytes.subarray(start, end).lastIndexOf(CLOSE);
  if (close >= 0) return start + close + 1;
  let at = start;
  while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
  return at;
}

export class LossPrint {
  private lines = 0;
  private sum = 0;

  clear(): void {
    this.lines = 0;
    this.sum = 0;
  }

  /** One lost line, in any order. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const stop = seriesEnd(bytes, start, end);
    let hash = FNV_BASIS;
    for (let i = start; i < stop; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), FNV_PRIME);
    this.sum = (this.sum + (hash >>> 0)) % 2 ** 52;
    this.lines++;
  }

  /** Undefined where nothing was lost. */
  get key(): string | undefined {
    return this.lines === 0 ? undefined : `${this.lines}/${this.sum}`;
  }
}
