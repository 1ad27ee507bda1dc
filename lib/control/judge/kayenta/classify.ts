/**
 * One metric of Kayenta's NetflixACAJudge: points of both arms → Pass, High, Low or no data, and whether that is critical.
 * The rules, their order and their constants are Kayenta's own (MannWhitneyClassifier, NetflixACAJudge): tolerance 0.25,
 * confidence 98 %. Its noise for two constant arms is drawn here from a fixed seed: the same points, the same verdict.
 * Metrics below 1e-3 of their unit are noise to its solver; rates are given in percent for that reason.
 */
import { rng } from "../../../base/rng.ts";
import type { KayentaMetric } from "../../../query/schema/judge-policy.ts";
import { type ShiftEstimate, shiftEstimate } from "./mann-whitney.ts";

export type Label = "Pass" | "High" | "Low" | "Nodata" | "NodataFailMetric" | "Error";

export interface Classification {
  readonly label: Label;
  readonly isCritical: boolean;
  /** Canary over baseline, or the common language effect size; null where there was nothing to compare. */
  readonly effect: number | null;
  readonly shift: ShiftEstimate | null;
}

/** Points of both arms; NaN where a window had no value. */
export interface Points {
  readonly canary: readonly number[];
  readonly baseline: readonly number[];
}

const TOLERANCE = 0.25;
const OUTLIER_FACTOR = 3;
const NOISE = 1e-5;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Percentile by R's definition 7. */
function percentile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? 0;
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? low) - low);
}

/** Values within the fences of the interquartile range, widened to the 1st and 99th percentile. */
function withoutOutliers(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const [q1, q3] = [percentile(sorted, 0.25), percentile(sorted, 0.75)];
  const reach = OUTLIER_FACTOR * (q3 - q1);
  const low = Math.min(percentile(sorted, 0.01), q1 - reach);
  const high = Math.max(percentile(sorted, 0.99), q3 + reach);
  return values.filter((value) => value >= low && value <= high);
}

function prepared(values: readonly number[], { nanStrategy, outliers }: KayentaMetric): readonly number[] {
  const kept =
    nanStrategy === "replace"
      ? values.map((value) => (Number.isNaN(value) ? 0 : value))
      : values.filter((value) => !Number.isNaN(value));
  return outliers === "remove" && kept.length > 0 ? withoutOutliers(kept) : kept;
}

const isConstant = (values: readonly number[]): boolean => values.every((value) => value === values[0]);

/** Box and Muller. */
function noisy(values: readonly number[], seed: number): readonly number[] {
  const random = rng(seed);
  return values.map((value) => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return value + radius * Math.cos(2 * Math.PI * random.next()) * NOISE * Math.abs(value);
  });
}

/** The canary's mean over the baseline's; NaN where either is 0. */
export function meanRatio(canary: readonly number[], baseline: readonly number[]): number {
  const [c, b] = [mean(canary), mean(baseline)];
  return c === 0 || b === 0 ? Number.NaN : c / b;
}

/** Chance that a point of the canary is above one of the baseline, ties halved: (2Σrank − m(m+1)) / (2mn) − … of ranks. */
export function commonLanguageEffect(canary: readonly number[], baseline: readonly number[]): number {
  let above = 0;
  for (const c of canary) for (const b of baseline) above += c > b ? 1 : c === b ? 0.5 : 0;
  return above / (canary.length * baseline.length);
}

interface Compared {
  readonly shift: ShiftEstimate;
  readonly effect: number;
}

function labelOf({ shift, effect }: Compared, { direction }: KayentaMetric, up: number, down: number): Label {
  const bound = TOLERANCE * Math.abs(shift.estimate);
  const mayRise = direction !== "decrease";
  const mayFall = direction !== "increase";
  if (mayRise && shift.low > bound && (Number.isNaN(effect) || effect >= up)) return "High";
  if (mayFall && shift.high < -bound && (Number.isNaN(effect) || effect <= down)) return "Low";
  return "Pass";
}

function withoutData({ nanStrategy, critical, mustHaveData }: KayentaMetric): Classification {
  const nothing = { effect: null, shift: null };
  if (nanStrategy === "replace") return { label: "Pass", isCritical: false, ...nothing };
  if (mustHaveData && !critical) return { label: "NodataFailMetric", isCritical: false, ...nothing };
  return { label: "Nodata", isCritical: critical, ...nothing };
}

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  const [x, y] = [sorted(a), sorted(b)];
  return x.length === y.length && x.every((value, i) => value === y[i]);
}

/** Kayenta's thresholds of the effect that a metric's configuration leaves out: 1 for the ratio of means, ½ for CLES. */
function thresholds({ effectSize }: KayentaMetric) {
  const { measure, allowedIncrease, allowedDecrease, criticalIncrease, criticalDecrease } = effectSize;
  const none = measure === "cles" ? 0.5 : 1;
  return {
    allowed: [allowedIncrease ?? none, allowedDecrease ?? none] as const,
    critical: [criticalIncrease ?? none, criticalDecrease ?? none] as const,
  };
}

export function classify(points: Points, metric: KayentaMetric): Classification {
  const [canary, baseline] = [prepared(points.canary, metric), prepared(points.baseline, metric)];
  if (canary.length === 0 || baseline.length === 0) return withoutData(metric);
  const pass: Classification = { label: "Pass", isCritical: false, effect: 1, shift: null };
  if (isEqual(canary, baseline) || new Set([...canary, ...baseline]).size === 1) return pass;
  const isFlat = isConstant(canary) && isConstant(baseline);
  const [x, y] = isFlat ? [noisy(canary, 1), noisy(baseline, 2)] : [canary, baseline];
  const shift = shiftEstimate(x, y);
  if (shift === null) return { label: "Error", isCritical: metric.critical, effect: null, shift: null };
  const effect = metric.effectSize.measure === "cles" ? commonLanguageEffect(x, y) : meanRatio(x, y);
  const { allowed, critical } = thresholds(metric);
  const known = { effect: Number.isNaN(effect) ? null : effect, shift };
  const asCritical = metric.critical ? labelOf({ shift, effect }, metric, ...critical) : "Pass";
  if (asCritical !== "Pass") return { label: asCritical, isCritical: true, ...known };
  return { label: labelOf({ shift, effect }, metric, ...allowed), isCritical: false, ...known };
}
