/**
 * The whole graph of 1,000 workloads and 4,000 edges, asked for by 50 viewers at once in every slot: how often it is
 * computed. The goal is once per slot and query, whatever the number of viewers. Without a goal, the figures beside it: how
 * long that one computation takes, the size of the answer, and what a viewer waits who comes when it is made.
 */
import { Registry } from "prom-client";
import { metricsRoutes } from "../collector/api/routes/metrics.ts";
import { MetricsAnswers } from "../collector/api/routes/metrics-answers.ts";
import { MemoryRollupStore } from "../collector/store/memory-rollup-store.ts";
import { SourceBoard } from "../collector/telemetry/source-board.ts";
import type { Endpoint } from "../lib/model/identity.ts";
import type { SeriesMeaning } from "../lib/model/meaning.ts";
import type { ScrapeReading } from "../lib/model/reading.ts";
import { LOCAL_SUBJECT } from "../lib/query/access.ts";
import { Ids } from "../lib/query/view-key.ts";
import { SlotTable } from "../lib/rollup/slot-table.ts";
import { TargetFold } from "../lib/rollup/target-fold.ts";
import { type BenchOptions, PLAIN_RUN } from "./options.ts";

const WORKLOADS = 1_000;
const CALLERS = 4;
const VIEWERS = 50;
const BOUNDS = [
  0.5,
  1,
  5,
  10,
  25,
  50,
  100,
  250,
  500,
  1000,
  2500,
  5000,
  10_000,
  30_000,
  60_000,
  Number.POSITIVE_INFINITY,
];

function workload(i: number): Endpoint {
  const name = `service-${i}`;
  const namespace = `ns-${i % 40}`;
  return {
    cluster: `c${i % 2}`,
    namespace,
    kind: "workload",
    name,
    mesh: "istio",
    service: name,
    app: name,
    version: "v1",
  };
}

/** What the proxy of workload `i` prints of its four callers: two codes and a histogram each. */
function meaningsOf(i: number): SeriesMeaning[] {
  const meanings: SeriesMeaning[] = [];
  for (let c = 1; c <= CALLERS; c++) {
    const edge = {
      source: workload((i * 7 + c * 131) % WORKLOADS),
      target: workload(i),
      protocol: "http",
      layer: "L7",
    } as const;
    const base = { edge, reporter: "destination", family: "istio_requests_total" } as const;
    for (const code of ["200", "503"]) {
      const measure = { kind: "requests", code, flags: [], security: "mutual", left: true } as const;
      meanings.push({ kind: "counter", ...base, measure });
    }
    for (const part of [...BOUNDS.map((le) => ({ le })), "sum" as const, "count" as const]) {
      meanings.push({ kind: "latency", ...base, of: "response", part, toMs: 1, histogram: `h${c}` });
    }
  }
  return meanings;
}

interface Target {
  readonly fold: TargetFold;
  readonly meanings: SeriesMeaning[];
  readonly learned: ScrapeReading["learned"];
  readonly ids: Int32Array;
}

function reading({ meanings, learned, ids }: Target, atMs: number, scrape: number): ScrapeReading {
  const values = Float64Array.from(meanings, (meaning, id) => {
    if (meaning.kind !== "latency" || typeof meaning.part === "string") return scrape * (id % 2 === 0 ? 400 : 3);
    return scrape * 25 * Math.min(16, 1 + BOUNDS.indexOf(meaning.part.le));
  });
  return { atMs, size: ids.length, ids, values, learned, createdMs: new Map() };
}

function estate() {
  const slots = new SlotTable();
  const targets = Array.from({ length: WORKLOADS }, (_, i): Target => {
    const meanings = meaningsOf(i);
    const learned = meanings.map((meaning, id) => ({ id, meaning, canonical: `s${id}` }));
    const fold = new TargetFold(slots, { target: `pod-${i}`, intervalMs: 10_000 });
    return { fold, meanings, learned, ids: Int32Array.from(meanings, (_meaning, id) => id) };
  });
  return { slots, targets };
}

const decoder = new TextDecoder();
const SERIES_POINTS = 60;

const middle = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

export async function run({ smoke }: BenchOptions = PLAIN_RUN): Promise<string[]> {
  const { slots, targets } = estate();
  const time = { nowMs: 1_700_000_000_000 };
  const clock = { nowMs: () => time.nowMs };
  const store = new MemoryRollupStore();
  const board = new SourceBoard(new Registry(), clock);
  const meta = () => {
    throw new Error("not asked for");
  };
  const deps = { estate: { live: slots, store }, ids: new Ids(), board, clock, boot: "bench", meta };
  const answers = new MetricsAnswers(deps);
  const route = metricsRoutes(deps, answers).find((one) => one.path === "/graph");
  if (route === undefined) throw new Error("there is no /graph route");
  const scrape = (n: number): void => {
    for (const target of targets) target.fold.observe("e", "bench", reading(target, time.nowMs, n));
  };
  const asked = { params: {}, headers: {}, body: undefined, subject: LOCAL_SUBJECT };
  const ask = () => route.handle({ ...asked, query: {}, signal: new AbortController().signal });
  for (let n = 0; n < 30; n++, time.nowMs += 10_000) scrape(n);

  const slotsAsked = smoke ? 3 : 10;
  const waits: number[] = [];
  let edges = 0;
  let bytes = 0;
  for (let n = 30; n < 30 + slotsAsked; n++, time.nowMs += 10_000) {
    scrape(n);
    const began = performance.now();
    const all = await Promise.all(Array.from({ length: VIEWERS }, ask));
    waits.push(performance.now() - began);
    const [first] = all;
    if (first?.kind !== "shared") throw new Error("the graph was not answered");
    if (!all.every((answer) => answer.kind === "shared" && answer.body.etag === first.body.etag))
      throw new Error("answers differ");
    bytes = first.body.length;
    const whole = decoder.decode(Buffer.concat(first.body.pieces));
    edges = whole.split('"protocol":').length - 1;
  }
  const perSlot = answers.cache.computations / slotsAsked;
  const ms = middle(waits);
  const verdict = perSlot === 1 && edges === WORKLOADS * CALLERS ? "PASS" : "SHORT";
  const why = `${VIEWERS} viewers, ${edges} edges, one computation ${ms.toFixed(0)} ms, answer ${(bytes / 1e6).toFixed(2)} MB`;
  const series = metricsRoutes(deps, answers).find((one) => one.path === "/timeseries");
  if (series === undefined) throw new Error("there is no /timeseries route");
  const times: number[] = [];
  for (let round = 0; round < (smoke ? 3 : 6); round++, time.nowMs += 10_000) {
    scrape(30 + slotsAsked + round);
    const signal = new AbortController().signal;
    const query = { start: time.nowMs - SERIES_POINTS * 10_000, end: time.nowMs };
    const snapshot = await answers.snapshot(query);
    if (!snapshot.ok) throw new Error(snapshot.error.message);
    const read = performance.now();
    await series.handle({
      ...asked,
      query: { start: `${query.start}`, end: `${query.end}`, points: `${SERIES_POINTS}` },
      signal,
    });
    if (round > 0) times.push(performance.now() - read);
  }
  const figures = `graph ${ms.toFixed(0)} ms, series of ${SERIES_POINTS} points ${middle(times).toFixed(0)} ms`;
  return [
    `BENCH graph-shared ${perSlot} computations/slot goal 1 ${verdict} ${why}`,
    `      graph-shared, for information: ${figures}, each computed once, whole estate of ${edges} edges`,
  ];
}
