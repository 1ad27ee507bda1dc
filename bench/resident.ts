/**
 * Resident memory of all processes but Next: idle, and with 20,000 edges from 500 targets of 540 series each (both
 * reporters, two replicas, histograms) while 20,000 spans a second come and somebody looks at the graph in every slot.
 * In full it runs until the 90 slots that are kept in memory are full; the figure is the most that was ever resident, each
 * shared page counted in each process. What a series takes is the difference to idle, the spans' share in it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { portOf } from "./ingest-http.ts";
import { countLine, noteLine, skipLine } from "./line.ts";
import { type BenchOptions, sized } from "./options.ts";
import { type Estate, FULL_ESTATE, nameOf, pathOf, REPLICAS, seriesOf } from "./processes/istio-targets.ts";
import { type CollectorProgram, startCollector } from "./processes/programs.ts";
import { startLoad, startTargets } from "./processes/roles.ts";
import { canMeasure, type Memory, memory, memoryOf, treeOf } from "./processes/usage.ts";

const IDLE_GOAL_MB = 300;
const LOADED_GOAL_MB = 1_200;
const MB = 1e6;
const INTERVAL_SEC = 15;
const SLOT_MS = 10_000;

const graphSchema = z.object({ edges: z.array(z.unknown()), nodes: z.array(z.unknown()) });

function scrapeOf(estate: Estate, port: number): unknown {
  const targets = Array.from({ length: estate.workloads * REPLICAS }, (_, i) => {
    const workload = Math.floor(i / REPLICAS);
    const replica = i % REPLICAS;
    const labels = { workload: nameOf(workload), pod: `${nameOf(workload)}-${replica}` };
    return { url: `http://127.0.0.1:${port}${pathOf(workload, replica)}`, labels };
  });
  return [
    {
      name: "shop",
      mesh: "istio",
      interval: `${INTERVAL_SEC}s`,
      labels: { cluster: "c1", namespace: "shop" },
      targets,
    },
  ];
}

async function idleLine(options: BenchOptions): Promise<string> {
  const collector = await startCollector();
  await sleep(sized(options, { smoke: 3_000, plain: 10_000, full: 30_000 }));
  const { rss, pss } = memory(collector.pid);
  const each = treeOf(collector.pid).map((pid) => (memoryOf(pid).rss / MB).toFixed(0));
  await collector.stop();
  const why = `${each.length} processes of ${each.join(", ")} MB; ${(pss / MB).toFixed(0)} MB with shared pages counted once`;
  return countLine("resident-idle", rss / MB, IDLE_GOAL_MB, "MB", why);
}

interface Peak {
  readonly most: Memory;
  readonly each: readonly number[];
  readonly edges: number;
}

/** Looks at the graph in every slot, as a viewer does, and at the memory every two seconds. */
async function watch(collector: CollectorProgram, untilMs: number): Promise<Peak> {
  let most: Memory = { rss: 0, pss: 0 };
  let each: readonly number[] = [];
  let edges = 0;
  for (let lookMs = Date.now() + SLOT_MS; Date.now() < untilMs; await sleep(2_000)) {
    const now = memory(collector.pid);
    if (now.rss > most.rss) {
      most = now;
      each = treeOf(collector.pid).map((pid) => memoryOf(pid).rss);
    }
    if (Date.now() < lookMs) continue;
    lookMs += SLOT_MS;
    const answer = await fetch(`${collector.urls.api}/api/v1/graph`);
    edges = graphSchema.parse(await answer.json()).edges.length;
  }
  return { most, each, edges };
}

async function loadedLines(options: BenchOptions): Promise<string[]> {
  const estate = sized(options, { smoke: { workloads: 20, callees: 10 }, plain: FULL_ESTATE, full: FULL_ESTATE });
  const seconds = sized(options, { smoke: 12, plain: 75, full: 1_000 });
  const spansPerSec = sized(options, { smoke: 2_000, plain: 20_000, full: 20_000 });
  const targets = await startTargets(estate);
  const load = await startLoad();
  const collector = await startCollector({ scrape: scrapeOf(estate, targets.port) });
  try {
    await sleep(1_000);
    const idle = memory(collector.pid);
    const services = Math.min(100, estate.workloads);
    const job = { format: "otlp", shape: "sdk", gzip: false, connections: services / 5, services } as const;
    const port = portOf(collector.urls.otlpHttp);
    const loading = load.run({ ...job, port, rate: { spansPerSec, seconds } });
    const { most, each, edges } = await watch(collector, Date.now() + seconds * 1000);
    const done = await loading;
    const series = estate.workloads * REPLICAS * seriesOf(estate);
    const carried = `${edges} edges in the graph, ${(done.spans / done.seconds / 1000).toFixed(1)}k spans/s carried, ${seconds} s`;
    const bytes = `${((most.rss - idle.rss) / series).toFixed(0)} bytes a series of ${series}, the spans' share in it`;
    const processes = each.map((rss) => (rss / MB).toFixed(0)).join(", ");
    const why = `${carried}; ${bytes}; processes of ${processes} MB, ${(most.pss / MB).toFixed(0)} MB with shared pages counted once`;
    if (options.smoke) return [noteLine("resident-loaded", `${(most.rss / MB).toFixed(0)} MB: ${why}`)];
    return [countLine("resident-loaded", most.rss / MB, LOADED_GOAL_MB, "MB", why)];
  } finally {
    await Promise.all([collector, load, targets].map((program) => program.stop()));
  }
}

export async function run(options: BenchOptions): Promise<string[]> {
  if (!canMeasure()) return [skipLine("resident", `<=${IDLE_GOAL_MB}MB`, "memory of a process is read from /proc")];
  return [await idleLine(options), ...(await loadedLines(options))];
}
