/** 64-bit numbers as two words, low then high. */

/** Negative when the number at `a` is below the one at `b`. */
export function compareNumbers(words: Uint32Array, a: number, b: number): number {
  const high = (words[a + 1] ?? 0) - (words[b + 1] ?? 0);
  return high !== 0 ? high : (words[a] ?? 0) - (words[b] ?? 0);
}

export function hexWord(word: number): string {
  return word.toString(16).padStart(8, "0");
}
