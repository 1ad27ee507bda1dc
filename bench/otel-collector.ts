/**
 * Spans per CPU-second against the OpenTelemetry Collector with its span metrics and service graph connectors: the same
 * bodies at the same time, OTLP/HTTP protobuf, 512 and 5 spans a body. Theirs decodes, counts, and throws away; ours also
 * keeps every span with all attributes, durably. The figure is the median, over rounds, of the ratio within a round.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cost, collectorSide, costOf, type Side } from "./ingest-http.ts";
import { median, ratioLine, skipLine } from "./line.ts";
import { type Shape, SPANS_A_BODY } from "./load/calls.ts";
import type { LoadDone, LoadJob } from "./load/job.ts";
import { type BenchOptions, sized } from "./options.ts";
import { findOtelCollector, type OtelBinary } from "./processes/otel-binary.ts";
import { type Helper, type Program, startCollector, startForeign, until } from "./processes/programs.ts";
import { startLoad } from "./processes/roles.ts";
import { canMeasure, restOf } from "./processes/usage.ts";

const GOAL = 3;
const CONNECTIONS = { sdk: 8, proxy: 32 } as const;

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function configOf({ connectors }: OtelBinary, port: number): string {
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    connectors: Object.fromEntries(connectors.map((name) => [name, {}])),
    exporters: { nop: {} },
    service: {
      telemetry: { metrics: { level: "none" }, logs: { level: "error" } },
      pipelines: {
        traces: { receivers: ["otlp"], exporters: [...connectors, "nop"] },
        metrics: { receivers: connectors, exporters: ["nop"] },
      },
    },
  });
}

async function startTheirs(binary: OtelBinary): Promise<Program & { side: Side }> {
  const folder = mkdtempSync(join(tmpdir(), "meshscope-otelcol-"));
  const port = await freePort();
  const path = join(folder, "config.yaml");
  writeFileSync(path, configOf(binary, port));
  const program = startForeign(binary.path, ["--config", path]);
  const answers = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/`)).status > 0;
  await until(answers, `the OpenTelemetry Collector answers (${program.log()})`);
  rmSync(folder, { recursive: true });
  return { ...program, side: { pid: program.pid, rest: await restOf(program.pid), port: () => port } };
}

interface Sides {
  readonly load: Helper<LoadJob, LoadDone>;
  readonly ours: Side;
  readonly theirs: Side;
  readonly connectors: readonly string[];
}

async function lineOf(shape: Shape, { load, ours, theirs, connectors }: Sides, options: BenchOptions): Promise<string> {
  const bodies =
    shape === "sdk"
      ? sized(options, { smoke: 96, plain: 400, full: 1200 })
      : sized(options, { smoke: 2_000, plain: 10_000, full: 40_000 });
  const job = { format: "otlp", shape, gzip: false, bodies, connections: CONNECTIONS[shape], services: 40 } as const;
  await costOf(load, theirs, { ...job, bodies: Math.ceil(bodies / 4) });
  await costOf(load, ours, { ...job, bodies: Math.ceil(bodies / 4) });
  const seen: { ours: Cost; theirs: Cost }[] = [];
  for (let round = 0; round < sized(options, { smoke: 2, plain: 3, full: 5 }); round++) {
    seen.push({ theirs: await costOf(load, theirs, job), ours: await costOf(load, ours, job) });
  }
  const ratio = median(seen.map((round) => round.theirs.usPerSpan / round.ours.usPerSpan));
  const perSecond = (side: "ours" | "theirs"): string =>
    `${(1000 / median(seen.map((round) => round[side].usPerSpan))).toFixed(0)}k`;
  const why = `${SPANS_A_BODY[shape]} spans a body: spans/CPU-s ours ${perSecond("ours")} (kept, all attributes), theirs ${perSecond("theirs")} (${connectors.join(" and ")}, thrown away)`;
  return ratioLine({ name: `otel-collector-${shape}`, ratio, goal: GOAL, want: "atLeast", why }, options);
}

export async function run(options: BenchOptions): Promise<string[]> {
  const skip = (why: string): string[] => [skipLine("otel-collector", `>=${GOAL}x`, why)];
  if (!canMeasure()) return skip("processor time of a process is read from /proc");
  const binary = await findOtelCollector(options.full || (options.named && !options.smoke));
  if ("skip" in binary) return skip(binary.skip);
  const theirs = await startTheirs(binary);
  const collector = await startCollector();
  const load = await startLoad();
  const sides = { load, ours: await collectorSide(collector), theirs: theirs.side, connectors: binary.connectors };
  try {
    return [await lineOf("sdk", sides, options), await lineOf("proxy", sides, options)];
  } finally {
    await Promise.all([theirs, collector, load].map((program) => program.stop()));
  }
}
