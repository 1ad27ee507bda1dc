/**
 * Time series against their oracle, a graph per step: the simulated estate with proxies that come late, fall silent and
 * are read at unlike intervals; and a long run, most of which has left the live table. Every number must be the same.
 */

import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { atOnce } from "../../lib/base/sliced.ts";
import { totalCount } from "../../lib/model/histogram-quantile.ts";
import type { SeriesMeaning } from "../../lib/model/meaning.ts";
import type { ScrapeReading } from "../../lib/model/reading.ts";
import { NO_FOLDS } from "../../lib/query/folds.ts";
import { heatmapAnswer } from "../../lib/query/heatmap-answer.ts";
import type { LiveTable } from "../../lib/query/live-table.ts";
import { mergedStats } from "../../lib/query/merged-edge.ts";
import { SERIES_METRICS } from "../../lib/query/schema/estate.ts";
import { type Snapshot, Snapshots } from "../../lib/query/snapshot.ts";
import { timeseriesAnswer } from "../../lib/query/timeseries-answer.ts";
import { viewGraph } from "../../lib/query/view-graph.ts";
import { Ids } from "../../lib/query/view-key.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { TargetFold } from "../../lib/rollup/target-fold.ts";
import { DEMO_ESTATE, SIDECAR_ESTATE } from "../../lib/world/estate.ts";
import { expose } from "../../lib/world/exposition.ts";
import { meshOf } from "../../lib/world/spec.ts";
import { World } from "../../lib/world/world.ts";
import { MemoryRollupStore } from "../store/memory-rollup-store.ts";
import { silentLog } from "../telemetry/log.ts";
import { ScrapePipeline } from "./scrape-pipeline.ts";
import { type Asked, seriesByGraphs } from "./timeseries-oracle.ts";

const START = 1_700_000_000_000;
const INTERVAL = 10_000;

async function snapshotOf(live: LiveTable, store: MemoryRollupStore, start: number, nowMs: number): Promise<Snapshot> {
  const snapshot = await new Snapshots({ live, store }, atOnce, () => 0).read({ start }, nowMs);
  if (!snapshot.ok) throw new Error(snapshot.error.code);
  return snapshot.value;
}

/** Twelve rounds; every third pod is read every second round, one of five falls silent half way, one of seven comes late. */
async function simulated(seed: number, estate = SIDECAR_ESTATE): Promise<Snapshot> {
  const world = new World({ seed, startMs: START, arrivalsEndMs: 90_000, estate });
  const time = { nowMs: START };
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const clock = { nowMs: () => time.nowMs };
  const pipeline = new ScrapePipeline({ slots, store, registry: new Registry(), clock, log: silentLog });
  for (let n = 0; n < 12; n++) {
    time.nowMs = START + n * INTERVAL;
    world.advance(time.nowMs);
    world.pods.forEach((pod, i) => {
      if (typeof pod.proxy?.path !== "string" || (i % 3 === 0 && n % 2 === 1)) return;
      if ((i % 5 === 1 && n > 5) || (i % 7 === 2 && n < 4)) return;
      const { cluster, namespace, name, service, version } = pod.workload;
      const own = version === "latest" ? "" : version;
      const targetLabels = { cluster, namespace, workload: name, service, version: own, app: service };
      const mesh = meshOf(pod.role) ?? "istio";
      const intervalMs = i % 3 === 0 ? 2 * INTERVAL : INTERVAL;
      const endpoint = { id: pod.name, job: mesh, mesh, target: pod.name, targetLabels, intervalMs, sampleLimit: 1e5 };
      const body = expose(pod, { nowMs: time.nowMs, startMs: START }, n + 1)?.text ?? "";
      expect(pipeline.sink(endpoint, new TextEncoder().encode(body), time.nowMs).ok).toBe(true);
    });
  }
  return snapshotOf(slots, store, START, time.nowMs);
}

async function expectSame(snapshot: Snapshot, asked: Asked, points: number, ids: Ids): Promise<(number | null)[]> {
  const answer = await timeseriesAnswer(snapshot, { ...asked, metric: SERIES_METRICS, points }, ids);
  if (!answer.ok) throw new Error(answer.error.code);
  const { series, xMs } = answer.value;
  const told = xMs.map((_, i) => Object.fromEntries(SERIES_METRICS.map((metric) => [metric, series[metric]?.[i]])));
  expect(told).toEqual(await seriesByGraphs(snapshot, asked, points, ids));
  return series["requestsPerSec"] ?? [];
}

test("the simulated estate's series are those of a graph per step: whole, by node, by edge", {
  timeout: 120_000,
}, async () => {
  for (const seed of [7, 11]) {
    const snapshot = await simulated(seed);
    const ids = new Ids();
    const whole = await expectSame(snapshot, {}, 60, ids);
    expect(whole.filter((value) => (value ?? 0) > 0).length).toBeGreaterThan(3);
    await expectSame(snapshot, {}, 4, ids);
    for (const view of ["service", "namespace", "workload"] as const) {
      const graph = viewGraph(snapshot.facts, view, NO_FOLDS, ids);
      for (const node of [...graph.nodes.keys()].slice(0, 12)) await expectSame(snapshot, { node }, 60, ids);
      for (const edge of graph.edges.slice(0, 12)) await expectSame(snapshot, { edge: edge.id }, 7, ids);
    }
  }
});

test("the simulated estate's heatmaps add up to the panels of its edges, of calls from mesh to mesh too", {
  timeout: 120_000,
}, async () => {
  const snapshot = await simulated(7, DEMO_ESTATE);
  const ids = new Ids();
  const context = { ids, targets: { up: 1, down: 0 } };
  const find = async () => [];
  let timed = 0;
  for (const view of ["workload", "service"] as const) {
    for (const { id, facts } of viewGraph(snapshot.facts, view, NO_FOLDS, ids).edges) {
      const panel = mergedStats(facts, (fact) => fact.counts)?.latency;
      const answer = await heatmapAnswer(snapshot, { edge: id, view, columns: 60, rows: 64 }, context, { find });
      if (!answer.ok) throw new Error(answer.error.code);
      const { counts, yMs } = answer.value;
      const told = counts.flatMap((column) => column ?? []).reduce((a, b) => a + b, 0);
      const shown = panel === null || panel === undefined ? 0 : totalCount(panel);
      expect(Math.abs(told - shown)).toBeLessThan(1e-3);
      if (shown === 0) continue;
      timed++;
      expect(panel?.scheme === "explicit" ? panel.bounds : []).toEqual(yMs);
    }
  }
  expect(timed).toBeGreaterThan(20);
});

const end = (name: string) =>
  ({ cluster: "c", namespace: "n", kind: "workload", name, mesh: "istio", service: name }) as const;

/** Both proxies speak of an http edge, one of a TCP one; bounds differ by caller. */
function meaningsOf(side: "source" | "destination"): SeriesMeaning[] {
  return ["a", "b"].flatMap((caller, c): SeriesMeaning[] => {
    const edge = { source: end(caller), target: end("t"), protocol: "http", layer: "L7" } as const;
    const tcp = { source: end(caller), target: end("db"), protocol: "tcp", layer: "L4" } as const;
    const base = { edge, reporter: side, family: "f" } as const;
    const bounds = c === 0 ? [5, 10, 50, Number.POSITIVE_INFINITY] : [5, 50, 100, Number.POSITIVE_INFINITY];
    const codes = ["200", "503"].map((code): SeriesMeaning => {
      return {
        kind: "counter",
        ...base,
        measure: { kind: "requests", code, flags: [], security: "mutual", left: true },
      };
    });
    const parts = bounds.map((le): SeriesMeaning => {
      return { kind: "latency", ...base, of: "response", part: { le }, toMs: 1, histogram: `h${c}` };
    });
    const bytes: SeriesMeaning = { kind: "counter", ...base, edge: tcp, measure: { kind: "requestBytes" } };
    return [...codes, ...parts, bytes];
  });
}

test("a long window's series are the same, across the moment where closed slots go to the store", async () => {
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const sides = (["source", "destination"] as const).map((side) => ({
    meanings: meaningsOf(side),
    fold: new TargetFold(slots, { target: side, intervalMs: INTERVAL }),
  }));
  let nowMs = START;
  for (let n = 0; n < 150; n++, nowMs = START + n * INTERVAL) {
    sides.forEach(({ meanings, fold }, side) => {
      // The destination's proxy is not read for a while, and the source's view stands in for it.
      if (side === 1 && n > 30 && n < 50) return;
      const values = Float64Array.from(meanings, (_, id) => n * (id + 3) * (side + 2) + (n % 7) * 0.5 + n ** 1.5);
      const ids = Int32Array.from(meanings, (_, id) => id);
      const learned = meanings.map((meaning, id) => ({ id, meaning, canonical: `s${id}` }));
      const size = ids.length;
      const reading: ScrapeReading = { atMs: nowMs, size, ids, values, learned, createdMs: new Map() };
      fold.observe("e", "job", reading);
    });
    await store.append(slots.close(nowMs));
  }
  expect(slots.horizonMs).toBeGreaterThan(START + 200_000);
  const ids = new Ids();
  for (const points of [150, 60, 7, 1]) {
    const snapshot = await snapshotOf(slots, store, START, nowMs);
    const whole = await expectSame(snapshot, {}, points, ids);
    expect(whole.every((value) => value === null)).toBe(false);
    for (const { id } of viewGraph(snapshot.facts, "workload", NO_FOLDS, ids).edges) {
      await expectSame(snapshot, { edge: id }, points, ids);
    }
  }
});

test("while closed slots are read other work is let in, once a step; of the live table nothing waits", async () => {
  const snapshot = await simulated(3);
  let breaths = 0;
  const breathe = async () => {
    breaths++;
  };
  await timeseriesAnswer(snapshot, { points: 60 }, new Ids(), breathe);
  expect(breaths).toBe(0);
  const live: LiveTable = Object.create(snapshot.estate.live, { horizonMs: { value: snapshot.window.start + 40_000 } });
  await timeseriesAnswer({ ...snapshot, estate: { ...snapshot.estate, live } }, { points: 60 }, new Ids(), breathe);
  expect(breaths).toBe(4);
});
