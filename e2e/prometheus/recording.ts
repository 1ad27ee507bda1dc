/**
 * The simulated estate scraped on a fixed grid, once, for two readers: the collector's own pipeline, and Prometheus.
 *
 * In: a seed, how long, and every how many ms. Out: the bodies, as each proxy printed them, with target and time; and the
 * same as samples in OpenMetrics form. The grid stands on slot bounds, so that a window of whole slots lies between two
 * scrapes and neither reader has to interpolate.
 */
import { expose } from "../../lib/world/exposition.ts";
import type { Pod } from "../../lib/world/hop.ts";
import { World } from "../../lib/world/world.ts";

export const START_MS = 1_700_000_000_000;

export interface Scraped {
  readonly pod: Pod;
  readonly atMs: number;
  readonly text: string;
}

export function recordWorld(seed: number, lengthMs: number, intervalMs: number): readonly Scraped[] {
  const world = new World({ seed, startMs: START_MS });
  const scraped: Scraped[] = [];
  for (let n = 0; n * intervalMs <= lengthMs; n++) {
    const atMs = START_MS + n * intervalMs;
    world.advance(atMs);
    world.takeSpans();
    for (const pod of world.pods) {
      const exposed = expose(pod, { startMs: START_MS, nowMs: atMs }, n + 1);
      if (exposed !== null) scraped.push({ pod, atMs, text: exposed.text });
    }
  }
  return scraped;
}

/** `name{labels} value`, perhaps with a timestamp; labels may hold `}` inside quotes. */
const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+\S+)?$/;

/** What the scrape configuration would add: which target, and whose proxy it is. */
function targetLabels({ name, workload }: Pod): string {
  const own = `scraped_workload="${workload.name}",scraped_namespace="${workload.namespace}"`;
  return `instance="${name}",${own},scraped_version="${workload.version ?? ""}"`;
}

function* samplesOf({ pod, atMs, text }: Scraped, wanted: RegExp): Generator<string> {
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    // An exemplar is no part of the sample.
    const found = SAMPLE.exec(line.split(" # {")[0] ?? "");
    if (found === null || !wanted.test(found[1] ?? "")) continue;
    const [, name, labels = "", value] = found;
    const printed = labels === "" ? "" : `${labels.replace(/,$/, "")},`;
    yield `${name}{${printed}${targetLabels(pod)}} ${value} ${atMs / 1000}`;
  }
}

/** Samples of the families `wanted`, in order of time. */
export function openMetricsOf(scraped: readonly Scraped[], wanted: RegExp): string {
  return `${scraped.flatMap((one) => [...samplesOf(one, wanted)]).join("\n")}\n# EOF\n`;
}
