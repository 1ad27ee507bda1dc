/**
 * Reading a scraped page of 50,000 series against a reader that splits lines and takes them apart with regular
 * expressions, on the same bytes in the same run. Both go from bytes to (series known from the scrape before, value): the
 * reference decodes the text, matches name, labels and value, and finds the series in a Map by its text; ours is
 * `SeriesTable.read`, which foresees the order of the last scrape. What ours does not do is the design: it makes no
 * label of a series that it knows. A second figure has the series in another order at each scrape, where nothing can be
 * foreseen; a third is of the very first scrape, where everything is parsed and given its meaning. Neither has a goal.
 */
import { istioAdapter } from "../lib/mesh/istio/adapter.ts";
import { SeriesTable } from "../lib/mesh/series-table.ts";
import { median, noteLine, ratioLine } from "./line.ts";
import { type BenchOptions, sized } from "./options.ts";
import { pageOf } from "./processes/scrape-page.ts";

const GOAL = 10;
const INTERVAL_MS = 10_000;
const BODIES = 4;
const START_MS = 1_700_000_000_000;
const TARGET = { cluster: "c1", namespace: "shop", workload: "web", service: "web", version: "v1", app: "web" };

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+\S+)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?/g;

interface Known {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

/** The reference: series by their text, with labels taken apart. */
class RegexpReader {
  private readonly known = new Map<string, Known>();
  private readonly decoder = new TextDecoder();

  read(body: Uint8Array): number {
    let samples = 0;
    for (const line of this.decoder.decode(body).split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const found = LINE.exec(line);
      if (found === null) continue;
      const [, name = "", text = "", value = ""] = found;
      const labels: Record<string, string> = {};
      for (const [, label = "", said = ""] of text.matchAll(LABEL)) labels[label] = said;
      const key = `${name}{${text}}`;
      const before = this.known.get(key);
      if (before === undefined) this.known.set(key, { name, labels, value: Number(value) });
      else before.value = Number(value);
      samples++;
    }
    return samples;
  }
}

/** Milliseconds of each body in turn, all read once. */
function timed(read: (body: Uint8Array) => void, bodies: readonly Uint8Array[]): number {
  const began = performance.now();
  for (const body of bodies) read(body);
  return (performance.now() - began) / bodies.length;
}

/** The same lines in another order. */
function shuffled(body: Uint8Array, seed: number): Uint8Array {
  const lines = new TextDecoder().decode(body).trimEnd().split("\n").slice(1);
  const keyed = lines.map((line, i) => ({ line, key: Math.imul(i + 1, 2_654_435_761 + 2 * seed) >>> 0 }));
  keyed.sort((a, b) => a.key - b.key);
  return new TextEncoder().encode(`${keyed.map(({ line }) => line).join("\n")}\n`);
}

function reader(samples: number): { table: SeriesTable; read(body: Uint8Array): void } {
  const table = new SeriesTable(istioAdapter, TARGET);
  let atMs = START_MS;
  const read = (body: Uint8Array): void => {
    atMs += INTERVAL_MS;
    const result = table.read(body, atMs);
    if (!result.ok || result.value.stats.samples !== samples) throw new Error("the page was not read");
  };
  return { table, read };
}

export async function run(options: BenchOptions): Promise<string[]> {
  const page = pageOf(sized(options, { smoke: 5_000, plain: 50_000, full: 50_000 }));
  const bodies = Array.from({ length: BODIES }, (_, scrape) => page.at(scrape));
  const mixed = bodies.map((body, i) => shuffled(body, i));
  const bytes = bodies[0]?.length ?? 0;
  const ours = reader(page.series);
  const disordered = reader(page.series);
  const reference = new RegexpReader();
  const first = timed((body) => reader(page.series).read(body), bodies.slice(0, 1));
  for (let warm = 0; warm < 3; warm++) timed(ours.read, bodies);
  timed(disordered.read, mixed);
  timed((body) => reference.read(body), bodies.slice(0, 1));
  const rounds = Array.from({ length: sized(options, { smoke: 5, plain: 9, full: 25 }) }, () => {
    const slow = timed((body) => reference.read(body), bodies.slice(0, 1));
    return { slow, fast: timed(ours.read, bodies), mixed: timed(disordered.read, mixed) };
  });
  const ratio = median(rounds.map(({ slow, fast }) => slow / fast));
  const fast = median(rounds.map((round) => round.fast));
  const slow = median(rounds.map((round) => round.slow));
  const perSec = `${(bytes / fast / 1e6).toFixed(2)} GB/s`;
  const why = `${page.series} series, ${(bytes / 1e6).toFixed(1)} MB: ${fast.toFixed(1)} ms (${perSec}) against ${slow.toFixed(0)} ms`;
  const other = median(rounds.map((round) => round.mixed));
  return [
    ratioLine({ name: "scan-exposition", ratio, goal: GOAL, want: "atLeast", why }, options),
    noteLine(
      "scan-exposition",
      `in another order at each scrape ${other.toFixed(1)} ms (${(slow / other).toFixed(1)}x); the first scrape ${first.toFixed(0)} ms; ${(ours.table.memory / page.series).toFixed(0)} bytes a printed series`,
    ),
  ];
}
