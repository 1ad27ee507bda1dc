/**
 * What every rollup store that keeps promises besides: over restarts, and between checkpoints and closed slots. Each case
 * takes a way to open the store; opening it again closes it first and finds what was there. In: that; out: nothing, or an
 * AssertionError.
 */
import { deepEqual } from "node:assert/strict";
import type { ClosedSlot, Column, RollupRow } from "../../lib/model/rollup-row.ts";
import type { RollupStore } from "../../lib/query/rollup-store.ts";
import { CONTRACT_T0, contractSlot, trimmed } from "./rollup-store-contract.ts";

const T0 = CONTRACT_T0;
const MARKS = { "0": "7/4096" };

export interface DurableCase {
  readonly name: string;
  run(open: () => Promise<RollupStore>): Promise<void>;
}

function numbersOf(slots: readonly ClosedSlot[]): Record<string, Record<string, number[]>> {
  const sorted = [...slots].sort((a, b) => a.startMs - b.startMs);
  return Object.fromEntries(
    sorted.map(({ startMs, rows }) => [
      String((startMs - T0) / 10_000),
      Object.fromEntries(rows.map(({ row, values }) => [row.key, trimmed(values)])),
    ]),
  );
}

async function totals(store: RollupStore, tier: number, from: number, to: number): Promise<Record<string, number[]>> {
  const { rows } = await store.read(tier, from, to);
  return Object.fromEntries(rows.map(({ row, values }) => [row.key, trimmed(values)]));
}

function withRow(slot: ClosedSlot, change: Partial<RollupRow>): ClosedSlot {
  return { ...slot, rows: slot.rows.map(({ row, values }) => ({ row: { ...row, ...change }, values })) };
}

const OK: Column = { kind: "class", code: "200", grpcStatus: "" };
const FAILED: Column = { kind: "class", code: "503", grpcStatus: "" };
const OPENED: Column = { kind: "counter", name: "opened" };

export const DURABLE_ROLLUP_CONTRACT: readonly DurableCase[] = [
  {
    name: "after a restart every tier has what was appended, with its covered time",
    async run(open) {
      await (await open()).append(Array.from({ length: 12 }, (_, i) => contractSlot(i, [i, 1])));
      const store = await open();
      for (const { slotMs } of store.tiers) {
        const { rows, coveredMs } = await store.read(slotMs, T0, T0 + 600_000);
        deepEqual(
          rows.map(({ row, values }) => [row.key, trimmed(values)]),
          [["a", [66, 12]]],
        );
        deepEqual([...coveredMs], [["g", 120_000]]);
      }
    },
  },
  {
    name: "what a checkpoint keeps no read sees, and a restart gives it back with the marks",
    async run(open) {
      const store = await open();
      await store.checkpoint({ open: [contractSlot(3, [1.25, 2], [5])], marks: MARKS });
      deepEqual(await totals(store, 10_000, T0, T0 + 600_000), {});
      const { open: slots, marks } = await (await open()).restore();
      deepEqual(numbersOf(slots), { "3": { a: [1.25, 2], b: [5] } });
      deepEqual([...(slots[0]?.coveredMs ?? [])], [["g", 10_000]]);
      deepEqual(marks, MARKS);
    },
  },
  {
    name: "checkpoints of one slot add up, and the last marks hold",
    async run(open) {
      const store = await open();
      await store.checkpoint({ open: [contractSlot(3, [1]), contractSlot(4, [1])], marks: { "0": "1/1" } });
      await store.checkpoint({ open: [contractSlot(3, [0.5, 4])], marks: MARKS });
      const { open: slots, marks } = await (await open()).restore();
      deepEqual([numbersOf(slots), marks], [{ "3": { a: [1.5, 4] }, "4": { a: [1] } }, MARKS]);
    },
  },
  {
    name: "a slot that is appended replaces what checkpoints kept of it, and no other",
    async run(open) {
      const store = await open();
      await store.checkpoint({ open: [contractSlot(3, [1]), contractSlot(4, [2])], marks: MARKS });
      await store.append([contractSlot(3, [10])]);
      const again = await open();
      deepEqual(numbersOf((await again.restore()).open), { "4": { a: [2] } });
      deepEqual(await totals(again, 10_000, T0 + 30_000, T0 + 40_000), { a: [10] });
    },
  },
  {
    name: "what a closed slot gains later is kept by the next checkpoint",
    async run(open) {
      const store = await open();
      await store.append([contractSlot(3, [10])]);
      await store.checkpoint({ open: [contractSlot(3, [1])], marks: MARKS });
      deepEqual(numbersOf((await (await open()).restore()).open), { "3": { a: [1] } });
      const again = await open();
      await again.append([contractSlot(3, [1])]);
      deepEqual(numbersOf((await (await open()).restore()).open), {});
      deepEqual(await totals(await open(), 10_000, T0 + 30_000, T0 + 40_000), { a: [11] });
    },
  },
  {
    name: "a write that is made again under its id changes nothing, after a restart too",
    async run(open) {
      const store = await open();
      await store.append([contractSlot(0, [1])], "x-1");
      await store.append([contractSlot(0, [1])], "x-1");
      await store.checkpoint({ open: [contractSlot(9, [3])], marks: MARKS }, "x-2");
      const again = await open();
      await again.append([contractSlot(0, [1])], "x-1");
      await again.checkpoint({ open: [contractSlot(9, [3])], marks: MARKS }, "x-2");
      deepEqual(await totals(again, 10_000, T0, T0 + 10_000), { a: [1] });
      deepEqual(numbersOf((await again.restore()).open), { "9": { a: [3] } });
    },
  },
  {
    name: "what a row is comes back as it last was",
    async run(open) {
      const tls = new Map([["pod-1", { atMs: T0, handshakes: 3, family: "ssl" }]]);
      const principals = { source: new Set(["spiffe://td/ns/a"]), destination: new Set<string>() };
      const said = { families: new Set(["istio_requests_total"]), principals, tls, addresses: new Set(["10.0.0.1"]) };
      const store = await open();
      await store.append([contractSlot(0, [1])]);
      await store.append([withRow(contractSlot(1, [1]), { ...said, lastSeenMs: T0 + 20_000 })]);
      const { rows } = await (await open()).read(10_000, T0, T0 + 20_000);
      const row = rows[0]?.row;
      const { edge, reporter, group, hasRequests, firstSeenMs } = contractSlot(0, [1]).rows[0]?.row ?? {};
      const whole = { ...said, ...{ edge, reporter, group, hasRequests, firstSeenMs } };
      deepEqual({ ...row, ...whole }, { ...row });
      deepEqual((row?.lastSeenMs ?? 0) >= T0 + 10_000, true);
    },
  },
  {
    name: "columns that stand in another order after a restart count what they say",
    async run(open) {
      const first = withRow(contractSlot(0, [10, 1]), { columns: [OK, FAILED] });
      await (await open()).append([first]);
      const store = await open();
      await store.append([withRow(contractSlot(1, [4, 2, 7]), { columns: [OPENED, FAILED, OK] })]);
      const { rows } = await (await open()).read(10_000, T0, T0 + 20_000);
      const counted = rows.flatMap(({ row, values }) =>
        row.columns.map((column, i) => [JSON.stringify(column), values[i]] as const),
      );
      deepEqual(Object.fromEntries(counted), {
        [JSON.stringify(OK)]: 17,
        [JSON.stringify(FAILED)]: 3,
        [JSON.stringify(OPENED)]: 4,
      });
    },
  },
];
