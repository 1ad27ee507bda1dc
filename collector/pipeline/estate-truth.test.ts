/**
 * The simulated estate of four meshes through the whole chain, against the truth that the simulator counts beside its
 * proxies: what the graph counted on each edge is exactly what happened there. Counts, not rates.
 */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { atOnce } from "../../lib/base/sliced.ts";
import { requestTotals } from "../../lib/model/edge-stats.ts";
import type { EdgeFact } from "../../lib/query/edge-facts.ts";
import { NO_JOINS } from "../../lib/query/joins.ts";
import { Snapshots } from "../../lib/query/snapshot.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { ESTATE_ALIASES, jobOf, targetLabelsOf } from "../../lib/world/estate-jobs.ts";
import { expose } from "../../lib/world/exposition.ts";
import type { Pod } from "../../lib/world/hop.ts";
import { graphEdges, type TruthEdge } from "../../lib/world/truth.ts";
import { World } from "../../lib/world/world.ts";
import { MemoryRollupStore } from "../store/memory-rollup-store.ts";
import { silentLog } from "../telemetry/log.ts";
import { type ScrapedEndpoint, ScrapePipeline } from "./scrape-pipeline.ts";

const START = 1_700_000_000_000;
const INTERVAL = 10_000;
/** Five rounds of every proxy of four meshes, on a busy machine. */
const SLOW = { timeout: 120_000 };

/** As the scrape loop would make it from the estate's own job. */
function endpointOf(pod: Pod): ScrapedEndpoint | undefined {
  const job = jobOf(pod);
  if (job === undefined) return undefined;
  const given = targetLabelsOf(pod);
  const label = (name: string): string => given[name] ?? "";
  const { names } = job;
  return {
    id: pod.name,
    job: job.name,
    mesh: job.mesh,
    target: pod.name,
    targetLabels: {
      cluster: label("cluster"),
      namespace: label("namespace"),
      workload: label("workload"),
      service: label("service"),
      version: label("version"),
      app: label("app"),
      ...(names === undefined
        ? {}
        : {
            names: {
              clusters: new Map(Object.entries(names.clusters)),
              namespaces: new Map(Object.entries(names.namespaces)),
            },
          }),
    },
    intervalMs: INTERVAL,
    sampleLimit: 100_000,
  };
}

const runs = new Map<number, ReturnType<typeof play>>();

/** Fifteen seconds of traffic and what it leads to, scraped; made once per seed. */
function run(seed: number): ReturnType<typeof play> {
  const known = runs.get(seed) ?? play(seed);
  runs.set(seed, known);
  return known;
}

async function play(seed: number) {
  const world = new World({ seed, startMs: START, arrivalsEndMs: 15_000 });
  const time = { nowMs: START };
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const clock = { nowMs: () => time.nowMs };
  const pipeline = new ScrapePipeline({ slots, store, registry: new Registry(), clock, log: silentLog });
  for (let n = 0; n <= 4; n++) {
    time.nowMs = START + n * INTERVAL;
    world.advance(time.nowMs);
    for (const pod of world.pods) {
      const endpoint = endpointOf(pod);
      const body = expose(pod, { nowMs: time.nowMs, startMs: START }, n + 1);
      if (endpoint === undefined || body === null) continue;
      const taken = pipeline.sink(endpoint, new TextEncoder().encode(body.text), time.nowMs);
      if (!taken.ok) throw new Error(`${pod.name}: ${taken.error.code} ${taken.error.message}`);
    }
  }
  const joins = { ...NO_JOINS, aliases: ESTATE_ALIASES };
  const snapshot = await new Snapshots({ live: slots, store, joins }, atOnce, () => 0).read(
    { start: START },
    time.nowMs,
  );
  if (!snapshot.ok) throw new Error(snapshot.error.code);
  return { world, facts: snapshot.value.facts };
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

/** What the graph calls the end of a call: without spans nobody knows what stands behind an outside host. */
function targetName(edge: TruthEdge): string {
  const crosses = edge.source.mesh === "istio" && edge.target.name === "loyalty";
  return crosses ? "loyalty.aws.example.com" : edge.target.name;
}

function counted(facts: readonly EdgeFact[], edge: TruthEdge) {
  const tcp = edge.protocol === "tcp";
  const matching = facts.filter(
    (fact) =>
      fact.source.name === edge.source.name &&
      (edge.target.kind === "passthrough"
        ? fact.target.kind === "passthrough" && fact.source.mesh === "istio"
        : fact.target.name === targetName(edge)) &&
      // Neither Linkerd's counts nor Consul's say whether a request is gRPC.
      (fact.protocol === "tcp") === tcp,
  );
  const totals = matching.map((fact) => requestTotals(fact.counts));
  const sum = (of: (i: number) => number): number => round(matching.reduce((total, _fact, i) => total + of(i), 0));
  const counter = (name: "opened" | "requestBytes") => sum((i) => matching[i]?.counts.counters.get(name) ?? 0);
  return tcp
    ? { opened: counter("opened"), requestBytes: counter("requestBytes") }
    : { requests: sum((i) => totals[i]?.total ?? 0), failures: sum((i) => totals[i]?.failures ?? 0) };
}

test(
  "what the graph counted on every edge between workloads is exactly what happened there, in all four meshes",
  SLOW,
  async () => {
    const { world, facts } = await run(7);
    const edges = graphEdges(world.truth()).filter((edge) => edge.requests + edge.tcp.opened > 0);
    const named = edges.filter((edge) => edge.source.kind !== "unmeshed" && edge.target.kind !== "unreached");
    expect(new Set(named.map((edge) => edge.source.mesh))).toEqual(
      new Set(["istio", "linkerd", "consul", "appmesh", "envoy"]),
    );
    expect(named.length).toBeGreaterThan(35);
    const wrong = named.flatMap((edge) => {
      const told = counted(facts, edge);
      const { requests, failures, tcp } = edge;
      const truth =
        edge.protocol === "tcp" ? { opened: tcp.opened, requestBytes: tcp.requestBytes } : { requests, failures };
      const same = JSON.stringify(told) === JSON.stringify(truth);
      return same ? [] : [{ edge: `${edge.source.name} → ${edge.target.name} ${edge.protocol}`, truth, told }];
    });
    expect(wrong).toEqual([]);
  },
);

test(
  "nothing is counted twice and nothing is lost: the totals of the estate agree, special nodes and all",
  SLOW,
  async () => {
    const { world, facts } = await run(11);
    const truth = world.truth().reduce((sum, edge) => sum + edge.requests, 0);
    // What enters from outside is an edge from the unknown caller; the simulator counts from there on.
    const inside = facts.filter((fact) => !fact.counts.reporters.has("inbound"));
    const told = inside.reduce((sum, fact) => sum + requestTotals(fact.counts).total, 0);
    expect(round(told)).toBe(truth);
    const failures = world.truth().reduce((sum, edge) => sum + edge.failures, 0);
    expect(round(inside.reduce((sum, fact) => sum + requestTotals(fact.counts).failures, 0))).toBe(failures);
  },
);

test("calls that cross from one mesh into another are one edge each, and say what joined them", SLOW, async () => {
  const { facts } = await run(7);
  const between = (source: string, target: string) =>
    facts.filter((f) => f.source.name === source && f.target.name === target && f.protocol === "http");
  expect(between("web-v1", "orders").map((f) => [f.source.mesh, f.target.mesh, f.join])).toEqual([
    ["istio", "linkerd", "service_host"],
  ]);
  expect(between("fulfilment", "billing").map((f) => [f.source.mesh, f.target.mesh, f.join])).toEqual([
    ["linkerd", "consul", "alias"],
  ]);
  // Half of it has moved into Istio, and still it is one workload with one edge.
  const moved = facts.filter((f) => f.source.name === "recommend" && f.target.name === "points");
  expect(moved.map((f) => [...f.counts.reporters].sort())).toEqual([["outbound", "sourceOnly"]]);
});
