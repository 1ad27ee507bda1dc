/**
 * Processor time of scraping one target of 50,000 series, against Debian's Prometheus: both whole processes, at once, on
 * the same pages of the same server, each second page another one. Ours is the collector with everything that it starts,
 * with the store that keeps; Prometheus writes to its own. Both have scraped the target before the measurement begins, so
 * that its series are known to both, and both are given what they do between scrapes. The pages are sent as gzip, which
 * both ask for; a second figure, without a goal, has them plain.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { findPrometheus, type PrometheusBinaries } from "../e2e/prometheus/binary.ts";
import { scraping } from "../e2e/prometheus/server.ts";
import { noteLine, ratioLine, skipLine } from "./line.ts";
import { type BenchOptions, sized } from "./options.ts";
import { startCollector } from "./processes/programs.ts";
import { startPage } from "./processes/roles.ts";
import { canMeasure, cpuMs } from "./processes/usage.ts";

const NAME = "scrape-prometheus";
const GOAL = 2.5;
const WARM_SCRAPES = 8;
const POLL_MS = 100;

/** Bodies that the collector has folded since it started. */
async function folded(api: string): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text();
  return Number(/^meshscope_scrapes_folded_total\{outcome="folded"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

async function until(api: string, scrapes: number): Promise<void> {
  while ((await folded(api)) < scrapes) await sleep(POLL_MS);
}

interface Used {
  /** Processor time a scrape, ms. */
  readonly ours: number;
  readonly theirs: number;
  readonly series: number;
}

interface Size {
  readonly series: number;
  readonly scrapes: number;
  readonly everySec: number;
}

async function measure(binaries: PrometheusBinaries, size: Size, gzip: boolean): Promise<Used> {
  const { series, scrapes, everySec } = size;
  const page = await startPage(series, gzip);
  const address = `127.0.0.1:${page.port}`;
  const labels = { cluster: "c1", namespace: "shop", workload: "web" };
  const targets = [{ url: `http://${address}/stats/prometheus`, labels }];
  const collector = await startCollector({
    scrape: [{ name: "shop", mesh: "istio", interval: `${everySec}s`, targets }],
  });
  const job = { job: "shop", address, path: "/stats/prometheus" };
  const prometheus = await scraping(binaries, [job], everySec);
  try {
    await until(collector.urls.api, WARM_SCRAPES);
    await sleep(everySec * 1_000);
    const before = {
      ours: cpuMs(collector.pid),
      theirs: cpuMs(prometheus.pid),
      count: await folded(collector.urls.api),
    };
    await sleep(scrapes * everySec * 1_000);
    const count = (await folded(collector.urls.api)) - before.count;
    const ours = (cpuMs(collector.pid) - before.ours) / count;
    const theirs = (cpuMs(prometheus.pid) - before.theirs) / scrapes;
    const [scraped] = await prometheus.query("scrape_samples_scraped", Date.now());
    return { ours, theirs, series: scraped?.value ?? 0 };
  } finally {
    await Promise.all([collector.stop(), prometheus.stop(), page.stop()]);
  }
}

const told = ({ ours, theirs, series }: Used): string =>
  `${series} series, ${ours.toFixed(0)} ms of processor a scrape against ${theirs.toFixed(0)} ms`;

export async function run(options: BenchOptions): Promise<string[]> {
  if (!canMeasure()) return [skipLine(NAME, `>=${GOAL}x`, "processor time of a process is read from /proc")];
  const binaries = await findPrometheus();
  if ("skip" in binaries) return [skipLine(NAME, `>=${GOAL}x`, binaries.skip)];
  const size = sized<Size>(options, {
    smoke: { series: 20_000, scrapes: 5, everySec: 1 },
    plain: { series: 50_000, scrapes: 20, everySec: 2 },
    full: { series: 50_000, scrapes: 60, everySec: 2 },
  });
  const zipped = await measure(binaries, size, true);
  const why = `Prometheus ${binaries.version}, gzip: ${told(zipped)}`;
  const lines = [
    ratioLine({ name: NAME, ratio: zipped.theirs / zipped.ours, goal: GOAL, want: "atLeast", why }, options),
  ];
  if (!options.full) return lines;
  const plain = await measure(binaries, size, false);
  return [...lines, noteLine(NAME, `plain: ${told(plain)} (${(plain.theirs / plain.ours).toFixed(2)}x)`)];
}
