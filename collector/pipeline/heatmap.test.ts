/**
 * The heatmap against the histogram that the edge's panel shows: the columns add up to it, bucket by bucket, whatever
 * bounds the callers' proxies print, whoever falls silent, and across the moment where closed slots go to the store.
 */

import { expect, test } from "vitest";
import { atOnce } from "../../lib/base/sliced.ts";
import type { Histogram } from "../../lib/model/histogram.ts";
import { quantile, totalCount } from "../../lib/model/histogram-quantile.ts";
import type { SeriesMeaning } from "../../lib/model/meaning.ts";
import type { ScrapeReading } from "../../lib/model/reading.ts";
import { NO_FOLDS } from "../../lib/query/folds.ts";
import { edgeAnswer } from "../../lib/query/graph-answer.ts";
import { type HeatmapQuery, heatmapAnswer, reduceBounds } from "../../lib/query/heatmap-answer.ts";
import { mergedStats } from "../../lib/query/merged-edge.ts";
import { type Heatmap, heatmapSchema } from "../../lib/query/schema/heatmap.ts";
import { type Snapshot, Snapshots } from "../../lib/query/snapshot.ts";
import { gridSpansOf } from "../../lib/query/step-reading.ts";
import { viewGraph } from "../../lib/query/view-graph.ts";
import { Ids } from "../../lib/query/view-key.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { TargetFold } from "../../lib/rollup/target-fold.ts";
import { MemoryRollupStore } from "../store/memory-rollup-store.ts";
import { istio, lines, Rig, T0 } from "./truth-rig.ts";

const START = 1_700_000_000_000;
const INTERVAL = 10_000;
const SCHEMES = [
  [1, 5, 10, 50, 100, Number.POSITIVE_INFINITY],
  [5, 25, 50, 100, 500, Number.POSITIVE_INFINITY],
];

const end = (name: string) =>
  ({ cluster: "c", namespace: "n", kind: "workload", name, mesh: "istio", service: name }) as const;

function meaningsOf(side: "source" | "destination"): SeriesMeaning[] {
  return ["a", "b"].flatMap((caller, c): SeriesMeaning[] => {
    const edge = { source: end(caller), target: end("t"), protocol: "http", layer: "L7" } as const;
    const base = { edge, reporter: side, family: "f" } as const;
    const measure = { kind: "requests", code: "200", flags: [], security: "mutual", left: true } as const;
    const parts = (SCHEMES[c] ?? []).map((le): SeriesMeaning => {
      return { kind: "latency", ...base, of: "response", part: { le }, toMs: 1, histogram: `h${c}` };
    });
    return [{ kind: "counter", ...base, measure }, ...parts];
  });
}

/** 150 rounds of both sides; the destination is not read for a third of them, all of it for a few. */
async function longRun() {
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const sides = (["source", "destination"] as const).map((side) => ({
    meanings: meaningsOf(side),
    fold: new TargetFold(slots, { target: side, intervalMs: INTERVAL }),
  }));
  let nowMs = START;
  for (let n = 0; n < 150; n++, nowMs = START + n * INTERVAL + (n % 3) * 1300) {
    sides.forEach(({ meanings, fold }, side) => {
      if ((side === 1 && n > 30 && n < 50) || (n > 60 && n < 100) || (n > 120 && n < 124)) return;
      const values = Float64Array.from(meanings, (_, id) => n * (id + 3) * (side + 2) + (n % 7) * 2 * id + n * n * id);
      const ids = Int32Array.from(meanings, (_, id) => id);
      const learned = meanings.map((meaning, id) => ({ id, meaning, canonical: `s${id}` }));
      const size = ids.length;
      const reading: ScrapeReading = { atMs: nowMs, size, ids, values, learned, createdMs: new Map() };
      fold.observe("e", "job", reading);
    });
    await store.append(slots.close(nowMs));
  }
  return { slots, store, nowMs };
}

async function read(snapshot: Snapshot, query: Partial<HeatmapQuery>, ids: Ids): Promise<Heatmap> {
  const context = { ids, targets: { up: 1, down: 0 } };
  const asked = { columns: 60, rows: 64, ...query };
  const answer = await heatmapAnswer(snapshot, asked, context, { find: async () => [] });
  if (!answer.ok) throw new Error(answer.error.code);
  expect(heatmapSchema.parse(answer.value)).toEqual(answer.value);
  return answer.value;
}

function summed({ counts, yMs }: Heatmap): number[] {
  const sum = new Array<number>(yMs.length + 1).fill(0);
  for (const column of counts) for (const [row, count] of (column ?? []).entries()) sum[row] = (sum[row] ?? 0) + count;
  return sum;
}

async function windowOf(run: Awaited<ReturnType<typeof longRun>>, start: number, until: number): Promise<Snapshot> {
  const { slots: live, store, nowMs } = run;
  const snapshot = await new Snapshots({ live, store }, atOnce, () => 0).read({ start, end: until }, nowMs);
  if (!snapshot.ok) throw new Error(snapshot.error.code);
  return snapshot.value;
}

const asHistogram = ({ yMs }: Heatmap, counts: readonly number[]): Histogram => ({
  scheme: "explicit",
  bounds: yMs,
  counts,
  sum: 0,
});

test("the columns of every edge and node add up to its panel's histogram, on its bounds", async () => {
  const run = await longRun();
  const ids = new Ids();
  expect(run.slots.horizonMs).toBeGreaterThan(START + 200_000);
  for (const [start, until] of [
    [START, run.nowMs],
    [START + 250_000, START + 1_400_000],
    [run.nowMs - 300_000, run.nowMs],
  ] as const) {
    const snapshot = await windowOf(run, start, until);
    for (const view of ["workload", "namespace"] as const) {
      for (const edge of viewGraph(snapshot.facts, view, NO_FOLDS, ids).edges) {
        const panel = mergedStats(edge.facts, (fact) => fact.counts)?.latency;
        if (panel?.scheme !== "explicit") throw new Error("no histogram");
        for (const columns of [60, 7, 1]) {
          const heatmap = await read(snapshot, { edge: edge.id, columns }, ids);
          expect(heatmap.counts.length).toBeLessThanOrEqual(columns);
          expect(heatmap.yMs).toEqual(panel.bounds);
          const told = summed(heatmap);
          for (const [row, count] of panel.counts.entries())
            expect(Math.abs((told[row] ?? 0) - count)).toBeLessThan(1e-4);
          const answer = edgeAnswer(snapshot, edge.id, { view }, { ids, targets: { up: 1, down: 0 } });
          if (!answer.ok) throw new Error(answer.error.code);
          const shown = answer.value.edge.latencyMs;
          const p95 = quantile(asHistogram(heatmap, told), 0.95);
          expect(Number(p95?.value.toPrecision(4))).toBe(shown?.p95);
          expect(Number(totalCount(asHistogram(heatmap, told)).toPrecision(4))).toBe(shown?.count);
        }
      }
    }
  }
});

test("callers with unlike bounds meet on those that both have", async () => {
  const run = await longRun();
  const ids = new Ids();
  const snapshot = await windowOf(run, START, run.nowMs);
  const graph = viewGraph(snapshot.facts, "workload", NO_FOLDS, ids);
  const target = [...graph.nodes.values()].find((node) => node.identity.name === "t");
  const node = await read(snapshot, { node: target?.id }, ids);
  expect(node.yMs).toEqual([5, 50, 100]);
  const edges = await Promise.all(graph.edges.map((edge) => read(snapshot, { edge: edge.id }, ids)));
  const total = (map: Heatmap): number => summed(map).reduce((a, b) => a + b, 0);
  expect(total(node)).toBeCloseTo(
    edges.reduce((sum, edge) => sum + total(edge), 0),
    3,
  );
  const [a] = edges;
  expect(a?.yMs).toEqual([1, 5, 10, 50, 100]);
});

test("columns that nobody observed are null and not zero, and part of one is a share", async () => {
  const run = await longRun();
  const ids = new Ids();
  const snapshot = await windowOf(run, START, run.nowMs);
  const map = await read(snapshot, { columns: 720 }, ids);
  const at = (n: number): number =>
    map.xMs.findIndex((x) => x <= START + n * INTERVAL && x + 10_000 > START + n * INTERVAL);
  expect(map.counts[at(80)]).toBeNull();
  expect(map.observed[at(80)]).toBe(0);
  expect(map.counts[at(20)]?.some((count) => count > 0)).toBe(true);
  expect(map.observed[at(20)]).toBe(1);
});

function histogram(n: number, bounds: Readonly<Record<string, number>>): string {
  const base = istio(0, { family: "istio_request_duration_milliseconds_bucket" });
  return lines(
    ...Object.entries(bounds).map(([le, each]) => base.replace("} 0", `,le="${le}"} ${each * n}`)),
    istio(n * 100),
  );
}

test("a minute of steady traffic is whole numbers, the same in every column", async () => {
  const rig = new Rig();
  for (let n = 0; n <= 6; n++) rig.scrape(T0 + n * 10_000, histogram(n, { "10": 50, "100": 90, "+Inf": 100 }));
  const snapshot = await rig.snapshot({ start: T0, end: T0 + 60_000 });
  const { counts, xMs, observed, of } = await read(snapshot, {}, rig.ids);
  expect(xMs).toEqual([0, 1, 2, 3, 4, 5].map((i) => T0 + i * 10_000));
  expect(counts).toEqual(xMs.map(() => [50, 40, 10]));
  expect(observed).toEqual(xMs.map(() => 1));
  expect(of).toBe("response");
});

test("what a name does not find, and what has no latency, is said and not drawn as zero traffic", async () => {
  const rig = new Rig();
  for (let n = 0; n <= 3; n++) rig.scrape(T0 + n * 10_000, istio(n * 10));
  const snapshot = await rig.snapshot();
  const named = await read(snapshot, { filter: "WEB" }, rig.ids);
  expect(named.absent).toEqual({ of: "notCollected" });
  const none = await read(snapshot, { filter: "nobody" }, rig.ids);
  expect(none.absent).toEqual({ of: "unknown" });
  expect(none.counts.every((column) => column === null)).toBe(true);
  const context = { ids: rig.ids, targets: { up: 1, down: 0 } };
  const find = async () => [];
  for (const [query, code] of [
    [{ node: "nowhere" }, "node_not_found"],
    [{ edge: "nowhere" }, "edge_not_found"],
  ] as const) {
    const answer = await heatmapAnswer(snapshot, { columns: 60, rows: 64, ...query }, context, { find });
    expect(answer).toMatchObject({ ok: false, error: { code } });
  }
});

test("columns stand on a grid that does not move with the window, and are never more than asked for", () => {
  const window = (start: number, slots: number) => ({
    window: { start, end: start + slots * 10_000 - 3000, slotMs: 10_000, requested: { start, end: start } },
  });
  for (const slots of [1, 2, 7, 30, 31, 90, 91, 180, 360]) {
    for (const most of [1, 2, 3, 60, 90, 720]) {
      for (let shift = 0; shift < 12; shift++) {
        const asked = window(T0 + shift * 10_000, slots);
        const spans = gridSpansOf(asked, most);
        expect(spans.length).toBeLessThanOrEqual(most);
        expect([spans[0]?.start, spans.at(-1)?.end]).toEqual([asked.window.start, asked.window.end]);
        for (const [i, span] of spans.entries()) if (i > 0) expect(span.start).toBe(spans[i - 1]?.end);
      }
    }
  }
  const starts = (shift: number) => gridSpansOf(window(T0 + shift * 10_000, 360), 90).map(({ start }) => start);
  const [first, second] = [starts(0), starts(1)];
  expect(second.filter((start) => first.includes(start)).length).toBeGreaterThan(70);
});

test("fewer rows are the scheme's own bounds with the narrowest neighbours merged, whatever was counted", () => {
  const bounds = [0.5, 1, 5, 10, 25, 50, 100, 1000];
  expect(reduceBounds(bounds, 64)).toEqual(bounds);
  expect(reduceBounds(bounds, 9)).toEqual(bounds);
  expect(reduceBounds(bounds, 8)).toEqual([0.5, 1, 5, 10, 25, 100, 1000]);
  expect(reduceBounds(bounds, 2)).toHaveLength(1);
  expect(reduceBounds(bounds, 1)).toEqual([]);
  expect(reduceBounds([], 1)).toEqual([]);
});
