/**
 * Processor time a span over HTTP, everything durable with all attributes, against a node:http server that throws the
 * same bodies away (plain), or inflates them first (gzip). All processes of the collector count, from the first byte until
 * they rest again: what is stored after the answer is part of it, timers while they wait to rest are not. Both shapes: 512 spans a body, as SDKs send, and 5, as
 * proxies do, OTLP protobuf, and 5 as Zipkin JSON. The figure is the median, over rounds, of the ratio within a round.
 */

import { median, noteLine, ratioLine, skipLine } from "./line.ts";
import { SPANS_A_BODY } from "./load/calls.ts";
import type { LoadDone, LoadJob } from "./load/job.ts";
import { type BenchOptions, sized } from "./options.ts";
import { type CollectorProgram, type Helper, startCollector } from "./processes/programs.ts";
import { startDiscard, startLoad } from "./processes/roles.ts";
import { canMeasure, cpuMs, ownCpuMs, type Rest, restOf, untilQuiet } from "./processes/usage.ts";

interface Case {
  readonly name: string;
  readonly job: Pick<LoadJob, "format" | "shape" | "gzip">;
  readonly goal: number;
}

const PLAIN_GOAL = 6;
const GZIP_GOAL = 3;
const CASES: readonly Case[] = [
  { name: "sdk", job: { format: "otlp", shape: "sdk", gzip: false }, goal: PLAIN_GOAL },
  { name: "sdk-gzip", job: { format: "otlp", shape: "sdk", gzip: true }, goal: GZIP_GOAL },
  { name: "proxy", job: { format: "otlp", shape: "proxy", gzip: false }, goal: PLAIN_GOAL },
  { name: "proxy-gzip", job: { format: "otlp", shape: "proxy", gzip: true }, goal: GZIP_GOAL },
  { name: "proxy-zipkin", job: { format: "zipkin", shape: "proxy", gzip: false }, goal: PLAIN_GOAL },
];
const CONNECTIONS = { sdk: 8, proxy: 32 } as const;
const SERVICES = 40;

export interface Side {
  readonly pid: number;
  /** What it takes when nothing comes. */
  readonly rest: Rest;
  port(format: LoadJob["format"]): number;
}

export const portOf = (url: string): number => Number(new URL(url).port);

export async function collectorSide({ pid, urls }: CollectorProgram): Promise<Side> {
  const ports = { otlp: portOf(urls.otlpHttp), zipkin: portOf(urls.zipkin) };
  return { pid, rest: await restOf(pid), port: (format) => ports[format] };
}

export interface Cost {
  readonly usPerSpan: number;
  /** Of it, what main took. */
  readonly mainUsPerSpan: number;
  readonly done: LoadDone;
}

/** Of a side at rest. Throws when anything was refused: then the two sides did not do the same. */
export async function costOf(load: Helper<LoadJob, LoadDone>, side: Side, job: Omit<LoadJob, "port">): Promise<Cost> {
  const before = cpuMs(side.pid);
  const mainBefore = ownCpuMs(side.pid);
  const done = await load.run({ ...job, port: side.port(job.format) });
  if (Object.keys(done.refused).length > 0) throw new Error(`refused: ${JSON.stringify(done.refused)}`);
  const restMs = await untilQuiet(side.pid, side.rest.share);
  const perSpan = (ms: number): number => (1000 * ms) / done.spans;
  return {
    usPerSpan: perSpan(cpuMs(side.pid) - before - restMs * side.rest.share),
    mainUsPerSpan: perSpan(ownCpuMs(side.pid) - mainBefore - restMs * side.rest.own),
    done,
  };
}

interface Sides {
  readonly load: Helper<LoadJob, LoadDone>;
  readonly ours: Side;
  readonly plain: Side;
  readonly gunzip: Side;
}

async function linesOf({ name, job, goal }: Case, sides: Sides, options: BenchOptions): Promise<string[]> {
  const sdk = job.shape === "sdk";
  const bodies = sdk
    ? sized(options, { smoke: 96, plain: 400, full: 1200 })
    : sized(options, { smoke: 1500, plain: 10_000, full: 40_000 });
  const rounds = sized(options, { smoke: 2, plain: 3, full: 5 });
  const whole = { ...job, bodies, connections: CONNECTIONS[job.shape], services: SERVICES };
  const reference = job.gzip ? sides.gunzip : sides.plain;
  // node:http is four times as fast once it is compiled, which takes some thousand requests.
  await costOf(sides.load, reference, { ...whole, bodies: sdk ? bodies : 6_000 });
  await costOf(sides.load, sides.ours, { ...whole, bodies: sdk ? Math.ceil(bodies / 4) : 2_000 });
  const seen: { ours: Cost; theirs: Cost }[] = [];
  for (let round = 0; round < rounds; round++) {
    const theirs = await costOf(sides.load, reference, whole);
    seen.push({ theirs, ours: await costOf(sides.load, sides.ours, whole) });
  }
  const ratio = median(seen.map(({ ours, theirs }) => ours.usPerSpan / theirs.usPerSpan));
  const us = (side: "ours" | "theirs"): string => median(seen.map((one) => one[side].usPerSpan)).toFixed(2);
  const main = median(seen.map(({ ours }) => ours.mainUsPerSpan)).toFixed(2);
  const answer = seen.at(-1)?.ours.done;
  const size = `${SPANS_A_BODY[job.shape]} spans a body, ${((answer?.bytes ?? 0) / (answer?.spans ?? 1)).toFixed(0)} bytes a span`;
  const why = `${size}: CPU us/span ours ${us("ours")} (${main} of it receiving and edges, the rest storing), ${job.gzip ? "gunzip and " : ""}discard ${us("theirs")}; answers p99 ${answer?.answerMs.p99.toFixed(1)} ms`;
  const rate = (answer?.spans ?? 0) / (answer?.seconds ?? 1);
  return [
    ratioLine({ name: `ingest-http-${name}`, ratio, goal, want: "atMost", why }, options),
    noteLine(`ingest-http-${name}`, `${rate.toFixed(0)} spans/s were answered, the load on the same processors`),
  ];
}

export async function run(options: BenchOptions): Promise<string[]> {
  if (!canMeasure())
    return [skipLine("ingest-http", `<=${PLAIN_GOAL}x`, "processor time of a process is read from /proc")];
  const collector = await startCollector();
  const load = await startLoad();
  const plain = await startDiscard("plain");
  const gunzip = await startDiscard("gunzip");
  const discard = (helper: { pid: number; port: number }): Side => ({
    pid: helper.pid,
    rest: { share: 0, own: 0 },
    port: () => helper.port,
  });
  const sides = { load, ours: await collectorSide(collector), plain: discard(plain), gunzip: discard(gunzip) };
  try {
    const lines: string[] = [];
    for (const one of CASES) lines.push(...(await linesOf(one, sides, options)));
    return lines;
  } finally {
    await Promise.all([collector, load, plain, gunzip].map((program) => program.stop()));
  }
}
