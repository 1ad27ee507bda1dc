/**
 * How far two ranges of bytes are equal, eight bytes a step. In: a view of the bytes, two offsets, a length; both ranges
 * must lie within the view. Out: a count of bytes.
 */

/** Bytes of [a, a + length) that equal those of [b, b + length), from the front. */
export function commonLength(view: DataView, a: number, b: number, length: number): number {
  let at = 0;
  const whole = length - 8;
  while (
    at <= whole &&
    view.getInt32(a + at, true) === view.getInt32(b + at, true) &&
    view.getInt32(a + at + 4, true) === view.getInt32(b + at + 4, true)
  ) {
    at += 8;
  }
  while (at < length && view.getUint8(a + at) === view.getUint8(b + at)) at++;
  return at;
}

/** Whether bytes [start, start + length) of `bytes` are those of `arena` at `from`; the last differ first, mostly. */
export function equalTail(bytes: Uint8Array, start: number, arena: Uint8Array, from: number, length: number): boolean {
  let at = length - 1;
  while (at >= 0 && bytes[start + at] === arena[from + at]) at--;
  return at < 0;
}
