import fc from "fast-check";
import { expect, test } from "vitest";
import { addStep, addSteps, bytesOf, hasAll, hasStep, wordsFor } from "./step-bits.ts";

const LENGTH = 105;
const some = fc.uniqueArray(fc.integer({ min: 0, max: LENGTH - 1 }));

/** The second of three things; the others have all steps but those. */
function among(steps: readonly number[]): Int32Array {
  const words = wordsFor(LENGTH);
  const bits = new Int32Array(3 * words);
  for (let step = 0; step < LENGTH; step++)
    for (const thing of [0, 2]) if (!steps.includes(step)) addStep(bits, thing * words, step);
  for (const step of steps) addStep(bits, words, step);
  return bits;
}

test("steps that were added are there, and no others, whatever those of other things are", () => {
  fc.assert(
    fc.property(some, some, (first, second) => {
      const words = wordsFor(LENGTH);
      const bits = new Int32Array(words);
      addSteps(bits, among(first), words);
      addSteps(bits, among(second), words);
      const wanted = Uint8Array.from({ length: LENGTH }, (_, step) =>
        first.includes(step) || second.includes(step) ? 1 : 0,
      );
      expect(bytesOf(bits, new Uint8Array(LENGTH).fill(7))).toEqual(wanted);
      expect([...wanted].every((byte, step) => hasStep(bits, 0, step) === (byte === 1))).toBe(true);
    }),
  );
});

test("all are there when none is missing, at any length", () => {
  for (let length = 1; length <= 100; length++) {
    const bits = new Int32Array(wordsFor(length));
    for (let step = 0; step < length; step++) {
      expect(hasAll(bits, length)).toBe(false);
      addStep(bits, 0, step);
    }
    expect(hasAll(bits, length)).toBe(true);
  }
});
