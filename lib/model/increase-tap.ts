/**
 * Who hears increases as they were observed, before they are spread over slots: the counters of watched routes. In: one
 * reading of a target at a time, and of it what each row gained since when (Unix ms); out: nothing. What hears is shut
 * while nobody watches, and then costs one look an increase.
 */
import type { RollupRow } from "./rollup-row.ts";

export interface IncreaseTap {
  readonly isOpen: boolean;
  /** A reading of `target` at `atMs` begins. */
  begin(target: string, atMs: number): void;
  /** What one counter added to `columns` of a row between `sinceMs` and the reading. */
  counted(row: RollupRow, columns: readonly number[], increase: number, sinceMs: number): void;
  /** What one histogram added: `size` columns of the row from `first` on, buckets and then the sum in ms. */
  timed(row: RollupRow, first: number, added: AddedRun, sinceMs: number): void;
  /** The reading is told. What it covered began at its endpoint's last one; null: it was a baseline. */
  end(coveredSinceMs: number | null): void;
}

export interface AddedRun {
  readonly increases: Float64Array;
  readonly size: number;
}
