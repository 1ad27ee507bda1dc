/**
 * Draws from distributions, and seeds that branch: every hop of every request has a generator of its own, so that what
 * an incident changes at one place leaves the dice of every other place as they were.
 */
import { type Rng, rng } from "../base/rng.ts";
import type { Spread } from "./spec.ts";

/** A 32-bit seed from two; for a fixed `seed` different `branch`es give different results (MurmurHash3's finaliser). */
export function mix(seed: number, branch: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ branch;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function branch(seed: number, index: number): Rng {
  return rng(mix(seed, index));
}

/** Standard normal (Box and Muller, 1958); two uniform draws each. */
export function normal(draw: Rng): number {
  const u = 1 - draw.next();
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * draw.next());
}

export function logNormal(draw: Rng, spread: Spread): number {
  return spread.medianMs * Math.exp(spread.sigma * normal(draw));
}

/** Knuth's product method up to a mean of 30, the rounded normal above it. */
export function poisson(draw: Rng, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(draw)));
  const floor = Math.exp(-mean);
  let count = 0;
  for (let product = draw.next(); product > floor; product *= draw.next()) count++;
  return count;
}

/** Index of a weight, in proportion; -1 when there is none. */
export function pick(draw: Rng, weights: readonly number[]): number {
  let left = draw.next() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

/** `digits` lower-case hex digits; distinct for distinct `index` under one seed when `digits` is at least 8. */
export function hexDigits(seed: number, index: number, digits: number): string {
  let out = "";
  for (let word = 0; out.length < digits; word++) {
    out += mix(mix(seed, word), index).toString(16).padStart(8, "0");
  }
  return out.slice(0, digits);
}
