/** The semantics of an AnalysisRun: counters and limits, what ends a run, and conditions as its own engine takes them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ArgoPolicy, policySchema } from "../../query/schema/judge-policy.ts";
import { judgeArgo, phaseOf } from "./argo.ts";
import { evaluate, type Measured } from "./expression.ts";
import { parseExpression } from "./expression-parse.ts";
import type { MetricHistory } from "./verdict.ts";

const EVERY_MS = 60_000;

function policyOf(...metrics: readonly object[]): ArgoPolicy {
  const base = { name: "errors", measure: "badPercent", intervalSec: 60, successCondition: "result[0] < 1" };
  const policy = policySchema.parse({
    mode: "argo",
    metrics: metrics.map((metric, i) => ({ ...base, name: `m${i}`, ...metric })),
  });
  if (policy.mode !== "argo") throw new Error(policy.mode);
  return policy;
}

/** Bad percent of each minute; null: no request, undefined: no window. The first is of the minute before the start. */
function history(minutes: readonly (number | null | undefined)[], name = "errors"): MetricHistory {
  const windows = minutes.flatMap((bad, i) =>
    bad === undefined
      ? []
      : [
          {
            atMs: i * EVERY_MS,
            canaryRequests: bad === null ? 0 : 1000,
            primaryRequests: 9000,
            canaryBad: (bad ?? 0) * 10,
            primaryBad: 0,
          },
        ],
  );
  return { name, kind: "errors", windows };
}

function run(minutes: readonly (number | null | undefined)[], ...metrics: readonly object[]) {
  const policy = policyOf(...(metrics.length === 0 ? [{}] : metrics));
  return judgeArgo([history(minutes)], policy, { startMs: 0, untilMs: (minutes.length - 1) * EVERY_MS });
}

describe("an analysis run", () => {
  test("measures at once and then at its interval, and is successful at its count", () => {
    expect(run([0, 0], { count: 3 })).toMatchObject({ state: "inconclusive", summary: "analysis run: Running" });
    expect(run([0, 0, 0], { count: 3 })).toMatchObject({ state: "pass", summary: "analysis run: Successful" });
    expect(run([0, 0, 0, 9], { count: 3 }).state).toBe("pass");
    expect(run([0, 0, 0, 0, 0]).state).toBe("inconclusive");
    expect(run([0], { intervalSec: undefined }).state).toBe("pass");
    expect(run([9, 0, 0, 0], { count: 2, initialDelaySec: 120 }).state).toBe("pass");
  });

  test("fails beyond its limit of failed measurements, and never with a limit of -1", () => {
    expect(run([0, 2], { count: 9 }).state).toBe("fail");
    expect(run([2, 0, 2], { count: 9, failureLimit: 2 }).state).toBe("inconclusive");
    expect(run([2, 0, 2, 2], { count: 9, failureLimit: 2 }).state).toBe("fail");
    expect(run([2, 2, 2], { count: 3, failureLimit: 3 }).state).toBe("pass");
    expect(run([2, 2, 2, 2], { failureLimit: -1, consecutiveSuccessLimit: 2 }).state).toBe("inconclusive");
  });

  test("is inconclusive beyond its limit of measurements that neither condition fits, and is never a pass then", () => {
    const both = { successCondition: "result[0] < 1", failureCondition: "result[0] > 5", count: 2 };
    expect(run([3], both)).toMatchObject({ state: "inconclusive", summary: "analysis run: Inconclusive" });
    expect(run([3, 3], { ...both, inconclusiveLimit: 2 }).state).toBe("pass");
    expect(run([6], both).state).toBe("fail");
  });

  test("ends in error only after so many errors in a row: a measurement between them begins again", () => {
    expect(run([undefined, undefined, undefined, undefined], { count: 9 })).toMatchObject({ state: "noData" });
    expect(run([undefined, undefined, undefined, undefined, undefined])).toMatchObject({
      state: "fail",
      summary: "analysis run: Error",
    });
    expect(run([undefined, undefined, 0, undefined, undefined, undefined], { consecutiveErrorLimit: 3 }).state).toBe(
      "noData",
    );
    // Errors are no measurements of the count.
    expect(run([undefined, 0, undefined, 0], { count: 2 }).state).toBe("pass");
  });

  test("has NaN where there was no request, and an empty vector where nothing was recorded", () => {
    const guarded = { successCondition: "len(result) == 0 || isNaN(result[0]) || result[0] < 1", count: 2 };
    expect(run([null, undefined], guarded).state).toBe("pass");
    expect(run([null], { count: 1 }).state).toBe("fail");
    expect(run([undefined], { result: "scalar", successCondition: "result < 1" }).state).toBe("noData");
    expect(run([0.5], { result: "scalar", successCondition: "result < 1", count: 1 }).state).toBe("pass");
  });

  test("ends all metrics with the first that does not end well, and the worst is the run's", () => {
    const good = { count: 9 };
    const verdict = run([0, 2], good, { count: 9, successCondition: "result[0] == 0" });
    expect(verdict.state).toBe("fail");
    const both = { successCondition: "result[0] < 1", failureCondition: "result[0] > 5" };
    const other = run([3, 3], { ...both, inconclusiveLimit: 0 }, { count: 9, successCondition: "result[0] < 9" });
    expect(other).toMatchObject({ state: "inconclusive", summary: "analysis run: Inconclusive" });
    expect(other.checks.map(({ state }) => state)).toEqual(["inconclusive", "pass"]);
  });

  test("with a limit of successes in a row ends at it, and not by its count", () => {
    const limits = { count: 4, consecutiveSuccessLimit: 3, failureLimit: 3 };
    expect(run([2, 0, 0, 0], limits).state).toBe("pass");
    expect(run([0, 0, 2, 0], limits)).toMatchObject({ state: "inconclusive", summary: "analysis run: Inconclusive" });
    expect(run([0, 0, 2, 0], { ...limits, failureLimit: -1 }).state).toBe("fail");
  });
});

describe("a condition", () => {
  interface Vectors {
    readonly results: readonly (number | string | readonly (number | string)[])[];
    /** `phases`: a letter for each of the results. */
    readonly conditions: readonly { readonly success: string; readonly failure: string; readonly phases: string }[];
  }
  const { results, conditions }: Vectors = JSON.parse(
    readFileSync(new URL("./argo-vectors.json", import.meta.url), "utf8"),
  );
  const numberOf = (value: number | string): number => (value === "Inf" ? Number.POSITIVE_INFINITY : Number(value));
  const measuredOf = (result: Vectors["results"][number]): Measured =>
    typeof result === "object" ? result.map(numberOf) : numberOf(result);

  /** What expr-lang knows and conditions are not written in here: refused when the policy is read, never misread. */
  const REFUSED = ["1..3 == [1,2,3]", "result?.x == nil", '"abc" contains "b"', "let x = 1; x == 1", "0x10 == 16"];

  test("is what Argo Rollouts 1.10.2 with expr-lang 1.17.7 makes of it, or is refused when it is read", () => {
    const odd: string[] = [];
    for (const { success, failure, phases } of conditions) {
      if (REFUSED.includes(success)) continue;
      for (const [i, result] of results.entries()) {
        const phase = phaseOf(measuredOf(result), { successCondition: success, failureCondition: failure });
        if (phase[0] !== phases[i])
          odd.push(`${success} | ${failure} of ${JSON.stringify(result)}: ${phase}, not ${phases[i]}`);
      }
    }
    expect(conditions.length * results.length).toBeGreaterThan(900);
    expect(odd).toEqual([]);
  });

  test.each(REFUSED)("%s is refused when it is read", (text) => {
    expect(parseExpression(text).ok).toBe(false);
  });

  test("says what is wrong with it, and is bounded in length and depth", () => {
    const message = (text: string) => {
      const tree = parseExpression(text);
      return tree.ok ? "" : tree.error;
    };
    expect(message("result[0] >=")).toBe("it ends too early");
    expect(message("process(1)")).toBe('"process" is not known');
    expect(message("constructor")).toBe('"constructor" is not known');
    expect(message(`${"(".repeat(100)}1${")".repeat(100)}`)).toBe("it is nested too deep");
    expect(message("1".repeat(1001))).toBe("a condition has at most 1000 characters");
    expect(evaluate("result[3] > 1", [1])).toEqual({ ok: false, error: "the vector has 1, and 3 is asked for" });
  });
});
