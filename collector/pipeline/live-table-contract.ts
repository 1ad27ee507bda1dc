/**
 * What every live table promises, as cases that any implementation runs through: each takes a fresh table behind a small
 * harness and throws where the promise is broken. Unix ms.
 */
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import type { ClosedSlot } from "../../lib/model/rollup-row.ts";
import type { LiveTable } from "../../lib/query/live-table.ts";

export interface LiveTableHarness {
  readonly live: LiveTable;
  /** One target reports `requests` more of row `row` (any small number) between two observations. */
  observe(row: number, requests: number, fromMs: number, toMs: number): void;
  /** The clock moves; what has grown too old is handed over. */
  close(nowMs: number): readonly ClosedSlot[];
}

export const CONTRACT_T0 = 1_700_000_400_000;
const T0 = CONTRACT_T0;

function requestsIn({ rows }: Pick<ClosedSlot, "rows">): number {
  let sum = 0;
  for (const { row, values } of rows) {
    row.columns.forEach((column, i) => {
      if (column.kind === "class") sum += values[i] ?? 0;
    });
  }
  return Math.round(sum * 1e6) / 1e6;
}

export interface LiveTableCase {
  readonly name: string;
  run(harness: LiveTableHarness): void;
}

export const LIVE_TABLE_CONTRACT: readonly LiveTableCase[] = [
  {
    name: "a read sums whole slots, and a slot's part of an increase is its part of the time",
    run({ live, observe }) {
      observe(1, 300, T0, T0 + 3 * live.slotMs);
      equal(requestsIn(live.read(T0, T0 + 3 * live.slotMs)), 300);
      equal(requestsIn(live.read(T0 + live.slotMs, T0 + 2 * live.slotMs)), 100);
      equal(requestsIn(live.read(T0 - live.slotMs, T0)), 0);
    },
  },
  {
    name: "covered time is what lies between observations, and ends where the read ends",
    run({ live, observe }) {
      observe(1, 10, T0, T0 + 25_000);
      const covered = (from: number, to: number): number[] => [...live.read(from, to).coveredMs.values()];
      deepEqual(covered(T0, T0 + 30_000), [25_000]);
      deepEqual(covered(T0, T0 + 20_000), [20_000]);
      deepEqual(covered(T0 - 60_000, T0 + 5_000), [5_000]);
    },
  },
  {
    name: "the steps in which something was observed are those that have covered time",
    run({ live, observe, close }) {
      for (const [from, to] of [
        [0, 25],
        [60, 70],
        [90, 91],
        [130, 400],
        [1_000, 1_900],
      ] as const) {
        observe(1, 10, T0 + from * 1_000, T0 + to * 1_000);
      }
      const agree = (stepMs: number, startMs: number): void => {
        const steps = Array.from({ length: Math.ceil(2_000_000 / stepMs) }, (_, i) => {
          return { start: startMs + i * stepMs, end: startMs + (i + 1) * stepMs };
        });
        const groups = [...live.coverage(0, T0 * 2).keys()];
        const seen = new Set<number>();
        live.observedSteps(steps, groups, (_group, step) => seen.add(step));
        const covered = steps.flatMap(({ start, end }, i) => {
          return [...live.coverage(start, end).values()].some((ms) => ms > 0) ? [i] : [];
        });
        deepEqual(
          [...seen].sort((a, b) => a - b),
          covered,
        );
      };
      for (const stepMs of [10_000, 20_000, 600_000]) agree(stepMs, T0 - 3 * stepMs);
      close(T0 + 1_200_000);
      ok(live.horizonMs > T0);
      for (const stepMs of [10_000, 20_000, 600_000]) agree(stepMs, T0 - 3 * stepMs);
    },
  },
  {
    name: "every observation moves the generation and the newest observation",
    run({ live, observe }) {
      const before = live.generation;
      equal(live.lastObservationMs, null);
      observe(1, 0, T0, T0 + 10_000);
      notEqual(live.generation, before);
      equal(live.lastObservationMs, T0 + 10_000);
      equal(live.rows.length, 1);
    },
  },
  {
    name: "a slot belongs to the table or to what it handed over, never to both, and nothing is lost",
    run({ live, observe, close }) {
      let handed = 0;
      for (let i = 0; i < 200; i++) {
        observe(i % 3, 7, T0 + i * live.slotMs, T0 + (i + 1) * live.slotMs);
        for (const slot of close(T0 + (i + 1) * live.slotMs)) {
          ok(slot.startMs < live.horizonMs);
          handed += requestsIn(slot);
        }
      }
      equal(handed + requestsIn(live.read(0, T0 * 2)), 1400);
      equal(requestsIn(live.read(0, live.horizonMs)), 0);
      ok(handed > 0);
    },
  },
  {
    name: "a read of some rows leaves the others out",
    run({ live, observe }) {
      observe(1, 5, T0, T0 + 10_000);
      observe(2, 6, T0, T0 + 10_000);
      const [first] = live.rows;
      equal(requestsIn(live.read(T0, T0 + 10_000, (row) => row === first)), 5);
    },
  },
];
