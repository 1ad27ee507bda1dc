/**
 * The Mann-Whitney test as Kayenta runs it: a confidence interval of the shift between two samples and its Hodges-Lehmann
 * estimate, by the normal approximation with midranks, correction for ties and for continuity (R's wilcox.test with
 * conf.int, whose code it follows). In: two samples. Out: interval and estimate, in the samples' unit.
 */
import { zeroin } from "./zeroin.ts";

/** Of the standard normal at 0.99: Kayenta's confidence of 98 % is written into its code. */
export const Z_98 = 2.3263478740408408;

export interface ShiftEstimate {
  readonly low: number;
  readonly high: number;
  readonly estimate: number;
}

/** Sum of the ranks of the first `count` values among all, ties at their middle, and Σ (t³ − t) over groups of ties. */
function rankSum(values: readonly number[], count: number): { readonly sum: number; readonly ties: number } {
  const order = values.map((value, i) => ({ value, isFirst: i < count })).sort((a, b) => a.value - b.value);
  let sum = 0;
  let ties = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && order[to]?.value === order[from]?.value) to++;
    const tied = to - from;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (order[i]?.isFirst === true) sum += rank;
    ties += tied ** 3 - tied;
    from = to;
  }
  return { sum, ties };
}

/** The test's statistic for "x − shift is distributed as y", less `quantile`; null where all observations are tied. */
function statistic(x: readonly number[], y: readonly number[], shift: number): number | null {
  const [m, n] = [x.length, y.length];
  const { sum, ties } = rankSum([...x.map((value) => value - shift), ...y], m);
  const distance = sum - (m * (m + 1)) / 2 - (m * n) / 2;
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  if (!(variance > 0)) return null;
  return (distance - 0.5 * Math.sign(distance)) / Math.sqrt(variance);
}

/** Null where it cannot be computed: a shift at which all observations are tied. Samples must not be empty. */
export function shiftEstimate(x: readonly number[], y: readonly number[], z = Z_98): ShiftEstimate | null {
  const low = Math.min(...x) - Math.max(...y);
  const high = Math.max(...x) - Math.min(...y);
  let isTied = false;
  const root = (quantile: number): number => {
    const f = (shift: number): number => {
      const w = statistic(x, y, shift);
      if (w === null) isTied = true;
      return (w ?? 0) - quantile;
    };
    if (f(low) <= 0) return low;
    if (f(high) >= 0) return high;
    return zeroin(f, low, high);
  };
  const estimate = { low: root(z), high: root(-z), estimate: root(0) };
  return isTied ? null : estimate;
}
