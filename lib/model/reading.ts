/**
 * One scrape of one endpoint after decoding and adapting: numbers by series id, and what each id means. The bridge
 * between lib/mesh (names and labels) and lib/rollup (increases). Ids are dense, stable for the life of the endpoint's
 * series table until they stand in `forgotten`, and each stands at most once in a reading. `ids` and `values` belong to
 * the table and are written over by its next reading. A printed series with two meanings has two ids. What an id means is
 * told once, in the first reading that has it: whoever folds keeps what it needs.
 */
import type { SeriesMeaning } from "./meaning.ts";

/** A series that the endpoint's table has just come to know. */
export interface LearnedSeries {
  readonly id: number;
  readonly meaning: SeriesMeaning;
  /** Name and sorted labels in one text, for counting a target's series once. */
  readonly canonical: string;
  /**
   * True for the sum of series past a limit, folded into an `other` member: a count kept by the table since it began, that
   * neither falls nor starts anew with the process. Only two readings of the same table can be compared.
   */
  readonly accrued?: true;
}

export interface ScrapeReading {
  /** When the endpoint was asked, Unix ms. */
  readonly atMs: number;
  /** Length of the valid prefix of `ids` and `values`. */
  readonly size: number;
  readonly ids: Int32Array;
  readonly values: Float64Array;
  /** New ids, told once; after those in `forgotten`. */
  readonly learned: readonly LearnedSeries[];
  /** By id, where the exposition carries created timestamps, Unix ms. */
  readonly createdMs: ReadonlyMap<number, number>;
  /**
   * Ids of series not seen for long, given up before this reading. From now on (this reading included) such an id may
   * stand for another series, so whatever is kept by it is stale.
   */
  readonly forgotten?: readonly number[];
  /**
   * True when lines or series that may matter were left out (malformed, over a limit). Absence from such a reading says
   * nothing: a series that is absent here and present in the next one is a baseline, not a count from 0, unless both have
   * the same `lossKey`.
   */
  readonly incomplete?: boolean;
  /** Equal in two readings that left out the very same series: whatever appears in the later one is new. */
  readonly lossKey?: string;
  /** Ids the body shows without a usable value (NaN, type changed): present all the same; the next value is a baseline. */
  readonly withheld?: readonly number[];
}
