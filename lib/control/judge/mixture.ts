/**
 * The relative test of a canary against its primary: a mixture sequential probability ratio test of bad-event rates,
 * conditioned on the exposure of each batch (Lindon & Malek, NeurIPS 2022, arXiv:2011.03567, condition counts alike). In:
 * batches in order, each within one weight period. Out: e-values as natural logarithms, valid at every look.
 *
 * Given e = e_c + e_p bad events in a batch, e_c is binomial with q(δ) = n_c·e^δ / (n_c·e^δ + n_p), δ the log of the ratio
 * of rates, so what moves both arms alike cancels. The increment of the log likelihood ratio of δ to δ₀ is
 * e_c·(δ − δ₀) − e·[ln(n_c·e^δ + n_p) − ln(n_c·e^δ₀ + n_p)].
 *
 * Assumes bad events that are independent given the rates; where they cluster, divide both counts by the dispersion first
 * (dispersion.ts). A batch without requests in one arm, or without bad events, says nothing.
 */

/** Requests and bad events of both arms in one window. Counts may be fractions (divided by a dispersion). */
export interface Batch {
  readonly canaryRequests: number;
  readonly primaryRequests: number;
  readonly canaryBad: number;
  readonly primaryBad: number;
}

/** A ratio of rates up to here is tolerated. */
export const TOLERANCE = 1.25;
/** A ratio of rates from here on is what a pass rules out. */
export const MARGIN = 1.5;

const POINTS = 48;
const SIGMA = Math.log(4);
const REACH = 3.2 * SIGMA;

interface Grid {
  readonly distances: readonly number[];
  readonly logWeights: readonly number[];
}

/** Half of a normal with σ = ln 4, cut at 3.2 σ: middles of 48 equal pieces. */
const GRID: Grid = halfNormal();

function halfNormal(): Grid {
  const distances = Array.from({ length: POINTS }, (_, k) => ((k + 0.5) / POINTS) * REACH);
  const raw = distances.map((u) => -(u * u) / (2 * SIGMA * SIGMA));
  const total = logSumExp(raw);
  return { distances, logWeights: raw.map((w) => w - total) };
}

/** ln Σ e^x without overflow; −∞ of nothing. */
export function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** ln of the likelihood of `delta` over that of `delta0` in one batch. */
export function logRatio({ canaryRequests: nc, primaryRequests: np, ...bad }: Batch, delta: number, delta0: number) {
  if (nc <= 0 || np <= 0) return 0;
  const e = bad.canaryBad + bad.primaryBad;
  if (e === 0) return 0;
  return (
    bad.canaryBad * (delta - delta0) - e * (Math.log(nc * Math.exp(delta) + np) - Math.log(nc * Math.exp(delta0) + np))
  );
}

/** Sums over batches for one null and the alternatives on one side of it. */
class Mixture {
  private readonly sums: number[];
  private readonly deltas: readonly number[];
  /** e^δ of each. */
  private readonly factors: readonly number[];
  private readonly delta0: number;

  constructor(delta0: number, side: 1 | -1) {
    this.delta0 = delta0;
    this.deltas = GRID.distances.map((u) => delta0 + side * u);
    this.factors = this.deltas.map(Math.exp);
    this.sums = this.deltas.map(() => 0);
  }

  add({ canaryRequests: nc, primaryRequests: np, canaryBad, primaryBad }: Batch): void {
    const e = canaryBad + primaryBad;
    if (nc <= 0 || np <= 0 || e === 0) return;
    const base = Math.log(nc * Math.exp(this.delta0) + np);
    for (let k = 0; k < this.sums.length; k++) {
      const moved = canaryBad * ((this.deltas[k] ?? 0) - this.delta0);
      this.sums[k] = (this.sums[k] ?? 0) + moved - e * (Math.log(nc * (this.factors[k] ?? 1) + np) - base);
    }
  }

  get logE(): number {
    return logSumExp(this.sums.map((sum, k) => sum + (GRID.logWeights[k] ?? 0)));
  }
}

export interface Evidence {
  /** ln of the e-value against "the ratio is at most the tolerance". */
  readonly logFail: number;
  /** ln of the e-value against "the ratio is at least the margin". */
  readonly logPass: number;
}

/** Evidence after each batch, in order; empty in, empty out. */
export function evidenceOverTime(batches: readonly Batch[]): readonly Evidence[] {
  const fail = new Mixture(Math.log(TOLERANCE), 1);
  const pass = new Mixture(Math.log(MARGIN), -1);
  return batches.map((batch) => {
    fail.add(batch);
    pass.add(batch);
    return { logFail: fail.logE, logPass: pass.logE };
  });
}

export function evidenceOf(batches: readonly Batch[]): Evidence {
  return evidenceOverTime(batches).at(-1) ?? { logFail: 0, logPass: 0 };
}

/** Half the distance of two alternatives, so that null and alternatives stand on one grid. */
const STEP = REACH / POINTS / 2;
const WIDEST = Math.round(Math.log(64) / STEP);
/** Steps from a null to its furthest alternative. */
const FURTHEST = 2 * POINTS - 1;

const REACHED = WIDEST + FURTHEST;
/** e^(i·STEP): one logarithm is left for each batch and ratio. */
const FACTORS = Float64Array.from({ length: 2 * REACHED + 1 }, (_, i) => Math.exp((i - REACHED) * STEP));

/** The log likelihood of each log ratio i·STEP, |i| ≤ WIDEST + FURTHEST, up to a constant. */
function logLikelihoods(batches: readonly Batch[]): Float64Array {
  const sums = new Float64Array(FACTORS.length);
  for (const { canaryRequests: nc, primaryRequests: np, canaryBad, primaryBad } of batches) {
    const e = canaryBad + primaryBad;
    if (nc <= 0 || np <= 0 || e === 0) continue;
    for (let i = 0; i < sums.length; i++) {
      sums[i] = (sums[i] ?? 0) + canaryBad * (i - REACHED) * STEP - e * Math.log(nc * (FACTORS[i] ?? 1) + np);
    }
  }
  return sums;
}

/**
 * The ratios of rates, canary over primary, that the batches do not rule out at level `alpha`, at any look: [low, high].
 * Searched on a grid from 1/64 to 64 in steps of 5 %; an end that the batches do not bound is 0 or Infinity.
 */
export function ratioInterval(batches: readonly Batch[], alpha: number): readonly [number, number] {
  const bound = -Math.log(alpha);
  const sums = logLikelihoods(batches);
  const at = (i: number): number => sums[i + REACHED] ?? 0;
  const logE = (none: number): number =>
    logSumExp(
      GRID.logWeights.flatMap((weight, k) => {
        const off = 2 * k + 1;
        return [at(none + off), at(none - off)].map((sum) => sum - at(none) + weight - Math.LN2);
      }),
    );
  const kept: number[] = [];
  for (let i = -WIDEST; i <= WIDEST; i++) if (logE(i) < bound) kept.push(i);
  const [first, last] = [kept[0], kept.at(-1)];
  const widest = Math.exp(WIDEST * STEP);
  // All ruled out: the truth lies beyond the end that the counts lean to.
  if (first === undefined || last === undefined) {
    return at(WIDEST) > at(-WIDEST) ? [widest, Number.POSITIVE_INFINITY] : [0, 1 / widest];
  }
  return [
    first === -WIDEST ? 0 : Math.exp(first * STEP),
    last === WIDEST ? Number.POSITIVE_INFINITY : Math.exp(last * STEP),
  ];
}

/**
 * ln of the e-value against "the canary's own rate is at least `limit`", for services without errors to compare: the
 * mixture over rates below the limit, spread evenly in the logarithm over two decades. With no bad events at all it
 * passes ln 20 after about ln 20 / −ln(1 − limit) requests and a little more.
 */
export function logAbsolutePass(batches: readonly Batch[], limit: number): number {
  const requests = batches.reduce((sum, batch) => sum + batch.canaryRequests, 0);
  const bad = batches.reduce((sum, batch) => sum + batch.canaryBad, 0);
  const terms = Array.from({ length: POINTS }, (_, k) => {
    const p = limit * 10 ** (-2 * ((k + 0.5) / POINTS));
    return bad * Math.log(p / limit) + (requests - bad) * (Math.log1p(-p) - Math.log1p(-limit)) - Math.log(POINTS);
  });
  return logSumExp(terms);
}
