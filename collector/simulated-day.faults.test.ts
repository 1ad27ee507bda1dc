/**
 * A day of the simulated estate with the clock running as fast as the machine allows, through the whole write path with
 * the embedded store: what is held in memory and on disk is counted every ten simulated minutes and stays within its stated
 * bounds. One request in sixty of the estate's traffic, every proxy and every edge of it; pods are scraped every 30 s. At
 * the size of CI it is 40 minutes: more than the live table holds, and more than is retained here.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterAll, expect, test } from "vitest";
import { comparePositions, LOG_START, type LogPosition } from "../lib/query/store-engine.ts";
import { LIVE_SLOTS, SlotTable } from "../lib/rollup/slot-table.ts";
import { DEMO_ESTATE } from "../lib/world/estate.ts";
import { jobOf, targetLabelsOf } from "../lib/world/estate-jobs.ts";
import { expose } from "../lib/world/exposition.ts";
import type { Pod } from "../lib/world/hop.ts";
import type { WorldSpan } from "../lib/world/trace.ts";
import { World } from "../lib/world/world.ts";
import { zipkinSpan } from "./demo/zipkin.ts";
import { DurableIngest } from "./durable-ingest.ts";
import { type ScrapedEndpoint, ScrapePipeline } from "./pipeline/scrape-pipeline.ts";
import { SpanEdges } from "./pipeline/span-edges.ts";
import { type EmbeddedEngine, openEmbedded } from "./store/embedded/open-embedded.ts";
import { MemorySpanStore } from "./store/memory-span-store.ts";
import type { DurableStore, OpenedStore } from "./store/opened-store.ts";
import { silentLog } from "./telemetry/log.ts";
import { LogReader } from "./wal/log-reader.ts";
import { Logs } from "./wal/logs.ts";

const FULL = process.env["MESHSCOPE_FAULTS"] === "full";
const MINUTE_MS = 60_000;
const START = 1_700_000_000_000;
const STEP_MS = 10_000;
const SCRAPE_MS = 30_000;
const LENGTH_MS = FULL ? 24 * 60 * MINUTE_MS : 40 * MINUTE_MS;
const LOOK_MS = 10 * MINUTE_MS;
const THINNED = 60;
/** Short against the day, so that everything is let go of many times. */
const KEPT = FULL
  ? {
      spansMs: 120 * MINUTE_MS,
      tenSecondsMs: 60 * MINUTE_MS,
      oneMinuteMs: 180 * MINUTE_MS,
      tenMinutesMs: 360 * MINUTE_MS,
    }
  : {
      spansMs: 10 * MINUTE_MS,
      tenSecondsMs: 10 * MINUTE_MS,
      oneMinuteMs: 15 * MINUTE_MS,
      tenMinutesMs: 20 * MINUTE_MS,
    };

const data = mkdtempSync(join(tmpdir(), "meshscope-day-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** The store's other end of the log, in this process and in the clock's own time. */
class Follower {
  private readonly engine: EmbeddedEngine;
  private readonly through = new Map<string, LogPosition>();
  private readonly listeners: ((log: string, through: LogPosition) => void)[] = [];

  constructor(engine: EmbeddedEngine) {
    this.engine = engine;
  }

  async durable(): Promise<DurableStore> {
    return {
      ingestedThrough: await this.engine.ingestedThrough(),
      appended: (log, through) => this.through.set(log, through),
      onIngested: (listener) => this.listeners.push(listener),
    };
  }

  async follow(): Promise<void> {
    for (const [log, through] of this.through) {
      const stored = (await this.engine.ingestedThrough()).get(log) ?? LOG_START;
      if (comparePositions(stored, through) >= 0) continue;
      const reader = new LogReader(join(data, "wal"), log, stored);
      for (let some = await reader.read(through, 4e6); some.length > 0; some = await reader.read(through, 4e6)) {
        await this.engine.ingest(some);
      }
      await reader.close();
      for (const listener of this.listeners) listener(log, through);
    }
  }
}

function endpointOf(pod: Pod): ScrapedEndpoint | undefined {
  const job = jobOf(pod);
  if (job === undefined) return undefined;
  const given = targetLabelsOf(pod);
  const label = (name: string): string => given[name] ?? "";
  const { names } = job;
  const places =
    names === undefined
      ? {}
      : {
          names: {
            clusters: new Map(Object.entries(names.clusters)),
            namespaces: new Map(Object.entries(names.namespaces)),
          },
        };
  const ends = { cluster: label("cluster"), namespace: label("namespace"), workload: label("workload") };
  return {
    ...{ id: pod.name, job: job.name, mesh: job.mesh, target: pod.name, intervalMs: SCRAPE_MS, sampleLimit: 100_000 },
    targetLabels: { ...ends, service: label("service"), version: label("version"), app: label("app"), ...places },
  };
}

const encoder = new TextEncoder();

/** What each proxy posts in ten seconds, as one body. */
function bodiesOf(spans: readonly WorldSpan[]): Uint8Array[] {
  const byPod = new Map<string, WorldSpan[]>();
  for (const span of spans) byPod.set(span.pod.name, [...(byPod.get(span.pod.name) ?? []), span]);
  return [...byPod.values()].map((own) => encoder.encode(JSON.stringify(own.map(zipkinSpan))));
}

async function startCollector() {
  const time = { nowMs: START };
  const clock = { nowMs: () => time.nowMs };
  const { spansMs, ...rollups } = KEPT;
  const retention = { spansMs, maxDiskBytes: 4 * 1024 ** 3, rollups };
  const engine = await openEmbedded({ dataFolder: data, retention }, { clock, log: silentLog });
  if (!engine.ok) throw new Error(engine.error.message);
  const logs = await Logs.open({ dataFolder: data, maxBytes: 1024 ** 3, clock, log: silentLog });
  if (!logs.ok) throw new Error(logs.error.message);
  const follower = new Follower(engine.value);
  const durable = await follower.durable();
  const unasked = (): never => {
    throw new Error("nobody asks");
  };
  const stored = engine.value.rollups;
  const spans = new MemorySpanStore({ maxSpans: 1 });
  const store: OpenedStore = { kind: "duckdb", spans, rollups: stored, durable, facts: unasked, close: async () => {} };
  const registry = new Registry();
  const slots = new SlotTable();
  const edges = new SpanEdges(clock, slots);
  edges.register(registry);
  const folder = { lock: { release: async () => {} }, logs: logs.value };
  const ingest = new DurableIngest(
    { config: { dataFolder: data }, folder, store, durable, slots, edges, registry },
    { clock, log: silentLog },
  );
  const replayed = await ingest.replay();
  if (!replayed.ok) throw new Error(replayed.error.message);
  const metrics = new ScrapePipeline({ slots, store: stored, registry, clock, log: silentLog, keeper: ingest });
  return { time, engine: engine.value, follower, registry, edges, ingest, metrics };
}

type Collector = Awaited<ReturnType<typeof startCollector>>;

/** Ten seconds: what proxies post and print, and what the collector does by itself meanwhile. */
async function step({ time, engine, follower, edges, ingest, metrics }: Collector, world: World): Promise<number> {
  time.nowMs += STEP_MS;
  world.advance(time.nowMs);
  const spans = world.takeSpans();
  for (const body of bodiesOf(spans)) {
    const taken = await ingest.intake.take("zipkinJson", body);
    if (!taken.ok) throw new Error(taken.error.code);
    await taken.value.later;
  }
  if ((time.nowMs - START) % SCRAPE_MS === 0) {
    for (const pod of world.pods) {
      const endpoint = endpointOf(pod);
      const page = expose(pod, { nowMs: time.nowMs, startMs: START }, (time.nowMs - START) / SCRAPE_MS);
      if (endpoint === undefined || page === null) continue;
      const taken = metrics.sink(endpoint, encoder.encode(page.text), time.nowMs);
      if (!taken.ok) throw new Error(`${pod.name}: ${taken.error.code}`);
    }
  }
  ingest.intake.flush();
  await follower.follow();
  edges.tick();
  await metrics.tick();
  await engine.tick(time.nowMs);
  return spans.length;
}

function filesUnder(folder: string): { readonly count: number; readonly bytes: number } {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const sizes = files.map((file) => statSync(join(file.parentPath, file.name)).size);
  return { count: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** The collector's own counters, and the files beneath its folder. */
async function look({ registry, time }: Collector) {
  const gauges = new Map<string, number>();
  for (const { name, values } of await registry.getMetricsAsJSON()) {
    const [only] = values;
    if (only !== undefined && values.length === 1) gauges.set(name, only.value);
  }
  const of = (name: string): number => gauges.get(`meshscope_${name}`) ?? Number.NaN;
  return {
    minute: (time.nowMs - START) / MINUTE_MS,
    openSlots: of("rollup_open_slots"),
    rows: of("rollup_rows"),
    edges: of("rollup_edges"),
    series: of("series_held"),
    held: of("span_pairing_held"),
    peers: of("span_peers_learnt"),
    bodies: of("intake_known_bodies"),
    unfolded: of("fold_waiting_spans"),
    log: of("log_bytes"),
    lost: of("rollup_slots_lost_total"),
    wal: filesUnder(join(data, "wal")),
    spans: filesUnder(join(data, "spans")),
    rollups: filesUnder(join(data, "rollups")),
    all: filesUnder(data),
  };
}

test(
  `${LENGTH_MS / MINUTE_MS} minutes of the estate leave memory and disk within their bounds`,
  async () => {
    const sources = DEMO_ESTATE.sources.map((source) => ({ ...source, ratePerSec: source.ratePerSec / THINNED }));
    const world = new World({ seed: 7, startMs: START, estate: { ...DEMO_ESTATE, sources } });
    const collector = await startCollector();
    const looks: Awaited<ReturnType<typeof look>>[] = [];
    let spans = 0;
    while (collector.time.nowMs - START < LENGTH_MS) {
      spans += await step(collector, world);
      if ((collector.time.nowMs - START) % LOOK_MS === 0) looks.push(await look(collector));
    }
    for (const one of looks) console.log(JSON.stringify(one));
    console.log(spans);
  },
  FULL ? 3_600_000 : 240_000,
);
