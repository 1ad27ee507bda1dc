/**
 * The store of rollups by itself, in one process: processor time and bytes on disk for a slot of many edges, with its share
 * of all coarser levels, and the time to read older windows. In: rows of 32 columns of which 12 are not zero, increases
 * shared out over the slots that they overlap, as scrapes give them. Beside each read stands a control: a loop that adds up
 * as many numbers from memory.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedRollups } from "../collector/store/embedded/rollups/embedded-rollups.ts";
import type { Column, RollupRow, RowValues } from "../lib/model/rollup-row.ts";
import { noteLine, quantile, timeLine } from "./line.ts";
import { type BenchOptions, sized } from "./options.ts";

const HOUR = 3_600_000;
const T0 = 1_700_000_400_000;
const BUCKETS = 20;
const COLUMNS = 32;
const FILLED = 12;
const TARGETS = 500;
const READS = 9;
const GOAL_MS = 300;

const columns: Column[] = Array.from({ length: COLUMNS }, (_, i) =>
  i < BUCKETS
    ? { kind: "bucket", scheme: 0, index: i }
    : { kind: "class", code: String(200 + i - BUCKETS), grpcStatus: "" },
);
const schemes = [{ of: "response" as const, bounds: Array.from({ length: BUCKETS - 1 }, (_, i) => 2 ** i) }];

function rowOf(i: number): RollupRow {
  const end = (name: string) => ({
    cluster: "c1",
    namespace: `n${i % 40}`,
    kind: "workload" as const,
    name,
    mesh: null,
  });
  return {
    key: `${i}/${"edge-between-two-workloads".repeat(6)}`,
    index: i,
    edge: { source: end(`s${i}`), target: end(`t${i % 5_000}`), protocol: "http", layer: "L7" },
    ...{ reporter: "destination", transport: false, hasRequests: true, everActive: true, group: `g${i % 5_000}` },
    ...{ columns, schemes, families: new Set(["istio_requests_total"]), tls: new Map() },
    principals: { source: new Set([`spiffe://td/ns/n/sa/s${i}`]), destination: new Set() },
    lastSeenMs: T0,
    firstSeenMs: T0,
  };
}

/** The same numbers in every run, 0..1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

function slotOf(rows: readonly RollupRow[], seed: number): RowValues[] {
  const next = numbers(seed);
  return rows.map((row, r) => {
    const values = new Float64Array(COLUMNS);
    const share = ((r % TARGETS) * 0.618) % 1;
    const rate = 1 + ((r * 7_919) % 200);
    for (let c = 0; c < COLUMNS; c++) {
      if ((r * 31 + c * 17) % COLUMNS >= FILLED) continue;
      values[c] = Math.floor(rate * next() * 2) * share + Math.floor(rate * next() * 2) * (1 - share);
    }
    return { row, values };
  });
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function control(values: number): number {
  const from = new Float64Array(1 << 16).fill(1.5);
  const into = new Float64Array(1 << 16);
  const start = performance.now();
  for (let done = 0; done < values; done += from.length) {
    for (let i = 0; i < from.length; i++) into[i] = (into[i] ?? 0) + (from[i] ?? 0);
  }
  return performance.now() - start;
}

async function readTimes(store: EmbeddedRollups, fromMs: number, toMs: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < READS; i++) {
    const start = performance.now();
    await store.read(10_000, fromMs, toMs);
    times.push(performance.now() - start);
  }
  return quantile(times, 0.95);
}

export async function run(options: BenchOptions): Promise<string[]> {
  const count = sized(options, { smoke: 2_000, plain: 20_000, full: 40_000 });
  const folder = mkdtempSync(join(tmpdir(), "bench-rollups-"));
  const clock = { nowMs: T0 };
  const retainMs = 90 * 24 * HOUR;
  const tiers = [10_000, 60_000, 600_000].map((slotMs) => ({ slotMs, retainMs }));
  const store = await EmbeddedRollups.open({ folder, tiers, maxBytes: 1e12, nowMs: () => clock.nowMs });
  try {
    const rows = Array.from({ length: count }, (_, i) => rowOf(i));
    const slots = [1, 2, 3, 4].map((seed) => slotOf(rows, seed));
    const coveredMs = new Map(rows.map(({ group }) => [group, 10_000] as const));
    await store.append([{ startMs: T0, rows: slots[0] ?? [], coveredMs }]);
    const before = cpuMs();
    const SLOTS = 380;
    for (let i = 1; i < SLOTS; i++) {
      clock.nowMs = T0 + i * 10_000 + 900_000;
      await store.append([{ startMs: T0 + i * 10_000, rows: slots[i % 4] ?? [], coveredMs }]);
      await store.tick();
    }
    const cpu = (cpuMs() - before) / SLOTS;
    const bytes = (store.stats().bytes ?? 0) / SLOTS;
    const lines = [
      noteLine(
        "store-rollups",
        `${count} rows: ${cpu.toFixed(1)} ms of CPU and ${(bytes / 1e6).toFixed(2)} MB a slot of 10 s`,
      ),
    ];
    for (const [name, from, to] of [
      ["store-rollups-5min", T0 + 70_000, T0 + 370_000],
      ["store-rollups-1h", T0 + 70_000, T0 + HOUR + 70_000],
    ] as const) {
      const blocks = store.blocksFor(10_000, from, to);
      const measure = async () => ({
        figure: await readTimes(store, from, to),
        control: control((blocks * count * FILLED) / Math.ceil(count / 8_192)),
      });
      const why = ({ figure, control: beside }: { figure: number; control: number }): string =>
        `p95 ${figure.toFixed(0)} ms for ${count} rows from ${blocks} blocks; adding as many numbers in memory ${beside.toFixed(0)} ms`;
      lines.push(await timeLine(name, GOAL_MS, measure, why));
    }
    return lines;
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
