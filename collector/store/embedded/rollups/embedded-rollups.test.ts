/** Rollups in files: the contract of every store, and what they promise over restarts, crashes and time. */
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { ClosedSlot } from "../../../../lib/model/rollup-row.ts";
import { CONTRACT_T0, contractSlot, ROLLUP_STORE_CONTRACT } from "../../rollup-store-contract.ts";
import { DURABLE_ROLLUP_CONTRACT } from "../../rollup-store-durable-contract.ts";
import { EmbeddedRollups, type EmbeddedRollupsOptions } from "./embedded-rollups.ts";

const HOUR = 3_600_000;
const TIERS = [
  { slotMs: 10_000, retainMs: 6 * HOUR },
  { slotMs: 60_000, retainMs: 72 * HOUR },
  { slotMs: 600_000, retainMs: 90 * 24 * HOUR },
];

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "rollups-"));
  folders.push(folder);
  return folder;
}

/** Opens the same folder again and again, at a time that moves when it is told to. */
function rig(options: Partial<EmbeddedRollupsOptions> = {}) {
  const folder = scratch();
  const clock = { nowMs: CONTRACT_T0 };
  let store: EmbeddedRollups | undefined;
  const open = async (at = folder): Promise<EmbeddedRollups> => {
    await store?.close();
    store = await EmbeddedRollups.open({
      tiers: TIERS,
      maxBytes: 1e9,
      nowMs: () => clock.nowMs,
      ...options,
      folder: at,
    });
    return store;
  };
  /** Everything that time brings, until it brings no more. */
  const settle = async (of: EmbeddedRollups): Promise<void> => {
    for (let i = 0; i < 8; i++) {
      clock.nowMs += 16_000;
      await of.tick();
    }
  };
  return { folder, clock, open, settle };
}

test.each(ROLLUP_STORE_CONTRACT)("contract: $name", async ({ run }) => {
  await expect(run(await rig().open())).resolves.toBeUndefined();
});

test.each(DURABLE_ROLLUP_CONTRACT)("contract: $name", async ({ run }) => {
  const { open } = rig();
  await expect(run(() => open())).resolves.toBeUndefined();
});

async function numbers(store: EmbeddedRollups, tier: number, from: number, to: number) {
  const { rows, coveredMs } = await store.read(tier, from, to);
  const sums = rows.map(({ row, values }) => [row.key, [values[0] ?? 0, values[1] ?? 0]] as const);
  return { sums: Object.fromEntries(sums), covered: coveredMs.get("g") ?? 0 };
}

function expected(slots: readonly ClosedSlot[], from: number, to: number) {
  const sums: Record<string, number[]> = {};
  let covered = 0;
  for (const { startMs, rows, coveredMs } of slots) {
    if (startMs < from || startMs >= to) continue;
    covered += coveredMs.get("g") ?? 0;
    for (const { row, values } of rows) {
      const known = sums[row.key] ?? [0, 0];
      sums[row.key] = [0, 1].map((i) => (known[i] ?? 0) + (values[i] ?? 0));
    }
  }
  return { sums, covered };
}

/** Multiples of 1/1024: what is kept exactly. */
const quanta = fc.nat(4_000_000).map((n) => n / 1024);
const slotArbitrary = fc
  .tuple(fc.nat(900), quanta, quanta, fc.option(quanta, { nil: undefined }))
  .map(([i, a, failed, b]) => contractSlot(i, [a, failed], b === undefined ? [] : [b]));

test("law: whatever was appended in whatever order, and folded when, each window of each tier is the sum of its slots", async () => {
  const step = fc.record({ slots: fc.array(slotArbitrary, { maxLength: 8 }), ticks: fc.nat(2), restart: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), fc.nat(100), fc.nat(100), async (steps, a, b) => {
      const { open, clock } = rig();
      let store = await open();
      for (const { slots, ticks, restart } of steps) {
        await store.append(slots);
        for (let i = 0; i < ticks; i++) {
          clock.nowMs += 16_000;
          await store.tick();
        }
        if (restart) store = await open();
      }
      const all = steps.flatMap(({ slots }) => slots);
      for (const { slotMs } of TIERS) {
        const first = Math.floor((Math.min(a, b) * 90_000) / slotMs) * slotMs;
        const last = Math.ceil((Math.max(a, b) * 90_000) / slotMs) * slotMs;
        const window = [CONTRACT_T0 + first, CONTRACT_T0 + last] as const;
        expect(await numbers(store, slotMs, ...window)).toEqual(expected(all, ...window));
      }
      await store.close();
    }),
    { numRuns: 15 },
  );
});

test("a long window is read from few blocks: ten hours are not 3,600 slots", async () => {
  const { open, settle, clock } = rig();
  const store = await open();
  for (let hour = 0; hour < 10; hour++) {
    clock.nowMs = CONTRACT_T0 + (hour + 1) * HOUR;
    await store.append(Array.from({ length: 360 }, (_, i) => contractSlot(hour * 360 + i, [1])));
    await settle(store);
  }
  const window = [60_000, CONTRACT_T0 + 60_000, CONTRACT_T0 + 10 * HOUR - 60_000] as const;
  const read = await store.read(...window);
  expect(read.rows.map(({ values }) => values[0])).toEqual([3_588]);
  expect(store.blocksFor(...window)).toBeLessThan(50);
});

test("fractions are rounded, and what rounding leaves over is not lost", async () => {
  const { open } = rig();
  const store = await open();
  for (let i = 0; i < 300; i++) await store.append([contractSlot(i, [1 / 3, 0.1])]);
  const { sums } = await numbers(store, 10_000, CONTRACT_T0, CONTRACT_T0 + 3_000_000);
  expect(sums["a"]).toEqual([100, 30]);
  const some = await numbers(store, 10_000, CONTRACT_T0 + 70_000, CONTRACT_T0 + 170_000);
  expect(some.sums["a"]?.[0]).toBeCloseTo(10 / 3, 2);
});

test("a write that was cut short anywhere leaves what stood before, whole", async () => {
  const { open, folder } = rig();
  const store = await open();
  await store.append([contractSlot(0, [1])]);
  await store.checkpoint({ open: [contractSlot(5, [1])], marks: { "0": "1/1" } });
  const copy = scratch();
  cpSync(folder, copy, { recursive: true });
  await store.append([contractSlot(0, [10]), contractSlot(5, [7])]);
  // Blocks and index of the second append are there, its commit is not, or not whole.
  for (const torn of [0, 5]) {
    const crashed = scratch();
    cpSync(folder, crashed, { recursive: true });
    const commits = readFileSync(join(copy, "commits.log"));
    writeFileSync(join(crashed, "commits.log"), commits);
    if (torn > 0)
      appendFileSync(
        join(crashed, "commits.log"),
        readFileSync(join(folder, "commits.log")).subarray(commits.length, commits.length + torn),
      );
    cpSync(join(copy, "open"), join(crashed, "open"), { recursive: true });
    const again = await open(crashed);
    expect((await numbers(again, 10_000, CONTRACT_T0, CONTRACT_T0 + 60_000)).sums).toEqual({ a: [1, 0] });
    const restored = await again.restore();
    expect(restored.open.map(({ rows }) => rows[0]?.values[0])).toEqual([1]);
    await again.append([contractSlot(0, [100])]);
    expect((await numbers(await open(crashed), 10_000, CONTRACT_T0, CONTRACT_T0 + 60_000)).sums).toEqual({
      a: [101, 0],
    });
  }
});

test("zeros behind the last record, as a crash may leave them, are cut off", async () => {
  const { open, folder } = rig();
  await (await open()).append([contractSlot(0, [1])]);
  for (const name of ["rows.log", "commits.log"]) appendFileSync(join(folder, name), Buffer.alloc(4_096));
  const store = await open();
  await store.append([contractSlot(1, [2])]);
  expect(store.damagedBytes).toBe(8_192);
  expect((await numbers(await open(), 10_000, CONTRACT_T0, CONTRACT_T0 + 60_000)).sums).toEqual({ a: [3, 0] });
});

test("files that were taken away are not written to as if they were there", async () => {
  const { open, folder } = rig();
  const store = await open();
  await store.append([contractSlot(0, [1])]);
  rmSync(join(folder, "commits.log"));
  await expect(store.append([contractSlot(0, [1])])).rejects.toMatchObject({ code: "rollup_file_changed" });
});

test("a block that was damaged is left out, and said", async () => {
  const { open, folder } = rig();
  await (await open()).append([contractSlot(0, [1]), contractSlot(1, [2])]);
  const tier = join(folder, "10000");
  const file = join(tier, readdirSync(tier).find((name) => name.endsWith(".blk")) ?? "");
  const bytes = readFileSync(file);
  bytes[2] = (bytes[2] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const store = await open();
  expect((await numbers(store, 10_000, CONTRACT_T0, CONTRACT_T0 + 60_000)).sums).toEqual({ a: [2, 0] });
  await expect(store.tick()).rejects.toMatchObject({ code: "rollup_block_damaged" });
  await expect(store.tick()).resolves.toBeUndefined();
});

test("what is past its retention goes from the disk, tier by tier, and the coarser ones still have it", async () => {
  const { open, settle, clock, folder } = rig();
  const store = await open();
  for (let hour = 0; hour < 9; hour++) {
    clock.nowMs = CONTRACT_T0 + (hour + 1) * HOUR;
    await store.append(Array.from({ length: 360 }, (_, i) => contractSlot(hour * 360 + i, [i])));
    await settle(store);
  }
  const files = readdirSync(join(folder, "10000")).length;
  expect(files).toBeLessThan(18);
  expect(store.oldestMs(10_000)).toBeGreaterThan(CONTRACT_T0);
  expect(store.oldestMs(60_000)).toBe(CONTRACT_T0);
  const whole = 9 * ((359 * 360) / 2);
  expect((await numbers(store, 60_000, CONTRACT_T0, CONTRACT_T0 + 9 * HOUR)).sums).toEqual({ a: [whole, 0] });
  clock.nowMs += 100 * 24 * HOUR;
  await settle(store);
  expect(TIERS.map(({ slotMs }) => readdirSync(join(folder, String(slotMs))))).toEqual([[], [], []]);
  expect(store.stats().evicted).toBe(0);
});

test("past the limit on disk the oldest partitions go, counted", async () => {
  const { open, settle, clock } = rig({ maxBytes: 40_000 });
  const store = await open();
  for (let hour = 0; hour < 5; hour++) {
    clock.nowMs = CONTRACT_T0 + (hour + 1) * HOUR;
    await store.append(Array.from({ length: 360 }, (_, i) => contractSlot(hour * 360 + i, [i])));
    await settle(store);
  }
  const { evicted, slots } = store.stats();
  expect(evicted).toBeGreaterThanOrEqual(360);
  expect(slots["10000"]).toBeLessThan(1_500);
  expect(store.oldestMs(600_000)).toBe(CONTRACT_T0);
});

test("slots of years ago are kept where there is room for them, in few files", async () => {
  const { open, folder } = rig();
  const store = await open();
  const year = 365 * 24 * HOUR;
  const old = Array.from({ length: 200 }, (_, i) => {
    const startMs = Math.floor((CONTRACT_T0 - year - i * 37 * HOUR) / 10_000) * 10_000;
    return { ...contractSlot(0, [1]), startMs };
  });
  await store.append(old);
  const from = Math.floor((CONTRACT_T0 - 3 * year) / 600_000) * 600_000;
  expect((await numbers(await open(), 600_000, from, CONTRACT_T0)).sums).toEqual({ a: [200, 0] });
  expect(readdirSync(join(folder, "600000")).length).toBeLessThan(20);
  expect(readdirSync(join(folder, "10000")).length).toBe(0);
});

test("a row of which nothing is left is forgotten, one that is still written to is not, and ids are not given twice", async () => {
  const { open, clock, folder } = rig();
  let store = await open();
  await store.append([contractSlot(0, [1], [1])]);
  for (let day = 1; day < 400; day += 10) {
    clock.nowMs = CONTRACT_T0 + day * 24 * HOUR;
    await store.append([{ ...contractSlot(0, [1]), startMs: clock.nowMs }]);
    await store.tick();
  }
  store = await open();
  const keys = async (): Promise<string[]> => {
    const { rows } = await store.read(600_000, CONTRACT_T0 - 600_000, clock.nowMs + 600_000);
    return rows.map(({ row }) => row.key);
  };
  expect(await keys()).toEqual(["a"]);
  expect(readFileSync(join(folder, "rows.log"), "utf8")).not.toContain('\\"key\\":\\"b\\"');
  await store.append([{ ...contractSlot(0, [], [5]), startMs: clock.nowMs }]);
  expect((await keys()).sort()).toEqual(["a", "b"]);
});
