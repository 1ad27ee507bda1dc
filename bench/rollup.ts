/**
 * Folding one call into its edge against the usual way, in the same run on the same calls: `Map<string, object>` with a
 * DDSketch (`@datadog/sketches-js`, relative accuracy 1 %) a row.
 *
 * Both sides are given a call as the pairing tells it (ends, protocol, code, duration, end) and have to find the row of its
 * edge in the 10 s slot of its end, made at first sight, and count there: the request by code, and its latency. The
 * reference makes the key that a map needs from slot, ends and protocol, bumps the code's counter in a Map and has the
 * sketch accept the duration. Ours is the kernel of `SpanFold.call`: row, class, bucket and sum. The whole of it, with
 * the slot that is chosen and the time that is covered, is a further figure without a goal. It is one slot
 * of a busy estate: 4,000 edges, 100,000 calls a second for 10 s, in no order, 3 codes, unlike durations. Processor time,
 * with the collection of garbage in it; both sides begin empty.
 * A further figure, without a goal, is an increase of a scraped counter: `TargetFold.observe` by series of the reading. The
 * same reading is folded with the tap of watched routes: shut, and open for a route that the reading tells nothing of.
 */
import { DDSketch } from "@datadog/sketches-js";
import { armPatterns } from "../lib/control/counting/arms.ts";
import { IncreaseSorter } from "../lib/control/counting/increase-sorter.ts";
import { RouteBook } from "../lib/control/counting/route-book.ts";
import type { Endpoint } from "../lib/model/identity.ts";
import type { IncreaseTap } from "../lib/model/increase-tap.ts";
import type { SeriesMeaning } from "../lib/model/meaning.ts";
import type { LearnedSeries } from "../lib/model/reading.ts";
import { type SpanCall, serviceKeyOf } from "../lib/model/span-side.ts";
import { SPAN_JOB } from "../lib/rollup/coverage.ts";
import { FIRST_BUCKET, PLACE, SLOT, SpanRows } from "../lib/rollup/kernel-span-rows.ts";
import { SideBook } from "../lib/rollup/side-book.ts";
import { SlotNumbers, within } from "../lib/rollup/slot-numbers.ts";
import { SlotTable } from "../lib/rollup/slot-table.ts";
import { bucketOf, SPAN_BOUNDS_MS, SpanFold } from "../lib/rollup/span-fold.ts";
import { TargetFold } from "../lib/rollup/target-fold.ts";
import type { ToldCall } from "../lib/rollup/told-call.ts";
import { median, noteLine, ratioLine } from "./line.ts";
import { type BenchOptions, sized } from "./options.ts";

const GOAL = 30;
const CALLEES = 4;
/** Different calls; each is told many times, as a call just read is in the processor's cache. */
const DIFFERENT = 16_384;
/** To one edge in one slot. */
const CALLS_AN_EDGE = 250;
const SLOT_MS = 10_000;
const START_MS = 1_700_000_000_000;
const CODES = ["200", "200", "200", "200", "404", "503"];
const INCREASES = 5_000;

function workload(i: number): Endpoint {
  const name = `svc-${i}`;
  return { cluster: "c1", namespace: "shop", kind: "workload", name, mesh: "istio", service: name };
}

/** Numbers in no order, the same each time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

function callsOf(workloads: number): readonly SpanCall[] {
  const ends = Array.from({ length: workloads }, (_, i) => workload(i));
  const random = numbers(7);
  const next = (below: number): number => Math.floor((random.next().value ?? 0) * below);
  return Array.from({ length: DIFFERENT }, (): SpanCall => {
    const from = next(workloads);
    const source = ends[from] ?? workload(from);
    const target = ends[(from * 7 + 1 + next(CALLEES)) % workloads] ?? workload(0);
    return {
      edge: { source, target, protocol: "http", layer: "L7" },
      protocol: "http",
      endMs: START_MS + next(SLOT_MS),
      durationMs: Math.exp(next(800) / 100),
      code: CODES[next(CODES.length)] ?? "200",
      grpcStatus: "",
      flags: [],
      sampled: null,
      speaker: serviceKeyOf(target),
    };
  });
}

interface ReferenceRow {
  readonly codes: Map<string, number>;
  readonly latency: DDSketch;
}

function reference(calls: readonly SpanCall[], count: number): number {
  const rows = new Map<string, ReferenceRow>();
  for (let i = 0; i < count; i++) {
    const call = calls[i % DIFFERENT];
    if (call === undefined) continue;
    const { edge, endMs, durationMs, code } = call;
    const { source, target, protocol } = edge;
    const slot = Math.floor(endMs / SLOT_MS);
    const key = `${slot}|${source.cluster}|${source.namespace}|${source.name}|${target.cluster}|${target.namespace}|${target.name}|${protocol}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = { codes: new Map(), latency: new DDSketch({ relativeAccuracy: 0.01 }) };
      rows.set(key, row);
    }
    row.codes.set(code, (row.codes.get(code) ?? 0) + 1);
    row.latency.accept(durationMs);
  }
  return rows.size;
}

/** The same calls as the pairing tells them: ends and what is said of them as the book has them. */
function toldOf(calls: readonly SpanCall[]): readonly ToldCall[] {
  const book = new SideBook();
  return calls.map((call) => {
    const { edge, endMs, durationMs, sampled } = call;
    const by = book.reading({ ...call, shared: false, role: "server", own: edge.target });
    return { source: book.end(edge.source), target: by.own, isGrpc: false, by, sampled, endMs, durationMs };
  });
}

function ours(calls: readonly ToldCall[], count: number): number {
  const slots = new SlotTable();
  const fold = new SpanFold(slots);
  for (let i = 0; i < count; i++) {
    const call = calls[i % DIFFERENT];
    if (call !== undefined) fold.call(call, START_MS);
  }
  return slots.rows.length;
}

/** The kernel of that alone: a row found by two numbers, and in it an outcome, a bucket and a sum. One slot, no covered time. */
function kernel(calls: readonly ToldCall[], count: number): number {
  const { table } = new SlotTable();
  const rows = new SpanRows(({ source, target }, nowMs) => {
    const edge = { source: source.end, target: target.end, protocol: "http", layer: "L7" } as const;
    const row = table.row({ edge, reporter: "span", job: SPAN_JOB, transport: false }, nowMs);
    return { row, firstBucket: row.firstBucket("span", SPAN_BOUNDS_MS) };
  });
  const numbers = new SlotNumbers();
  for (let i = 0; i < count; i++) {
    const call = calls[i % DIFFERENT];
    if (call === undefined) continue;
    const at = rows.of(call, START_MS);
    const column = rows.classColumn(at, call.by);
    const { cells } = rows;
    if (cells[at + SLOT] !== numbers.serial) {
      const row = rows.row(at);
      cells[at + PLACE] = numbers.place(row.index, row.columns.length);
      cells[at + SLOT] = numbers.serial;
    }
    const place = cells[at + PLACE] ?? 0;
    const block = numbers.block(place);
    const from = within(place);
    block[from + column] = (block[from + column] ?? 0) + 1;
    const first = from + (cells[at + FIRST_BUCKET] ?? 0);
    const bucket = first + bucketOf(call.durationMs);
    block[bucket] = (block[bucket] ?? 0) + 1;
    const sum = first + SPAN_BOUNDS_MS.length + 1;
    block[sum] = (block[sum] ?? 0) + call.durationMs;
  }
  return table.rows.length;
}

/** Of processor time. */
function nsEach(work: () => unknown, count: number): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return ((user + system) * 1_000) / count;
}

/** Nanoseconds a series of a reading in which all of them moved: 20 buckets, sum and count to an edge, and two codes. */
function scraped(rounds: number, tap?: IncreaseTap): number {
  const slots = new SlotTable();
  const fold = new TargetFold(slots, { target: "web", intervalMs: SLOT_MS, ...(tap === undefined ? {} : { tap }) });
  const learned = Array.from({ length: INCREASES }, (_, id): LearnedSeries => {
    const edge = { source: workload(Math.floor(id / 24)), target: workload(0), protocol: "http", layer: "L7" } as const;
    const base = { edge, reporter: "destination", family: "istio_requests_total" } as const;
    const nth = id % 24;
    const measure = { kind: "requests", code: nth === 0 ? "200" : "503", flags: [], left: true } as const;
    const part = nth === 22 ? "sum" : nth === 23 ? "count" : { le: nth === 21 ? Number.POSITIVE_INFINITY : 2 ** nth };
    const histogram = `h${Math.floor(id / 24)}`;
    const meaning: SeriesMeaning =
      nth < 2
        ? { kind: "counter", ...base, measure }
        : { kind: "latency", ...base, of: "response", part, toMs: 1, histogram };
    return { id, meaning, canonical: `s${id}` };
  });
  const ids = Int32Array.from(learned, ({ id }) => id);
  const values = new Float64Array(INCREASES);
  const times = Array.from({ length: rounds }, (_, n) => {
    for (let id = 0; id < INCREASES; id++) values[id] = n * (1 + (id % 24));
    const reading = { atMs: START_MS + n * SLOT_MS, size: INCREASES, ids, values, createdMs: new Map() };
    return nsEach(() => fold.observe("e", "job", { ...reading, learned: n === 0 ? learned : [] }), INCREASES);
  });
  return median(times.slice(rounds >> 1));
}

/** A tap that is shut, or open for a route of which the reading has no row. */
function tapFor(watched: "nothing" | "elsewhere"): IncreaseTap {
  const sorter = new IncreaseSorter({ leaveOut: () => {} });
  if (watched === "nothing") return sorter;
  const name = "svc-elsewhere";
  const target = { driver: "istio", cluster: "c1", namespace: "shop", name } as const;
  const route = { id: "r", target, routeKey: "r", stable: `${name}/v1`, canary: `${name}/v2` };
  const places = { clusters: null, namespaces: null };
  sorter.watch([{ book: new RouteBook(route), patterns: armPatterns(route, places) }]);
  return sorter;
}

/** What watching costs a reading, of processor time, round by round beside the same reading without a tap. */
function watchLines(options: BenchOptions): string[] {
  const rounds = sized(options, { smoke: 40, plain: 60, full: 80 });
  const times = sized(options, { smoke: 7, plain: 9, full: 15 });
  const cases = [
    ["nothing", 1.1],
    ["elsewhere", 1.25],
  ] as const;
  return cases.map(([watched, goal]) => {
    const ratios = Array.from({ length: times }, () => scraped(rounds, tapFor(watched)) / scraped(rounds));
    const why = `a reading of ${INCREASES} series that moved, beside one that nobody can watch`;
    return ratioLine({ name: `rollup-watched-${watched}`, ratio: median(ratios), goal, want: "atMost", why }, options);
  });
}

export async function run(options: BenchOptions): Promise<string[]> {
  const workloads = sized(options, { smoke: 100, plain: 1_000, full: 1_000 });
  const count = workloads * CALLEES * CALLS_AN_EDGE;
  const calls = callsOf(workloads);
  const told = toldOf(calls);
  const rows = kernel(told, count);
  const rounds = Array.from({ length: sized(options, { smoke: 3, plain: 3, full: 9 }) }, () => ({
    fast: nsEach(() => ours(told, count), count),
    bare: nsEach(() => kernel(told, count), count),
    slow: nsEach(() => reference(calls, count), count),
  }));
  const whole = median(rounds.map(({ fast, slow }) => slow / fast));
  const ratio = median(rounds.map(({ bare, slow }) => slow / bare));
  const fast = median(rounds.map((round) => round.fast));
  const slow = median(rounds.map((round) => round.slow));
  const bare = median(rounds.map((round) => round.bare));
  const why = `${count} calls, ${rows} rows: ${bare.toFixed(0)} ns a call against ${slow.toFixed(0)} ns`;
  const all = `the whole of a call, with its slot and covered time: ${fast.toFixed(0)} ns, ${whole.toFixed(1)}x`;
  const perSeries = scraped(sized(options, { smoke: 40, plain: 80, full: 90 })).toFixed(0);
  return [
    ratioLine({ name: "rollup-kernel", ratio, goal: GOAL, want: "atLeast", why }, options),
    noteLine("rollup", all),
    noteLine("rollup", `${perSeries} ns a scraped series that moved`),
    ...watchLines(options),
  ];
}
