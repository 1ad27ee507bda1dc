/**
 * Questions to the API with 10 M spans stored, while 20,000 more come every second: p95 of a trace by id and of searches by
 * service and duration (50 ms), by an attribute (300 ms), of a heatmap and of the graph (50 ms). Beside each question a
 * server that answers at once is asked in the same seconds: the control. How many bytes a span takes on disk is printed.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { collectorSide, type Side } from "./ingest-http.ts";
import { noteLine, quantile, skipLine, timeVerdict } from "./line.ts";
import type { LoadDone, LoadJob } from "./load/job.ts";
import { type BenchOptions, sized } from "./options.ts";
import { type CollectorProgram, type Helper, startCollector, until } from "./processes/programs.ts";
import { startDiscard, startLoad } from "./processes/roles.ts";
import { canMeasure, untilQuiet } from "./processes/usage.ts";

const WHILE_SPANS_PER_SEC = 20_000;
const SPANS = 512;
const SERVICES = 40;

const listSchema = z.object({
  traces: z.array(z.object({ traceId: z.string(), spanCount: z.number() })),
  total: z.number(),
});
const nodesSchema = z.object({ nodes: z.array(z.object({ id: z.string() })) });

interface Stored {
  readonly collector: CollectorProgram;
  readonly startMs: number;
  readonly endMs: number;
  readonly traceIds: readonly string[];
  readonly nodes: readonly string[];
}

interface Question {
  readonly name: string;
  readonly goalMs: number;
  /** The path of the n-th time it is asked. */
  path(stored: Stored, n: number): string;
}

const at = <T>(list: readonly T[], n: number): T | undefined => list[(n * 7919) % Math.max(1, list.length)];
const windowOf = ({ startMs, endMs }: Stored): string => `start=${startMs}&end=${endMs}`;
/** Five minutes, the default of every page, somewhere in what is stored. */
function fiveMinutes({ startMs, endMs }: Stored, n: number): string {
  const start = startMs + (((n * 7919) % 97) / 97) * Math.max(0, endMs - startMs - 300_000);
  return `start=${Math.floor(start)}&end=${Math.floor(start + 300_000)}`;
}

const QUESTIONS: readonly Question[] = [
  { name: "stored-trace", goalMs: 50, path: ({ traceIds }, n) => `/traces/${at(traceIds, n)}` },
  {
    name: "stored-search",
    goalMs: 50,
    path: (stored, n) => `/traces?service=svc-${n % SERVICES}.shop&minDurationMs=400&limit=20&${windowOf(stored)}`,
  },
  {
    name: "stored-attribute",
    goalMs: 300,
    path: (stored, n) =>
      `/traces?attr=${encodeURIComponent(ATTRIBUTES[n % ATTRIBUTES.length] ?? "")}&limit=20&${windowOf(stored)}`,
  },
  {
    name: "stored-heatmap",
    goalMs: 50,
    path: (stored, n) => `/heatmap?node=${at(stored.nodes, n)}&${fiveMinutes(stored, n)}`,
  },
  { name: "stored-graph", goalMs: 50, path: (stored, n) => `/graph?${fiveMinutes(stored, n)}` },
];

/** Common, rare and numeric. */
const ATTRIBUTES = [
  "http.response.status_code=503",
  "peer.address=10.244.3.77",
  "response_size>5400",
  "response_flags=UH",
  "http.url=~http://svc-7[.]shop.*u=77",
];

async function ask(url: string): Promise<{ ms: number; text: string }> {
  const began = performance.now();
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`${url.replace(/^.*?\/api/, "/api")} answered ${answer.status}: ${text.slice(0, 200)}`);
  return { ms: performance.now() - began, text };
}

async function lineOf(question: Question, stored: Stored, control: number, times: number): Promise<string> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let n = 0; n < times; n++) {
    const path = question.path(stored, n);
    ours.push((await ask(`${stored.collector.urls.api}/api/v1${path}`)).ms);
    theirs.push((await ask(`http://127.0.0.1:${control}/`)).ms);
  }
  const measured = { figure: quantile(ours, 0.95), control: quantile(theirs, 0.95) };
  const why = `p50 ${quantile(ours, 0.5).toFixed(1)} ms, most ${Math.max(...ours).toFixed(1)} ms of ${times}, ${question
    .path(stored, 0)
    .split("?")[0]
    ?.replace(/[0-9a-f]{32}/, "{id}")}`;
  return timeVerdict(question.name, question.goalMs, measured, why);
}

function bytesIn(folder: string, unless: RegExp): number {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !unless.test(path)) bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** Fills the store: what is refused because it is behind is sent later. */
async function store(load: Helper<LoadJob, LoadDone>, side: Side, wanted: number): Promise<number> {
  const job = {
    port: side.port("otlp"),
    format: "otlp",
    shape: "sdk",
    gzip: false,
    connections: 8,
    services: SERVICES,
  } as const;
  let spans = 0;
  while (spans < wanted) {
    const bodies = Math.min(2_000, Math.ceil((wanted - spans) / SPANS));
    const done = await load.run({ ...job, bodies });
    spans += done.spans;
    if (Object.keys(done.refused).length > 0) await untilQuiet(side.pid, side.rest.share);
  }
  await untilQuiet(side.pid, side.rest.share, 600_000);
  return spans;
}

async function sample(collector: CollectorProgram, startMs: number): Promise<Stored> {
  const endMs = Date.now();
  const api = `${collector.urls.api}/api/v1`;
  const traceIds: string[] = [];
  for (let n = 0; n < 20; n++) {
    const start = startMs + Math.floor(((endMs - startMs) * n) / 20);
    const url = `${api}/traces?service=svc-${n % SERVICES}.shop&limit=20&start=${start}&end=${start + 60_000}`;
    traceIds.push(...listSchema.parse(JSON.parse((await ask(url)).text)).traces.map(({ traceId }) => traceId));
  }
  const graph = nodesSchema.parse(JSON.parse((await ask(`${api}/graph?start=${startMs}&end=${endMs}`)).text));
  return { collector, startMs, endMs, traceIds, nodes: graph.nodes.map(({ id }) => id) };
}

/** `MESHSCOPE_BENCH_SPANS`: as many spans as there is time for. */
function asked(): number | undefined {
  const spans = Number(process.env["MESHSCOPE_BENCH_SPANS"] ?? "");
  return spans > 0 ? spans : undefined;
}

export async function run(options: BenchOptions): Promise<string[]> {
  if (!canMeasure()) return [skipLine("stored-spans", "<=50ms", "processor time of a process is read from /proc")];
  const wanted = asked() ?? sized(options, { smoke: 100_000, plain: 500_000, full: 10_000_000 });
  const collector = await startCollector();
  const load = await startLoad();
  const control = await startDiscard("plain");
  const side = await collectorSide(collector);
  try {
    const startMs = Date.now() - 1_000;
    const spans = await store(load, side, wanted);
    const seconds = (Date.now() - startMs) / 1000;
    const bytes = bytesIn(collector.data, /\/wal\//);
    const stored = await sample(collector, startMs);
    await until(async () => stored.traceIds.length > 0 && stored.nodes.length > 0, "what was sent can be found");
    const times = sized(options, { smoke: 10, plain: 40, full: 100 });
    const job = {
      port: side.port("otlp"),
      format: "otlp",
      shape: "sdk",
      gzip: false,
      connections: 8,
      services: SERVICES,
    } as const;
    const rate = { spansPerSec: WHILE_SPANS_PER_SEC, seconds: sized(options, { smoke: 8, plain: 30, full: 120 }) };
    const loading = load.run({ ...job, rate });
    const lines: string[] = [];
    for (const question of QUESTIONS) lines.push(await lineOf(question, stored, control.port, times));
    const done = await loading;
    const size = `${(spans / 1e6).toFixed(1)} M spans stored in ${seconds.toFixed(0)} s, ${(bytes / spans).toFixed(0)} bytes a span on disk without the log`;
    return [
      ...lines,
      noteLine(
        "stored-spans",
        `${size}; ${(done.spans / done.seconds / 1000).toFixed(1)}k spans/s carried while asked`,
      ),
    ];
  } finally {
    await Promise.all([collector, load, control].map((program) => program.stop()));
  }
}
