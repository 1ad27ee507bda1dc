import { describe, expect, test } from "vitest";
import type { Endpoint } from "../model/identity.ts";
import type { RollupRow } from "../model/rollup-row.ts";
import { OthersSlots, ownCoverage, ownSlots } from "./others-slots.ts";
import { SlotJournal } from "./slot-journal.ts";
import { saveCoverage } from "./slot-restore.ts";
import { LIVE_SLOTS, SlotTable } from "./slot-table.ts";

const T0 = 1_000_000_000_000;
const end = (name: string): Endpoint => ({ cluster: "", namespace: "", kind: "service", name, mesh: null });

/** Some requests a→b in slot `slot`, observed from there on for 10 s. */
function fold(slots: SlotTable, slot: number, codes: Readonly<Record<string, number>>, target: string): void {
  const edge = { source: end("a"), target: end("b"), protocol: "http", layer: "L7" } as const;
  const startMs = T0 + slot * 10_000;
  const row = slots.table.row({ edge, reporter: "span", job: "spans", transport: false }, startMs);
  row.lastSeenMs = startMs;
  for (const [code, count] of Object.entries(codes)) {
    slots.add(row, [row.class(code, "")], count, [{ slotMs: startMs, share: 1 }]);
  }
  const coverage = slots.target(target, 10_000);
  coverage.seen(startMs + 10_000);
  coverage.cover(startMs, startMs + 10_000);
  slots.join(row.group, coverage);
  slots.observed(startMs + 10_000);
}

function byCode(slots: SlotTable, from: number, to: number, wanted?: (row: RollupRow) => boolean) {
  const codes: Record<string, number> = {};
  for (const { row, values } of slots.read(T0 + from * 10_000, T0 + to * 10_000, wanted).rows) {
    row.columns.forEach((column, i) => {
      if (column.kind === "class") codes[column.code] = (codes[column.code] ?? 0) + (values[i] ?? 0);
    });
  }
  return codes;
}

function show(from: SlotTable, to: SlotTable, member = "m1"): void {
  new OthersSlots(to, member).apply(ownSlots(from, 0), ownCoverage(saveCoverage(from)));
}

describe("slots of another collector", () => {
  test("are added to this one's own, whatever the order of their columns, and come again without adding up", () => {
    const [here, there] = [new SlotTable(), new SlotTable()];
    fold(here, 0, { "200": 10, "500": 1 }, "t/here");
    fold(there, 0, { "503": 2, "500": 3, "200": 0.3 }, "t/there");
    for (let i = 0; i < 3; i++) show(there, here);
    expect(byCode(here, 0, 1)).toEqual({ "200": 10.3, "500": 4, "503": 2 });
    fold(there, 0, { "200": 0.6 }, "t/there");
    show(there, here);
    expect(byCode(here, 0, 1)["200"]).toBe(10 + (0.3 + 0.6));
  });

  test("cover time with it: two that saw the same seconds saw no more of them", () => {
    const [here, there] = [new SlotTable(), new SlotTable()];
    fold(here, 0, { "200": 10 }, "t/here");
    for (const slot of [0, 1, 2, 3]) fold(there, slot, { "200": 10 }, "t/there");
    show(there, here);
    const [group] = here.groups.keys();
    expect(here.coverage(T0, T0 + 10_000).get(group ?? "")).toBe(10_000);
    expect(here.coverage(T0, T0 + 40_000).get(group ?? "")).toBe(40_000);
  });

  test("are neither closed nor kept by this one, and not told on to a third", () => {
    const [here, there] = [new SlotTable(), new SlotTable()];
    here.journal = new SlotJournal();
    fold(there, 0, { "200": 5 }, "t/there");
    show(there, here);
    const kept = here.journal.take((slotMs, index) => here.held(slotMs, index));
    expect([...kept.values()].map((rows) => rows.size)).toEqual([]);
    expect(ownSlots(here, 0)).toEqual([]);
    expect(ownCoverage(saveCoverage(here)).targets).toEqual([]);
    fold(here, 0, { "200": 1 }, "t/here");
    const closed = here.close(T0 + (LIVE_SLOTS + 1) * 10_000);
    expect(closed.flatMap(({ rows }) => rows.map(({ values }) => values[0]))).toEqual([1]);
  });
});

describe("a past time of which another collector tells a part", () => {
  const END = T0 + 40_000;

  /** There one target is read every 10 s until 20 s, and again at 240 s. */
  function rig() {
    const [here, there] = [new SlotTable(), new SlotTable()];
    const others = new OthersSlots(here, "m1");
    for (const slot of [0, 1]) fold(there, slot, { "200": 10 }, "t/there");
    const hand = (wholeMs?: number) =>
      others.apply(
        ownSlots(there, wholeMs === undefined ? T0 + 180_000 : 0),
        ownCoverage(saveCoverage(there)),
        wholeMs,
      );
    const readAgain = () => {
      for (let slot = 2; slot < 24; slot++) fold(there, slot, { "200": 10 }, "t/there");
    };
    const count = () => byCode(here, 0, 4)["200"];
    return { here, hand, readAgain, count };
  }

  test("is not final before it handed over all that it had, whatever it said of the newest slots meanwhile", () => {
    const { here, hand, readAgain, count } = rig();
    hand(T0 + 25_000);
    const left = () => here.settling(END, T0 + 400_000).targets;
    // Nobody knows what was read there since.
    expect(left()).toBe(1);
    readAgain();
    hand();
    expect(here.lastObservationMs).toBe(T0 + 240_000);
    expect([left(), count()]).toEqual([1, 20]);
    hand(T0 + 245_000);
    expect([left(), count()]).toEqual([0, 40]);
  });

  test("is not final where a target is first told of in a part", () => {
    const { here, hand, readAgain } = rig();
    readAgain();
    hand();
    expect(here.settling(END, T0 + 400_000).targets).toBe(1);
    hand(T0 + 245_000);
    expect(here.settling(END, T0 + 400_000).targets).toBe(0);
  });

  test("is the store's once its slots are closed, though the other never came again", () => {
    const { here, hand } = rig();
    hand(T0 + 25_000);
    here.close(END + LIVE_SLOTS * 10_000);
    expect(here.settling(END, END + LIVE_SLOTS * 10_000)).toEqual({ targets: 0, services: 0 });
  });

  test("waits for late spans as they are taken there", () => {
    const [here, there] = [new SlotTable(), new SlotTable()];
    const others = new OthersSlots(here, "m1");
    for (const slot of [0, 1, 2, 3, 4]) fold(there, slot, { "200": 10 }, 'spans/["web"]');
    const at = (afterMs: number) => {
      others.apply(ownSlots(there, 0), ownCoverage(saveCoverage(there)), END + afterMs);
      return here.settling(END, END + afterMs);
    };
    expect(at(610_000)).toEqual({ targets: 0, services: 1 });
    expect(at(630_000)).toEqual({ targets: 0, services: 0 });
  });
});
