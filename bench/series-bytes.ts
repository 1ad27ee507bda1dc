/**
 * What a series and a row take in memory: the estate of bench/resident.ts read in this process, scrape after scrape, and
 * the heap and array buffers before and after, garbage collected. Without a goal of its
 * own: it says where the resident memory of the collector goes. Three figures: the tables of series and their counters,
 * by their own count; all that was added to the process before any slot, by series; and what a slot's numbers take, by
 * their own count.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Registry } from "prom-client";
import { z } from "zod";
import { ScrapePipeline } from "../collector/pipeline/scrape-pipeline.ts";
import { MemoryRollupStore } from "../collector/store/memory-rollup-store.ts";
import { silentLog } from "../collector/telemetry/log.ts";
import { SlotTable } from "../lib/rollup/slot-table.ts";
import { noteLine } from "./line.ts";
import { type BenchOptions, sized } from "./options.ts";
import { FULL_ESTATE, nameOf, pageAt, REPLICAS } from "./processes/istio-targets.ts";

const START_MS = 1_700_000_000_000;
const INTERVAL_MS = 10_000;

/** The engine's own, which a context that is made after the flag has. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return z.custom<() => void>((value) => typeof value === "function").parse(runInNewContext("gc"));
}

function held(collect: () => void): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

export async function run(options: BenchOptions): Promise<string[]> {
  const estate = sized(options, { smoke: { workloads: 20, callees: 10 }, plain: FULL_ESTATE, full: FULL_ESTATE });
  const scrapes = sized(options, { smoke: 3, plain: 4, full: 92 });
  const registry = new Registry();
  const slots = new SlotTable();
  const time = { nowMs: START_MS };
  const clock = { nowMs: () => time.nowMs };
  const pipeline = new ScrapePipeline({ slots, store: new MemoryRollupStore(), registry, clock, log: silentLog });
  const gauge = async (name: string): Promise<number> =>
    (await registry.getSingleMetric(name)?.get())?.values[0]?.value ?? Number.NaN;
  const encoder = new TextEncoder();
  const collect = collector();
  const before = held(collect);
  const after: number[] = [];
  for (let scrape = 0; scrape < scrapes; scrape++, time.nowMs += INTERVAL_MS) {
    for (let workload = 0; workload < estate.workloads; workload++) {
      for (let replica = 0; replica < REPLICAS; replica++) {
        const name = nameOf(workload);
        const target = `${name}-${replica}`;
        const own = { cluster: "c1", namespace: "shop", workload: name, service: "", version: "", app: "" };
        const endpoint = { id: target, job: "shop", mesh: "istio", target, targetLabels: own } as const;
        const body = encoder.encode(pageAt(estate, workload, replica, 3_600 + scrape * 10));
        pipeline.sink({ ...endpoint, intervalMs: INTERVAL_MS, sampleLimit: 500_000 }, body, time.nowMs);
      }
    }
    await pipeline.tick();
    after.push(held(collect));
  }
  const series = await gauge("meshscope_rollup_series");
  const tables = await gauge("meshscope_series_bytes");
  const [first = 0] = after;
  const last = after[after.length - 1] ?? 0;
  const rows = slots.rows.length;
  const columns = slots.rows.reduce((sum, row) => sum + row.columns.length, 0);
  const slot = slots.numberBytes / Math.max(1, slots.openSlots);
  return [
    noteLine(
      "series-bytes",
      [
        `${series} series of ${estate.workloads * REPLICAS} targets: ${(tables / series).toFixed(0)} bytes each in tables and counters`,
        `${((first - before) / series).toFixed(0)} with rows, edges and all else`,
        `${rows} rows of ${((8 * columns) / rows).toFixed(0)} bytes of numbers`,
        `a slot takes ${(slot / 1e6).toFixed(2)} MB; ${((last - before) / 1e6).toFixed(0)} MB after ${scrapes} scrapes`,
      ].join(", "),
    ),
  ];
}
