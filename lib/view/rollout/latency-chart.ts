/**
 * Latency of both versions as cumulative shares over a logarithmic scale, each with its band. In: counts by bucket with
 * their upper bounds (ms), how far each share may lie from the truth; out: paths in a box of css px. Pure.
 */
import type { RolloutDetail } from "../../query/schema/rollouts.ts";
import type { Box } from "../chart.ts";
import { durationMs, plain } from "../format.ts";

type Latency = NonNullable<RolloutDetail["latency"]>;

export interface LatencyChart {
  readonly canary: string;
  readonly stable: string;
  /** Closed areas; null where no band is known. */
  readonly canaryBand: string | null;
  readonly stableBand: string | null;
  readonly ticks: readonly { readonly x: number; readonly text: string }[];
  /** Bounds with the share below each, for a table: those where something lies. */
  readonly rows: readonly { readonly name: string; readonly canary: number; readonly stable: number }[];
}

function cumulative(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, one) => sum + one, 0);
  let below = 0;
  return counts.map((one) => {
    below += one;
    return total === 0 ? 0 : below / total;
  });
}

/** Index of the first and last bucket with anything of either version. */
function seenRange(canary: readonly number[], stable: readonly number[]): readonly [number, number] | null {
  const has = canary.map((count, i) => count > 0 || (stable[i] ?? 0) > 0);
  const first = has.indexOf(true);
  return first < 0 ? null : [Math.max(0, first - 1), has.lastIndexOf(true)];
}

interface Points {
  readonly x: readonly number[];
  readonly shares: readonly number[];
}

function areaOf({ x, shares }: Points, radius: number, box: Box): string {
  const y = (share: number): string => (box.height * (1 - Math.min(1, Math.max(0, share)))).toFixed(1);
  const top = x.map((at, i) => `${at.toFixed(1)} ${y((shares[i] ?? 0) + radius)}`);
  const bottom = x.map((at, i) => `${at.toFixed(1)} ${y((shares[i] ?? 0) - radius)}`).reverse();
  return `M${[...top, ...bottom].join("L")}Z`;
}

function lineOf({ x, shares }: Points, box: Box): string {
  return x
    .map((at, i) => `${i === 0 ? "M" : "L"}${at.toFixed(1)} ${(box.height * (1 - (shares[i] ?? 0))).toFixed(1)}`)
    .join("");
}

/** 1, 2, 5, 10, 20 … ms inside the scale. */
function ticksOf(lowMs: number, highMs: number, xOfMs: (ms: number) => number): LatencyChart["ticks"] {
  const all = [-2, -1, 0, 1, 2, 3, 4, 5].flatMap((power) => [1, 2, 5].map((one) => one * 10 ** power));
  const inside = all.filter((ms) => ms >= lowMs && ms <= highMs);
  const every = Math.max(1, Math.ceil(inside.length / 6));
  return inside.filter((_, i) => i % every === 0).map((ms) => ({ x: xOfMs(ms), text: plain(durationMs(ms)) }));
}

/** Null where nothing was timed, or one bucket holds it all. */
export function latencyChart({ boundsMs, canary, stable, band }: Latency, box: Box): LatencyChart | null {
  const range = seenRange(canary, stable);
  if (range === null || boundsMs.length < 2) return null;
  // The last bucket has no bound: its share is what lies beyond the scale.
  const last = Math.min(range[1], boundsMs.length - 1);
  const bounds = boundsMs.slice(range[0], last + 1);
  const [low = 0, high = 0] = [bounds[0], bounds.at(-1)];
  if (!(high > low && low > 0)) return null;
  const xOfMs = (ms: number): number => (Math.log(ms / low) / Math.log(high / low)) * box.width;
  const x = bounds.map(xOfMs);
  const pointsOf = (counts: readonly number[]): Points => ({ x, shares: cumulative(counts).slice(range[0], last + 1) });
  const [next, now] = [pointsOf(canary), pointsOf(stable)];
  return {
    canary: lineOf(next, box),
    stable: lineOf(now, box),
    canaryBand: band === undefined ? null : areaOf(next, band.canary, box),
    stableBand: band === undefined ? null : areaOf(now, band.stable, box),
    ticks: ticksOf(low, high, xOfMs),
    rows: bounds.map((bound, i) => ({
      name: plain(durationMs(bound)),
      canary: next.shares[i] ?? 0,
      stable: now.shares[i] ?? 0,
    })),
  };
}
