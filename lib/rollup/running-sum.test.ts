/** The sums of a window that moves are those that adding its slots up anew gives, to the bit, and only what changed is summed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { finish } from "../base/sliced.ts";
import type { SlotSum } from "../model/rollup-row.ts";
import { SlotTable } from "./slot-table.ts";
import { SLOT_MS, sharesOf } from "./spread.ts";

const T0 = 1_700_000_000_000;
const WINDOW_MS = 30 * SLOT_MS;
const end = { cluster: "c1", namespace: "shop", kind: "workload", mesh: "istio" } as const;

function rowOf(slots: SlotTable, i: number) {
  const edge = {
    source: { ...end, name: "web" },
    target: { ...end, name: `w${i}` },
    protocol: "http",
    layer: "L7",
  } as const;
  return slots.table.row({ edge, reporter: "destination", job: "j", transport: false }, T0);
}

interface Addition {
  readonly row: number;
  readonly code: string;
  readonly increase: number;
  readonly lengthMs: number;
}

const addition: fc.Arbitrary<Addition> = fc.record({
  row: fc.integer({ min: 0, max: 5 }),
  code: fc.constantFrom("200", "404", "503"),
  // Whole counts, and milliseconds that are no multiples of anything.
  increase: fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.double({ min: 0, max: 1e9, noNaN: true })),
  lengthMs: fc.integer({ min: 1, max: 90_000 }),
});

function add(slots: SlotTable, { row: i, code, increase, lengthMs }: Addition, atMs: number): void {
  const row = rowOf(slots, i);
  row.lastSeenMs = atMs;
  slots.add(row, [row.class(code, "")], increase, sharesOf(atMs - lengthMs, atMs));
  slots.observed(atMs);
}

const numbers = ({ rows }: SlotSum) => rows.map(({ row, values }) => [row.key, [...values]] as const);
/** A read with a condition is no running one. */
const anew = (slots: SlotTable, from: number, to: number): SlotSum => slots.read(from, to, () => true);

test("a running sum is the sum of its slots, to the bit, however the window moves and whatever comes late", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(addition, fc.integer({ min: 0, max: 25_000 })), { minLength: 1, maxLength: 60 }),
      (steps) => {
        const slots = new SlotTable();
        let nowMs = T0;
        for (const [one, passedMs] of steps) {
          nowMs += passedMs;
          add(slots, one, nowMs);
          const to = Math.ceil(nowMs / SLOT_MS) * SLOT_MS;
          expect(numbers(slots.read(to - WINDOW_MS, to))).toEqual(
            numbers(anew(slots, to - WINDOW_MS, to)).sort(([a], [b]) => indexIn(slots, a) - indexIn(slots, b)),
          );
        }
      },
    ),
  );
});

const indexIn = (slots: SlotTable, key: string): number => slots.rows.findIndex((row) => row.key === key);

test("what has left the window leaves nothing behind, not even a rounding", () => {
  const slots = new SlotTable();
  add(slots, { row: 1, code: "503", increase: 0.1, lengthMs: 30_000 }, T0 + 30_000);
  add(slots, { row: 1, code: "200", increase: 12.7, lengthMs: 30_000 }, T0 + 600_000);
  slots.read(T0, T0 + WINDOW_MS);
  const later = slots.read(T0 + 400_000, T0 + 400_000 + WINDOW_MS);
  const column = rowOf(slots, 1).class("503", "");
  expect(later.rows.map(({ values }) => values[column])).toEqual([0]);
});

test("a row without news keeps its array, and is not summed again", () => {
  const slots = new SlotTable();
  for (let i = 0; i < 200; i++) add(slots, { row: i, code: "200", increase: i + 1, lengthMs: 5_000 }, T0 + 50_000);
  const before = slots.read(T0, T0 + WINDOW_MS);
  const summed = slots.sums.summedRows;
  expect(summed).toBe(200);
  add(slots, { row: 7, code: "200", increase: 1, lengthMs: 5_000 }, T0 + 60_000);
  const after = slots.read(T0, T0 + WINDOW_MS);
  expect(slots.sums.summedRows - summed).toBe(1);
  const changed = after.rows.filter(({ values }, i) => values !== before.rows[i]?.values);
  expect(changed.map(({ row }) => row.edge.target.name)).toEqual(["w7"]);
});

test("what is written while the rows are summed in steps is in the sum that comes out", () => {
  const slots = new SlotTable();
  for (let i = 0; i < 1_500; i++) add(slots, { row: i, code: "200", increase: 1, lengthMs: 5_000 }, T0 + 50_000);
  const reading = slots.readSteps(T0, T0 + WINDOW_MS);
  let steps = 0;
  for (; steps < 3; steps++) expect(reading.next().done).toBe(false);
  add(slots, { row: 0, code: "200", increase: 41, lengthMs: 5_000 }, T0 + 60_000);
  const { rows } = finish(reading);
  expect(rows.find(({ row }) => row.edge.target.name === "w0")?.values[0]).toBe(42);
});
