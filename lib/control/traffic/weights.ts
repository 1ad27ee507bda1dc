/**
 * Weights in basis points ↔ what each mesh stores. In: shares that sum to 10,000; out: native weights whose sum is exactly
 * the scale, each within one step of the share that was asked for (largest remainder). Sums are checked in native units
 * after rounding; a weight above zero never becomes zero, nor zero a weight above zero.
 */
import { err, ok, type Result } from "../../base/result.ts";

/** All of the traffic, in basis points. */
export const WHOLE_BP = 10_000;

export interface WeightError {
  readonly code: "weights_sum" | "weight_range" | "weight_too_fine";
  readonly message: string;
}

/** Errors: a weight that is no integer of 0..10,000, or a sum that is not 10,000. */
export function checkWeights(weightsBp: readonly number[]): Result<readonly number[], WeightError> {
  const odd = weightsBp.find((bp) => !Number.isInteger(bp) || bp < 0 || bp > WHOLE_BP);
  if (odd !== undefined)
    return err({ code: "weight_range", message: `${odd} is not a whole number of basis points from 0 to ${WHOLE_BP}` });
  const sum = weightsBp.reduce((total, bp) => total + bp, 0);
  if (sum !== WHOLE_BP) return err({ code: "weights_sum", message: `the weights add up to ${sum / 100} %, not 100 %` });
  return ok(weightsBp);
}

/** Integers that sum to `scale`. Errors: those of the check, and a share that the scale cannot hold apart from none. */
export function toNative(weightsBp: readonly number[], scale: number): Result<readonly number[], WeightError> {
  const checked = checkWeights(weightsBp);
  if (!checked.ok) return checked;
  const exact = weightsBp.map((bp) => (bp * scale) / WHOLE_BP);
  const native = exact.map(Math.floor);
  const missing = scale - native.reduce((sum, weight) => sum + weight, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, missing)) native[index] = (native[index] ?? 0) + 1;
  const lost = weightsBp.findIndex((bp, index) => bp > 0 && native[index] === 0);
  if (lost >= 0) {
    const message = `${(weightsBp[lost] ?? 0) / 100} % cannot be written: the finest step is ${100 / scale} %`;
    return err({ code: "weight_too_fine", message });
  }
  return ok(native);
}

/** Shares of relative weights, in basis points that sum to 10,000; all zero: null, since nobody is sent anything. */
export function toBp(native: readonly number[]): readonly number[] | null {
  const sum = native.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0)) return null;
  const exact = native.map((weight) => (weight * WHOLE_BP) / sum);
  const bp = exact.map(Math.floor);
  const missing = WHOLE_BP - bp.reduce((total, weight) => total + weight, 0);
  const order = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of order.slice(0, missing)) bp[index] = (bp[index] ?? 0) + 1;
  return bp;
}

/** 100 where every share is a whole percent, since many tools take that for granted, else 10,000. */
export function relativeScale(weightsBp: readonly number[]): 100 | 10_000 {
  return weightsBp.every((bp) => bp % 100 === 0) ? 100 : 10_000;
}
