/** Scrapes recorded from real Envoys through the whole chain: what was sent is what is counted, secured as configured. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { atOnce } from "../../lib/base/sliced.ts";
import { requestTotals } from "../../lib/model/edge-stats.ts";
import { mergeSecurity, securityOf } from "../../lib/query/mtls.ts";
import { Snapshots } from "../../lib/query/snapshot.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { MemoryRollupStore } from "../store/memory-rollup-store.ts";
import { silentLog } from "../telemetry/log.ts";
import { ScrapePipeline } from "./scrape-pipeline.ts";

const T0 = 1_700_000_000_000;
const captures = join(dirname(fileURLToPath(import.meta.url)), "../../e2e/real/captures/plain");

async function replay(readings: readonly (readonly [service: string, moment: string])[]) {
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const time = { nowMs: T0 };
  const clock = { nowMs: () => time.nowMs };
  const pipeline = new ScrapePipeline({ slots, store, registry: new Registry(), clock, log: silentLog });
  const seen = new Map<string, number>();
  for (const [service, moment] of readings) {
    const n = seen.get(service) ?? 0;
    seen.set(service, n + 1);
    const atMs = T0 + n * 15_000;
    time.nowMs = Math.max(time.nowMs, atMs);
    const targetLabels = { cluster: "c1", namespace: "real", workload: service, service: "", version: "", app: "" };
    const endpoint = {
      id: service,
      job: "real",
      mesh: "envoy" as const,
      target: service,
      targetLabels,
      intervalMs: 15_000,
      sampleLimit: 50_000,
    };
    const body = readFileSync(join(captures, `${service}.${moment}.prom.txt`));
    expect(pipeline.sink(endpoint, body, atMs)).toMatchObject({ ok: true });
  }
  const snapshot = await new Snapshots({ live: slots, store }, atOnce, () => 0).read(
    { start: T0 - 60_000 },
    time.nowMs,
  );
  if (!snapshot.ok) throw new Error(snapshot.error.code);
  return (from: string, to: string) => {
    const facts = snapshot.value.facts.filter(
      (fact) => fact.source.name === from && fact.target.name === to && fact.protocol === "http",
    );
    const [fact] = facts;
    if (fact === undefined || facts.length > 1) throw new Error(`${facts.length} edges ${from} → ${to}`);
    const codes = [...fact.counts.classes.values()].filter((one) => one.count > 0);
    const evidence = securityOf(fact, slots.listeners, 0);
    return {
      codes: Object.fromEntries(codes.map((one) => [one.code, one.count] as const)),
      total: requestTotals(fact.counts).total,
      mtls: evidence === null ? null : mergeSecurity([{ evidence, requests: 0 }]),
    };
  };
}

const BEFORE_AND_AFTER = ["before", "after"].flatMap((moment) =>
  ["a", "b", "c"].map((name) => [name, moment] as const),
);

test("each hop of ten requests is counted once, by its own codes", async () => {
  const edge = await replay(BEFORE_AND_AFTER);
  expect(edge("a", "b").codes).toEqual({ "200": 7, "404": 1, "502": 2 });
  expect(edge("b", "c").codes).toEqual({ "200": 7, "404": 1, "503": 2 });
  expect(edge("unknown", "a").total).toBe(10);
});

test("the hop with client certificates is mutual and the plain one plaintext, wholly", async () => {
  const edge = await replay(BEFORE_AND_AFTER);
  expect(edge("a", "b").mtls).toMatchObject({ mutual: 1, plaintext: 0, unknown: 0, unit: "connections" });
  expect(edge("b", "c").mtls).toMatchObject({ mutual: 0, plaintext: 1, unknown: 0 });
});

test("a proxy that restarted counts from zero", async () => {
  const edge = await replay([...BEFORE_AND_AFTER, ["b", "restarted"]]);
  expect(edge("b", "c").codes).toEqual({ "200": 14, "404": 1, "503": 2 });
});
