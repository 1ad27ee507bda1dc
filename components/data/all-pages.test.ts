import { describe, expect, it } from "vitest";
import { allPages, MOST_ROWS, PAGE_ROWS } from "./all-pages.ts";

interface Answer {
  readonly rows: readonly string[];
  readonly nextCursor: string | null;
  readonly total: number;
}

const idOf = (row: string): string => row;
const rowsOf = (answer: Answer): readonly string[] => answer.rows;

/** A server with `total` rows; the cursor is the number of the row to go on from. */
function server(total: number) {
  const asked: (string | null)[] = [];
  const ask = async (cursor: string | null): Promise<Answer> => {
    asked.push(cursor);
    const from = Number(cursor ?? "0");
    const to = Math.min(total, from + PAGE_ROWS);
    const rows = Array.from({ length: to - from }, (_, i) => `row ${from + i}`);
    return { rows, nextCursor: to < total ? String(to) : null, total };
  };
  return { ask, asked };
}

describe("a list in pages", () => {
  it("is asked for once when it fits into a page", async () => {
    const { ask, asked } = server(3);
    const list = await allPages({ ask, rowsOf, idOf });
    expect(list).toMatchObject({ rows: ["row 0", "row 1", "row 2"], nextCursor: null, total: 3 });
    expect(asked).toEqual([null]);
  });

  it("is followed by its cursor to the end", async () => {
    const { ask, asked } = server(2500);
    const list = await allPages({ ask, rowsOf, idOf });
    expect(list.rows).toHaveLength(2500);
    expect(list.rows.at(-1)).toBe("row 2499");
    expect(list.nextCursor).toBeNull();
    expect(asked).toEqual([null, "1000", "2000"]);
  });

  it("stops at the most rows, and keeps the way to the rest", async () => {
    const { ask, asked } = server(MOST_ROWS + 1);
    const list = await allPages({ ask, rowsOf, idOf });
    expect(list).toMatchObject({ nextCursor: String(MOST_ROWS), total: MOST_ROWS + 1 });
    expect(list.rows).toHaveLength(MOST_ROWS);
    expect(asked).toHaveLength(MOST_ROWS / PAGE_ROWS);
  });

  it("has a row once that moved onto the next page meanwhile", async () => {
    const pages: Answer[] = [
      { rows: ["a", "b"], nextCursor: "b", total: 3 },
      { rows: ["b", "c"], nextCursor: null, total: 3 },
    ];
    const firsts: (Answer | null)[] = [];
    const ask = async (cursor: string | null, first: Answer | null): Promise<Answer> => {
      firsts.push(first);
      const page = pages[cursor === null ? 0 : 1];
      if (page === undefined) throw new Error("no such page");
      return page;
    };
    expect((await allPages({ ask, rowsOf, idOf })).rows).toEqual(["a", "b", "c"]);
    expect(firsts).toEqual([null, pages[0]]);
  });

  it("ends at a cursor that leads nowhere, and fails as its page fails", async () => {
    const stuck = async (): Promise<Answer> => ({ rows: ["a"], nextCursor: "a", total: 9 });
    expect(await allPages({ ask: stuck, rowsOf, idOf })).toMatchObject({ rows: ["a"], nextCursor: "a", total: 9 });
    const broken = async (cursor: string | null): Promise<Answer> => {
      if (cursor !== null) throw new Error("gone");
      return { rows: ["a"], nextCursor: "a", total: 2 };
    };
    await expect(allPages({ ask: broken, rowsOf, idOf })).rejects.toThrow("gone");
  });
});
