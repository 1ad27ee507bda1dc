/**
 * `npm run bench [-- name …] [-- --smoke | --full]`: runs the benches and prints one line a goal,
 * `BENCH <name> <figure> goal <bound> PASS|SHORT|NOISY|SKIP <why>`. Ends with 1 when a goal falls short.
 * `--smoke` is CI's size (about 90 s in all), `--full` the sizes of the goals, which take long; without either 10 minutes.
 */
import { run as decodeOtlp } from "./decode-otlp.ts";
import { run as eventLoop } from "./event-loop.ts";
import { run as graphFrames } from "./graph-frames.ts";
import { run as graphShared } from "./graph-shared.ts";
import { run as graphViewers } from "./graph-viewers.ts";
import { run as graphWindows } from "./graph-windows.ts";
import { run as ingestHttp } from "./ingest-http.ts";
import type { BenchOptions } from "./options.ts";
import { run as otelCollector } from "./otel-collector.ts";
import { run as resident } from "./resident.ts";
import { run as rollup } from "./rollup.ts";
import { run as scanExposition } from "./scan-exposition.ts";
import { run as scrapePrometheus } from "./scrape-prometheus.ts";
import { run as seriesBytes } from "./series-bytes.ts";
import { run as storeRollups } from "./store-rollups.ts";
import { run as storeSpans } from "./store-spans.ts";
import { run as storeSpike } from "./store-spike.ts";
import { run as storedSpans } from "./stored-spans.ts";

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<string[]>>> = {
  "decode-otlp": decodeOtlp,
  "graph-frames": graphFrames,
  "graph-shared": graphShared,
  rollup,
  "scan-exposition": scanExposition,
  "scrape-prometheus": scrapePrometheus,
  "series-bytes": seriesBytes,
  "graph-viewers": graphViewers,
  "graph-windows": graphWindows,
  "ingest-http": ingestHttp,
  "event-loop": eventLoop,
  "otel-collector": otelCollector,
  resident,
  "store-rollups": storeRollups,
  "store-spans": storeSpans,
  "store-spike": storeSpike,
  "stored-spans": storedSpans,
};

/** They measure times alone, which a busy machine says nothing of: not of CI's set. */
const TIMED = new Set(["graph-viewers", "event-loop", "stored-spans"]);

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("--"));
const unknown = names.filter((name) => !(name in BENCHES));
const options: BenchOptions = {
  smoke: args.includes("--smoke"),
  full: args.includes("--full"),
  named: names.length > 0,
};

async function lines(name: string, run: (options: BenchOptions) => Promise<string[]>): Promise<string[]> {
  try {
    return await run(options);
  } catch (error) {
    return [`BENCH ${name} - goal - SHORT it failed: ${error instanceof Error ? error.message : String(error)}`];
  }
}

if (unknown.length > 0) {
  console.error(`no bench called ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}`);
  process.exitCode = 2;
} else {
  for (const [name, run] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    if (options.smoke && names.length === 0 && TIMED.has(name)) continue;
    for (const line of await lines(name, run)) {
      console.log(line);
      if (/^BENCH .* SHORT( |$)/.test(line)) process.exitCode = 1;
    }
  }
}
