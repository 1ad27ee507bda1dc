import { describe, expect, test } from "vitest";
import { minutesNeeded, requestsNeeded, requestsToPass } from "./sample-size.ts";

describe("requests needed", () => {
  test.each([
    // share, ratio, requests at 0.5 % of bad events: medians of runs in the literature that the test was chosen by
    [0.05, 2, 104_000],
    [0.05, 5, 6_500],
    [0.1, 2, 56_000],
    [0.1, 5, 3_600],
    [0.25, 2, 29_000],
    [0.5, 2, 24_000],
  ])("at a share of %d a ratio of %d needs about %d requests", (share, ratio, requests) => {
    const needed = requestsNeeded({ share, ratio, badShare: 0.005 }) ?? 0;
    expect(needed / requests).toBeGreaterThan(0.6);
    expect(needed / requests).toBeLessThan(1.6);
  });

  test("what is tolerated is never seen, nor is anything without a canary or without bad events", () => {
    expect(requestsNeeded({ share: 0.1, ratio: 1.2, badShare: 0.005 })).toBeNull();
    expect(requestsNeeded({ share: 0, ratio: 2, badShare: 0.005 })).toBeNull();
    expect(requestsNeeded({ share: 0.1, ratio: 2, badShare: 0 })).toBeNull();
  });

  test("a pass takes fewer requests with a larger share and with more bad events to compare", () => {
    const toPass = (share: number, badShare: number) => requestsToPass({ share, badShare }) ?? Number.NaN;
    expect(toPass(0.5, 0.01)).toBeLessThan(toPass(0.1, 0.01));
    expect(toPass(0.1, 0.01)).toBeLessThan(toPass(0.1, 0.001));
    expect(requestsToPass({ share: 0.1, badShare: 0 })).toBeNull();
  });

  test("at 10 % and 50 requests a second a doubling of errors needs about 26 minutes", () => {
    const sought = { share: 0.1, badShare: 0.005, ratio: 2 };
    expect(minutesNeeded(sought, 50)).toBeGreaterThan(24);
    expect(minutesNeeded(sought, 50)).toBeLessThan(28);
    expect(minutesNeeded(sought, 0)).toBeNull();
    expect(minutesNeeded({ ...sought, badShare: 0 }, 50)).toBeNull();
  });
});
