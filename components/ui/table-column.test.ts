import { expect, test } from "vitest";
import { arrange, type Column } from "./table-column.ts";

interface Row {
  readonly id: number;
  readonly rate: number | null;
}

const ROWS: readonly Row[] = Array.from({ length: 500 }, (_, id) => ({
  id,
  rate: id % 7 === 0 ? null : (id * 37) % 11,
}));

function counted() {
  let asked = 0;
  const value = ({ rate }: Row): number | null => {
    asked++;
    return rate;
  };
  const columns: readonly Column<Row>[] = [{ id: "rate", header: "Rate", width: 80, value }];
  return { columns, asked: () => asked };
}

test("what a row is sorted by is worked out once for each row", () => {
  const { columns, asked } = counted();
  arrange(ROWS, columns, { sort: { column: "rate", descending: true }, where: {} });
  expect(asked()).toBe(ROWS.length);
});

test("rows are in the order of their values, equal ones as they came, those without a value last", () => {
  const { columns } = counted();
  const arranged = arrange(ROWS, columns, { sort: { column: "rate", descending: true }, where: {} });
  const inOrder = ROWS.toSorted((a, b) => (b.rate ?? -1) - (a.rate ?? -1) || a.id - b.id);
  expect(arranged).toEqual(inOrder);
  expect(ROWS.map(({ id }) => id)).toEqual(ROWS.map((_, i) => i));
});
