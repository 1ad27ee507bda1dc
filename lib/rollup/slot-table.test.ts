/** Laws of the slot table and the contract of a live table; what closes goes once and whole. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { outcomeOf } from "../model/failure.ts";
import type { EdgeRef } from "../model/identity.ts";
import type { ClosedSlot } from "../model/rollup-row.ts";
import { coveredMs, TargetCoverage } from "./coverage.ts";
import { ProcessClock } from "./process-clock.ts";
import { RowTable } from "./row-table.ts";
import { LIVE_SLOTS, SlotTable } from "./slot-table.ts";
import { SLOT_MS, sharesOf, spread } from "./spread.ts";

const T0 = 1_700_000_000_000;

function edge(i: number, namespace = "shop"): EdgeRef {
  const end = { cluster: "c1", namespace, kind: "workload", mesh: "istio" } as const;
  return { source: { ...end, name: "web" }, target: { ...end, name: `w${i}` }, protocol: "http", layer: "L7" };
}

const query = (i: number, namespace?: string) =>
  ({ edge: edge(i, namespace), reporter: "destination", job: "j", transport: false }) as const;

test("the parts of an increase sum to it exactly, each in proportion to its time", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 0, max: 400_000 }),
      fc.integer({ min: 0, max: SLOT_MS }),
      (increase, length, phase) => {
        const parts = new Map<number, number>();
        spread(increase, sharesOf(T0 + phase, T0 + phase + length), (slotMs, part) => parts.set(slotMs, part));
        expect([...parts.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(increase, 6);
        for (const [slotMs, part] of parts) {
          const overlap = Math.min(T0 + phase + length, slotMs + SLOT_MS) - Math.max(T0 + phase, slotMs);
          if (length > 0) expect(part).toBeCloseTo((increase * overlap) / length, 3);
        }
      },
    ),
  );
});

interface Addition {
  readonly row: number;
  readonly increase: number;
  readonly from: number;
  readonly length: number;
}

const addition: fc.Arbitrary<Addition> = fc.record({
  row: fc.integer({ min: 0, max: 5 }),
  increase: fc.integer({ min: 0, max: 1000 }),
  from: fc.integer({ min: 0, max: 1_500_000 }),
  length: fc.integer({ min: 1, max: 300_000 }),
});

function filled(additions: readonly Addition[]): SlotTable {
  const slots = new SlotTable();
  for (const { row: i, increase, from, length } of additions) {
    const row = slots.table.row(query(i), T0);
    slots.add(row, [row.class("200", "")], increase, sharesOf(T0 + from, T0 + from + length));
  }
  return slots;
}

const totalOf = (rows: ClosedSlot["rows"]): number =>
  rows.reduce((sum, { values }) => sum + values.reduce((a, b) => a + b, 0), 0);

test("folding in any order gives the same sums", () => {
  fc.assert(
    fc.property(fc.array(addition, { maxLength: 30 }), (additions) => {
      const whole = filled(additions).read(T0, T0 + 2_000_000);
      const reversed = filled([...additions].reverse()).read(T0, T0 + 2_000_000);
      const byKey = (sum: typeof whole) =>
        new Map(sum.rows.map(({ row, values }) => [row.key, values[0] ?? 0] as const));
      for (const [key, value] of byKey(whole)) expect(byKey(reversed).get(key)).toBeCloseTo(value, 6);
    }),
  );
});

test("a slot belongs to exactly one: what closed and what is live sum to all that was added, late parts included", () => {
  fc.assert(
    fc.property(
      fc.array(addition, { maxLength: 30 }),
      fc.array(addition, { maxLength: 10 }),
      fc.integer({ min: 0, max: 3_000_000 }),
      (additions, late, closeAt) => {
        const slots = filled(additions);
        const closed = slots.close(T0 + closeAt);
        for (const { row: i, increase, from, length } of late) {
          const row = slots.table.row(query(i), T0);
          slots.add(row, [row.class("200", "")], increase, sharesOf(T0 + from, T0 + from + length));
        }
        closed.push(...slots.close(T0 + closeAt));
        const live = slots.read(0, T0 * 2);
        const added = [...additions, ...late].reduce((sum, one) => sum + one.increase, 0);
        expect(closed.reduce((sum, slot) => sum + totalOf(slot.rows), 0) + totalOf(live.rows)).toBeCloseTo(added, 5);
        for (const { startMs } of closed) expect(startMs).toBeLessThan(slots.horizonMs);
        expect(slots.openSlots).toBeLessThanOrEqual(180);
      },
    ),
  );
});

test("ninety slots stay live, and covered time closes once however often late parts come", () => {
  const slots = new SlotTable();
  const target = slots.target("p", 10_000);
  const row = slots.table.row(query(1), T0);
  slots.join(row.group, target);
  target.seen(T0);
  target.cover(T0, T0 + 2_000_000);
  const closed = [...slots.close(T0 + 1_000_000), ...slots.close(T0 + 2_000_000)];
  slots.add(row, [row.class("200", "")], 5, sharesOf(T0 + 100_000, T0 + 101_000));
  closed.push(...slots.close(T0 + 2_000_000));
  expect(slots.horizonMs).toBe(T0 + 2_000_000 - (LIVE_SLOTS - 1) * SLOT_MS);
  const covered = closed.reduce((sum, slot) => sum + (slot.coveredMs.get(row.group) ?? 0), 0);
  expect(covered).toBe(slots.horizonMs - T0);
});

test("past the limit edges fold into an `other` member of the target's namespace, and are counted", () => {
  const table = new RowTable(10);
  const rows = Array.from({ length: 50 }, (_, i) => table.row(query(i, i % 2 === 0 ? "shop" : "data"), T0));
  const names = new Set(rows.map((row) => `${row.edge.target.namespace}/${row.edge.target.name}`));
  expect(names.has("shop/other")).toBe(true);
  expect(table.edgeCount).toBeLessThanOrEqual(12);
  expect(table.overflowEdges).toBe(40);
  // The folded edge's time is still that of the proxy which reported it.
  expect(rows[40]?.group).not.toBe(rows[42]?.group);
});

test("covered time of a group is the union of its targets'", () => {
  const of = (...intervals: [number, number][]): TargetCoverage => {
    const target = new TargetCoverage("p", 10_000);
    for (const [from, to] of intervals) target.cover(from, to);
    target.firstMs = intervals[0]?.[0] ?? null;
    target.lastMs = intervals[intervals.length - 1]?.[1] ?? null;
    return target;
  };
  expect(coveredMs([of([0, 50_000])], 10_000, 30_000)).toBe(20_000);
  // One pod follows another, with 20 s in which neither was observed.
  expect(coveredMs([of([0, 50_000]), of([70_000, 100_000])], 0, 100_000)).toBe(80_000);
  expect(coveredMs([of([0, 100_000]), of([0, 100_000])], 0, 100_000)).toBe(100_000);
});

test("covered intervals of one target never overlap, whichever endpoint saw them", () => {
  const interval = fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 1, max: 300 }));
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1, maxLength: 20 }), (parts) => {
      const target = new TargetCoverage("p", 10_000);
      // As readings come: by their end.
      const sorted = parts.map(([from, length]) => [from, from + length] as const).sort((a, b) => a[1] - b[1]);
      for (const [from, to] of sorted) target.cover(from, to);
      const truth = Array.from({ length: 1200 }, (_, at) => sorted.some(([from, to]) => at >= from && at < to));
      expect(coveredMs([target], 0, 1200)).toBe(truth.filter(Boolean).length);
    }),
  );
});

test("a restart shows as a younger process, and scrape jitter does not", () => {
  const clock = new ProcessClock();
  const at = (ms: number, uptime: number, last: number | null): boolean => {
    clock.uptimeSeconds(uptime);
    return clock.finish(ms, last);
  };
  expect(at(T0, 100, null)).toBe(false);
  expect(at(T0 + 10_000, 110, T0)).toBe(false);
  expect(at(T0 + 20_000, 119, T0 + 10_000)).toBe(false);
  // The answer was 4 s late: the estimate moves and no new process could have started.
  expect(at(T0 + 30_000, 134, T0 + 20_000)).toBe(false);
  expect(at(T0 + 40_000, 140, T0 + 30_000)).toBe(false);
  expect(at(T0 + 50_000, 6, T0 + 40_000)).toBe(true);
  expect(at(T0 + 60_000, 8, T0 + 50_000)).toBe(true);
});

test("rows that nothing has held for long are given up, make room, and come back as new ones", () => {
  const slots = new SlotTable(2);
  const old = slots.table.row(query(1), T0);
  slots.table.row(query(2), T0);
  expect(slots.table.row(query(3), T0).edge.target.name).toBe("other");
  slots.close(T0 + 2 * 3_600_000);
  expect(slots.rows).toEqual([]);
  expect(old.dead).toBe(true);
  const again = slots.table.row(query(1), T0 + 7_300_000);
  expect(again.index).not.toBe(old.index);
  expect(slots.table.row(query(3), T0 + 7_300_000).edge.target.name).toBe("w3");
});

test("a row full of codes keeps the outcome of every further one, HTTP or gRPC", () => {
  const row = new RowTable().row(query(1), T0);
  for (let i = 0; i < 128; i++) row.class(String(600 + i), "");
  const code = fc.oneof(fc.constantFrom("200", "302", "404", "503", "none", "0", "5xx", "", "odd"), fc.string());
  const status = fc.oneof(fc.constantFrom("", "0", "1", "2", "4", "5", "12", "13", "14", "15", "16"), fc.string());
  fc.assert(
    fc.property(code, status, (code, grpcStatus) => {
      const place = row.class(code, grpcStatus);
      const column = row.columns[place];
      expect(column).toMatchObject({ kind: "class" });
      if (column?.kind !== "class") return;
      expect(outcomeOf(column.code, column.grpcStatus)).toBe(outcomeOf(code, grpcStatus));
    }),
  );
  const folded = row.class("200", "14");
  expect(row.columns[folded]).toEqual({ kind: "class", code: "2xx", grpcStatus: "14" });
  expect(row.columns.length).toBeLessThan(128 + 12 * 19);
});
