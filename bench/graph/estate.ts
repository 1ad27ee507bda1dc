/**
 * An estate of many workloads for the benches of the graph: each is a target whose proxy tells of its callers, and a caller
 * whose proxy tells of them too, in Istio's dialect, with two codes and a histogram an edge. One workload in 32 fails some.
 */
import type { Endpoint } from "../../lib/model/identity.ts";
import type { SeriesMeaning } from "../../lib/model/meaning.ts";
import type { ScrapeReading } from "../../lib/model/reading.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { TargetFold } from "../../lib/rollup/target-fold.ts";

export const CALLERS = 4;
export const NAMESPACES = 40;
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

interface Target {
  readonly fold: TargetFold;
  readonly meanings: SeriesMeaning[];
  readonly ids: Int32Array;
  /** Told in the first reading, and then no more. */
  learned: ScrapeReading["learned"];
}

export interface Estate {
  readonly slots: SlotTable;
  /** All targets, or those from `from` up to `to`, are read for the `n`th time. */
  scrape(n: number, atMs: number, from?: number, to?: number): void;
  readonly targets: number;
  readonly edges: number;
  readonly series: number;
}

function workload(i: number): Endpoint {
  const name = `service-${i}`;
  const namespace = `ns-${i % NAMESPACES}`;
  const cluster = `c${i % 2}`;
  return { cluster, namespace, kind: "workload", name, mesh: "istio", service: name, app: name, version: "v1" };
}

/** The callers of `i`: `c` counts from 1. */
const callerOf = (i: number, c: number, workloads: number): number => (i * 7 + c * 131) % workloads;

/** What one proxy prints of one edge. */
function edgeMeanings(source: Endpoint, target: Endpoint, reporter: "source" | "destination"): SeriesMeaning[] {
  const edge = { source, target, protocol: "http", layer: "L7" } as const;
  const base = { edge, reporter, family: "istio_requests_total" } as const;
  const security = reporter === "destination" ? ("mutual" as const) : ("unknown" as const);
  const meanings: SeriesMeaning[] = ["200", "503"].map((code) => ({
    kind: "counter",
    ...base,
    measure: { kind: "requests", code, flags: [], security, left: true },
  }));
  const histogram = `${reporter}/${source.name}/${target.name}`;
  for (const part of [...BOUNDS.map((le) => ({ le })), "sum" as const, "count" as const]) {
    meanings.push({ kind: "latency", ...base, of: "response", part, toMs: 1, histogram });
  }
  return meanings;
}

/** `twoSided`: callers' proxies tell of the same requests. */
export function makeEstate(workloads: number, twoSided: boolean): Estate {
  const slots = new SlotTable();
  const all = Array.from({ length: workloads }, (_, i) => workload(i));
  const meanings: SeriesMeaning[][] = all.map(() => []);
  all.forEach((target, i) => {
    for (let c = 1; c <= CALLERS; c++) {
      const from = callerOf(i, c, workloads);
      const source = all[from] ?? target;
      meanings[i]?.push(...edgeMeanings(source, target, "destination"));
      if (twoSided) meanings[from]?.push(...edgeMeanings(source, target, "source"));
    }
  });
  const targets = meanings.map((own, i): Target => {
    const fold = new TargetFold(slots, { target: `pod-${i}`, intervalMs: 10_000 });
    const learned = own.map((meaning, id) => ({ id, meaning, canonical: `s${id}` }));
    return { fold, meanings: own, learned, ids: Int32Array.from(own, (_meaning, id) => id) };
  });
  const scrape = (n: number, atMs: number, from = 0, to = targets.length): void => {
    for (let i = from; i < to; i++) {
      const target = targets[i];
      if (target !== undefined) target.fold.observe("e", "bench", reading(target, i, n, atMs));
    }
  };
  const series = meanings.reduce((sum, own) => sum + own.length, 0);
  return { slots, scrape, targets: targets.length, edges: workloads * CALLERS, series };
}

function reading(target: Target, i: number, n: number, atMs: number): ScrapeReading {
  const { meanings, ids, learned } = target;
  target.learned = [];
  const pace = 20 + ((i * 37) % 400);
  const values = Float64Array.from(meanings, (meaning) => {
    if (meaning.kind === "counter" && meaning.measure.kind === "requests") {
      const isFailing = meaning.edge.target.name.endsWith("32");
      return meaning.measure.code === "200" ? n * pace : isFailing ? n * 3 : 0;
    }
    if (meaning.kind !== "latency" || typeof meaning.part === "string") return n * pace * 12;
    // Most answer within 25 ms, and all within 500.
    const at = BOUNDS.indexOf(meaning.part.le);
    return Math.round(n * pace * Math.min(1, Math.max(0, (at - 1) / 7)));
  });
  return { atMs, size: ids.length, ids, values, learned, createdMs: new Map() };
}
