/**
 * Side by side: a Prometheus and the collector scrape the same real Envoys while they work. Two scrapers never read at the
 * same moment, so this is a smoke of 10 %; exact agreement is shown on recorded scrapes (agreement.test.ts).
 */
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { startCollected } from "../real/collected.ts";
import { PLAIN } from "../real/envoy/topology.ts";
import { findPrometheus } from "./binary.ts";
import { type Prometheus, scraping } from "./server.ts";

type Collected = Exclude<Awaited<ReturnType<typeof startCollected>>, { readonly skip: string }>;

const BOOT_MS = 300_000;
const LOAD_MS = 42_000;
/** Long enough that one late scrape on a busy machine is not a tenth of it. */
const WINDOW_MS = 30_000;
const PER_SECOND = 40;
const BATCH_MS = 250;

let world: Collected | undefined;
let prometheus: Prometheus | undefined;
let reason = "not started";

beforeAll(async () => {
  const binaries = await findPrometheus();
  const started = "skip" in binaries ? binaries : await startCollected(PLAIN, "envoy");
  if ("skip" in started || "skip" in binaries) {
    reason = "skip" in started ? started.skip : "no Prometheus";
    console.warn(`SKIPPED, no live side by side: ${reason}`);
    return;
  }
  world = started;
  const targets = started.estate.targets.map(({ name, url }) => {
    const { host, pathname } = new URL(url);
    return { job: name, address: host, path: pathname };
  });
  prometheus = await scraping(binaries, targets);
}, BOOT_MS);

afterAll(async () => {
  await prometheus?.stop();
  await world?.stop();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Evenly paced, since a burst would be spread differently over two scrapers' intervals. */
async function load(estate: Collected["estate"]): Promise<void> {
  const start = performance.now();
  for (let batch = 0; batch * BATCH_MS < LOAD_MS; batch++) {
    await pause(Math.max(0, start + batch * BATCH_MS - performance.now()));
    await estate.drive((PER_SECOND * BATCH_MS) / 1000);
  }
}

test("the rates of a working estate agree with Prometheus within 10 %", async (context: TestContext) => {
  if (world === undefined || prometheus === undefined) return context.skip(reason);
  await load(world.estate);
  const end = Math.floor(Date.now() / 10_000) * 10_000;
  for (const [from, to] of [
    ["a", "b"],
    ["b", "c"],
  ] as const) {
    const edge = await world.edge(from, to, { start: end - WINDOW_MS, end });
    const selector = `envoy_cluster_upstream_rq{job="${from}",envoy_cluster_name="${to}",envoy_response_code!=""}`;
    const [told] = await prometheus.query(`sum(rate(${selector}[${WINDOW_MS / 1000}s]))`, end);
    expect(told?.value, `${from} → ${to}`).toBeGreaterThan(PER_SECOND / 2);
    const ratio = (edge.requestsPerSec ?? Number.NaN) / (told?.value ?? Number.NaN);
    expect(ratio, `${from} → ${to}: ${edge.requestsPerSec} against ${told?.value}`).toBeGreaterThan(0.9);
    expect(ratio, `${from} → ${to}: ${edge.requestsPerSec} against ${told?.value}`).toBeLessThan(1.1);
  }
}, 120_000);
