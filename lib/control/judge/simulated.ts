/**
 * Canaries in simulated traffic, for the judge's own tests: a ramp of 5 to 50 % over 30 minutes in windows of 30 s, errors
 * that are Poisson given a rate, and bursts of that rate: shared by all pods, or each group's own (gamma, mean 1). The
 * primary is two halves of their own bursts. Scenarios and their figures are those of docs/guide/judge.md.
 */
import { type Rng, rng } from "../../base/rng.ts";
import { DEFAULT_POLICY, judge, type MetricWindow, type VerdictState } from "./verdict.ts";

export interface Scenario {
  readonly name: string;
  /** Rate of the canary over the primary's. */
  readonly ratio: number;
  /** Variance of bursts that all share, and of each group's own; 0: none. */
  readonly shared: number;
  readonly own: number;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "healthy, no bursts", ratio: 1, shared: 0, own: 0 },
  { name: "healthy, own bursts 0.3", ratio: 1, shared: 0, own: 0.3 },
  { name: "healthy, own bursts 1", ratio: 1, shared: 0, own: 1 },
  { name: "healthy, shared 1 + own 0.3", ratio: 1, shared: 1, own: 0.3 },
  { name: "healthy, shared bursts 1", ratio: 1, shared: 1, own: 0 },
  { name: "2× errors, shared bursts 1", ratio: 2, shared: 1, own: 0 },
  { name: "2× errors, own bursts 0.3", ratio: 2, shared: 0, own: 0.3 },
  { name: "5× errors, own bursts 0.3", ratio: 5, shared: 0, own: 0.3 },
];

const WINDOW_MS = 30_000;
const WINDOWS = 60;
const RAMP = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5];
const REQUESTS = 500 * 30;
const BASE = 0.005;

function normal(random: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Marsaglia and Tsang, with mean 1 and the variance; shapes below 1 are lifted. */
function gamma(random: Rng, variance: number): number {
  if (variance === 0) return 1;
  const shape = 1 / variance;
  const lifted = shape < 1 ? shape + 1 : shape;
  const d = lifted - 1 / 3;
  for (;;) {
    const x = normal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v <= 0 || Math.log(1 - random.next()) >= 0.5 * x * x + d - d * v + d * Math.log(v)) continue;
    const lift = shape < 1 ? (1 - random.next()) ** (1 / shape) : 1;
    return d * v * lift * variance;
  }
}

/** By counting arrivals up to 30, by the normal beyond. */
function poisson(random: Rng, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let count = -1;
  for (let left = mean; left >= 0; count++) left += Math.log(1 - random.next());
  return count;
}

export function windowsOf({ ratio, shared, own }: Scenario, seed: number): readonly MetricWindow[] {
  const random = rng(seed);
  return Array.from({ length: WINDOWS }, (_, i): MetricWindow => {
    const canaryRequests = REQUESTS * (RAMP[Math.floor((i * RAMP.length) / WINDOWS)] ?? 0.5);
    const half = (REQUESTS - canaryRequests) / 2;
    const rate = BASE * gamma(random, shared);
    const bad = (requests: number, times: number) => poisson(random, requests * rate * times * gamma(random, own));
    const [aBad, bBad] = [bad(half, 1), bad(half, 1)];
    return {
      atMs: (i + 1) * WINDOW_MS,
      ...{ canaryRequests, primaryRequests: 2 * half, canaryBad: bad(canaryRequests, ratio), primaryBad: aBad + bBad },
      halves: { aRequests: half, bRequests: half, aBad, bBad },
    };
  });
}

export interface Rates {
  readonly fail: number;
  readonly pass: number;
  /** Middle of the minutes until the verdict, of those that had one. */
  readonly minutes: number | null;
}

interface Ended {
  readonly state: VerdictState;
  readonly minutes: number;
}

/** The first verdict that ends it, looked at every so many windows. */
function run(scenario: Scenario, seed: number, every: number): Ended {
  const windows = windowsOf(scenario, seed);
  for (let n = every; n <= windows.length; n += every) {
    const seen = windows.slice(0, n);
    const { state } = judge([{ name: "errors", kind: "errors", windows: seen }], DEFAULT_POLICY, n * WINDOW_MS);
    if (state === "fail" || state === "pass") return { state, minutes: (n * WINDOW_MS) / 60_000 };
  }
  return { state: "inconclusive", minutes: 30 };
}

export function ratesOf(scenario: Scenario, runs: number, every = 1): Rates {
  const ended = Array.from({ length: runs }, (_, i) => run(scenario, 1 + i, every));
  const share = (wanted: VerdictState): number => ended.filter(({ state }) => state === wanted).length / runs;
  const times = ended.filter(({ state }) => state !== "inconclusive").map(({ minutes }) => minutes);
  times.sort((a, b) => a - b);
  return { fail: share("fail"), pass: share("pass"), minutes: times[Math.floor(times.length / 2)] ?? null };
}
