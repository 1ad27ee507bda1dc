/**
 * What a compatible judge measures: windows of counts → one number of one arm. Three answers are told apart: a number; NaN,
 * where windows were recorded and no request fell into them (as 0/0 in PromQL); undefined, where nothing was recorded.
 */
import type { MeasureName } from "../../query/schema/judge-policy.ts";
import type { LatencyCounts, MetricHistory, MetricWindow } from "./verdict.ts";

export type Arm = "canary" | "primary";

const SHARES: Readonly<Partial<Record<MeasureName, number>>> = { p50Ms: 0.5, p90Ms: 0.9, p99Ms: 0.99 };

/** The metric that a check is of: by its name, or the first that has what is measured. */
export function historyFor(
  histories: readonly MetricHistory[],
  of: string | undefined,
  measure: MeasureName,
): MetricHistory | undefined {
  if (of !== undefined) return histories.find(({ name }) => name === of);
  if (SHARES[measure] === undefined) return histories.find(({ kind }) => kind === "errors");
  return histories.find(({ windows }) => windows.some(({ latency }) => latency !== undefined));
}

/** The quantile by linear interpolation inside its bucket, as histogram_quantile has it; the last bound beyond it. */
export function quantileOf(boundsMs: readonly number[], counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  let before = 0;
  for (const [i, upper] of boundsMs.entries()) {
    const count = counts[i] ?? 0;
    if (before + count >= share * total && count > 0) {
      const lower = boundsMs[i - 1] ?? 0;
      return lower + ((share * total - before) / count) * (upper - lower);
    }
    before += count;
  }
  return boundsMs.at(-1) ?? Number.NaN;
}

/** Counts of windows with the same bounds, summed; undefined where none kept its histogram. */
function latencyOf(
  windows: readonly MetricWindow[],
  arm: Arm,
): (Pick<LatencyCounts, "boundsMs"> & { counts: number[] }) | undefined {
  const kept = windows.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  const boundsMs = kept[0]?.boundsMs;
  if (boundsMs === undefined) return undefined;
  const counts = new Array<number>(boundsMs.length + 1).fill(0);
  for (const one of kept) for (const [i, count] of one[arm].entries()) counts[i] = (counts[i] ?? 0) + count;
  return { boundsMs, counts };
}

function countsOf(windows: readonly MetricWindow[], arm: Arm): { readonly requests: number; readonly bad: number } {
  let requests = 0;
  let bad = 0;
  for (const window of windows) {
    requests += arm === "canary" ? window.canaryRequests : window.primaryRequests;
    bad += arm === "canary" ? window.canaryBad : window.primaryBad;
  }
  return { requests, bad };
}

/** `lengthMs`: of all the windows together, for a rate. */
export function armValue(
  windows: readonly MetricWindow[],
  arm: Arm,
  measure: MeasureName,
  lengthMs: number,
): number | undefined {
  if (windows.length === 0) return undefined;
  const share = SHARES[measure];
  if (share !== undefined) {
    const latency = latencyOf(windows, arm);
    return latency === undefined ? undefined : quantileOf(latency.boundsMs, latency.counts, share);
  }
  const { requests, bad } = countsOf(windows, arm);
  if (measure === "requestsPerSec") return requests / (lengthMs / 1000);
  if (requests === 0) return Number.NaN;
  return 100 * (measure === "badPercent" ? bad / requests : 1 - bad / requests);
}

/** Of windows that ended after `fromMs` and not after `toMs`. */
export function windowsIn(history: MetricHistory, fromMs: number, toMs: number): readonly MetricWindow[] {
  return history.windows.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
}

export function measured(
  history: MetricHistory | undefined,
  measure: MeasureName,
  fromMs: number,
  toMs: number,
): number | undefined {
  if (history === undefined) return undefined;
  return armValue(windowsIn(history, fromMs, toMs), "canary", measure, toMs - fromMs);
}
