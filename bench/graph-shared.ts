/**
 * The whole graph of 5,000 workloads and 20,000 edges, told by both sides, asked for by 60 viewers with 20 different
 * queries at once in every slot: how often it is computed. The goal is once per slot and query, from one snapshot, and each
 * edge printed once per view. Without a goal, the figures beside it: how long all of it takes in one piece, and how long
 * the loop is held at a time.
 */
import { Registry } from "prom-client";
import { metricsRoutes } from "../collector/api/routes/metrics.ts";
import { MetricsAnswers } from "../collector/api/routes/metrics-answers.ts";
import { MemoryRollupStore } from "../collector/store/memory-rollup-store.ts";
import { SourceBoard } from "../collector/telemetry/source-board.ts";
import { LOCAL_SUBJECT } from "../lib/query/access.ts";
import { Ids } from "../lib/query/view-key.ts";
import { makeEstate } from "./graph/estate.ts";
import { benchLine, countLine, median, noteLine } from "./line.ts";
import { type BenchOptions, PLAIN_RUN, sized } from "./options.ts";

const VIEWERS = 60;
/** Of three views; 20,000 edges are in two of them. */
const QUERIES = [
  {},
  { cluster: "c0" },
  { mesh: "istio", filter: "service-1" },
  { view: "service" },
  { view: "namespace" },
  ...Array.from({ length: 15 }, (_, i) => ({ namespace: `ns-${i}` })),
];
const FULL_VIEWS = 2;
const SERIES_POINTS = 60;
const MAX_BYTES = 7_000_000;

function rig(workloads: number) {
  const estate = makeEstate(workloads, true);
  const time = { nowMs: 1_700_000_000_000 };
  const clock = { nowMs: () => time.nowMs };
  const store = new MemoryRollupStore();
  const board = new SourceBoard(new Registry(), clock);
  const meta = () => {
    throw new Error("not asked for");
  };
  const deps = {
    estate: { live: estate.slots, store },
    ids: new Ids(),
    board,
    clock,
    boot: "bench",
    meta,
  };
  const answers = new MetricsAnswers(deps);
  const routes = metricsRoutes(deps, answers);
  const handle = (path: string, query: object) => {
    const route = routes.find((one) => one.path === path);
    if (route === undefined) throw new Error(`there is no ${path} route`);
    const asked = { params: {}, headers: {}, body: undefined, subject: LOCAL_SUBJECT };
    return route.handle({ ...asked, query, signal: new AbortController().signal });
  };
  return { estate, time, answers, handle };
}

export async function run(options: BenchOptions = PLAIN_RUN): Promise<string[]> {
  const { estate, time, answers, handle } = rig(sized(options, { smoke: 1_000, plain: 5_000, full: 5_000 }));
  for (let n = 0; n < 31; n++, time.nowMs += 10_000) estate.scrape(n, time.nowMs);
  const rounds = sized(options, { smoke: 3, plain: 5, full: 10 });
  const waits: number[] = [];
  let bytes = 0;
  let edges = 0;
  // The first round makes what the others keep.
  const first = { computations: 0, snapshots: 0, printed: 0 };
  for (let n = 0; n <= rounds; n++, time.nowMs += 10_000) {
    estate.scrape(31 + n, time.nowMs);
    const { cache, snapshots, printedEdges: printed } = answers;
    if (n === 1) Object.assign(first, { computations: cache.computations, snapshots: snapshots.computations, printed });
    const began = performance.now();
    const asked = Array.from({ length: VIEWERS }, (_, i) => handle("/graph", QUERIES[i % QUERIES.length] ?? {}));
    const all = await Promise.all(asked);
    if (n > 0) waits.push(performance.now() - began);
    const [whole] = all;
    if (whole?.kind !== "shared") throw new Error("the graph was not answered");
    bytes = whole.body.length;
    edges = Buffer.concat(whole.body.pieces).toString().split('"protocol":').length - 1;
  }
  const { cache, snapshots, slices } = answers;
  const perSlot = (cache.computations - first.computations) / rounds / QUERIES.length;
  const facts = (snapshots.computations - first.snapshots) / rounds;
  const printed = (answers.printedEdges - first.printed) / rounds / edges;
  const isOnce = perSlot === 1 && facts === 1 && printed <= FULL_VIEWS + 0.1 && edges === estate.edges;
  const why = `${VIEWERS} viewers with ${QUERIES.length} queries, ${edges} edges, ${facts} snapshots/slot, each edge printed ${printed.toFixed(2)} times in ${FULL_VIEWS} views with all edges and one with boxes`;
  const size = Math.round((MAX_BYTES * edges) / 20_000);
  const took = `all ${QUERIES.length} answers ${median(waits).toFixed(0)} ms, loop held ${slices.longestMs.toFixed(0)} ms at most`;
  return [
    benchLine({
      name: "graph-shared",
      figure: `${perSlot}/slot`,
      bound: "1/slot",
      verdict: isOnce ? "PASS" : "SHORT",
      why,
    }),
    countLine("graph-summary-size", bytes, size, "B", `whole summary of ${edges} edges`),
    noteLine("graph-shared", `${took}; ${await seriesTime(estate, time, answers, handle)}`),
  ];
}

async function seriesTime(
  estate: ReturnType<typeof makeEstate>,
  time: { nowMs: number },
  answers: MetricsAnswers,
  handle: ReturnType<typeof rig>["handle"],
): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < 3; round++, time.nowMs += 10_000) {
    estate.scrape(100 + round, time.nowMs);
    const query = { start: time.nowMs - SERIES_POINTS * 10_000, end: time.nowMs };
    const snapshot = await answers.snapshot(query);
    if (!snapshot.ok) throw new Error(snapshot.error.message);
    const began = performance.now();
    await handle("/timeseries", { start: `${query.start}`, end: `${query.end}`, points: `${SERIES_POINTS}` });
    if (round > 0) times.push(performance.now() - began);
  }
  const window = { start: `${time.nowMs - SERIES_POINTS * 10_000}`, end: `${time.nowMs}` };
  const began = performance.now();
  await handle("/graph/history", window);
  const history = performance.now() - began;
  return `series of ${SERIES_POINTS} points ${median(times).toFixed(0)} ms, what came and went in them ${history.toFixed(0)} ms`;
}
