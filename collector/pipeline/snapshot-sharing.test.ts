/** How long a snapshot is shared while data goes on changing: by how much work it was, whatever the wall clock does. */
import { expect, test } from "vitest";
import { finish, type RunSliced } from "../../lib/base/sliced.ts";
import { Snapshots } from "../../lib/query/snapshot.ts";
import { istio, Rig, T0 } from "./truth-rig.ts";

/**
 * Each computation is `tookMs` of work, and in it the wall clock goes on by `wallMs`; `made`: what is then made from it, for
 * whoever asks.
 */
function rig(tookMs: number, wallMs: number, madeMs = 0) {
  const estate = new Rig();
  let workMs = 0;
  const time = { nowMs: T0 };
  let steps = 0;
  const run: RunSliced = async (work) => {
    const made = finish(work);
    // A computation is two pieces of work; the second ends it.
    if (++steps % 2 === 0) {
      workMs += tookMs;
      time.nowMs += wallMs;
    }
    return made;
  };
  const snapshots = new Snapshots({ live: estate.slots, store: estate.store }, run, () => workMs);
  let readings = 0;
  /** Something new is read, and someone asks `ms` later: how often facts were computed so far. */
  const askAfter = async (ms: number): Promise<number> => {
    readings++;
    estate.scrape(T0 + readings, istio(readings * 10));
    time.nowMs += ms;
    const before = snapshots.computations;
    await snapshots.read({}, time.nowMs);
    if (snapshots.computations > before) workMs += madeMs;
    return snapshots.computations;
  };
  const windowStart = async (): Promise<number> => {
    const read = await snapshots.read({}, time.nowMs);
    if (!read.ok) throw new Error(read.error.message);
    return read.value.window.start;
  };
  return { askAfter, windowStart, pace: () => snapshots.pace({}, time.nowMs) };
}

test("a wall clock that is set 8 h on during a computation does not hold the picture", async () => {
  const { askAfter } = rig(50, 8 * 3_600_000);
  expect(await askAfter(0)).toBe(1);
  expect(await askAfter(1_000)).toBe(2);
});

test("a wall clock that is set back during a computation does not either", async () => {
  const { askAfter } = rig(50, -3_600_000);
  expect(await askAfter(0)).toBe(1);
  expect(await askAfter(1_000)).toBe(2);
});

test("one of 1 s of work is shared for 4 s within its slot", async () => {
  const { askAfter } = rig(1_000, 1_000);
  expect(await askAfter(0)).toBe(1);
  expect(await askAfter(2_900)).toBe(1);
  expect(await askAfter(200)).toBe(2);
});

test("what is made from it for all who ask counts, and goes on counting for the next", async () => {
  const { askAfter, pace } = rig(200, 200, 600);
  expect(await askAfter(0)).toBe(1);
  expect(pace()).toEqual({ stateMs: T0, dueMs: 3_200, shownMs: 6_400 });
  expect(await askAfter(2_900)).toBe(1);
  expect(await askAfter(200)).toBe(2);
  expect(pace().dueMs).toBe(3_200);
});

test("once a slot began it is made again after twice its work", async () => {
  const { askAfter, windowStart } = rig(2_400, 2_400);
  expect(await askAfter(6_000)).toBe(1);
  const before = await windowStart();
  // Within its slot it would be shared for 9.6 s.
  expect(await askAfter(2_300)).toBe(1);
  expect(await askAfter(200)).toBe(2);
  expect(await windowStart()).toBe(before + 10_000);
});

test("one that took a minute is shared for a slot after it was computed, and no longer", async () => {
  const { askAfter } = rig(60_000, 60_000);
  expect(await askAfter(0)).toBe(1);
  expect(await askAfter(9_900)).toBe(1);
  expect(await askAfter(200)).toBe(2);
});
