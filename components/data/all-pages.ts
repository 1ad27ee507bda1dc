/**
 * A list of the API from its pages. In: a way to ask for one page. Out: one list in the order of the pages, each row
 * once, whose `nextCursor` leads to the rest where the list is longer than `MOST_ROWS`. A list that changes between two
 * pages may lack a row until it is asked for again.
 */

/** The most that one page may hold (`limit`). */
export const PAGE_ROWS = 1000;
/** Rows that a table takes in at once. */
export const MOST_ROWS = 5000;

export interface Paged {
  readonly nextCursor: string | null;
  readonly total: number;
}

export interface ListOf<Answer extends Paged, Row> {
  /** `first` is the first page, or null when it is the one asked for. */
  readonly ask: (cursor: string | null, first: Answer | null) => Promise<Answer>;
  readonly rowsOf: (answer: Answer) => readonly Row[];
  readonly idOf: (row: Row) => string;
}

export interface WholeList<Answer, Row> {
  readonly first: Answer;
  readonly rows: Row[];
  readonly nextCursor: string | null;
  readonly total: number;
}

/** Ends at `MOST_ROWS`, and at a page without a row that is new: a cursor that leads nowhere is not followed for ever. */
export async function allPages<Answer extends Paged, Row>(list: ListOf<Answer, Row>): Promise<WholeList<Answer, Row>> {
  const first = await list.ask(null, null);
  const rows = new Map<string, Row>();
  const take = (answer: Answer): boolean => {
    const before = rows.size;
    for (const row of list.rowsOf(answer)) if (!rows.has(list.idOf(row))) rows.set(list.idOf(row), row);
    return rows.size > before;
  };
  let page = first;
  let grew = take(first);
  while (grew && page.nextCursor !== null && rows.size < MOST_ROWS) {
    page = await list.ask(page.nextCursor, first);
    grew = take(page);
  }
  return { first, rows: [...rows.values()], nextCursor: page.nextCursor, total: Math.max(page.total, rows.size) };
}
