/**
 * Readings of one target become increases in the slot table, by design §2.1 rules 1, 3 and 4. A target is one process
 * (a pod, a node, an instance) and may be read through several endpoints: a canonical series belongs to the endpoint that
 * showed it first and counts from there alone, until that one has been silent for two intervals and another takes over
 * from its last value. Values are counters as printed; times Unix ms. Not handled: gauges as increases.
 */
import type { SeriesMeaning } from "../model/meaning.ts";
import type { ScrapeReading } from "../model/reading.ts";
import { CertificateLog } from "./certificate-log.ts";
import { columnsOf, isClassOnly } from "./columns-of.ts";
import type { TargetCoverage } from "./coverage.ts";
import { HistogramFold } from "./histogram-fold.ts";
import { ProcessClock } from "./process-clock.ts";
import type { MutableRow } from "./row-table.ts";
import { type Pass, type EndpointState as SeriesEndpoint, sharesFor, startOf } from "./series-start.ts";
import type { SlotTable } from "./slot-table.ts";
import { StateFold } from "./state-fold.ts";

/** One counter of the target, shared by the endpoints that show it. */
interface CounterSeries {
  readonly kind: "counter";
  owner: number;
  value: number;
  atMs: number;
  seenIn: number;
  withheldIn: number;
  readonly row: MutableRow;
  readonly columns: readonly number[];
  readonly requests: boolean;
  readonly classOnly: boolean;
}

type Bound =
  | CounterSeries
  | {
      readonly kind: "latency";
      readonly histogram: HistogramFold;
      readonly part: { readonly le: number } | "sum" | "count";
    }
  | { readonly kind: "other"; readonly meaning: SeriesMeaning }
  | null;

export interface FoldOptions {
  /** Key of the target: pod UID, node id or instance, never a URL. */
  readonly target: string;
  readonly intervalMs: number;
}

interface EndpointState extends SeriesEndpoint {
  readonly job: string;
  /** By series id. */
  readonly bound: (Bound | undefined)[];
}

export class TargetFold {
  /** Version of the proxy as last printed. */
  version: string | null = null;
  /** When any endpoint was last read, Unix ms. */
  lastReadMs = Number.NEGATIVE_INFINITY;
  readonly certificates = new CertificateLog();
  private readonly endpoints = new Map<string, EndpointState>();
  private readonly counters = new Map<string, CounterSeries>();
  private readonly histograms = new Map<string, HistogramFold>();
  private readonly rowsWithCodes = new Set<number>();
  private coverage: TargetCoverage;
  private readonly slots: SlotTable;
  private readonly options: FoldOptions;

  constructor(slots: SlotTable, options: FoldOptions) {
    this.slots = slots;
    this.options = options;
    this.coverage = slots.target(options.target, options.intervalMs);
  }

  /** Folds one successful reading of `endpoint`, whose job names the group its rows count in. Total. */
  observe(endpointKey: string, job: string, reading: ScrapeReading): void {
    this.attach();
    const endpoint = this.endpoint(endpointKey, job);
    const { atMs } = reading;
    const lastMs = endpoint.lastMs;
    for (const id of reading.forgotten ?? []) this.forget(endpoint, id);
    endpoint.reading++;
    this.bindAll(endpoint, reading);
    const restarted = endpoint.process.finish(atMs, lastMs);
    const baseline = lastMs === null || atMs <= lastMs || atMs - lastMs > this.coverage.maxGapMs;
    const { maxGapMs } = this.coverage;
    const unsure = lostSince(endpoint, reading);
    const pass: Pass = { endpoint, atMs, lastMs, maxGapMs, baseline, restarted, unsure, shares: new Map() };
    this.foldAll(endpoint, pass, reading);
    this.coverage.processStartMs = endpoint.process.startMs ?? this.coverage.processStartMs;
    this.coverage.seen(atMs);
    if (!baseline && lastMs !== null) this.coverage.cover(lastMs, atMs);
    endpoint.lastMs = atMs;
    endpoint.lastLoss = reading.incomplete === true ? { key: reading.lossKey } : null;
    this.lastReadMs = Math.max(this.lastReadMs, atMs);
    this.slots.observed(atMs);
  }

  /** After a long silence the table has forgotten the target: its time counts again in the groups of its rows. */
  private attach(): void {
    const coverage = this.slots.target(this.options.target, this.options.intervalMs);
    if (coverage === this.coverage) return;
    this.coverage = coverage;
    for (const { row } of [...this.counters.values(), ...this.histograms.values()]) {
      if (!row.dead) this.slots.join(row.group, coverage);
    }
  }

  private endpoint(key: string, job: string): EndpointState {
    const known = this.endpoints.get(key);
    if (known !== undefined) return known;
    const index = this.endpoints.size;
    const process = new ProcessClock();
    const made: EndpointState = { index, job, lastMs: null, lastLoss: null, reading: 0, process, bound: [] };
    this.endpoints.set(key, made);
    return made;
  }

  /** First pass: new ids find their rows, so that a class series knows of codes printed after it; clocks are read. */
  private bindAll(endpoint: EndpointState, reading: ScrapeReading): void {
    const { ids, values, size } = reading;
    for (let i = 0; i < size; i++) {
      const bound = this.bound(endpoint, reading, ids[i] ?? 0);
      if (bound?.kind !== "other") continue;
      if (bound.meaning.kind === "uptimeSeconds") endpoint.process.uptimeSeconds(values[i] ?? 0);
      else if (bound.meaning.kind === "startTimeSeconds") endpoint.process.startTimeSeconds(values[i] ?? 0);
    }
    for (const id of reading.withheld ?? []) {
      const bound = this.bound(endpoint, reading, id);
      if (bound?.kind === "other") {
        this.certificates.withheld(bound.meaning, reading.canonical[id] ?? "", reading.atMs);
      }
      const series = seriesOf(bound);
      if (series !== undefined && series.owner === endpoint.index) series.withheldIn = endpoint.reading;
    }
  }

  private bound(endpoint: EndpointState, { meanings, canonical, atMs }: ScrapeReading, id: number): Bound {
    const known = endpoint.bound[id];
    if (known !== undefined && seriesOf(known)?.row.dead !== true) return known;
    const meaning = meanings[id];
    const made =
      meaning === null || meaning === undefined ? null : this.bind(endpoint, meaning, canonical[id] ?? "", atMs);
    endpoint.bound[id] = made;
    return made;
  }

  private rowOf(
    endpoint: EndpointState,
    meaning: SeriesMeaning & { kind: "counter" | "latency" },
    atMs: number,
  ): MutableRow {
    const { edge, reporter, family } = meaning;
    const transport = meaning.kind === "counter" && meaning.transportOf !== undefined;
    const below = meaning.kind === "counter" && meaning.below === true;
    const row = this.slots.table.row({ edge, reporter, job: endpoint.job, transport, below }, atMs);
    if (row.families.size < 16) row.families.add(family);
    if (meaning.kind === "counter" && meaning.via !== undefined) row.through(meaning.via);
    this.slots.join(row.group, this.coverage);
    return row;
  }

  private bind(endpoint: EndpointState, meaning: SeriesMeaning, canonical: string, atMs: number): Bound {
    if (meaning.kind === "latency") {
      let histogram = this.histograms.get(meaning.histogram);
      if (histogram === undefined || histogram.row.dead) {
        histogram = new HistogramFold(endpoint.index, this.rowOf(endpoint, meaning, atMs), meaning.of, meaning.toMs);
        this.histograms.set(meaning.histogram, histogram);
      }
      return { kind: "latency", histogram, part: meaning.part };
    }
    if (meaning.kind !== "counter") return { kind: "other", meaning };
    // Two meanings of one printed series share a canonical name; what it measures tells them apart.
    const key = `${canonical}\u0000${meaning.measure.kind}`;
    const known = this.counters.get(key);
    if (known !== undefined && !known.row.dead) return known;
    const row = this.rowOf(endpoint, meaning, atMs);
    for (const end of ["source", "destination"] as const) {
      if (!row.principal(end, meaning.principals?.[end])) this.slots.leaveOut("principals", 1);
    }
    row.address(meaning.address);
    const columns = columnsOf(row, meaning.measure);
    const classOnly = isClassOnly(meaning.measure);
    if (meaning.measure.kind === "requests" && !classOnly) this.rowsWithCodes.add(row.index);
    const made: CounterSeries = {
      kind: "counter",
      owner: endpoint.index,
      value: 0,
      atMs: 0,
      seenIn: -1,
      withheldIn: -1,
      row,
      columns,
      requests: meaning.measure.kind === "requests",
      classOnly,
    };
    this.counters.set(key, made);
    return made;
  }

  private forget(endpoint: EndpointState, id: number): void {
    const bound = endpoint.bound[id];
    endpoint.bound[id] = undefined;
    const series = seriesOf(bound);
    if (series !== undefined && series.owner === endpoint.index) this.gone.add(series);
  }

  /** Series given up by their owner; swept from the maps when many, since a map finds them only by name. */
  private readonly gone = new Set<CounterSeries | HistogramFold>();

  private foldAll(endpoint: EndpointState, pass: Pass, reading: ScrapeReading): void {
    const { ids, values, size } = reading;
    const states = new StateFold(this.slots, this.options.target, endpoint.job, pass.atMs);
    const touched = new Set<HistogramFold>();
    for (let i = 0; i < size; i++) {
      const id = ids[i] ?? 0;
      const bound = endpoint.bound[id];
      const value = values[i] ?? 0;
      if (bound === null || bound === undefined) continue;
      if (bound.kind === "counter") this.foldCounter(pass, bound, value, reading.createdMs.get(id));
      else if (bound.kind === "latency") {
        bound.histogram.take(bound.part, value);
        touched.add(bound.histogram);
      } else if (bound.meaning.kind === "build") this.version = bound.meaning.version;
      else if (!this.certificates.take(bound.meaning, reading.canonical[id] ?? "", value, pass.atMs)) {
        states.take(bound.meaning, value);
      }
    }
    for (const histogram of touched) this.foldHistogram(pass, histogram);
    states.finish();
    this.sweep();
  }

  private foldCounter(pass: Pass, series: CounterSeries, value: number, createdMs: number | undefined): void {
    const start = startOf(pass, series, this.options.intervalMs, createdMs);
    series.row.lastSeenMs = pass.atMs;
    if (value > 0) {
      series.row.everActive = true;
      if (series.requests) series.row.hasRequests = true;
    }
    if (start === undefined || !(value >= 0)) return;
    const before = series.value;
    series.owner = pass.endpoint.index;
    series.value = value;
    series.atMs = pass.atMs;
    series.seenIn = pass.endpoint.reading;
    if (start.from === "baseline") return;
    if (series.classOnly && this.rowsWithCodes.has(series.row.index)) return;
    const increase = start.from === "zero" || value < before ? value : value - before;
    this.slots.add(series.row, series.columns, increase, sharesFor(pass, start.since));
  }

  private foldHistogram(pass: Pass, histogram: HistogramFold): void {
    const start = startOf(pass, histogram, this.options.intervalMs, undefined);
    histogram.row.lastSeenMs = pass.atMs;
    if (start === undefined) {
      histogram.discard();
      return;
    }
    histogram.owner = pass.endpoint.index;
    histogram.atMs = pass.atMs;
    histogram.seenIn = pass.endpoint.reading;
    const added = histogram.finish(start.from);
    if (added === null || !added.counts.some((count) => count > 0)) return;
    const columns = histogram.columnsOf(added.bounds);
    if (columns === undefined) {
      this.slots.leaveOut("latency_schemes", sumOf(added.counts));
      return;
    }
    const shares = sharesFor(pass, start.since);
    columns.forEach((column, i) => {
      this.slots.add(histogram.row, [column], added.counts[i] ?? added.sumMs, shares);
    });
  }

  private sweep(): void {
    if (this.gone.size < 1000) return;
    for (const [key, series] of this.counters) if (this.gone.has(series)) this.counters.delete(key);
    for (const [key, series] of this.histograms) if (this.gone.has(series)) this.histograms.delete(key);
    this.gone.clear();
  }
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function seriesOf(bound: Bound | undefined): CounterSeries | HistogramFold | undefined {
  if (bound?.kind === "counter") return bound;
  return bound?.kind === "latency" ? bound.histogram : undefined;
}

/** Whether the reading before left something out that this one does not: it may be what appears now. */
function lostSince({ lastLoss }: SeriesEndpoint, { lossKey }: ScrapeReading): boolean {
  return lastLoss !== null && (lastLoss.key === undefined || lastLoss.key !== lossKey);
}
