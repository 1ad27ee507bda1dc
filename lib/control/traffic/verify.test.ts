import { describe, expect, test } from "vitest";
import { type CallerCounts, requestsToTell, type Shift, shiftNow, verifyShift } from "./verify.ts";

const GRACE_MS = 20_000;

function shift(callers: readonly CallerCounts[], more: Partial<Shift> = {}): Shift {
  return { oldShare: 0.05, newShare: 0.1, callers, elapsedMs: 60_000, graceMs: GRACE_MS, ...more };
}

const caller = (name: string, requests: number, share: number): CallerCounts => ({
  caller: name,
  requests,
  canaryRequests: Math.round(requests * share),
});

describe("verification of a shift", () => {
  test("counters at the new share of every caller verify it", () => {
    const verdict = verifyShift(shift([caller("web", 3_000, 0.1), caller("cart", 2_000, 0.101)]));
    expect(verdict).toMatchObject({ state: "verified", requests: 5_000, quiet: { callers: 0 } });
    expect(verdict.callers.map(({ state }) => state)).toEqual(["follows", "follows"]);
  });

  test("counters at the old share are stalled after three graces, and shifting before", () => {
    const callers = [caller("web", 3_000, 0.05)];
    expect(verifyShift(shift(callers)).state).toBe("stalled");
    expect(verifyShift(shift(callers, { elapsedMs: GRACE_MS })).state).toBe("shifting");
  });

  test("one caller at the old share is partial, and it is named", () => {
    const verdict = verifyShift(shift([caller("web", 3_000, 0.1), caller("old", 3_000, 0.05)]));
    expect(verdict.state).toBe("partial");
    expect(verdict.callers.find(({ state }) => state === "stays")?.caller).toBe("old");
  });

  test("no request is pending, and no traffic after three graces", () => {
    expect(verifyShift(shift([], { elapsedMs: 1 })).state).toBe("pending");
    expect(verifyShift(shift([]))).toMatchObject({ state: "noTraffic", observedShare: null });
  });

  test("too few requests are pending whatever they say, and the number needed is told", () => {
    const verdict = verifyShift(shift([caller("web", 100, 0.1)]));
    expect(verdict).toMatchObject({ state: "pending", neededRequests: requestsToTell(0.05, 0.1) });
  });

  test("zero canary requests do not verify a small share, nor one request all of it", () => {
    expect(verifyShift(shift([caller("web", 80, 0)], { oldShare: 0, newShare: 0.05 })).state).not.toBe("verified");
    expect(verifyShift(shift([caller("web", 1, 1)], { oldShare: 0.5, newShare: 1 })).state).toBe("pending");
  });

  test("quiet callers are tested together: many that follow carry the verdict", () => {
    const callers = Array.from({ length: 100 }, (_, i) => caller(`c${i}`, 100, 0.1));
    expect(verifyShift(shift(callers)).state).toBe("verified");
    const old = Array.from({ length: 100 }, (_, i) => caller(`c${i}`, 100, 0.05));
    expect(verifyShift(shift(old)).state).toBe("stalled");
  });

  test("a share that is neither the old nor the new one is not verified", () => {
    expect(verifyShift(shift([caller("web", 50_000, 0.2)])).state).toBe("shifting");
  });

  test("a promotion to all of it, and a rollback to none, can be verified", () => {
    expect(verifyShift(shift([caller("web", 3_000, 1)], { oldShare: 0.5, newShare: 1 })).state).toBe("verified");
    expect(verifyShift(shift([caller("web", 3_000, 0)], { oldShare: 0.5, newShare: 0 })).state).toBe("verified");
  });

  test.each([
    [0, 0.05, 90],
    [0.05, 0.1, 635],
    [0.1, 0.2, 291],
    [0.25, 0.5, 84],
  ])("from %d to %d about %d requests are needed", (oldShare, newShare, requests) => {
    expect(requestsToTell(oldShare, newShare) / requests).toBeGreaterThan(0.75);
    expect(requestsToTell(oldShare, newShare) / requests).toBeLessThan(1.35);
  });
});

describe("a share that arrives late", () => {
  const graceMs = 20_000;
  const asked = { oldShare: 0, newShare: 0.25, sinceMs: 0, graceMs };
  /** 100 requests a second of one caller, of which a quarter goes to the canary from `fromMs` on. */
  const callersAt = (nowMs: number, fromMs: number) => (sinceMs: number) => {
    const seconds = (nowMs - sinceMs) / 1_000;
    const moved = Math.max(0, nowMs - Math.max(fromMs, sinceMs)) / 1_000;
    return [{ caller: "cart", requests: seconds * 100, canaryRequests: moved * 25 }];
  };

  test("is stalled before it comes and verified three graces after, whatever was counted before it", () => {
    const state = (nowMs: number) => shiftNow({ ...asked, nowMs }, callersAt(nowMs, 600_000)).state;
    expect(state(590_000)).toBe("stalled");
    expect(state(610_000)).not.toBe("verified");
    expect(state(661_000)).toBe("verified");
    expect(verifyShift({ ...asked, callers: callersAt(661_000, 600_000)(0), elapsedMs: 661_000 }).state).not.toBe(
      "verified",
    );
  });

  test("callers that were told apart stay so while too few requests come to tell them again", () => {
    const nowMs = 300_000;
    const of = (cart: number, gateway: number) => [
      { caller: "cart", requests: cart, canaryRequests: cart * 0.25 },
      { caller: "gateway", requests: gateway, canaryRequests: gateway * 0.1 },
    ];
    const callers = (sinceMs: number) => (sinceMs === 0 ? of(4_000, 1_000) : of(120, 60));
    const shift = shiftNow({ ...asked, oldShare: 0.1, nowMs }, callers);
    expect([shift.state, ...shift.callers.map(({ state }) => state)]).toEqual(["partial", "follows", "stays"]);
  });

  test("what is too quiet in three graces is told by all that was counted", () => {
    const quiet = (sinceMs: number) => {
      const requests = (900_000 - sinceMs) / 10_000;
      return [{ caller: "cart", requests, canaryRequests: requests / 4 }];
    };
    expect(shiftNow({ ...asked, nowMs: 900_000 }, quiet)).toMatchObject({ state: "verified", requests: 90 });
  });
});
