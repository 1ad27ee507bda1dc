import { expect, it } from "vitest";
import type { StoreFacts } from "../query/schema/store.ts";
import { storeLook, storeReach } from "./store-words.ts";

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

const facts: StoreFacts = {
  kind: "duckdb",
  state: "up",
  spans: { count: 10, traces: 2, bytes: 1000, evicted: 0 },
  rollups: {
    tiers: [
      { slotMs: 10_000, retainMs: 6 * HOUR, slots: 3, oldestMs: NOW - 2 * HOUR },
      { slotMs: 60_000, retainMs: 72 * HOUR, slots: 0, oldestMs: null },
    ],
    values: 5,
    bytes: 100,
    evicted: 0,
  },
  log: { bytes: 10, lagBytes: 0, lagMs: 0, quarantined: 0 },
  restarts: 0,
  residentBytes: 70_000_000,
  lastError: null,
};

it("says how far back each grain reaches, and when there will be something", () => {
  const [fine, coarse] = facts.rollups.tiers;
  const both = [fine, { slotMs: 600_000, retainMs: 1, slots: 1, oldestMs: NOW - 48 * HOUR }].filter(
    (t) => t !== undefined,
  );
  expect(storeReach({ ...facts, rollups: { ...facts.rollups, tiers: both } }, NOW)).toBe("2 h at 10 s · 2 d at 10 min");
  const none = coarse === undefined ? [] : [coarse];
  expect(storeReach({ ...facts, rollups: { ...facts.rollups, tiers: none } }, NOW)).toContain("15 minutes");
});

it("is up, behind, in trouble for a minute after an error, or being started again", () => {
  const log = { bytes: 10, lagBytes: 5, lagMs: 30_000, quarantined: 0 };
  const lastError = { code: "ENOSPC", message: "no space", atMs: NOW - 10_000 };
  const words = [
    facts,
    { ...facts, log },
    { ...facts, lastError },
    { ...facts, lastError: { ...lastError, atMs: NOW - 100_000 } },
    { ...facts, log, state: "starting" as const },
  ].map((of) => storeLook(of, NOW).words);
  expect(words).toEqual(["up", "30 s behind", "up, with an error", "up", "being started again"]);
});
