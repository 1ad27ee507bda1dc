/** Four digits without a string are the four digits that `toPrecision` prints. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { digits4 } from "./numbers.ts";

const slow = (value: number): number => Number(value.toPrecision(4));

test("four significant digits are those of the decimal expansion, at every size", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(digits4(value)).toBe(slow(value));
    }),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -12, max: 12 }), (mantissa, power) => {
      const value = mantissa * 10 ** power;
      expect(digits4(value)).toBe(slow(value));
    }),
    { numRuns: 20_000 },
  );
});

test("ties, powers of ten and their neighbours round as the decimal expansion does", () => {
  for (let power = -12; power <= 12; power++) {
    for (const digits of [1, 1.0005, 1.2345, 2.5005, 9.9995, 9.99949999999, 9.9999, 1234.5, 0.5, 3]) {
      const value = digits * 10 ** power;
      for (const near of [value, value * (1 + 2 ** -52), value * (1 - 2 ** -53)])
        expect(digits4(near)).toBe(slow(near));
    }
  }
});

test("what is no number of anything is zero", () => {
  expect([Number.NaN, Number.POSITIVE_INFINITY, 0].map(digits4)).toEqual([0, 0, 0]);
});
