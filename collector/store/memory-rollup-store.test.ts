/** The rollup store in memory: the contract of every store, and its own bounds. */
import { expect, test } from "vitest";
import { MemoryRollupStore } from "./memory-rollup-store.ts";
import { CONTRACT_T0, contractSlot, ROLLUP_STORE_CONTRACT } from "./rollup-store-contract.ts";

test.each(ROLLUP_STORE_CONTRACT)("contract: $name", async ({ run }) => {
  const store = new MemoryRollupStore();
  await expect(run(store)).resolves.toBeUndefined();
  await store.close();
});

test("each tier lets go of slots past its own retention, and the coarser ones still have them", async () => {
  const store = new MemoryRollupStore({
    tiers: [
      { slotMs: 10_000, retainMs: 60_000 },
      { slotMs: 60_000, retainMs: 600_000 },
    ],
  });
  await store.append(Array.from({ length: 30 }, (_, i) => contractSlot(i, [1])));
  expect(store.stats().slots).toEqual({ "10000": 7, "60000": 5 });
  expect(store.oldestMs(10_000)).toBe(CONTRACT_T0 + 230_000);
});

test("past the limit on memory the oldest fine slots go first, and are counted", async () => {
  const store = new MemoryRollupStore({ maxValues: 40 });
  await store.append(Array.from({ length: 100 }, (_, i) => contractSlot(i, [1])));
  const { values, evicted, slots } = store.stats();
  expect(values).toBeLessThanOrEqual(40);
  expect(evicted).toBeGreaterThan(60);
  expect(slots["600000"]).toBe(2);
});
