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

/** Whether `length` bytes of one view are those of another; the last differ first, mostly. */
export function sameRange(one: DataView, a: number, other: DataView, b: number, length: number): boolean {
  let left = length;
  while (left >= 4 && one.getInt32(a + left - 4, true) === other.getInt32(b + left - 4, true)) left -= 4;
  while (left > 0 && one.getUint8(a + left - 1) === other.getUint8(b + left - 1)) left--;
  return left === 0;
}
