import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { age, bytes, bytesPerSec, count, durationMs, percent, plain, quantileMs, ratePerSec } from "./format.ts";

describe("figures", () => {
  it("keeps three significant figures and moves to the next prefix before four are needed", () => {
    expect(plain(ratePerSec(21.34))).toBe("21.3 /s");
    expect(plain(ratePerSec(2100))).toBe("2.1 k/s");
    expect(plain(ratePerSec(1240))).toBe("1.24 k/s");
    expect(plain(ratePerSec(999.6))).toBe("1 k/s");
    expect(plain(ratePerSec(999_600))).toBe("1 M/s");
    expect(plain(ratePerSec(190))).toBe("190 /s");
    expect(plain(ratePerSec(0.0421))).toBe("0.0421 /s");
    expect(plain(ratePerSec(0.00001))).toBe("< 0.001 /s");
  });

  it("says zero as 0 and null in words, by reason", () => {
    expect(plain(ratePerSec(0))).toBe("0 /s");
    expect(plain(durationMs(0))).toBe("0 ms");
    expect(plain(percent(0))).toBe("0 %");
    expect(plain(percent(null))).toBe("unknown");
    expect(plain(percent(null, "notApplicable"))).toBe("not applicable");
    expect(plain(bytesPerSec(null, "notCollected"))).toBe("not collected");
    expect(ratePerSec(Number.NaN).absent).toBe("unknown");
    expect(plain(durationMs(Number.POSITIVE_INFINITY))).toBe("unknown");
  });

  it("says all and none only when they are exact", () => {
    expect(plain(percent(1))).toBe("100 %");
    expect(plain(percent(0.99999))).toBe("> 99.9 %");
    expect(plain(percent(0.00001))).toBe("< 0.01 %");
    expect(plain(percent(0.094))).toBe("9.4 %");
  });

  it("chooses the unit of a duration", () => {
    expect(plain(durationMs(0.042))).toBe("42 µs");
    expect(plain(durationMs(0.99999))).toBe("1 ms");
    expect(plain(durationMs(83.2))).toBe("83.2 ms");
    expect(plain(durationMs(1240))).toBe("1.24 s");
    expect(plain(durationMs(150_000))).toBe("2.5 min");
    expect(plain(durationMs(7_200_000))).toBe("2 h");
  });

  it("draws a quantile of the last bucket as at least its lower bound", () => {
    expect(plain(quantileMs(1000, [1000, null]))).toBe("≥ 1 s");
    expect(plain(quantileMs(240, [100, 250]))).toBe("240 ms");
    expect(quantileMs(240, [100, 250]).exact).toContain("100 to 250 ms");
    expect(plain(quantileMs(null, undefined, "notCollected"))).toBe("not collected");
  });

  it("counts whole things with commas", () => {
    expect(plain(count(6390))).toBe("6,390");
    expect(plain(count(0.2))).toBe("< 1");
    expect(plain(count(1_234_567))).toBe("1.23 M");
    expect(plain(bytes(1_500_000))).toBe("1.5 MB");
  });

  it("rounds an age down, since data is not younger than it is", () => {
    expect(plain(age(4900))).toBe("4 s");
    expect(plain(age(-20))).toBe("0 s");
    expect(plain(age(150_000))).toBe("2 min");
    expect(plain(age(3 * 86_400_000))).toBe("3 d");
  });

  it("never shows NaN, an exponent or more than three significant digits", () => {
    const anyNumber = fc.oneof(fc.double(), fc.double({ min: 0, max: 1e11, noNaN: true }));
    fc.assert(
      fc.property(anyNumber, (value) => {
        for (const figure of [ratePerSec(value), durationMs(value), bytes(value), percent(Math.abs(value) % 1)]) {
          expect(figure.text).not.toMatch(/NaN|Infinity/);
          if (figure.absent === undefined && Math.abs(value) < 1e12 && figure.unit !== "h") {
            expect(figure.text).not.toMatch(/e/);
            const digits = figure.text
              .replace(/[^0-9.]/g, "")
              .replace(/^0*\.?0*/, "")
              .replace(".", "");
            expect(digits.length).toBeLessThanOrEqual(3);
          }
        }
      }),
    );
  });
});
