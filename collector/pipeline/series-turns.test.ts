/** A series of an estate so large that its live slots are read a few at a time, while they go on to the store. */
import { expect, test } from "vitest";
import type { LiveTable } from "../../lib/query/live-table.ts";
import { timeseriesAnswer } from "../../lib/query/timeseries-answer.ts";
import { istio, lines, Rig, T0 } from "./truth-rig.ts";

const END = T0 + 600_000;
const OTHER_ROWS = 40_000;
const NO_NUMBERS = new Float64Array(0);

/** Ten minutes of one edge, beside rows that nobody asks for. */
function rig(): { rig: Rig; live: LiveTable; scanned: () => number } {
  const made = new Rig();
  for (let n = 0; n <= 61; n++) made.scrape(T0 + n * 10_000, istio(n * n));
  let scanned = 0;
  const live: LiveTable = Object.create(made.slots, {
    scan: {
      value: (from: number, to: number, visit: Parameters<LiveTable["scan"]>[2]) => {
        scanned += (to - from) / made.slots.slotMs;
        made.slots.scan(from, to, visit);
        for (let i = 0; i < OTHER_ROWS; i++) visit(1_000 + i, NO_NUMBERS, 0, 0);
      },
    },
  });
  return { rig: made, live, scanned: () => scanned };
}

async function series({ rig: made, live }: ReturnType<typeof rig>, points: number, breathe: () => Promise<void>) {
  const snapshot = await made.snapshot({ start: T0, end: END });
  const { estate } = snapshot;
  const answer = await timeseriesAnswer({ ...snapshot, estate: { ...estate, live } }, { points }, made.ids, breathe);
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.value.series["requestsPerSec"];
}

test("other work has its turn after each step, and the newest is read before it", async () => {
  const large = rig();
  const turns: number[] = [];
  await series(large, 60, async () => {
    turns.push(large.scanned());
  });
  expect(turns).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});

test.each([60, 7])("slots that go to the store meanwhile are counted once; %d points", async (points) => {
  const whole = await series(rig(), points, async () => undefined);
  expect(whole).toHaveLength(points === 7 ? 7 : 60);
  for (let at = 1; at <= points; at += 3) {
    const large = rig();
    const { slots, store } = large.rig;
    let turns = 0;
    const told = await series(large, points, async () => {
      // What ended five minutes ago and earlier.
      if (++turns === at) await store.append(slots.close(T0 + 300_000 + 900_000));
    });
    expect([at, told]).toEqual([at, whole]);
    expect(turns).toBeGreaterThanOrEqual(at);
    expect(slots.horizonMs).toBeGreaterThan(T0 + 200_000);
  }
});

test("other work has its turn while the edges of a large estate are laid out", async () => {
  const made = new Rig();
  const many = (value: number) => lines(...Array.from({ length: 1_100 }, (_, i) => istio(value, { to: `db-${i}` })));
  for (const n of [0, 1, 2]) made.scrape(T0 + n * 10_000, many(n * 10));
  const snapshot = await made.snapshot({ start: T0 });
  expect(snapshot.edges).toHaveLength(1_100);
  let turns = 0;
  const answer = await timeseriesAnswer(snapshot, { points: 2 }, made.ids, async () => {
    turns++;
  });
  expect(turns).toBe(2);
  expect(answer.ok && answer.value.series["requestsPerSec"]).toEqual([1_100, 1_100]);
});
