/**
 * The simulated estate through the whole chain, against the truth that the simulator counts beside its proxies: what the
 * graph counted on each edge is exactly what happened there. Counts, not rates.
 */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { requestTotals } from "../../lib/model/edge-stats.ts";
import type { EdgeFact } from "../../lib/query/edge-facts.ts";
import { Snapshots } from "../../lib/query/snapshot.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { expose } from "../../lib/world/exposition.ts";
import type { Pod } from "../../lib/world/hop.ts";
import { meshOf } from "../../lib/world/spec.ts";
import type { TruthEdge } from "../../lib/world/truth.ts";
import { World } from "../../lib/world/world.ts";
import { MemoryRollupStore } from "../store/memory-rollup-store.ts";
import { silentLog } from "../telemetry/log.ts";
import { ScrapePipeline } from "./scrape-pipeline.ts";

const START = 1_700_000_000_000;
const INTERVAL = 10_000;

/** The estates of sidecars and of plain Envoys, and what their truth says of the edges between them. */
const READ: ReadonlySet<string> = new Set(["sidecar", "gateway", "envoy", "edge"]);
const OTHERS: ReadonlySet<string> = new Set(["orders", "reviews", "loyalty"]);

function edgesOf(world: World): readonly TruthEdge[] {
  return world
    .truth()
    .filter(({ source }) => source.mesh === null || source.mesh === "istio" || source.mesh === "envoy")
    .filter(({ source, target }) => !OTHERS.has(source.namespace) && !OTHERS.has(target.namespace));
}

async function run(seed: number) {
  const world = new World({ seed, startMs: START, arrivalsEndMs: 30_000 });
  const time = { nowMs: START };
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const clock = { nowMs: () => time.nowMs };
  const pipeline = new ScrapePipeline({ slots, store, registry: new Registry(), clock, log: silentLog });
  const scrape = (pod: Pod, n: number): void => {
    const { cluster, namespace, name, service, version } = pod.workload;
    const targetLabels = {
      cluster,
      namespace,
      workload: name,
      service,
      version: version === "latest" ? "" : version,
      app: service,
    };
    const mesh = meshOf(pod.role) ?? "istio";
    const endpoint = {
      id: pod.name,
      job: mesh,
      mesh,
      target: pod.name,
      targetLabels,
      intervalMs: INTERVAL,
      sampleLimit: 100_000,
    };
    const body = expose(pod, { nowMs: time.nowMs, startMs: START }, n + 1)?.text ?? "";
    const taken = pipeline.sink(endpoint, new TextEncoder().encode(body), time.nowMs);
    if (!taken.ok) throw new Error(`${pod.name}: ${taken.error.code} ${taken.error.message}`);
  };
  for (let n = 0; n <= 9; n++) {
    time.nowMs = START + n * INTERVAL;
    world.advance(time.nowMs);
    for (const pod of world.pods) if (READ.has(pod.role)) scrape(pod, n);
  }
  const snapshot = await new Snapshots({ live: slots, store }).read({ start: START }, time.nowMs);
  if (!snapshot.ok) throw new Error(snapshot.error.code);
  return { world, facts: snapshot.value.facts };
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

function counted(facts: readonly EdgeFact[], edge: TruthEdge) {
  const matching = facts.filter(
    (fact) =>
      fact.source.name === edge.source.name &&
      (edge.target.kind === "passthrough"
        ? fact.target.kind === "passthrough"
        : fact.target.name === edge.target.name) &&
      fact.protocol === edge.protocol,
  );
  const totals = matching.map((fact) => requestTotals(fact.counts));
  const sum = (of: (i: number) => number): number => round(matching.reduce((total, _fact, i) => total + of(i), 0));
  return {
    requests: sum((i) => totals[i]?.total ?? 0),
    failures: sum((i) => totals[i]?.failures ?? 0),
    opened: sum((i) => matching[i]?.counts.counters.get("opened") ?? 0),
    requestBytes: sum((i) => matching[i]?.counts.counters.get("requestBytes") ?? 0),
  };
}

test("what the graph counted on every edge between workloads is exactly what happened there", async () => {
  const { world, facts } = await run(7);
  const edges = edgesOf(world).filter((edge) => edge.requests + edge.tcp.opened > 0);
  const named = edges.filter((edge) => edge.source.kind !== "unmeshed" && edge.target.kind !== "unreached");
  expect(named.length).toBeGreaterThan(15);
  const wrong = named.flatMap((edge) => {
    const seen = counted(facts, edge);
    const isTcp = edge.protocol === "tcp";
    const truth = isTcp
      ? { requests: 0, failures: 0, opened: edge.tcp.opened, requestBytes: edge.tcp.requestBytes }
      : { requests: edge.requests, failures: edge.failures };
    const told = isTcp ? seen : { requests: seen.requests, failures: seen.failures };
    const same = JSON.stringify(told) === JSON.stringify(truth);
    return same ? [] : [{ edge: `${edge.source.name} → ${edge.target.name} ${edge.protocol}`, truth, told }];
  });
  expect(wrong).toEqual([]);
});

test("nothing is counted twice and nothing is lost: the totals of the estate agree, special nodes and all", async () => {
  const { world, facts } = await run(11);
  const truth = edgesOf(world).reduce((sum, edge) => sum + edge.requests, 0);
  // What enters from outside at a plain Envoy is an edge from the unknown caller; the simulator counts from there on.
  const inside = facts.filter((fact) => !fact.counts.reporters.has("inbound"));
  const told = inside.reduce((sum, fact) => sum + requestTotals(fact.counts).total, 0);
  expect(round(told)).toBe(truth);
  const failures = edgesOf(world).reduce((sum, edge) => sum + edge.failures, 0);
  expect(round(inside.reduce((sum, fact) => sum + requestTotals(fact.counts).failures, 0))).toBe(failures);
});
