/**
 * A day at full speed, in coarse steps of an injected clock: proxies whose peers are replaced every hour and one of whose
 * labels is new at each scrape. What is held in memory stays within its bounds, as the gauges tell them, and no request is
 * lost on the way.
 */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { MemoryRollupStore } from "../store/memory-rollup-store.ts";
import { silentLog } from "../telemetry/log.ts";
import { ScrapePipeline } from "./scrape-pipeline.ts";

const START_MS = 1_700_000_000_000;
const STEP_MS = 120_000;
const HOURS = 24;
const SCRAPES_AN_HOUR = 30;
const TARGETS = 4;
const PEERS = 5;
/** Series with a label of their own at each scrape. */
const CHURN = 20;
const encoder = new TextEncoder();

function bodyOf(scrape: number): Uint8Array {
  const hour = Math.floor(scrape / SCRAPES_AN_HOUR);
  const ends = (peer: string): string =>
    `reporter="source",source_workload="web",source_workload_namespace="shop",destination_workload="${peer}",destination_workload_namespace="shop",destination_canonical_service="${peer}",request_protocol="http"`;
  const lines: string[] = [];
  for (let i = 0; i < PEERS; i++) {
    // Each hour's peers begin to count at its second scrape: a series that appears is counted from zero.
    lines.push(`istio_requests_total{${ends(`peer-${hour}-${i}`)},response_code="200"} ${scrape % SCRAPES_AN_HOUR}`);
    for (const le of ["1", "10", "+Inf"])
      lines.push(`istio_request_duration_milliseconds_bucket{${ends(`peer-${hour}-${i}`)},le="${le}"} ${scrape}`);
  }
  for (let i = 0; i < CHURN; i++)
    lines.push(`istio_requests_total{${ends("steady")},response_code="200",request_id="r-${scrape}-${i}"} 1`);
  return encoder.encode(`${lines.join("\n")}\n`);
}

test("a simulated day: series, rows, slots and the bytes held for them stay within their bounds", {
  timeout: 120_000,
}, async () => {
  const time = { nowMs: START_MS };
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const registry = new Registry();
  const clock = { nowMs: () => time.nowMs };
  const pipeline = new ScrapePipeline({ slots, store, registry, clock, log: silentLog });
  const gauge = async (name: string): Promise<number> =>
    (await registry.getSingleMetric(name)?.get())?.values[0]?.value ?? Number.NaN;
  const names = ["known", "held", "bytes"].map((name) => `meshscope_series_${name}`);
  names.push("meshscope_rollup_rows", "meshscope_rollup_open_slots", "meshscope_rollup_edges");
  const most = new Map(names.map((name) => [name, { first: 0, later: 0 }]));
  for (let scrape = 0; scrape < HOURS * SCRAPES_AN_HOUR; scrape++, time.nowMs += STEP_MS) {
    for (let i = 0; i < TARGETS; i++) {
      const labels = { cluster: "c1", namespace: "shop", workload: "web", service: "", version: "", app: "" };
      const endpoint = {
        id: `web-${i}`,
        job: "shop",
        mesh: "istio",
        target: `web-${i}`,
        targetLabels: labels,
      } as const;
      const limits = { intervalMs: STEP_MS, sampleLimit: 10_000 };
      expect(pipeline.sink({ ...endpoint, ...limits }, bodyOf(scrape), time.nowMs).ok).toBe(true);
    }
    await pipeline.tick();
    const half = scrape < 4 * SCRAPES_AN_HOUR ? "first" : "later";
    for (const [name, seen] of most) seen[half] = Math.max(seen[half], await gauge(name));
  }
  await pipeline.stop();
  const told = Object.fromEntries([...most].map(([name, { later }]) => [name, later]));
  // What a proxy prints at a time, and what it printed within the ten scrapes after which a series is forgotten; swept
  // every quarter of that.
  const printed = TARGETS * (PEERS * 4 + CHURN);
  const forgotten = TARGETS * (10 + 3) * CHURN + TARGETS * PEERS * 4;
  expect(told["meshscope_series_known"]).toBeLessThanOrEqual(printed + forgotten);
  expect(told["meshscope_series_held"]).toBeLessThanOrEqual(printed + forgotten);
  // A row lives as long as a late part of a slot may come: 15 minutes and an hour, and the hour it was seen in.
  expect(told["meshscope_rollup_rows"]).toBeLessThanOrEqual(1 + PEERS * 4);
  expect(told["meshscope_rollup_edges"]).toBeLessThanOrEqual(1 + PEERS * 4);
  expect(told["meshscope_rollup_open_slots"]).toBeLessThanOrEqual(91);
  // After the first hours nothing grows any more.
  for (const [name, { first, later }] of most) expect(later, name).toBeLessThanOrEqual(first * 1.1);
  // Of each hour's peers the first scrape is at 0: 29 requests each, 4 proxies; and each churned series counts once.
  const end = time.nowMs;
  const sum = await store.read(
    600_000,
    Math.ceil((end - 20 * 3_600_000) / 600_000) * 600_000,
    Math.floor((end - 2 * 3_600_000) / 600_000) * 600_000,
  );
  const requests = sum.rows.reduce((total, { row, values }) => {
    return total + row.columns.reduce((own, column, i) => own + (column.kind === "class" ? (values[i] ?? 0) : 0), 0);
  }, 0);
  const scrapes = 18 * SCRAPES_AN_HOUR;
  expect(requests).toBeGreaterThan(0.97 * TARGETS * (CHURN + PEERS) * scrapes);
  expect(requests).toBeLessThan(1.03 * TARGETS * (CHURN + PEERS) * scrapes);
});
