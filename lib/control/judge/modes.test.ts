/**
 * The law of all judges: a failure stands before missing data, missing data before a pass, and nothing but a pass goes on
 * by itself. Random histories through every mode, and what the machine does with each verdict.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Policy, policySchema } from "../../query/schema/judge-policy.ts";
import type { Definition } from "../rollout/definition.ts";
import { decide } from "../rollout/machine.ts";
import { replay } from "../rollout/state.ts";
import { target } from "../traffic/fixtures.ts";
import { judgeBy, policyFault, SETTLE_MS } from "./judge.ts";
import type { MetricHistory, VerdictState } from "./verdict.ts";

const WINDOW_MS = 30_000;

const POLICIES: readonly Policy[] = [
  {
    mode: "sequential",
    leastSec: 60,
    leastCanaryRequests: 1,
    absoluteLimit: 0.02,
    guard: { objective: 0.995, periodRequests: 1e6 },
  },
  {
    mode: "threshold",
    intervalSec: 60,
    threshold: 2,
    iterations: 3,
    metrics: [{ name: "request-success-rate", thresholdRange: { min: 98 } }],
  },
  {
    mode: "argo",
    metrics: [
      {
        name: "a",
        measure: "badPercent",
        intervalSec: 60,
        count: 4,
        failureLimit: 1,
        inconclusiveLimit: 1,
        successCondition: "result[0] < 1",
        failureCondition: "result[0] > 3",
      },
    ],
  },
  {
    mode: "kayenta",
    intervalSec: 120,
    intervals: 2,
    metrics: [
      { name: "k", measure: "badPercent", groups: ["g"], direction: "increase" },
      { name: "r", measure: "goodPercent", groups: ["h"] },
    ],
  },
].map((policy) => policySchema.parse(policy));

const windowArb = fc.record({
  canaryRequests: fc.constantFrom(0, 50, 400),
  badPercent: fc.constantFrom(0, 0, 0.5, 2, 10),
  primaryRequests: fc.constantFrom(0, 500, 4000),
  hasHalves: fc.boolean(),
});

function historyOf(windows: readonly (typeof windowArb extends fc.Arbitrary<infer T> ? T : never)[]): MetricHistory {
  return {
    name: "errors",
    kind: "errors",
    windows: windows.map(({ canaryRequests, badPercent, primaryRequests, hasHalves }, i) => {
      const half = primaryRequests / 2;
      const primaryBad = Math.round(primaryRequests * 0.005);
      const halves = {
        aRequests: half,
        bRequests: half,
        aBad: Math.floor(primaryBad / 2),
        bBad: Math.ceil(primaryBad / 2),
      };
      const canaryBad = Math.round((canaryRequests * badPercent) / 100);
      const window = { atMs: (i + 1) * WINDOW_MS, canaryRequests, primaryRequests, canaryBad, primaryBad };
      return hasHalves && half > 0 ? { ...window, halves } : window;
    }),
  };
}

const DEFINITION: Definition = {
  ...{ id: "r", name: "r", service: "web", judge: "automatic", revertAfterMs: null },
  routes: [{ id: "web", target: target("consul", "web"), routeKey: "web", stable: "web/v1", canary: "web/v2" }],
  steps: [
    { kind: "analysis", leastMs: 0 },
    { kind: "weight", canaryBp: 10_000 },
  ],
  rollback: { sharesBp: [], holdMs: 0 },
};

/** What the machine does next with a verdict: goes on, goes back, or looks again. */
function next(verdict: VerdictState): string {
  const state = replay([
    { type: "started", atMs: 0, definition: DEFINITION, sharesBp: { web: 1_000 } },
    { type: "judged", atMs: 1, verdict },
  ]);
  if (state === null) throw new Error("no rollout");
  const command = decide(state, 10);
  return command.kind === "note" ? command.event.type : command.kind;
}

describe.each(POLICIES.map((policy) => [policy.mode, policy] as const))("judged by %s", (mode, policy) => {
  test("only a pass goes on, only a failure goes back, whatever was counted", () => {
    const seen = new Set<VerdictState>();
    fc.assert(
      fc.property(fc.array(windowArb, { maxLength: 14 }), (windows) => {
        const nowMs = windows.length * WINDOW_MS + SETTLE_MS;
        const verdict = judgeBy(policy, [historyOf(windows)], { startMs: 0, nowMs });
        seen.add(verdict.state);
        expect(verdict.mode).toBe(mode);
        const expected =
          verdict.state === "pass" ? "stepEntered" : verdict.state === "fail" ? "rollbackBegan" : "judge";
        expect(next(verdict.state)).toBe(expected);
        // No part that failed is passed over.
        const parts = [...verdict.metrics, ...verdict.checks].map(({ state }) => state);
        if (mode !== "threshold" && mode !== "kayenta" && parts.includes("fail")) expect(verdict.state).toBe("fail");
        if (verdict.state === "pass" && mode === "sequential") expect(new Set(parts)).toEqual(new Set(["pass"]));
      }),
      { numRuns: 200, seed: 11 },
    );
    // Every verdict is met: the law was not tested on one of them alone.
    expect([...seen].sort()).toEqual(
      mode === "kayenta" ? ["fail", "inconclusive", "pass"] : ["fail", "inconclusive", "noData", "pass"],
    );
  });

  test("without any history it neither goes on nor, at once, goes back", () => {
    expect(["noData", "inconclusive"]).toContain(judgeBy(policy, [], { startMs: 0, nowMs: 1 }).state);
  });
});

test("a policy that cannot be read is refused with its field", () => {
  const odd = policySchema.parse({
    mode: "argo",
    metrics: [{ name: "a", measure: "badPercent", successCondition: "result <" }],
  });
  expect(policyFault(odd)).toEqual({ field: "policy.metrics.0.successCondition", message: "it ends too early" });
  const unsaid = policySchema.parse({ mode: "threshold", metrics: [{ name: "mine" }] });
  expect(policyFault(unsaid)?.field).toBe("policy.metrics.0.measure");
  expect(POLICIES.map(policyFault)).toEqual([undefined, undefined, undefined, undefined]);
  const heavy = {
    mode: "kayenta",
    groupWeights: { a: 60, b: 60 },
    metrics: [{ name: "k", measure: "badPercent", groups: ["a"] }],
  };
  expect(policySchema.safeParse(heavy).success).toBe(false);
});
