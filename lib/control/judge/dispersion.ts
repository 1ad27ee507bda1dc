/**
 * How much more bad events scatter than independent ones would, from two halves of the primary. In: per batch, requests
 * and bad events of both halves. Out: the dispersion φ ≥ 1 that both arms' counts are divided by, or that it cannot be
 * known. What moves both halves alike cancels; each half's own bursts do not. Compared with the share q = n_a/(n_a + n_b)
 * that is expected of half a: (e_a − e·q)² / (e·q·(1 − q)), averaged.
 *
 * Only batches before the one that is judged may be given. Halves should be of the canary's size: a large primary averages
 * its bursts away. φ is an estimate, so the guarantee of the test becomes approximate.
 */
import type { Batch } from "./mixture.ts";

export interface Halves {
  readonly aRequests: number;
  readonly bRequests: number;
  readonly aBad: number;
  readonly bBad: number;
}

/** Batches are pooled until so many bad events are in one: below it the square says little. */
const LEAST_BAD = 5;
/** Pooled batches before an estimate counts. */
export const WARM_UP = 5;

/** Null until 5 pooled batches are there. */
export function dispersionOf(history: readonly Halves[]): number | null {
  const squares: number[] = [];
  let pool: Halves = { aRequests: 0, bRequests: 0, aBad: 0, bBad: 0 };
  // Each batch keeps its own expected share, so that a weight that moves inside a pool is no scatter.
  let expected = 0;
  let variance = 0;
  for (const half of history) {
    const requests = half.aRequests + half.bRequests;
    if (half.aRequests <= 0 || half.bRequests <= 0) continue;
    const q = half.aRequests / requests;
    const bad = half.aBad + half.bBad;
    expected += bad * q;
    variance += bad * q * (1 - q);
    pool = { ...pool, aBad: pool.aBad + half.aBad, bBad: pool.bBad + half.bBad };
    if (pool.aBad + pool.bBad < LEAST_BAD) continue;
    squares.push((pool.aBad - expected) ** 2 / variance);
    pool = { aRequests: 0, bRequests: 0, aBad: 0, bBad: 0 };
    expected = 0;
    variance = 0;
  }
  if (squares.length < WARM_UP) return null;
  return Math.max(1, squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/** The same batch with fewer, independent bad events in it. */
export function undispersed(batch: Batch, phi: number): Batch {
  return { ...batch, canaryBad: batch.canaryBad / phi, primaryBad: batch.primaryBad / phi };
}
