import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkWeights, relativeScale, toBp, toNative } from "./weights.ts";

/** Two to ten shares in basis points that sum to 10,000. */
const shares = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 9 }).map((cuts) => {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), 10_000];
  return edges.slice(1).map((edge, i) => edge - (edges[i] ?? 0));
});

describe("weights", () => {
  test("native weights sum to the scale exactly, each within one step of its share", () => {
    fc.assert(
      fc.property(shares, fc.constantFrom(100, 1_000, 10_000, 1_000_000), (weightsBp, scale) => {
        const native = toNative(weightsBp, scale);
        if (!native.ok) {
          expect(native.error.code).toBe("weight_too_fine");
          return;
        }
        expect(native.value.reduce((sum, weight) => sum + weight, 0)).toBe(scale);
        native.value.forEach((weight, i) => {
          expect(Math.abs(weight - ((weightsBp[i] ?? 0) * scale) / 10_000)).toBeLessThan(1);
          expect(weight === 0).toBe(weightsBp[i] === 0);
        });
      }),
    );
  });

  test("what a fine enough scale stores reads back as what was asked for", () => {
    fc.assert(
      fc.property(shares, (weightsBp) => {
        const native = toNative(weightsBp, 10_000);
        expect(native.ok && toBp(native.value)).toEqual(weightsBp);
      }),
    );
  });

  test("relative weights of any size read as shares that sum to the whole", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 16 }), (native) => {
        const bp = toBp(native);
        if (native.every((weight) => weight === 0)) expect(bp).toBeNull();
        else expect(bp?.reduce((sum, weight) => sum + weight, 0)).toBe(10_000);
      }),
    );
  });

  test("sums, ranges and steps that cannot be written are refused with their code", () => {
    expect(checkWeights([5_000, 4_999])).toMatchObject({ error: { code: "weights_sum" } });
    expect(checkWeights([10_001, -1])).toMatchObject({ error: { code: "weight_range" } });
    expect(checkWeights([9_999.5, 0.5])).toMatchObject({ error: { code: "weight_range" } });
    expect(toNative([9_999, 1], 100)).toMatchObject({ error: { code: "weight_too_fine" } });
  });

  test("whole percents are written out of 100, finer ones out of 10,000", () => {
    expect(relativeScale([9_000, 1_000])).toBe(100);
    expect(relativeScale([9_950, 50])).toBe(10_000);
  });
});
