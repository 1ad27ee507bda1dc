/** An increase over [from, to) shared out over the slots it overlaps, in proportion to time; the parts sum to it exactly. */
export const SLOT_MS = 10_000;

export function slotOf(atMs: number): number {
  return Math.floor(atMs / SLOT_MS) * SLOT_MS;
}

export interface Share {
  readonly slotMs: number;
  /** Part of the increase; shares sum to 1. */
  readonly share: number;
}

/** Slots of [from, to) with their shares. An empty interval belongs to the slot of its end. */
export function sharesOf(from: number, to: number): Share[] {
  if (to <= from) return [{ slotMs: slotOf(to), share: 1 }];
  const shares: Share[] = [];
  for (let slotMs = slotOf(from); slotMs < to; slotMs += SLOT_MS) {
    const part = Math.min(to, slotMs + SLOT_MS) - Math.max(from, slotMs);
    shares.push({ slotMs, share: part / (to - from) });
  }
  return shares;
}

/** Calls `add` with each slot's part; the last takes what rounding left, so that the sum is the increase. */
export function spread(increase: number, shares: readonly Share[], add: (slotMs: number, part: number) => void): void {
  let left = increase;
  for (let i = 0; i < shares.length - 1; i++) {
    const { slotMs, share } = shares[i] ?? { slotMs: 0, share: 0 };
    const part = increase * share;
    left -= part;
    add(slotMs, part);
  }
  const last = shares[shares.length - 1];
  if (last !== undefined) add(last.slotMs, left);
}

/** Increases side by side: the first `size` of them. */
export interface Run {
  readonly increases: Float64Array;
  readonly size: number;
}

export function increasesIn({ increases, size }: Run): number {
  let found = 0;
  for (let i = 0; i < size; i++) if (increases[i] !== 0) found++;
  return found;
}

/** Adds the `nth` share's part of each increase to `values` from `first` on; parts as `spread` has them. */
export function addPart(
  values: Float64Array,
  first: number,
  { increases, size }: Run,
  shares: readonly Share[],
  nth: number,
): void {
  const last = nth === shares.length - 1;
  const share = shares[nth]?.share ?? 0;
  for (let i = 0; i < size; i++) {
    const increase = increases[i] ?? 0;
    if (increase === 0) continue;
    values[first + i] = (values[first + i] ?? 0) + (last ? restOf(increase, shares) : increase * share);
  }
}

function restOf(increase: number, shares: readonly Share[]): number {
  let left = increase;
  for (let i = 0; i < shares.length - 1; i++) left -= increase * (shares[i]?.share ?? 0);
  return left;
}
