/** Flagger's semantics, rule by rule: what a tick looks at, what counts, what ends it. */
import { describe, expect, test } from "vitest";
import { policySchema, type ThresholdPolicy } from "../../query/schema/judge-policy.ts";
import { judgeThreshold } from "./threshold.ts";
import type { MetricHistory, MetricWindow } from "./verdict.ts";

const TICK_MS = 60_000;

function policyOf(more: object = {}): ThresholdPolicy {
  const metrics = [{ name: "request-success-rate", thresholdRange: { min: 99 } }];
  const policy = policySchema.parse({ mode: "threshold", threshold: 3, iterations: 5, metrics, ...more });
  if (policy.mode !== "threshold") throw new Error(policy.mode);
  return policy;
}

/** One window a tick: bad requests of 100, null for a tick without a request, undefined for one without a window. */
function history(ticks: readonly (number | null | undefined)[], latencyMs?: number): MetricHistory {
  const windows = ticks.flatMap((bad, i): MetricWindow[] => {
    if (bad === undefined) return [];
    const canaryRequests = bad === null ? 0 : 100;
    const counts = [0, 0, 0].map((_, k) => (k === (latencyMs ?? 0) ? canaryRequests : 0));
    return [
      {
        atMs: (i + 1) * TICK_MS,
        ...{ canaryRequests, primaryRequests: 900, canaryBad: bad ?? 0, primaryBad: 0 },
        ...(latencyMs === undefined ? {} : { latency: { boundsMs: [100, 500], canary: counts, primary: [900, 0, 0] } }),
      },
    ];
  });
  return { name: "errors", kind: "errors", windows };
}

const judged = (ticks: readonly (number | null | undefined)[], policy = policyOf(), until = ticks.length) =>
  judgeThreshold([history(ticks)], policy, { startMs: 0, untilMs: until * TICK_MS });

describe("the judge of Flagger", () => {
  test("passes after so many good checks, and says how many there were before", () => {
    expect(judged([0, 1, 0, 0])).toMatchObject({
      state: "inconclusive",
      summary: "0 of 3 failed checks, 4 of 5 good ones",
    });
    expect(judged([0, 1, 0, 0, 1]).state).toBe("pass");
  });

  test("holds the range to its ends: 99 of 100 is not below 99", () => {
    expect(judged([1, 1, 1, 1, 1]).state).toBe("pass");
    expect(judged([2, 2, 2]).state).toBe("fail");
    const upTo = policyOf({ metrics: [{ name: "request-success-rate", thresholdRange: { min: 90, max: 95 } }] });
    expect(judged([5, 7, 10, 5, 5], upTo).state).toBe("pass");
    expect(judged([0, 0, 0], upTo).state).toBe("fail");
  });

  test("counts failed checks over the whole analysis: good ones between them forgive nothing", () => {
    expect(judged([2, 0, 2, 0, 0]).state).toBe("inconclusive");
    expect(judged([2, 0, 2, 0, 2])).toMatchObject({ state: "fail", summary: "3 of 3 failed checks, 2 of 5 good ones" });
  });

  test("counts missing data as a failed check, a silent window and no window alike", () => {
    expect(judged([0, null]).state).toBe("noData");
    expect(judged([null, undefined, null]).state).toBe("fail");
    expect(judged([null, 0, 0, 0, 0, 0]).state).toBe("pass");
  });

  test("ends with the first count that is full, and looks no further", () => {
    expect(judged([0, 0, 0, 0, 0, 9, 9, 9]).state).toBe("pass");
    expect(judged([9, 9, 9, 0, 0, 0, 0, 0]).state).toBe("fail");
  });

  test("checks metrics in order up to the first that is not good: one tick is one failed check", () => {
    const metrics = [
      { name: "request-success-rate", thresholdRange: { min: 99 } },
      { name: "errors of mine", measure: "badPercent", thresholdRange: { max: 0.5 } },
    ];
    const verdict = judged([1, 5], policyOf({ metrics }));
    expect(verdict.summary).toBe("2 of 3 failed checks, 0 of 5 good ones");
    expect(verdict.checks.map(({ name, value }) => [name, value])).toEqual([["request-success-rate", 95]]);
    expect(judged([1], policyOf({ metrics })).checks.map(({ state }) => state)).toEqual(["pass", "fail"]);
  });

  test("reads durations in whole milliseconds, and both of its older bounds", () => {
    const metrics = (more: object) =>
      policyOf({ metrics: [{ name: "request-duration", ...more }], iterations: 1, threshold: 1 });
    // All in the second bucket, of 100 to 500 ms: a p99 of 496 ms.
    const slow = history([0], 1);
    const state = (more: object) => judgeThreshold([slow], metrics(more), { startMs: 0, untilMs: TICK_MS }).state;
    expect(state({ thresholdRange: { max: 496 } })).toBe("pass");
    expect(state({ thresholdRange: { max: 496.9, min: 496.9 } })).toBe("pass");
    expect(state({ thresholdRange: { max: 495 } })).toBe("fail");
    expect(state({ threshold: 496 })).toBe("pass");
    expect(state({ threshold: 400 })).toBe("fail");
    const success = (threshold: number) =>
      policyOf({ metrics: [{ name: "request-success-rate", threshold }], threshold: 1, iterations: 1 });
    expect([judged([1], success(99)).state, judged([2], success(99)).state]).toEqual(["pass", "fail"]);
  });

  test("looks at nothing before its first interval is over", () => {
    expect(judged([9, 9, 9], policyOf(), 0.9)).toMatchObject({ state: "inconclusive", checks: [] });
  });
});
