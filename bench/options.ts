/** What every bench takes. */
export interface BenchOptions {
  /** Fewer rounds, for CI. */
  readonly smoke: boolean;
}
