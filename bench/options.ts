/** What every bench takes. */
export interface BenchOptions {
  /** CI's size: the same ratios from fewer rounds, all benches together within about 90 s. */
  readonly smoke: boolean;
  /** The long ones and the full sizes. Neither: all benches together within 10 minutes. */
  readonly full: boolean;
  /** It was asked for by name. */
  readonly named: boolean;
}

export const PLAIN_RUN: BenchOptions = { smoke: false, full: false, named: false };

/** One value a size. */
export function sized<T>({ smoke, full }: BenchOptions, sizes: { smoke: T; plain: T; full: T }): T {
  if (smoke) return sizes.smoke;
  return full ? sizes.full : sizes.plain;
}
