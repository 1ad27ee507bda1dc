/** How long a snapshot is shared while data goes on changing: by how long it took, whatever the wall clock does meanwhile. */
import { expect, test } from "vitest";
import { finish, type RunSliced } from "../../lib/base/sliced.ts";
import { Snapshots } from "../../lib/query/snapshot.ts";
import { istio, Rig, T0 } from "./truth-rig.ts";

/** Each computation takes `tookMs`, and in it the wall clock goes on by `wallMs`. */
function rig(tookMs: number, wallMs: number) {
  const estate = new Rig();
  let elapsedMs = 0;
  const time = { nowMs: T0 };
  let steps = 0;
  const run: RunSliced = async (work) => {
    const made = finish(work);
    // A computation is two pieces of work; the second ends it.
    if (++steps % 2 === 0) {
      elapsedMs += tookMs;
      time.nowMs += wallMs;
    }
    return made;
  };
  const snapshots = new Snapshots({ live: estate.slots, store: estate.store }, run, () => elapsedMs);
  let readings = 0;
  /** Something new is read, and someone asks `ms` later: how often facts were computed so far. */
  const askAfter = async (ms: number): Promise<number> => {
    readings++;
    estate.scrape(T0 + readings, istio(readings * 10));
    time.nowMs += ms;
    elapsedMs += ms;
    await snapshots.read({}, time.nowMs);
    return snapshots.computations;
  };
  return { askAfter };
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

test("one that took 2 s is shared for 2 s after it was computed", async () => {
  const { askAfter } = rig(2_000, 2_000);
  expect(await askAfter(0)).toBe(1);
  expect(await askAfter(1_900)).toBe(1);
  expect(await askAfter(200)).toBe(2);
});

test("one that took a minute is shared for a slot after it was computed, and no longer", async () => {
  const { askAfter } = rig(60_000, 60_000);
  expect(await askAfter(0)).toBe(1);
  expect(await askAfter(9_900)).toBe(1);
  expect(await askAfter(200)).toBe(2);
});
