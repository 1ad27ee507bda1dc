/**
 * One scrape of one endpoint after decoding and adapting: numbers by series id, and what each id means. The bridge
 * between lib/mesh (names and labels) and lib/rollup (increases). Ids are dense, stable for the life of the endpoint's
 * series table, and each stands at most once in a reading.
 */
import type { SeriesMeaning } from "./meaning.ts";

export interface ScrapeReading {
  /** When the endpoint was asked, Unix ms. */
  readonly atMs: number;
  /** Length of the valid prefix of `ids` and `values`. */
  readonly size: number;
  readonly ids: Int32Array;
  readonly values: Float64Array;
  /** By id; null for series that mean nothing to the graph. */
  readonly meanings: readonly (SeriesMeaning | null)[];
  /** By id: the series as one canonical string (name and sorted labels), for counting a target's series once. */
  readonly canonical: readonly string[];
  /** By id, where the exposition carries created timestamps, Unix ms. */
  readonly createdMs: ReadonlyMap<number, number>;
}
