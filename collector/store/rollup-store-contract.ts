/**
 * What every rollup store promises, as cases that any implementation runs through: each takes a fresh store and throws
 * where the promise is broken. In: a store. Out: nothing, or an AssertionError.
 */
import { deepEqual } from "node:assert/strict";
import type { ClosedSlot, RollupRow } from "../../lib/model/rollup-row.ts";
import type { RollupStore } from "../../lib/query/rollup-store.ts";

/** A whole number of ten-minute slots. */
export const CONTRACT_T0 = 1_700_000_400_000;
const T0 = CONTRACT_T0;

function row(key: string): RollupRow {
  const end = { cluster: "c1", namespace: "shop", kind: "workload", name: key, mesh: null } as const;
  return {
    key,
    index: 0,
    edge: { source: end, target: end, protocol: "http", layer: "L7" },
    reporter: "destination",
    transport: false,
    hasRequests: true,
    everActive: true,
    group: "g",
    columns: [
      { kind: "class", code: "200", grpcStatus: "" },
      { kind: "class", code: "503", grpcStatus: "" },
    ],
    schemes: [],
    families: new Set(),
    principals: { source: new Set(), destination: new Set() },
    tls: new Map(),
    lastSeenMs: T0,
    firstSeenMs: T0,
  };
}

const A = row("a");
const B = row("b");

/** Slot `i` after the beginning, with the numbers of two rows and 10 s of covered time. */
export function contractSlot(i: number, a: readonly number[], b: readonly number[] = []): ClosedSlot {
  const rows = [
    { row: A, values: Float64Array.from(a) },
    { row: B, values: Float64Array.from(b) },
  ].filter((one) => one.values.length > 0);
  return { startMs: T0 + i * 10_000, rows, coveredMs: new Map([["g", 10_000]]) };
}

const slot = contractSlot;

/** Columns may have come meanwhile: zeros behind the last number say nothing. */
export function trimmed(values: Float64Array): number[] {
  const numbers = [...values];
  while (numbers.length > 0 && numbers[numbers.length - 1] === 0) numbers.pop();
  return numbers;
}

async function values(store: RollupStore, tier: number, from: number, to: number) {
  const sum = await store.read(tier, from, to);
  const numbers = sum.rows.map(({ row: one, values: of }) => [one.key, trimmed(of)] as const);
  return { rows: Object.fromEntries(numbers), covered: sum.coveredMs.get("g") ?? 0 };
}

export interface ContractCase {
  readonly name: string;
  run(store: RollupStore): Promise<void>;
}

export const ROLLUP_STORE_CONTRACT: readonly ContractCase[] = [
  {
    name: "a read sums the slots of the window, and those alone",
    async run(store) {
      await store.append([slot(0, [1]), slot(1, [2, 1]), slot(2, [4], [7])]);
      const within = await values(store, 10_000, T0 + 10_000, T0 + 30_000);
      deepEqual(within, { rows: { a: [6, 1], b: [7] }, covered: 20_000 });
      deepEqual(await values(store, 10_000, T0 + 30_000, T0 + 60_000), { rows: {}, covered: 0 });
    },
  },
  {
    name: "a slot that comes again adds to what it was, in every tier",
    async run(store) {
      await store.append([slot(0, [1])]);
      await store.append([slot(0, [10, 5])]);
      for (const { slotMs } of store.tiers) {
        const from = Math.floor(T0 / slotMs) * slotMs;
        deepEqual(await values(store, slotMs, from, from + slotMs), { rows: { a: [11, 5] }, covered: 20_000 });
      }
    },
  },
  {
    name: "every tier holds the same totals",
    async run(store) {
      await store.append(Array.from({ length: 120 }, (_, i) => slot(i, [i, 1])));
      for (const { slotMs } of store.tiers) {
        const sum = await values(store, slotMs, T0 - 600_000, T0 + 2_400_000);
        deepEqual(sum, { rows: { a: [7140, 120] }, covered: 1_200_000 });
      }
    },
  },
  {
    name: "rows that are not wanted are not read",
    async run(store) {
      await store.append([slot(0, [1], [2])]);
      const sum = await store.read(10_000, T0, T0 + 10_000, (one) => one.key === "b");
      deepEqual(
        sum.rows.map((one) => one.row.key),
        ["b"],
      );
    },
  },
];
