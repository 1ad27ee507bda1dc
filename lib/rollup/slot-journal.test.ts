import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../model/identity.ts";
import type { ClosedSlot } from "../model/rollup-row.ts";
import type { MutableRow } from "./mutable-row.ts";
import { SlotJournal } from "./slot-journal.ts";
import { restoreCoverage, restoreSlots, saveCoverage } from "./slot-restore.ts";
import { SlotTable } from "./slot-table.ts";

const T0 = 1_700_000_000_000;

function end(name: string): Endpoint {
  return { cluster: "c", namespace: "n", kind: "workload", name, mesh: null };
}

function rowOf(slots: SlotTable, name: string): MutableRow {
  const edge = { source: end(name), target: end("b"), protocol: "http", layer: "L7" } as const;
  return slots.table.row({ edge, reporter: "inbound", job: "j", transport: false }, T0);
}

function gainsOf(slots: SlotTable): ClosedSlot[] {
  const gains = slots.journal?.take((slotMs, index) => slots.held(slotMs, index)) ?? new Map();
  return [...gains].map(([startMs, rows]) => ({
    startMs,
    coveredMs: new Map(),
    rows: [...rows].flatMap(([index, values]) => {
      const row = slots.table.at(index);
      return row === undefined ? [] : [{ row, values }];
    }),
  }));
}

/** By slot, row and column, whatever the order in which they were made. */
function contents(slots: SlotTable): Record<string, number> {
  const found: Record<string, number> = {};
  for (let slotMs = T0; slotMs < T0 + 50_000; slotMs += 10_000) {
    for (const { row, values } of slots.read(slotMs, slotMs + 10_000).rows) {
      row.columns.forEach((column, i) => {
        const value = values[i] ?? 0;
        if (value !== 0) found[`${slotMs}/${row.key}/${JSON.stringify(column)}`] = value;
      });
    }
  }
  return found;
}

const step = fc.oneof(
  fc.record({
    slot: fc.integer({ min: 0, max: 3 }),
    row: fc.constantFrom("a", "c"),
    code: fc.constantFrom("200", "503", "404"),
    by: fc.integer({ min: 1, max: 9 }),
  }),
  fc.constantFrom("checkpoint" as const, "lostCheckpoint" as const),
);

describe("the journal of open slots", () => {
  test("checkpoints add up to the table, whatever came between them and whichever of them failed", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const slots = new SlotTable();
        const journal = new SlotJournal();
        slots.journal = journal;
        const kept: ClosedSlot[] = [];
        for (const did of steps) {
          if (did === "checkpoint") kept.push(...gainsOf(slots));
          else if (did === "lostCheckpoint") {
            const held = (slotMs: number, index: number) => slots.held(slotMs, index);
            journal.giveBack(journal.take(held), held);
          } else {
            const row = rowOf(slots, did.row);
            slots.add(row, [row.class(did.code, "")], did.by, [{ slotMs: T0 + did.slot * 10_000, share: 1 }]);
          }
        }
        kept.push(...gainsOf(slots));
        const restored = new SlotTable();
        restoreSlots(restored, kept);
        expect(contents(restored)).toEqual(contents(slots));
      }),
    );
  });

  test("what was given back after more was gained is gained with it", () => {
    const slots = new SlotTable();
    const journal = new SlotJournal();
    slots.journal = journal;
    const held = (slotMs: number, index: number) => slots.held(slotMs, index);
    const row = rowOf(slots, "a");
    const add = (code: string, by: number) => slots.add(row, [row.class(code, "")], by, [{ slotMs: T0, share: 1 }]);
    add("200", 3);
    const lost = journal.take(held);
    add("503", 5);
    journal.giveBack(lost, held);
    expect([...(journal.take(held).get(T0)?.get(row.index) ?? [])]).toEqual([3, 5]);
    expect(journal.touched(T0)).toBe(false);
  });

  test("a slot that is closed leaves the journal", () => {
    const slots = new SlotTable();
    slots.journal = new SlotJournal();
    const row = rowOf(slots, "a");
    slots.add(row, [row.class("200", "")], 1, [{ slotMs: T0, share: 1 }]);
    expect(slots.journal.touched(T0)).toBe(true);
    expect(slots.close(T0 + 1_000_000).map(({ startMs }) => startMs)).toEqual([T0]);
    expect(slots.journal.touched(T0)).toBe(false);
  });
});

describe("a restored table", () => {
  function observed(): SlotTable {
    const slots = new SlotTable();
    const target = slots.target("j/t", 10_000);
    const row = rowOf(slots, "a");
    slots.join(row.group, target);
    target.seen(T0);
    target.cover(T0, T0 + 25_000);
    target.seen(T0 + 25_000);
    slots.add(row, [row.class("200", "")], 7, [{ slotMs: T0, share: 1 }]);
    row.lastSeenMs = T0 + 25_000;
    return slots;
  }

  test("covers what the old one covered, and closes each slot once", () => {
    const old = observed();
    const closed = old.close(T0 + 10_000 + 890_000);
    expect(closed.map(({ startMs }) => startMs)).toEqual([T0]);
    const restored = new SlotTable();
    restoreCoverage(restored, JSON.parse(JSON.stringify(saveCoverage(old))));
    restored.resume(old.horizonMs, new Map());
    const later = T0 + 30_000 + 890_000;
    const [before, after] = [old.close(later), restored.close(later)];
    expect(after).toEqual(before);
    expect(before.map(({ startMs, coveredMs }) => [startMs, ...coveredMs.values()])).toEqual([
      [T0 + 10_000, 10_000],
      [T0 + 20_000, 5_000],
    ]);
  });

  test("adds no covered time to a slot that the old one closed", () => {
    const old = observed();
    old.close(T0 + 10_000 + 890_000);
    const restored = new SlotTable();
    restoreCoverage(restored, saveCoverage(old));
    restored.resume(old.horizonMs, new Map());
    const row = rowOf(restored, "a");
    restored.add(row, [row.class("200", "")], 1, [{ slotMs: T0, share: 1 }]);
    const [late] = restored.close(T0 + 10_000 + 890_000);
    expect(late?.startMs).toBe(T0);
    expect(late?.rows.map(({ values }) => [...values])).toEqual([[1]]);
    expect(late?.coveredMs.size).toBe(0);
  });
});
