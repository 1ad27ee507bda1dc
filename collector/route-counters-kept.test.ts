/** What is counted of watched routes outlives the process, and what is old stays exact. */
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CountersRig, consulText, INTERVAL_MS, routeRef, T0 } from "./route-counters-rig.ts";

const ROUTE = routeRef("consul", "web/v1", "web/v2", "default");
let folder: string;
let rigs: CountersRig[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshscope-counters-"));
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map(({ counters }) => counters.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function opened(): Promise<CountersRig> {
  const rig = await CountersRig.open("consul", folder);
  rigs = [...rigs, rig];
  return rig;
}

/** Reads `pod` every interval from the `from`-th on; each time 9 more went to v1 and 3 to v2, one of them failed. */
function read(rig: CountersRig, pod: string, from: number, to: number, everyMs = INTERVAL_MS): void {
  for (let i = from; i < to; i++) {
    const counts = [
      { subset: "v1", code: "200", count: 9 * i },
      { subset: "v2", code: "200", count: 2 * i },
      { subset: "v2", code: "503", count: i },
    ];
    const uptimeSec = 1 + (i * everyMs) / 1_000;
    rig.scrape(pod, T0 + i * everyMs, consulText("front", uptimeSec, counts), { intervalMs: everyMs });
  }
}

const file = (): string => join(folder, "route-counters.jsonl");

test("counts, moves and what was observed are there again after the process was killed", async () => {
  const first = await opened();
  first.counters.watch(ROUTE);
  first.counters.moved(ROUTE, 2_500, T0 + 5_000);
  read(first, "pod-1", 0, 6);
  await first.counters.tick();
  // Nothing is closed: the process is gone.
  const second = await opened();
  second.counters.watch(ROUTE);
  const callers = second.counters.callers(ROUTE, T0);
  expect(callers).toEqual([{ caller: "front", requests: 60, canaryRequests: 15 }]);
  expect(second.counters.callers(ROUTE, T0 + 3 * INTERVAL_MS)).toEqual([
    { caller: "front", requests: 24, canaryRequests: 6 },
  ]);
  expect(second.counters.book(ROUTE)?.moves).toEqual([{ atMs: T0 + 5_000, canaryBp: 2_500 }]);
  // The first reading after the restart is a baseline, the time before it a gap: nothing is made up.
  read(second, "pod-1", 9, 12);
  expect(second.counters.callers(ROUTE, T0)).toEqual([{ caller: "front", requests: 84, canaryRequests: 21 }]);
  await second.counters.tick();
  const third = await opened();
  expect(third.counters.callers(ROUTE, T0)).toEqual(second.counters.callers(ROUTE, T0));
  const judged = (rig: CountersRig) => {
    rig.nowMs = T0 + 20 * INTERVAL_MS;
    return rig.counters.histories(ROUTE, T0);
  };
  expect(judged(third)).toEqual(judged(second));
  expect(judged(third)[0]?.windows.reduce((sum, { canaryBad }) => sum + canaryBad, 0)).toBe(7);
});

test("a line that was cut is left out, and a file of something else is set aside", async () => {
  const first = await opened();
  first.counters.watch(ROUTE);
  read(first, "pod-1", 0, 4);
  await first.counters.tick();
  await appendFile(file(), "[1,1700000");
  const second = await opened();
  expect(second.counters.callers(ROUTE, T0)).toEqual([{ caller: "front", requests: 36, canaryRequests: 9 }]);
  await writeFile(file(), "no counters\n");
  const third = await opened();
  expect(third.counters.callers(ROUTE, T0)).toEqual([]);
  expect((await readdir(folder)).sort()).toEqual(["route-counters.jsonl.unreadable"]);
});

test("after a day what is left is the last day, in as few numbers as its steps ask for, and not one request is lost", async () => {
  const rig = await opened();
  rig.counters.watch(ROUTE);
  const everyMs = 30_000;
  const readings = (26 * 3_600_000) / everyMs;
  for (let i = 0; i < readings; i++) {
    read(rig, "pod-1", i, i + 1, everyMs);
    if (i % 30 === 0) await rig.counters.tick();
  }
  rig.nowMs += 60_000;
  await rig.counters.tick();
  const sinceMs = rig.nowMs - 23 * 3_600_000;
  const [front] = rig.counters.callers(ROUTE, sinceMs);
  // An interval that began before is left out whole: five minutes' worth at most.
  const perReading = 12;
  const whole = Math.floor((T0 + (readings - 1) * everyMs - sinceMs) / everyMs) * perReading;
  expect(front?.requests).toBeGreaterThanOrEqual(whole - 10 * perReading);
  expect(front?.requests).toBeLessThanOrEqual(whole);
  expect(front?.canaryRequests).toBe((front?.requests ?? 0) / 4);
  const book = rig.counters.book(ROUTE);
  const lengths = [...(book?.cells.values() ?? [])].map(({ intervals }) => intervals.length);
  expect(Math.max(...lengths)).toBeLessThan(30 + 110 + 270);
  const oldest = Math.min(...[...(book?.cells.values() ?? [])].map(({ intervals }) => intervals.at(0).fromMs));
  expect(oldest).toBeGreaterThanOrEqual(rig.nowMs - 86_400_000 - 300_000);
  expect(rig.counters.leftOut.size).toBe(0);
  const bytes = (await readFile(file())).length;
  expect(bytes).toBeLessThan(8 * 1024 * 1024);
  // The file may hold as single readings what memory has joined: of the first five minutes it knows more.
  const [kept] = (await opened()).counters.callers(ROUTE, sinceMs);
  expect(kept?.requests).toBeGreaterThanOrEqual(front?.requests ?? Number.NaN);
  expect(kept?.requests).toBeLessThanOrEqual(whole);
});

test("no interval is joined across a time at which the weight moved", async () => {
  const rig = await CountersRig.open("consul");
  rig.counters.watch(ROUTE);
  read(rig, "pod-1", 0, 400);
  const movedMs = T0 + 101_500;
  rig.counters.moved(ROUTE, 2_500, movedMs);
  rig.nowMs += 3 * 3_600_000;
  await rig.counters.tick();
  const cells = [...(rig.counters.book(ROUTE)?.cells.values() ?? [])];
  expect(cells).toHaveLength(2);
  for (const { intervals } of cells) {
    const long = [...intervals.each()].filter(({ fromMs, toMs }) => toMs - fromMs > INTERVAL_MS);
    expect(long.length).toBeGreaterThan(3);
    expect(long.filter(({ fromMs, toMs }) => fromMs < movedMs && toMs > movedMs)).toEqual([]);
  }
});

test("more callers than a route has room for are counted as left out", async () => {
  const rig = await CountersRig.open("consul");
  rig.counters.watch(ROUTE);
  for (let pod = 0; pod < 1_003; pod++) read(rig, `pod-${pod}`, 0, 2);
  const [front] = rig.counters.callers(ROUTE, T0);
  expect(front).toEqual({ caller: "front", requests: 12_000, canaryRequests: 3_000 });
  expect(rig.counters.leftOut.get("cell_limit")).toBe(36);
  expect(await rig.registry.metrics()).toContain('meshscope_route_counters_left_out{code="cell_limit"} 36');
});
