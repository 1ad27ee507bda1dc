import { expect, test } from "vitest";
import { DataTable } from "./DataTable.tsx";
import type { Column } from "./table-column.ts";
import { markupOf } from "./test-markup.ts";

interface Row {
  readonly name: string;
  readonly place: string;
}

const ROWS: readonly Row[] = [
  { name: "cart", place: "shop" },
  { name: "bank", place: "pay" },
  { name: "mail", place: "shop" },
];

const NAME: Column<Row> = { id: "name", header: "Name", width: 80, value: ({ name }) => name };
const PLACE: Column<Row> = { id: "place", header: "Place", width: 80, value: ({ place }) => place };

test("a column that is not drawn filters all the same, and is named where the filter is taken off", () => {
  const markup = markupOf(
    <DataTable
      label="Things"
      rows={ROWS}
      columns={[NAME, PLACE]}
      drawn={[NAME]}
      rowId={({ name }) => name}
      state={{ sort: null, where: { place: "shop" } }}
      onState={() => undefined}
    />,
  );
  expect(markup).toContain("2 of 3 rows");
  expect(markup).toContain("Place: shop, remove this filter");
  expect(markup.match(/<th /g)).toHaveLength(1);
});
