/** 64-bit numbers as two words, low then high. */

/** Negative when the number at `a` is below the one at `b`. */
export function compareNumbers(words: Uint32Array, a: number, b: number): number {
  const high = (words[a + 1] ?? 0) - (words[b + 1] ?? 0);
  return high !== 0 ? high : (words[a] ?? 0) - (words[b] ?? 0);
}

export function hexWord(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** Four steps an octave: what is kept of a duration, ns, where all that is asked is whether any span may be as long. */
const STEPS = 4;

/** The step at or below a duration; `above`: at or above it. */
export function durationStep(ns: number, above: boolean): number {
  const step = STEPS * Math.log2(ns + 1);
  return Math.max(0, above ? Math.ceil(step + 1e-9) : Math.floor(step - 1e-9));
}
