/**
 * The form of a result, `BENCH <name> <figure> goal <bound> PASS|SHORT|NOISY|SKIP <why>`, and how a verdict is come to.
 *
 * Ratios within a run: `ratioLine`; a smoke run a little below its goal is NOISY, since it is too short to say more.
 * Times: `timeLine`, measured beside a control in the same run, bound = max(goal, 2 × control); NOISY where the control
 * alone broke the goal three times.
 */
import type { BenchOptions } from "./options.ts";

export type Verdict = "PASS" | "SHORT" | "NOISY" | "SKIP";

export interface Result {
  readonly name: string;
  /** With its unit, without a blank. */
  readonly figure: string;
  readonly bound: string;
  readonly verdict: Verdict;
  readonly why: string;
}

export const benchLine = ({ name, figure, bound, verdict, why }: Result): string =>
  `BENCH ${name} ${figure} goal ${bound} ${verdict} ${why}`;

export const skipLine = (name: string, bound: string, why: string): string =>
  benchLine({ name, figure: "-", bound, verdict: "SKIP", why });

/** A figure without a goal. */
export const noteLine = (name: string, what: string): string => `      ${name}, for information: ${what}`;

/** A smoke run within this factor of its goal says nothing against it. */
const SMOKE_SLACK = 1.25;

export interface Ratio {
  readonly name: string;
  readonly ratio: number;
  readonly goal: number;
  /** Which way is good. */
  readonly want: "atLeast" | "atMost";
  readonly why: string;
}

export function ratioLine({ name, ratio, goal, want, why }: Ratio, { smoke }: BenchOptions): string {
  const excess = want === "atMost" ? ratio / goal : goal / ratio;
  const verdict = excess <= 1 ? "PASS" : smoke && excess <= SMOKE_SLACK ? "NOISY" : "SHORT";
  const bound = `${want === "atMost" ? "<=" : ">="}${goal}x`;
  return benchLine({ name, figure: `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`, bound, verdict, why });
}

/** Both in ms. */
export interface Timed {
  readonly figure: number;
  readonly control: number;
}

const TRIES = 3;

/** Measures again while the control alone breaks the goal, three times at most. `why` is made from the last measurement. */
export async function timeLine<T extends Timed>(
  name: string,
  goalMs: number,
  measure: () => Promise<T>,
  why: (measured: T) => string,
): Promise<string> {
  let measured = await measure();
  for (let tries = 1; tries < TRIES && measured.control > goalMs; tries++) measured = await measure();
  return timeVerdict(name, goalMs, measured, why(measured));
}

/** The same for a measurement that cannot be taken again. */
export function timeVerdict(name: string, goalMs: number, { figure, control }: Timed, why: string): string {
  const bound = Math.max(goalMs, 2 * control);
  const verdict = control > goalMs ? "NOISY" : figure <= bound ? "PASS" : "SHORT";
  const text = `${why}; control ${control.toFixed(1)} ms`;
  return benchLine({ name, figure: `${figure.toFixed(1)}ms`, bound: `<=${bound.toFixed(1)}ms`, verdict, why: text });
}

/** A bound that no machine moves: bytes, counts. */
export function countLine(name: string, figure: number, goal: number, unit: string, why: string): string {
  const verdict = figure <= goal ? "PASS" : "SHORT";
  return benchLine({ name, figure: `${figure.toFixed(0)}${unit}`, bound: `<=${goal}${unit}`, verdict, why });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Nearest rank, `share` 0..1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0;
}
