/** Shares counted through the real reader and fold, against what was sent. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { requestsToTell, verifyShift } from "../lib/control/traffic/verify.ts";
import { CountersRig, consulText, INTERVAL_MS, routeRef, T0 } from "./route-counters-rig.ts";

const ROUTE = routeRef("consul", "web/v1", "web/v2", "default");

/** One caller's pod: when it is read, when it (re)starts, what it sends. */
interface Pod {
  readonly name: string;
  readonly caller: string;
  readonly startSec: number;
  readonly restartsSec: readonly number[];
  readonly phaseMs: number;
  readonly missed: readonly number[];
  /** Requests each second, and of a hundred of them how many go to the canary before and after the move. */
  readonly perSec: number;
  readonly before: number;
  readonly after: number;
}

const SECONDS = 180;
const MOVED_SEC = 60;

interface Sent {
  readonly atMs: number;
  readonly toCanary: boolean;
  readonly code: string;
}

function sentBy({ perSec, before, after, startSec }: Pod): readonly Sent[] {
  const sent: Sent[] = [];
  let nth = 0;
  for (let second = startSec; second < SECONDS; second++) {
    for (let i = 0; i < perSec; i++, nth++) {
      const share = second < MOVED_SEC ? before : after;
      const atMs = T0 + second * 1_000 + Math.floor((i * 1_000) / perSec);
      sent.push({ atMs, toCanary: (nth * 37) % 100 < share, code: nth % 11 === 0 ? "503" : "200" });
    }
  }
  return sent;
}

function startOf({ startSec, restartsSec }: Pod, atMs: number): number {
  const starts = [startSec, ...restartsSec].map((second) => T0 + second * 1_000).filter((ms) => ms <= atMs);
  return Math.max(...starts);
}

function readingsOf(pod: Pod): readonly number[] {
  const times: number[] = [];
  for (let i = 0; i * INTERVAL_MS < SECONDS * 1_000; i++) {
    const atMs = T0 + i * INTERVAL_MS + pod.phaseMs;
    if (!pod.missed.includes(i) && atMs > T0 + pod.startSec * 1_000) times.push(atMs);
  }
  return times;
}

const countOf = (sent: readonly Sent[], toCanary: boolean, code: string, fromMs: number, toMs: number): number =>
  sent.filter((one) => one.toCanary === toCanary && one.code === code && one.atMs > fromMs && one.atMs <= toMs).length;

function textAt(pod: Pod, sent: readonly Sent[], atMs: number): string {
  const startMs = startOf(pod, atMs);
  const counts = ["v1", "v2"].flatMap((subset) =>
    ["200", "503"].map((code) => ({
      subset,
      code,
      count: countOf(sent, subset === "v2", code, startMs, atMs),
    })),
  );
  return consulText(pod.caller, (atMs - startMs) / 1_000, counts);
}

/** What can be known: of each stretch between two readings, what the process that was read last sent in it. */
function truthOf(pods: readonly Pod[], sinceMs: number, untilMs: number): Map<string, [number, number]> {
  const truth = new Map<string, [number, number]>();
  for (const pod of pods) {
    const sent = sentBy(pod);
    const readings = readingsOf(pod).filter((ms) => ms <= untilMs);
    for (const [i, toMs] of readings.entries()) {
      const lastMs = readings[i - 1];
      if (lastMs === undefined || lastMs < sinceMs || toMs - lastMs > 3 * INTERVAL_MS) continue;
      const fromMs = Math.max(lastMs, startOf(pod, toMs));
      const all = sent.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
      const [requests, canary] = truth.get(pod.caller) ?? [0, 0];
      truth.set(pod.caller, [requests + all.length, canary + all.filter(({ toCanary }) => toCanary).length]);
    }
  }
  for (const [caller, [requests]] of truth) if (requests === 0) truth.delete(caller);
  return truth;
}

async function played(pods: readonly Pod[], watchMs = T0): Promise<CountersRig> {
  const rig = await CountersRig.open("consul");
  const readings = pods.flatMap((pod) => {
    const sent = sentBy(pod);
    return readingsOf(pod).map((atMs) => ({ atMs, pod, sent }));
  });
  let isWatching = false;
  for (const { atMs, pod, sent } of readings.sort((a, b) => a.atMs - b.atMs)) {
    if (!isWatching && atMs > watchMs) {
      rig.counters.watch(ROUTE);
      isWatching = true;
    }
    rig.scrape(pod.name, atMs, textAt(pod, sent, atMs));
  }
  return rig;
}

function counted(rig: CountersRig, sinceMs: number): Map<string, [number, number]> {
  const callers = rig.counters.callers(ROUTE, sinceMs);
  return new Map(callers.map(({ caller, requests, canaryRequests }) => [caller, [requests, canaryRequests]]));
}

const podsArbitrary = fc
  .array(
    fc.record({
      caller: fc.constantFrom("front", "cart", "search"),
      startSec: fc.constantFrom(0, 0, 0, 33, 71, 95),
      restartsSec: fc.subarray([47, 64, 88, 131]),
      phaseMs: fc.integer({ min: 1, max: INTERVAL_MS - 1 }),
      missed: fc.subarray([2, 7, 8, 12]),
      perSec: fc.integer({ min: 0, max: 6 }),
      before: fc.constantFrom(0, 10, 25),
      after: fc.constantFrom(25, 50, 100),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((pods): readonly Pod[] =>
    pods.map((pod, i) => ({
      ...pod,
      name: `pod-${i}`,
      // A process starts once a second at most, and never before its pod.
      restartsSec: pod.restartsSec.filter((second) => second > pod.startSec),
    })),
  );

test("requests and shares by caller are what was sent, for any phases, restarts, lost readings and new pods", async () => {
  await fc.assert(
    fc.asyncProperty(podsArbitrary, fc.integer({ min: 0, max: SECONDS }), async (pods, sinceSec) => {
      const rig = await played(pods);
      const sinceMs = T0 + sinceSec * 1_000;
      expect(counted(rig, sinceMs)).toEqual(truthOf(pods, sinceMs, rig.nowMs));
    }),
    { numRuns: 60 },
  );
});

test("nothing is told before the grace is over and a whole interval after it was read", async () => {
  await fc.assert(
    fc.asyncProperty(podsArbitrary, fc.integer({ min: 0, max: 60_000 }), async (pods, graceMs) => {
      const rig = await played(pods);
      const sinceMs = rig.nowMs - Math.min(graceMs, INTERVAL_MS - 1);
      const callers = rig.counters.callers(ROUTE, sinceMs);
      expect(callers).toEqual([]);
      const elapsedMs = rig.nowMs - sinceMs;
      const shift = verifyShift({ oldShare: 0.1, newShare: 0.5, callers, elapsedMs, graceMs: INTERVAL_MS });
      expect(shift.state).toBe("pending");
    }),
    { numRuns: 40 },
  );
});

test("a shift is verified by what callers send, whatever their phases, and never by those that stay", async () => {
  const pod = (i: number, after: number): Pod => ({
    ...{ name: `pod-${i}`, caller: `caller-${i}`, startSec: 0, restartsSec: [88], phaseMs: 1 + 2_341 * i, missed: [] },
    ...{ perSec: 6, before: 10, after },
  });
  const sinceMs = T0 + (MOVED_SEC + 20) * 1_000;
  const verdict = async (pods: readonly Pod[]) => {
    const rig = await played(pods);
    const graceMs = rig.counters.graceMs(ROUTE);
    expect(graceMs).toBe(30_000);
    const callers = rig.counters.callers(ROUTE, sinceMs);
    return verifyShift({ oldShare: 0.1, newShare: 0.5, callers, elapsedMs: 3 * graceMs, graceMs });
  };
  const moved = await verdict([pod(0, 50), pod(1, 50), pod(2, 50)]);
  expect(moved).toMatchObject({ state: "verified" });
  expect(moved.requests).toBeGreaterThan(requestsToTell(0.1, 0.5));
  expect(await verdict([pod(0, 50), pod(1, 50), pod(2, 10)])).toMatchObject({ state: "partial" });
  expect(await verdict([pod(0, 10), pod(1, 10), pod(2, 10)])).toMatchObject({ state: "stalled" });
});

test("a route that is watched late counts from its next reading on", async () => {
  const pod: Pod = {
    ...{ name: "p", caller: "front", startSec: 0, restartsSec: [], phaseMs: 500, missed: [] },
    ...{ perSec: 5, before: 20, after: 20 },
  };
  const watchMs = T0 + 95_000;
  const rig = await played([pod], watchMs);
  expect(counted(rig, T0)).toEqual(truthOf([pod], T0 + 90_000, rig.nowMs));
});
