/** A broken source that prints counters below zero: nothing is counted from them, and what comes next counts from there. */
import { expect, test } from "vitest";
import type { Endpoint } from "../model/identity.ts";
import type { SeriesMeaning } from "../model/meaning.ts";
import { SlotTable } from "./slot-table.ts";
import { TargetFold } from "./target-fold.ts";

const T0 = 1_700_000_000_000;
const STEP_MS = 10_000;
const end = (name: string): Endpoint => ({ cluster: "c", namespace: "shop", kind: "workload", name, mesh: "istio" });
const edge = { source: end("web"), target: end("cart"), protocol: "http", layer: "L7" } as const;
const of = { edge, reporter: "destination", family: "istio_requests_total" } as const;

const requests: SeriesMeaning = {
  kind: "counter",
  ...of,
  measure: { kind: "requests", code: "200", flags: [], security: "mutual", left: true },
};
const bucket = (part: { readonly le: number } | "count"): SeriesMeaning => ({
  kind: "latency",
  ...of,
  of: "response",
  part,
  toMs: 1,
  histogram: "h",
});

/** Reads a target once for each of `readings`, and answers with the sums of its row over all of them. */
function counted(meanings: readonly SeriesMeaning[], readings: readonly (readonly number[])[]) {
  const slots = new SlotTable();
  const fold = new TargetFold(slots, { target: "pod", intervalMs: STEP_MS });
  readings.forEach((values, n) => {
    const learned = n === 0 ? meanings.map((meaning, id) => ({ id, meaning, canonical: `s${id}` })) : [];
    const ids = Int32Array.from(meanings, (_, id) => id);
    const atMs = T0 + n * STEP_MS;
    fold.observe("e", "job", {
      atMs,
      size: ids.length,
      ids,
      values: Float64Array.from(values),
      learned,
      createdMs: new Map(),
    });
  });
  const { rows } = slots.read(T0 - STEP_MS, T0 + 10 * STEP_MS);
  const sum = rows.reduce((all, { values }) => all + values.reduce((a, b) => a + b, 0), 0);
  return { sum, dropped: slots.dropped };
}

test("a counter that was below zero for one reading adds what it added before and after, and not its whole value", () => {
  const { sum, dropped } = counted([requests], [[100_000], [100_010], [-5], [100_030], [100_037]]);
  // A request counts in more than one column.
  const { sum: one } = counted([requests], [[5], [6]]);
  expect(sum).toBeCloseTo((10 + 7) * one, 6);
  expect(dropped).toEqual({ negative_counter: 1 });
});

test("a histogram with a count below zero is left out of that reading as a whole", () => {
  const meanings = [bucket({ le: 5 }), bucket({ le: Number.POSITIVE_INFINITY })];
  const { sum, dropped } = counted(meanings, [
    [1_000, 9_000],
    [1_002, 9_003],
    [-1, 9_005],
    [1_004, 9_009],
    [1_005, 9_011],
  ]);
  expect(sum).toBeCloseTo(3 + 2, 6);
  expect(dropped).toEqual({ negative_counter: 1 });
});
