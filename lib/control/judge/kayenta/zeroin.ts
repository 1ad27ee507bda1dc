/**
 * Brent's root finder as R's `zeroin` has it, step for step: what Kayenta's confidence intervals are made with, to its
 * absolute tolerance of 1e-4. Another solver, or a closer tolerance, gives other verdicts on data with many ties: that is
 * why it is not a better one. Brent, "Algorithms for Minimization Without Derivatives", chapter 4.
 */
const EPSILON = 2.220446049250313e-16;
const TOLERANCE = 1e-4;
const MOST_STEPS = 1001;

interface Bracket {
  a: number;
  b: number;
  c: number;
  fa: number;
  fb: number;
  fc: number;
}

/** A step by interpolation where it falls well inside the bracket, by halving where it does not. */
function nextStep({ a, b, c, fa, fb, fc }: Bracket, previous: number, accuracy: number): number {
  const half = (c - b) / 2;
  if (Math.abs(previous) < accuracy || Math.abs(fa) <= Math.abs(fb)) return half;
  const cb = c - b;
  let p: number;
  let q: number;
  if (a === c) {
    const t1 = fb / fa;
    p = cb * t1;
    q = 1 - t1;
  } else {
    q = fa / fc;
    const t1 = fb / fc;
    const t2 = fb / fa;
    p = t2 * (cb * q * (q - t1) - (b - a) * (t1 - 1));
    q = (q - 1) * (t1 - 1) * (t2 - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const isInside = p < 0.75 * cb * q - Math.abs(accuracy * q) / 2 && p < Math.abs((previous * q) / 2);
  return isInside ? p / q : half;
}

/** The root of `f` between `low` and `high`, whose values differ in sign. */
export function zeroin(f: (x: number) => number, low: number, high: number): number {
  const [fLow, fHigh] = [f(low), f(high)];
  if (fLow === 0) return low;
  if (fHigh === 0) return high;
  let at: Bracket = { a: low, b: high, c: low, fa: fLow, fb: fHigh, fc: fLow };
  for (let i = 0; i < MOST_STEPS; i++) {
    const previous = at.b - at.a;
    if (Math.abs(at.fc) < Math.abs(at.fb)) at = { a: at.b, b: at.c, c: at.b, fa: at.fb, fb: at.fc, fc: at.fb };
    const accuracy = 2 * EPSILON * Math.abs(at.b) + TOLERANCE / 2;
    if (Math.abs((at.c - at.b) / 2) <= accuracy || at.fb === 0) return at.b;
    let step = nextStep(at, previous, accuracy);
    if (Math.abs(step) < accuracy) step = step > 0 ? accuracy : -accuracy;
    const b = at.b + step;
    const fb = f(b);
    at = { a: at.b, fa: at.fb, b, fb, c: at.c, fc: at.fc };
    if ((fb > 0 && at.fc > 0) || (fb < 0 && at.fc < 0)) at = { ...at, c: at.a, fc: at.fa };
  }
  return at.b;
}
