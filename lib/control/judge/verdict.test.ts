import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import { poisson } from "../../world/draw.ts";
import type { GuardPolicy } from "./guards.ts";
import { DEFAULT_POLICY, judge, type MetricHistory, type MetricWindow } from "./verdict.ts";

const WINDOW_MS = 30_000;
const GUARD: GuardPolicy = { objective: 0.99, budgetShare: 0.01, periodRequests: 1e9 };

interface Run {
  readonly windows?: number;
  readonly share?: number;
  readonly requests?: number;
  readonly base?: number;
  readonly ratio?: number;
  readonly split?: boolean;
  readonly seed?: number;
}

function windowsOf({ windows = 40, share = 0.3, requests = 4_000, base = 0.005, ratio = 1, ...rest }: Run) {
  const random = rng(rest.seed ?? 1);
  const bad = (n: number, rate: number) => poisson(random, n * rate);
  return Array.from({ length: windows }, (_, i): MetricWindow => {
    const canaryRequests = requests * share;
    const half = (requests - canaryRequests) / 2;
    const [aBad, bBad] = [bad(half, base), bad(half, base)];
    return {
      atMs: (i + 1) * WINDOW_MS,
      canaryRequests,
      primaryRequests: 2 * half,
      canaryBad: bad(canaryRequests, base * ratio),
      primaryBad: aBad + bBad,
      ...(rest.split === false ? {} : { halves: { aRequests: half, bRequests: half, aBad, bBad } }),
    };
  });
}

function errors(run: Run): MetricHistory {
  return { name: "errors", kind: "errors", windows: windowsOf(run) };
}

const at = (windows: number) => windows * WINDOW_MS;

describe("the verdict", () => {
  test("a canary as good as its primary passes, and the interval contains 1", () => {
    const verdict = judge([errors({})], DEFAULT_POLICY, at(40));
    expect(verdict).toMatchObject({ state: "pass", withheld: [] });
    expect(verdict.metrics[0]?.ratio[0]).toBeLessThan(1);
    expect(verdict.metrics[0]?.ratio[1]).toBeGreaterThan(1);
  });

  test("four times the errors fail, also where another metric passes", () => {
    const latency: MetricHistory = { name: "slower than 250 ms", kind: "latency", windows: windowsOf({ seed: 2 }) };
    const verdict = judge([errors({ ratio: 4 }), latency], DEFAULT_POLICY, at(40));
    expect(verdict.state).toBe("fail");
    expect(verdict.metrics.map(({ state }) => state)).toEqual(["fail", "pass"]);
  });

  test("little traffic is inconclusive, and says how many requests are still needed", () => {
    const verdict = judge([errors({ requests: 100, windows: 20 })], DEFAULT_POLICY, at(20));
    expect(verdict.state).toBe("inconclusive");
    const { toPass, toFailDoubled } = verdict.metrics[0]?.needed ?? { toPass: 0, toFailDoubled: 0 };
    expect(toPass).toBeGreaterThan(1_000);
    expect(toFailDoubled).toBeGreaterThan(1_000);
  });

  test("three windows without a canary request are no data: neither a pass nor a failure", () => {
    const windows = windowsOf({ ratio: 1 });
    const silent = windows.slice(-3).map((window) => ({ ...window, canaryRequests: 0, canaryBad: 0 }));
    const metric: MetricHistory = { name: "errors", kind: "errors", windows: [...windows.slice(0, -3), ...silent] };
    expect(judge([metric], DEFAULT_POLICY, at(40)).state).toBe("noData");
    expect(judge([], DEFAULT_POLICY, at(40)).state).toBe("noData");
    expect(judge([{ name: "errors", kind: "errors", windows: [] }], DEFAULT_POLICY, at(40)).state).toBe("noData");
  });

  test("a failure stands before missing data", () => {
    const windows = windowsOf({ ratio: 5 });
    const silent = windows.slice(-3).map((window) => ({ ...window, canaryRequests: 0, canaryBad: 0 }));
    const metric: MetricHistory = { name: "errors", kind: "errors", windows: [...windows.slice(0, -3), ...silent] };
    expect(judge([metric], DEFAULT_POLICY, at(40)).state).toBe("fail");
  });

  test("without two halves of the primary the test alone decides nothing", () => {
    const good = judge([errors({ split: false })], DEFAULT_POLICY, at(40));
    expect(good).toMatchObject({ state: "inconclusive", withheld: ["no_split"] });
    const bad = judge([errors({ split: false, ratio: 4 })], DEFAULT_POLICY, at(40));
    expect(bad.state).toBe("inconclusive");
    expect(bad.metrics[0]?.evidence.logFail).toBeGreaterThan(Math.log(100));
  });

  test("a pass is withheld until the rollout is long enough and the canary had requests enough", () => {
    const policy = { ...DEFAULT_POLICY, leastMs: at(60), leastCanaryRequests: 1e6 };
    expect(judge([errors({})], policy, at(40))).toMatchObject({
      state: "inconclusive",
      withheld: ["too_short", "too_few_requests"],
    });
  });

  test("an outage of both arms passes no canary and fails none: it freezes", () => {
    const verdict = judge([errors({ base: 0.2 })], { ...DEFAULT_POLICY, guard: GUARD }, at(40));
    expect(verdict).toMatchObject({ state: "inconclusive", guards: [{ code: "service_burn", effect: "freeze" }] });
    expect(verdict.withheld).toContain("service_burn");
    // Five times worse than a primary that burns is still the canary's own.
    expect(judge([errors({ base: 0.1, ratio: 5 })], { ...DEFAULT_POLICY, guard: GUARD }, at(40)).state).toBe("fail");
  });

  test("a canary that has half of the traffic and all of its errors is no outage of both arms", () => {
    const metric = errors({ base: 0.0001, ratio: 6000, share: 0.5, split: false });
    const verdict = judge([metric], { ...DEFAULT_POLICY, guard: GUARD }, at(40));
    expect(verdict.guards.map(({ code }) => code)).toEqual(
      ["canary_burn", "budget_cap"].slice(0, verdict.guards.length),
    );
    expect(verdict.state).toBe("fail");
  });

  test("counters that have stopped are no data, however much was counted before", () => {
    const metric = errors({});
    expect(judge([metric], DEFAULT_POLICY, at(40) + 120_000).state).toBe("pass");
    expect(judge([metric], DEFAULT_POLICY, at(40) + 600_000).state).toBe("noData");
    expect(judge([errors({ ratio: 4 })], DEFAULT_POLICY, at(40) + 600_000).state).toBe("fail");
  });

  test("the guard fails a burning canary also without two halves", () => {
    const metric = errors({ split: false, base: 0.001, ratio: 300 });
    const verdict = judge([metric], { ...DEFAULT_POLICY, guard: GUARD }, at(40));
    expect(verdict.state).toBe("fail");
    expect(verdict.guards[0]).toMatchObject({ code: "canary_burn", effect: "fail" });
  });

  test("the budget cap fails what burns slowly and long", () => {
    const policy = { ...DEFAULT_POLICY, guard: { objective: 0.99, budgetShare: 0.01, periodRequests: 1e6 } };
    const verdict = judge([errors({ base: 0.001, ratio: 20, share: 0.05 })], policy, at(40));
    expect(verdict.guards.map(({ code }) => code)).toContain("budget_cap");
    expect(judge([errors({ base: 0.001, share: 0.05 })], policy, at(40)).guards).toEqual([]);
  });

  test("a service without errors passes by its absolute limit", () => {
    const metric: MetricHistory = { ...errors({ base: 0 }), absoluteLimit: 0.005 };
    expect(judge([errors({ base: 0 })], DEFAULT_POLICY, at(40)).state).toBe("inconclusive");
    expect(judge([metric], DEFAULT_POLICY, at(40)).state).toBe("pass");
  });
});
