import { expect, test } from "vitest";
import type { Column, RollupRow, RowValues } from "../../../lib/model/rollup-row.ts";
import { contractSlot } from "../rollup-store-contract.ts";
import { ColumnIds, readMeaning } from "./column-ids.ts";
import { uniteRows } from "./row-union.ts";

const SCHEME = { of: "response", bounds: [1, 5] } as const;
const OTHER = { of: "response", bounds: [2] } as const;
const ok200: Column = { kind: "class", code: "200", grpcStatus: "" };
const ok503: Column = { kind: "class", code: "503", grpcStatus: "" };

function row(columns: readonly Column[], schemes: RollupRow["schemes"] = []): RollupRow {
  const [first] = contractSlot(0, [1]).rows;
  if (first === undefined) throw new Error("the contract's slot is empty");
  return { ...first.row, columns, schemes };
}

const values = (of: RollupRow, ...numbers: number[]): RowValues => ({ row: of, values: Float64Array.from(numbers) });

test("rows are added by what their columns count, not by where they stand", () => {
  const united = uniteRows([values(row([ok200, ok503]), 1, 2), values(row([ok503, ok200]), 10, 20)]);
  expect([...(united?.values ?? [])]).toEqual([21, 12]);
});

test("buckets of one number and different schemes stay apart, whatever number their scheme has", () => {
  const bucket = (scheme: number): Column => ({ kind: "bucket", scheme, index: 0 });
  const a = row([bucket(0)], [SCHEME]);
  const b = row([bucket(0), bucket(1)], [OTHER, SCHEME]);
  const united = uniteRows([values(a, 1), values(b, 10, 100)]);
  expect([...(united?.values ?? [])]).toEqual([101, 10]);
  expect(united?.row.schemes).toEqual([SCHEME, OTHER]);
});

test("a column has one id in every process, whatever order its members are spelled in and its scheme is counted in", () => {
  const [one, two] = [new ColumnIds(), new ColumnIds()];
  const turned: Column = { grpcStatus: "", code: "200", kind: "class" };
  expect(one.shape(row([ok200]), 1).columns).toEqual(two.shape(row([turned]), 1).columns);
  const bucket: Column = { kind: "bucket", scheme: 1, index: 2 };
  const shifted: Column = { kind: "bucket", scheme: 0, index: 2 };
  const ids = one.shape(row([bucket], [OTHER, SCHEME]), 1).columns;
  expect(ids).toEqual(two.shape(row([shifted], [SCHEME]), 1).columns);
  expect(ids).not.toEqual(two.shape(row([shifted], [OTHER]), 1).columns);
});

test("what an id means can be read back, and is told once", () => {
  const ids = new ColumnIds();
  const { id, columns } = ids.shape(row([ok200]), 1);
  const untold = ids.untold();
  expect(readMeaning(untold.get(columns[0] ?? "") ?? "")).toEqual({ column: ok200 });
  expect(readMeaning(untold.get(id) ?? "")).toEqual(columns);
  ids.tell(untold.keys());
  ids.shape(row([ok200]), 1);
  expect(ids.untold().size).toBe(0);
});
