/**
 * A bit for each step, of one thing or of many: so many are put together for one answer that a byte for each is too much.
 * Those of thing `n` are the `words` from `n * words` on.
 */
export type StepBits = Int32Array;

export const wordsFor = (steps: number): number => Math.ceil(steps / 32);

export function hasStep(bits: StepBits, from: number, step: number): boolean {
  return ((bits[from + (step >>> 5)] ?? 0) & (1 << (step & 31))) !== 0;
}

export function addStep(bits: StepBits, from: number, step: number): void {
  const at = from + (step >>> 5);
  bits[at] = (bits[at] ?? 0) | (1 << (step & 31));
}

/** `into` has what either has: all steps of one thing, from the others' `from` on. */
export function addSteps(into: StepBits, more: StepBits, from = 0): void {
  for (let word = 0; word < into.length; word++) into[word] = (into[word] ?? 0) | (more[from + word] ?? 0);
}

/** All of the first `steps`. */
export function hasAll(bits: StepBits, steps: number): boolean {
  for (let step = 0; step < steps; step += 32) {
    const wanted = steps - step >= 32 ? -1 : ((1 << (steps - step)) - 1) | 0;
    if (((bits[step >>> 5] ?? 0) & wanted) !== wanted) return false;
  }
  return true;
}

/** A byte for each step: 1 where it is there. */
export function bytesOf(bits: StepBits, into: Uint8Array): Uint8Array {
  for (let step = 0; step < into.length; step++) into[step] = hasStep(bits, 0, step) ? 1 : 0;
  return into;
}
