/**
 * A day of the simulated estate with the clock running as fast as the machine allows, through the whole write path with
 * the embedded store: what is held in memory and on disk is counted every five simulated minutes and stays within its stated
 * bounds. One request in sixty of the estate's traffic, every proxy and every edge of it; pods are scraped every 30 s. At
 * the size of CI it is 20 minutes: more than the live table holds, and more than is retained here.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterAll, expect, test } from "vitest";
import { ok } from "../lib/base/result.ts";
import { comparePositions, LOG_START, type LogPosition } from "../lib/query/store-engine.ts";
import { MAX_HELD } from "../lib/rollup/kernel-held.ts";
import { LIVE_SLOTS, SlotTable } from "../lib/rollup/slot-table.ts";
import { DEMO_ESTATE } from "../lib/world/estate.ts";
import { jobOf, targetLabelsOf } from "../lib/world/estate-jobs.ts";
import { expose } from "../lib/world/exposition.ts";
import type { Pod } from "../lib/world/hop.ts";
import type { WorldSpan } from "../lib/world/trace.ts";
import { World } from "../lib/world/world.ts";
import { zipkinSpan } from "./demo/zipkin.ts";
import { DurableIngest } from "./durable-ingest.ts";
import { REMEMBER_MS } from "./pipeline/body-claims.ts";
import { type ScrapedEndpoint, ScrapePipeline } from "./pipeline/scrape-pipeline.ts";
import { SpanEdges } from "./pipeline/span-edges.ts";
import { type EmbeddedEngine, openEmbedded } from "./store/embedded/open-embedded.ts";
import { rigHost } from "./store/host/host-rig.ts";
import type { OpenEngine } from "./store/host/store-host.ts";
import { openStore } from "./store/open-store.ts";
import type { DurableStore } from "./store/opened-store.ts";
import type { RowBook } from "./store/row-aligner.ts";
import type { Clock } from "./telemetry/clock.ts";
import { silentLog } from "./telemetry/log.ts";
import { Logs } from "./wal/logs.ts";

const FULL = process.env["MESHSCOPE_FAULTS"] === "full";
const MINUTE_MS = 60_000;
const START = 1_700_000_000_000;
const STEP_MS = 10_000;
const SCRAPE_MS = 30_000;
const LENGTH_MS = FULL ? 24 * 60 * MINUTE_MS : 20 * MINUTE_MS;
const LOOK_MS = 5 * MINUTE_MS;
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

/** The store behind its messages, in this process; its time passes when the day says so. */
function rigStore(clock: Clock) {
  const rig: { engine?: EmbeddedEngine } = {};
  const openEngine: OpenEngine = async (settings, surroundings) => {
    const opened = await openEmbedded(settings, surroundings);
    if (!opened.ok) return opened;
    const engine = opened.value;
    rig.engine = engine;
    const { spans, rollups } = engine;
    return ok({
      ...{ spans, rollups, tick: async () => {}, close: () => engine.close() },
      ingest: (batches) => engine.ingest(batches),
      ingestedThrough: () => engine.ingestedThrough(),
    });
  };
  return { start: () => rigHost(openEngine, clock), tick: async (nowMs: number) => rig.engine?.tick(nowMs) };
}

/** Hears what the store is told and what it says, to wait for it. */
class Followed implements DurableStore {
  readonly ingestedThrough: DurableStore["ingestedThrough"];
  private readonly store: DurableStore;
  private told = LOG_START;
  private stored = LOG_START;
  private wake: () => void = () => {};

  constructor(store: DurableStore) {
    this.store = store;
    this.ingestedThrough = store.ingestedThrough;
    store.onIngested((_log, through) => {
      this.stored = through;
      this.wake();
    });
  }

  appended(log: string, through: LogPosition): void {
    this.told = through;
    this.store.appended(log, through);
  }

  onIngested(listener: (log: string, through: LogPosition) => void): void {
    this.store.onIngested(listener);
  }

  async caughtUp(): Promise<void> {
    while (comparePositions(this.stored, this.told) < 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
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
  const slots = new SlotTable();
  const engine = rigStore(clock);
  const rows: RowBook = {
    find: (key) => slots.table.byKeyOf(key),
    adopt: (row, columns, schemes) => slots.table.byKeyOf(row.key)?.adopt(columns, schemes) ?? columns.map((_, i) => i),
  };
  const config = { store: { kind: "duckdb" }, dataFolder: data, retention } as const;
  const opened = await openStore(config, { clock, log: silentLog, rows, start: engine.start });
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  if (store.durable === undefined) throw new Error("the store keeps nothing");
  const logs = await Logs.open({ dataFolder: data, maxBytes: 1024 ** 3, clock, log: silentLog });
  if (!logs.ok) throw new Error(logs.error.message);
  const durable = new Followed(store.durable);
  const registry = new Registry();
  const edges = new SpanEdges(clock, slots);
  edges.register(registry);
  const folder = { lock: { release: async () => {} }, logs: logs.value };
  const parts = { config: { dataFolder: data }, folder, store, durable, slots, edges, registry };
  const ingest = new DurableIngest(parts, { clock, log: silentLog });
  const replayed = await ingest.replay();
  if (!replayed.ok) throw new Error(replayed.error.message);
  const metrics = new ScrapePipeline({ slots, store: store.rollups, registry, clock, log: silentLog, keeper: ingest });
  return { time, engine, durable, store, registry, edges, ingest, metrics };
}

type Collector = Awaited<ReturnType<typeof startCollector>>;

interface Sent {
  readonly spans: number;
  readonly bodies: number;
}

/** Ten seconds: what proxies post and print, and what the collector does by itself meanwhile. */
async function step({ time, engine, durable, edges, ingest, metrics }: Collector, world: World): Promise<Sent> {
  time.nowMs += STEP_MS;
  world.advance(time.nowMs);
  const spans = world.takeSpans();
  const bodies = bodiesOf(spans);
  for (const body of bodies) {
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
  await durable.caughtUp();
  edges.tick();
  await metrics.tick();
  await engine.tick(time.nowMs);
  return { spans: spans.length, bodies: bodies.length };
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

type Look = Awaited<ReturnType<typeof look>>;

/** How long a span is held for others that may refer to it (`HeldSpans`). */
const HOLD_MS = 10 * MINUTE_MS;
/** A segment of spans spans a 24th of what is kept; the open one, its tail, and one that is on its way out. */
const SPAN_FILES = 24 + 4;
/** Two a partition of 360 slots: of each tier what it keeps and both ends; of the four coarser levels two each; rows, commits. */
const ROLLUP_FILES =
  2 *
    ([KEPT.tenSecondsMs / 3_600_000, KEPT.oneMinuteMs / 21_600_000, KEPT.tenMinutesMs / 216_000_000].reduce(
      (sum, partitions) => sum + Math.ceil(partitions) + 2,
      0,
    ) +
      8) +
  8;

/** The last of what was sent, as far as it may still be held. */
function sentWithin(sent: readonly Sent[], of: keyof Sent, ms: number): number {
  return sent.slice(-(ms / STEP_MS) - 1).reduce((sum, one) => sum + one[of], 0);
}

function expectWithin(seen: Look, settled: Look, sent: readonly Sent[]): void {
  const what = `at minute ${seen.minute}`;
  expect(seen.openSlots, what).toBeLessThanOrEqual(LIVE_SLOTS + 1);
  for (const of of ["rows", "edges", "series", "peers"] as const)
    expect(seen[of], `${of} ${what}`).toBeLessThanOrEqual(1.25 * settled[of]);
  expect(seen.held, what).toBeLessThanOrEqual(Math.min(MAX_HELD, sentWithin(sent, "spans", HOLD_MS)));
  expect(seen.bodies, what).toBeLessThanOrEqual(sentWithin(sent, "bodies", REMEMBER_MS));
  expect(seen, what).toMatchObject({ unfolded: 0, lost: 0 });
  expect(seen.wal.count, what).toBeLessThanOrEqual(3);
  expect(seen.spans.count, what).toBeLessThanOrEqual(SPAN_FILES);
  expect(seen.rollups.count, what).toBeLessThanOrEqual(ROLLUP_FILES);
  // Lock, format, checkpoints: nothing piles up beside the three folders.
  const { all, wal, spans, rollups } = seen;
  expect(all.count - wal.count - spans.count - rollups.count, what).toBeLessThanOrEqual(6);
}

test(
  `${LENGTH_MS / MINUTE_MS} minutes of the estate leave memory and disk within their bounds`,
  async () => {
    const sources = DEMO_ESTATE.sources.map((source) => ({ ...source, ratePerSec: source.ratePerSec / THINNED }));
    const world = new World({ seed: 7, startMs: START, estate: { ...DEMO_ESTATE, sources } });
    const collector = await startCollector();
    const sent: Sent[] = [];
    const looks: Look[] = [];
    while (collector.time.nowMs - START < LENGTH_MS) {
      sent.push(await step(collector, world));
      if ((collector.time.nowMs - START) % LOOK_MS !== 0) continue;
      const seen = await look(collector);
      looks.push(seen);
      // After ten minutes every edge of the estate was used.
      const settled = looks.find(({ minute }) => minute >= 10);
      if (settled !== undefined) expectWithin(seen, settled, sent);
    }
    expect(looks.at(-1)?.openSlots).toBeGreaterThan(LIVE_SLOTS - 3);
    expect(sentWithin(sent, "spans", LENGTH_MS)).toBeGreaterThan(LENGTH_MS / 1_000);
    if (FULL) {
      const [before, after] = [looks.find(({ minute }) => minute * MINUTE_MS >= 2 * KEPT.spansMs), looks.at(-1)];
      // The day's own rhythm is 28 % up and down.
      expect(after?.spans.bytes).toBeLessThan(2 * (before?.spans.bytes ?? 0));
    }
    await collector.store.close();
  },
  FULL ? 5_400_000 : 240_000,
);
