/** When what is told of a past window is final: then no later reading, whoever's, changes a sum or the covered time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EdgeRef } from "../model/identity.ts";
import type { SeriesMeaning } from "../model/meaning.ts";
import { SlotTable } from "./slot-table.ts";
import { TargetFold } from "./target-fold.ts";

const T0 = 1_700_000_000_000;
const INTERVAL_MS = 15_000;
const end = { cluster: "c", namespace: "shop", kind: "workload", mesh: "istio" } as const;
const edge: EdgeRef = {
  source: { ...end, name: "web" },
  target: { ...end, name: "cart" },
  protocol: "http",
  layer: "L7",
};
const meaning: SeriesMeaning = {
  kind: "counter",
  edge,
  reporter: "destination",
  family: "istio_requests_total",
  measure: { kind: "requests", code: "200", flags: [], security: "mutual", left: true },
};

/** Replicas of one workload, each read at its own phase; some readings fail. */
function rig(replicas: number) {
  const slots = new SlotTable();
  const folds = Array.from({ length: replicas }, (_, i) => {
    const fold = new TargetFold(slots, { target: `pod-${i}`, intervalMs: INTERVAL_MS });
    let learned = [{ id: 0, meaning, canonical: "s" }];
    return (atMs: number): void => {
      const values = Float64Array.of(Math.floor((atMs - T0) / 100));
      fold.observe("e", "job", { atMs, size: 1, ids: Int32Array.of(0), values, learned, createdMs: new Map() });
      learned = [];
    };
  });
  const window = (from: number, to: number): string => {
    const { rows, coveredMs } = slots.read(from, to);
    return JSON.stringify([rows.map(({ values }) => [...values]), [...coveredMs]]);
  };
  return { slots, folds, window };
}

test("what is final stays as it is, whatever is read later", () => {
  const schedule = fc.array(fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), { minLength: 1, maxLength: 3 });
  let finals = 0;
  fc.assert(
    fc.property(
      schedule,
      fc.integer({ min: 6, max: 30 }),
      fc.integer({ min: 0, max: 400 }),
      (reads, endStep, waitS) => {
        const { slots, folds, window } = rig(reads.length);
        const endMs = Math.floor((T0 + endStep * INTERVAL_MS) / 10_000) * 10_000;
        const nowMs = endMs + waitS * 1_000;
        const readings = reads
          .flatMap((own, i) => own.map((isRead, n) => ({ i, isRead, atMs: T0 + n * INTERVAL_MS + i * 4_000 })))
          .filter(({ isRead }) => isRead)
          .sort((a, b) => a.atMs - b.atMs);
        for (const { i, atMs } of readings) if (atMs <= nowMs) folds[i]?.(atMs);
        if (slots.settling(endMs, nowMs).targets > 0) return;
        finals++;
        const before = window(endMs - 60_000, endMs);
        for (const { i, atMs } of readings) if (atMs > nowMs) folds[i]?.(atMs);
        expect(window(endMs - 60_000, endMs)).toBe(before);
      },
    ),
    { numRuns: 300 },
  );
  expect(finals).toBeGreaterThan(30);
});

test("a replica that was not read since may still change it, until it is read or was silent for 5 minutes", () => {
  const { slots, folds, window } = rig(2);
  for (let n = 0; n < 4; n++) for (const fold of folds) fold(T0 + n * INTERVAL_MS);
  folds[0]?.(T0 + 4 * INTERVAL_MS);
  const endMs = T0 + 50_000;
  const nowMs = T0 + 4 * INTERVAL_MS + 30_000;
  folds[0]?.(nowMs);
  expect(slots.settling(endMs, nowMs)).toEqual({ targets: 1, services: 0 });
  expect(slots.settling(endMs, T0 + 3 * INTERVAL_MS + 300_001).targets).toBe(0);
  const before = window(T0 - 10_000, endMs);
  folds[1]?.(nowMs + 1_000);
  expect(slots.settling(endMs, nowMs + 1_000).targets).toBe(0);
  expect(window(T0 - 10_000, endMs)).not.toBe(before);
});
