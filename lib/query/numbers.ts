/** Numbers as answers print them: four significant digits; zero stays zero and exact shares stay exact. */
export function digits4(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : 0;
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
