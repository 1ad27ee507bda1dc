/** What the series tables of all endpoints share: equal parts of meanings, one reading's columns, and a limit on series. */
import { Columns } from "./columns.ts";
import { Interner } from "./interner.ts";

/** Design §2.1 rule 6. */
export const SERIES_LIMIT = 2_000_000;

export class SeriesPool {
  readonly interner = new Interner();
  /** A reading is folded before the next one is read. */
  readonly columns = new Columns();
  /** Series known to all tables. */
  known = 0;
  readonly limit: number;

  constructor(limit = SERIES_LIMIT) {
    this.limit = limit;
  }
}
