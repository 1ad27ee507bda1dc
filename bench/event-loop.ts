/**
 * How long main's event loop keeps work waiting while 100,000 spans a second are offered, 512 a body, for 60 s: p99 and
 * p99.9 of how late a timer of 10 ms fires, beside the same timer in an idle process in the same seconds. What is offered
 * and not carried waits in the sender, so that the loop has work without end. The rate carried is printed.
 */

import { LOOP_BOUNDS } from "../collector/telemetry/event-loop.ts";
import { portOf } from "./ingest-http.ts";
import { noteLine, skipLine, timeVerdict } from "./line.ts";
import type { LoadDone } from "./load/job.ts";
import { type BenchOptions, sized } from "./options.ts";
import { startCollector } from "./processes/programs.ts";
import { startIdleLoop, startLoad } from "./processes/roles.ts";
import { canMeasure, cpuMs } from "./processes/usage.ts";

const GOALS = [
  { name: "event-loop-p99", share: 0.99, goalMs: 10 },
  { name: "event-loop-p99.9", share: 0.999, goalMs: 50 },
] as const;
const OFFERED = 100_000;

/** Cumulative counts at the bounds and over all, of a text of /metrics. */
export function delaysOf(text: string): readonly number[] {
  const lines = text.matchAll(/^meshscope_event_loop_delay_seconds_bucket\{le="[^"]+"\} (\d+)$/gm);
  return [...lines].map(([, count]) => Number(count));
}

/** What a share of the delays between two readings is below, ms: within a bucket in proportion. */
export function delayQuantile(before: readonly number[], after: readonly number[], share: number): number {
  const seen = after.map((count, i) => count - (before[i] ?? 0));
  const wanted = share * (seen.at(-1) ?? 0);
  const bucket = seen.findIndex((count) => count >= wanted);
  const low = LOOP_BOUNDS[bucket - 1] ?? 0;
  const high = LOOP_BOUNDS[bucket] ?? Number.POSITIVE_INFINITY;
  if (!Number.isFinite(high)) return high;
  const under = seen[bucket - 1] ?? 0;
  const inside = (seen[bucket] ?? 0) - under;
  return 1000 * (low + ((high - low) * (wanted - under)) / Math.max(1, inside));
}

function describe(done: LoadDone, cores: number): string {
  const carried = done.spans / done.seconds;
  const refused = Object.entries(done.refused).map(([status, count]) => `, ${count} bodies answered ${status}`);
  return `${(carried / 1000).toFixed(0)}k of ${OFFERED / 1000}k spans/s carried for ${done.seconds.toFixed(0)} s${refused.join("")}, ${cores.toFixed(2)} processors used`;
}

export async function run(options: BenchOptions): Promise<string[]> {
  if (!canMeasure()) return [skipLine("event-loop", "<=10ms", "processor time of a process is read from /proc")];
  const seconds = sized(options, { smoke: 4, plain: 20, full: 60 });
  const collector = await startCollector();
  const load = await startLoad();
  const idle = await startIdleLoop();
  const read = async () => ({
    ours: delaysOf(await (await fetch(`${collector.urls.api}/metrics`)).text()),
    idle: delaysOf(await idle.run({})),
    cpu: cpuMs(collector.pid),
  });
  const port = portOf(collector.urls.otlpHttp);
  const job = { port, format: "otlp", shape: "sdk", gzip: false, connections: 16, services: 40 } as const;
  try {
    await load.run({ ...job, rate: { spansPerSec: OFFERED, seconds: options.smoke ? 2 : 5 } });
    const before = await read();
    const done = await load.run({ ...job, rate: { spansPerSec: OFFERED, seconds } });
    const after = await read();
    const what = describe(done, (after.cpu - before.cpu) / 1000 / done.seconds);
    const lines = GOALS.map(({ name, share, goalMs }) => {
      const figure = delayQuantile(before.ours, after.ours, share);
      return timeVerdict(name, goalMs, { figure, control: delayQuantile(before.idle, after.idle, share) }, what);
    });
    return [
      ...lines,
      noteLine("event-loop", `answers p50 ${done.answerMs.p50.toFixed(0)} ms, p99 ${done.answerMs.p99.toFixed(0)} ms`),
    ];
  } finally {
    await Promise.all([collector, load, idle].map((program) => program.stop()));
  }
}
