/**
 * Prometheus agrees: the same recorded scrapes, read by the collector's pipeline and imported into a real Prometheus, give
 * the same increase and the same quantiles on every edge, to 1e-9, over a wholly observed window. The selectors of an edge
 * are written here by hand from each mesh's documentation; they share nothing with the adapters.
 */
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { ScrapePipeline } from "../../collector/pipeline/scrape-pipeline.ts";
import { MemoryRollupStore } from "../../collector/store/memory-rollup-store.ts";
import { silentLog } from "../../collector/telemetry/log.ts";
import { atOnce } from "../../lib/base/sliced.ts";
import { requestTotals } from "../../lib/model/edge-stats.ts";
import { quantile } from "../../lib/model/histogram-quantile.ts";
import type { EdgeFact } from "../../lib/query/edge-facts.ts";
import { Snapshots } from "../../lib/query/snapshot.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { findPrometheus, type PrometheusBinaries } from "./binary.ts";
import { openMetricsOf, recordWorld, type Scraped, START_MS } from "./recording.ts";
import { DIALECTS, type Dialect, FAMILIES } from "./selectors.ts";
import { type Prometheus, servingSamples } from "./server.ts";
import { endpointOf } from "./targets.ts";

const INTERVAL_MS = 10_000;
const WINDOW_MS = 120_000;
const END_MS = START_MS + 240_000;
const TOLERANCE = 1e-9;

interface Both {
  readonly prometheus: Prometheus;
  readonly facts: readonly EdgeFact[];
}

let both: Both | undefined;
let reason = "Prometheus did not start";

async function factsOf(scraped: readonly Scraped[]): Promise<readonly EdgeFact[]> {
  const time = { nowMs: START_MS };
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const clock = { nowMs: () => time.nowMs };
  const pipeline = new ScrapePipeline({ slots, store, registry: new Registry(), clock, log: silentLog });
  for (const { pod, atMs, text } of scraped) {
    time.nowMs = atMs;
    const endpoint = endpointOf(pod, INTERVAL_MS);
    if (endpoint === undefined) continue;
    const taken = pipeline.sink(endpoint, new TextEncoder().encode(text), atMs);
    if (!taken.ok) throw new Error(`${pod.name}: ${taken.error.message}`);
  }
  const read = await new Snapshots({ live: slots, store }, atOnce, () => 0).read(
    { start: END_MS - WINDOW_MS, end: END_MS },
    END_MS,
  );
  if (!read.ok) throw new Error(read.error.code);
  return read.value.facts;
}

beforeAll(async () => {
  const found: PrometheusBinaries | { readonly skip: string } = await findPrometheus();
  if ("skip" in found) {
    reason = found.skip;
    console.warn(`SKIPPED, no Prometheus here: ${reason}`);
    return;
  }
  const scraped = recordWorld(5, END_MS - START_MS, INTERVAL_MS);
  both = {
    facts: await factsOf(scraped),
    prometheus: await servingSamples(found, openMetricsOf(scraped, FAMILIES)),
  };
});

afterAll(async () => {
  await both?.prometheus.stop();
});

const here = (context: TestContext): Both => both ?? context.skip(reason);

/** The increase over the window: both ends are scrapes, so it is a difference, whatever a version does at the bounds. */
const rise = (selector: string, by = ""): string =>
  `sum${by}(${selector}) - sum${by}(${selector} offset ${WINDOW_MS}ms)`;

async function one(prometheus: Prometheus, promql: string): Promise<number | undefined> {
  const [sample, ...more] = await prometheus.query(promql, END_MS);
  expect(more, promql).toEqual([]);
  return sample?.value;
}

/** Whether no series of the selector appeared within the window: PromQL does not count those from zero. */
async function steady(prometheus: Prometheus, selector: string): Promise<boolean> {
  const now = await one(prometheus, `count(${selector})`);
  return now !== undefined && now === (await one(prometheus, `count(${selector} offset ${WINDOW_MS}ms)`));
}

function near(told: number, truth: number): boolean {
  return Math.abs(told - truth) <= TOLERANCE * Math.max(1, Math.abs(truth));
}

/** Edges of one dialect whose every series was there throughout, with what both say. */
async function compared(
  { facts, prometheus }: Both,
  dialect: Dialect,
  ask: (fact: EdgeFact) => Promise<readonly (readonly [string, number, number | undefined])[]>,
  selectorOf: (fact: EdgeFact) => string | undefined,
): Promise<{ edges: number; wrong: string[] }> {
  let edges = 0;
  const wrong: string[] = [];
  for (const fact of facts.filter(dialect.speaksOf)) {
    const selector = selectorOf(fact);
    if (selector === undefined || !(await steady(prometheus, selector))) continue;
    edges++;
    for (const [what, told, truth] of await ask(fact)) {
      if (truth === undefined || !near(told, truth))
        wrong.push(`${fact.source.name} → ${fact.target.name} ${fact.protocol} ${what}: ${told}, Prometheus ${truth}`);
    }
  }
  return { edges, wrong };
}

describe.each(Object.entries(DIALECTS))("%s", (_name, dialect) => {
  test("the increase of every edge is Prometheus's", async (context) => {
    const world = here(context);
    const ask = async (fact: EdgeFact): Promise<[string, number, number | undefined][]> => {
      const selector = dialect.requests(fact) ?? "";
      return [["requests", requestTotals(fact.counts).total, await one(world.prometheus, rise(selector))]];
    };
    const { edges, wrong } = await compared(world, dialect, ask, dialect.requests);
    expect(wrong).toEqual([]);
    expect(edges).toBeGreaterThanOrEqual(dialect.atLeast);
  });

  test("p50, p90, p95 and p99 of every edge are those of histogram_quantile", async (context) => {
    const world = here(context);
    const ask = async (fact: EdgeFact): Promise<[string, number, number | undefined][]> => {
      const { latency } = fact.counts;
      const buckets = rise(dialect.buckets(fact) ?? "", " by (le)");
      return Promise.all(
        [0.5, 0.9, 0.95, 0.99].map(async (q) => {
          const told = latency === null ? null : quantile(latency, q);
          const truth = await one(world.prometheus, `histogram_quantile(${q}, ${buckets})`);
          return [`p${q * 100}`, told?.value ?? Number.NaN, truth];
        }),
      );
    };
    const { edges, wrong } = await compared(world, dialect, ask, dialect.buckets);
    expect(wrong).toEqual([]);
    expect(edges).toBeGreaterThanOrEqual(dialect.atLeast);
  });
});
