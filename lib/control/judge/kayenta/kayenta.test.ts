/**
 * Kayenta's judge against R 4.2.2, which it ports: the vectors beside this file are intervals of `wilcox.test(x, y,
 * conf.int=TRUE, exact=FALSE, correct=TRUE)` and estimates of its `uniroot` with the continuity correction, which R itself
 * leaves out of the estimate and Kayenta does not. Labels and scores by the rules of Kayenta's own test suites.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { policySchema } from "../../../query/schema/judge-policy.ts";
import { classify, commonLanguageEffect, meanRatio } from "./classify.ts";
import { shiftEstimate, Z_98 } from "./mann-whitney.ts";
import { type Scored, scoreLabel, scoreOf } from "./score.ts";

interface Vector {
  readonly name: string;
  readonly level: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly estimate: number;
}
const VECTORS: readonly Vector[] = JSON.parse(readFileSync(new URL("./wilcox-vectors.json", import.meta.url), "utf8"));
const Z_95 = 1.959963984540054;

function metric(more: object = {}) {
  const policy = policySchema.parse({
    mode: "kayenta",
    metrics: [{ name: "m", measure: "badPercent", groups: ["g"], ...more }],
  });
  const [first] = policy.mode === "kayenta" ? policy.metrics : [];
  if (first === undefined) throw new Error("no metric");
  return first;
}

function named(name: string): Vector {
  const vector = VECTORS.find((one) => one.name === name);
  if (vector === undefined) throw new Error(name);
  return vector;
}

describe("the shift of two samples", () => {
  test.each(VECTORS.map((vector) => [vector.name, vector] as const))("equals R's to 13 digits: %s", (_, vector) => {
    const got = shiftEstimate(vector.x, vector.y, vector.level === 0.98 ? Z_98 : Z_95);
    for (const end of ["low", "high", "estimate"] as const) {
      expect(Math.abs((got?.[end] ?? Number.NaN) - vector[end])).toBeLessThan(
        1e-13 * Math.max(1, Math.abs(vector[end])),
      );
    }
  });

  test("observations that are all tied have none", () => {
    expect(shiftEstimate([3], [3, 3])).toBeNull();
  });
});

describe("a metric", () => {
  const higher = named("higher");
  const points = { canary: higher.x, baseline: higher.y };
  const turned = { canary: higher.y, baseline: higher.x };

  test("is High or Low by its direction, and Pass where its direction does not matter to it", () => {
    const label = (what: typeof points, direction: string) => classify(what, metric({ direction })).label;
    expect(["increase", "decrease", "either"].map((direction) => label(points, direction))).toEqual([
      "High",
      "Pass",
      "High",
    ]);
    expect(["increase", "decrease", "either"].map((direction) => label(turned, direction))).toEqual([
      "Pass",
      "Low",
      "Low",
    ]);
    const like = named("normal");
    expect(label({ canary: like.x, baseline: like.y }, "either")).toBe("Pass");
  });

  test("of equal points, or of one value overall, passes without a test", () => {
    expect(classify({ canary: [1, 2, 3], baseline: [3, 2, 1] }, metric())).toMatchObject({
      label: "Pass",
      shift: null,
    });
    expect(classify({ canary: [5, 5], baseline: [5] }, metric())).toMatchObject({ label: "Pass", shift: null });
  });

  test("of two constants is told apart, the same every time", () => {
    const constants = { canary: new Array(20).fill(10), baseline: new Array(20).fill(5) };
    const first = classify(constants, metric());
    expect(first.label).toBe("High");
    expect(classify(constants, metric())).toEqual(first);
  });

  test("without data is said to be so by its strategy, by whether it is needed and whether it is critical", () => {
    const silent = { canary: [Number.NaN, Number.NaN], baseline: [1, 2] };
    const label = (more: object) => classify(silent, metric(more));
    expect(label({})).toMatchObject({ label: "Nodata", isCritical: false });
    expect(label({ critical: true })).toMatchObject({ label: "Nodata", isCritical: true });
    expect(label({ mustHaveData: true })).toMatchObject({ label: "NodataFailMetric", isCritical: false });
    expect(label({ mustHaveData: true, critical: true })).toMatchObject({ label: "Nodata", isCritical: true });
    expect(classify({ canary: [], baseline: [] }, metric({ nanStrategy: "replace" })).label).toBe("Pass");
    // Replaced by 0 the silence of the canary is compared.
    const long = { canary: new Array(30).fill(Number.NaN), baseline: higher.y };
    expect(classify(long, metric({ nanStrategy: "replace" })).label).toBe("Low");
  });

  test("needs the effect that it allows: a clear shift within it passes, and a critical one has a bound of its own", () => {
    const ratio = meanRatio(higher.x, higher.y);
    expect(ratio).toBeCloseTo(2, 0);
    expect(classify(points, metric({ effectSize: { allowedIncrease: 3 } })).label).toBe("Pass");
    const bounds = { allowedIncrease: 1.5, criticalIncrease: 5 };
    expect(classify(points, metric({ critical: true, effectSize: bounds }))).toMatchObject({
      label: "High",
      isCritical: false,
    });
    const close = { allowedIncrease: 1.5, criticalIncrease: 1.8 };
    expect(classify(points, metric({ critical: true, effectSize: close }))).toMatchObject({
      label: "High",
      isCritical: true,
    });
    expect(commonLanguageEffect([1, 2, 3], [1, 2, 3])).toBe(0.5);
    expect(commonLanguageEffect([4, 5], [1, 4])).toBe(0.875);
    expect(classify(points, metric({ effectSize: { measure: "cles", allowedIncrease: 1 } })).label).toBe(
      commonLanguageEffect(higher.x, higher.y) >= 1 ? "High" : "Pass",
    );
  });

  test("with outliers removed is judged without them", () => {
    const baseline = Array.from({ length: 40 }, (_, i) => 10 + (i % 7) / 10);
    const canary = [...baseline.slice(0, 39), 10_000];
    expect(classify({ canary, baseline }, metric({ outliers: "remove" })).label).toBe("Pass");
  });
});

const scored = (name: string, groups: readonly string[], label: string, more: Partial<Scored> = {}): Scored => {
  const known = (["Pass", "High", "Low", "Nodata", "NodataFailMetric", "Error"] as const).find((one) => one === label);
  if (known === undefined) throw new Error(label);
  return {
    name,
    groups,
    muted: false,
    classification: { label: known, isCritical: false, effect: null, shift: null },
    ...more,
  };
};

describe("the score", () => {
  const summary = (metrics: readonly Scored[], weights: Record<string, number> = {}) =>
    scoreOf(metrics, weights).summary;

  test("is the share that passed, by group, and groups without a weight share what is left", () => {
    const metrics = [
      ...["Pass", "Pass", "Pass", "High"].map((label, i) => scored(`a${i}`, ["a"], label)),
      ...["Pass", "Low"].map((label, i) => scored(`b${i}`, ["b"], label)),
    ];
    expect(summary(metrics)).toBe(62.5);
    expect(summary(metrics, { a: 80 })).toBe(70);
    expect(summary([scored("x", ["x"], "Pass"), scored("y", ["x"], "Pass"), scored("z", ["x"], "High")])).toBe(66.67);
  });

  test("is 0 with a critical metric that did not pass, and with no data in half of them", () => {
    const critical = scored("c", ["a"], "High");
    const metrics = [
      scored("p", ["a"], "Pass"),
      { ...critical, classification: { ...critical.classification, isCritical: true } },
    ];
    expect(scoreOf(metrics, {})).toMatchObject({ summary: 0, reason: "critical" });
    const silent = [scored("p", ["a"], "Pass"), scored("n", ["b"], "Nodata")];
    expect(scoreOf(silent, {})).toMatchObject({ summary: 0, reason: "no_data" });
  });

  test("counts a group of no data as whole, one that must have data as failed, and leaves out what is muted", () => {
    const some = [scored("p", ["a"], "Pass"), scored("q", ["a"], "Pass"), scored("n", ["b"], "Nodata")];
    expect(summary(some)).toBe(100);
    expect(summary([...some.slice(0, 2), scored("n", ["b"], "NodataFailMetric")])).toBe(50);
    expect(summary([scored("p", ["a"], "Pass"), scored("m", ["a"], "High", { muted: true })])).toBe(100);
  });

  test("is a pass, marginal or a failure by its thresholds", () => {
    const thresholds = { pass: 95, marginal: 75 };
    expect([95, 94.99, 75, 74.99].map((score) => scoreLabel(score, thresholds))).toEqual([
      "pass",
      "marginal",
      "marginal",
      "fail",
    ]);
  });
});
