/** Numbers as answers print them: four significant digits; zero stays zero and exact shares stay exact. */
export function digits4(value: number): number {
  return quickDigits4(value) ?? (Number.isFinite(value) ? Number(value.toPrecision(4)) : 0);
}

/** 1e0 … 1e11: exact as doubles, and so is their product or quotient with four digits, but for one rounding. */
const POWERS = Array.from({ length: 12 }, (_, power) => 10 ** power);
/** Nearer to the middle between two numbers of four digits than this, the decimal expansion decides. */
const TIE = 1e-6;

/** What `toPrecision` says, without a string, for values in [1e-8, 1e8); undefined where that is not certain. */
function quickDigits4(value: number): number | undefined {
  if (value === 0) return 0;
  if (!(value >= 1e-8 && value < 1e8)) return undefined;
  if (value >= 1e4) {
    let divisor = 1;
    while (value >= (POWERS[4 + divisor] ?? 0)) divisor++;
    const unit = POWERS[divisor] ?? 1;
    const digits = value / unit;
    return isTie(digits) ? undefined : Math.round(digits) * unit;
  }
  let power = 0;
  while (power < 11 && value * (POWERS[power] ?? 1) < 1000) power++;
  const unit = POWERS[power] ?? 1;
  const digits = value * unit;
  // A power of ten may be missed by a rounding: then there are not four digits here.
  return digits < 1000.5 || isTie(digits) ? undefined : Math.round(digits) / unit;
}

function isTie(digits: number): boolean {
  return Math.abs(digits - Math.floor(digits) - 0.5) < TIE;
}

export function digits4OrNull(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : digits4(value);
}

/** Counts may be sums of fractions; a hair off a whole number is that number. */
export function settled(count: number): number {
  return Math.round(count * 1e6) / 1e6;
}

/** Null without a whole: a ratio of nothing is not zero. Rounding never makes 1 or 0 of a share that is neither. */
export function ratio(part: number, whole: number): number | null {
  if (!(whole > 0)) return null;
  if (part >= whole) return 1;
  const share = digits4(part / whole);
  return share === 1 ? 0.9999 : share;
}
