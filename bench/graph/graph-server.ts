/**
 * The API over an estate of thousands of workloads, in a process of its own: a tenth of the targets is read each second, as
 * scrapes of 10 s come in. In: how many workloads. Out: a port; and on each job the counts of its work so far, with the
 * longest that its loop was late.
 */
import { Registry } from "prom-client";
import { z } from "zod";
import { heatmapRoutes } from "../../collector/api/routes/heatmap.ts";
import { metricsRoutes } from "../../collector/api/routes/metrics.ts";
import { MetricsAnswers } from "../../collector/api/routes/metrics-answers.ts";
import { apiServer } from "../../collector/api/server.ts";
import { MemoryRollupStore } from "../../collector/store/memory-rollup-store.ts";
import { silentLog } from "../../collector/telemetry/log.ts";
import { SourceBoard } from "../../collector/telemetry/source-board.ts";
import { Ids } from "../../lib/query/view-key.ts";
import { type Estate, makeEstate } from "./estate.ts";

const SCRAPE_MS = 10_000;
const TICK_MS = 20;
const HISTORY_SLOTS = 31;
const SHORT_SLOTS = 4;
const PERIOD_MS = 5;
const TURN_MS = 3;

export const statsSchema = z.object({
  snapshots: z.number(),
  computations: z.number(),
  printed: z.number(),
  longestStepMs: z.number(),
  /** Since the last job. */
  latestMs: z.number(),
  rssBytes: z.number(),
  edges: z.number(),
  series: z.number(),
});
export type ServerStats = z.infer<typeof statsSchema>;

/** Reads the targets one after the other, each every 10 s; answers with the longest single reading so far, ms. */
function keepScraping(estate: Estate, startMs: number, history: number): void {
  let done = 0;
  let at = 0;
  setInterval(() => {
    const due = Math.floor(((Date.now() - startMs) / SCRAPE_MS) * estate.targets);
    // One that fell behind does not catch up in one go: what is read takes turns of this length (collector/pipeline/turns.ts).
    const endMs = performance.now() + TURN_MS;
    for (; done < due && performance.now() < endMs; done++) {
      const n = history + Math.floor(done / estate.targets);
      estate.scrape(n, Date.now(), at, at + 1);
      at = (at + 1) % estate.targets;
    }
  }, TICK_MS);
}

/** How late a short timer fires at most, since it was last asked, ms. */
function watchLoop(): () => number {
  let last = performance.now();
  let latest = 0;
  setInterval(() => {
    const now = performance.now();
    latest = Math.max(latest, now - last - PERIOD_MS);
    last = now;
  }, PERIOD_MS);
  return () => {
    const told = latest;
    latest = 0;
    return told;
  };
}

export function idleServer(): { port: number; run(): Promise<{ latestMs: number }> } {
  const late = watchLoop();
  return { port: 0, run: async () => ({ latestMs: late() }) };
}

/** `short`: only the called sides tell, and little was read before: half the work, sooner ready. */
export async function serveGraph(workloads: number, short = false) {
  const estate = makeEstate(workloads, !short);
  const history = short ? SHORT_SLOTS : HISTORY_SLOTS;
  const startMs = Date.now();
  for (let n = 0; n < history; n++) estate.scrape(n, startMs - (history - n) * SCRAPE_MS);
  const clock = { nowMs: () => Date.now() };
  const registry = new Registry();
  const board = new SourceBoard(registry, clock);
  const meta = () => {
    throw new Error("not asked for");
  };
  const live = { live: estate.slots, store: new MemoryRollupStore() };
  const deps = { estate: live, ids: new Ids(), board, clock, boot: "bench", meta, keepWarm: true as const };
  const answers = new MetricsAnswers(deps);
  const routes = [...metricsRoutes(deps, answers), ...heatmapRoutes(answers, { exemplars: async () => [] })];
  const ready = () => ({ ready: true, waitingFor: [] });
  const app = apiServer({ routes, registry, log: silentLog, version: "bench", hosts: [], ready });
  const port = Number(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
  const late = watchLoop();
  keepScraping(estate, startMs, history);
  const run = async (): Promise<ServerStats> => ({
    snapshots: answers.snapshots.computations,
    computations: answers.cache.computations,
    printed: answers.printedEdges,
    longestStepMs: answers.slices.longestMs,
    latestMs: late(),
    rssBytes: process.memoryUsage.rss(),
    edges: estate.edges,
    series: estate.series,
  });
  return { port, run };
}
