/**
 * Readings of one target become increases in the slot table, by design §2.1 rules 1, 3 and 4. A target is one process
 * (a pod, a node, an instance) and may be read through several endpoints: a canonical series belongs to the endpoint that
 * showed it first and counts from there alone, until that one has been silent for two intervals and another takes over
 * from its last value. Values are counters as printed; times Unix ms. Not handled: gauges as increases.
 */
import type { IncreaseTap } from "../model/increase-tap.ts";
import type { ScrapeReading } from "../model/reading.ts";
import { CertificateLog } from "./certificate-log.ts";
import type { TargetCoverage } from "./coverage.ts";
import { COUNTER, EndpointBinding, LATENCY, OTHER } from "./endpoint-binding.ts";
import { AddedLatency, type HistogramFold } from "./histogram-fold.ts";
import { ACCRUED, CLASS_ONLY, REQUESTS } from "./series-columns.ts";
import { type Counted, type Pass, type SeriesStart, sharesFor, startOf } from "./series-start.ts";
import type { SlotTable } from "./slot-table.ts";
import { StateFold } from "./state-fold.ts";
import { TargetSeries } from "./target-series.ts";

export interface FoldOptions {
  /** Key of the target: pod UID, node id or instance, never a URL. */
  readonly target: string;
  readonly intervalMs: number;
  /** Hears increases whole, as they were observed. */
  readonly tap?: IncreaseTap;
}

export class TargetFold {
  /** Version of the proxy as last printed. */
  version: string | null = null;
  /** When any endpoint was last read, Unix ms. */
  lastReadMs = Number.NEGATIVE_INFINITY;
  readonly certificates = new CertificateLog();
  private readonly endpoints = new Map<string, EndpointBinding>();
  private readonly series: TargetSeries;
  private readonly added = new AddedLatency();
  /** Of the reading under way; undefined while nobody watches. */
  private tap: IncreaseTap | undefined;
  private readonly touched: HistogramFold[] = [];
  private coverage: TargetCoverage;
  private readonly slots: SlotTable;
  private readonly options: FoldOptions;

  constructor(slots: SlotTable, options: FoldOptions) {
    this.slots = slots;
    this.options = options;
    this.coverage = slots.target(options.target, options.intervalMs);
    this.series = new TargetSeries(slots);
  }

  /** Bytes of memory held by the columns of its series. */
  get memory(): number {
    return [...this.endpoints.values()].reduce((sum, { bytes }) => sum + bytes, this.series.bytes);
  }

  /** Series held: counters and histograms. */
  get held(): number {
    return this.series.size;
  }

  /** Folds one successful reading of `endpoint`, whose job names the group its rows count in. Total. */
  observe(endpointKey: string, job: string, reading: ScrapeReading): void {
    this.attach();
    const endpoint = this.endpoint(endpointKey, job);
    const { atMs } = reading;
    const lastMs = endpoint.lastMs;
    this.bind(endpoint, reading);
    const restarted = endpoint.process.finish(atMs, lastMs);
    const baseline = lastMs === null || atMs <= lastMs || atMs - lastMs > this.coverage.maxGapMs;
    const { maxGapMs } = this.coverage;
    const unsure = lostSince(endpoint, reading);
    const pass: Pass = { endpoint, atMs, lastMs, maxGapMs, baseline, restarted, unsure, shares: new Map() };
    this.tap = this.options.tap?.isOpen === true ? this.options.tap : undefined;
    this.tap?.begin(this.options.target, atMs);
    this.foldAll(endpoint, pass, reading);
    this.tap?.end(baseline ? null : lastMs);
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
    for (const row of this.series.rows.all()) if (!row.dead) this.slots.join(row.group, coverage);
  }

  private endpoint(key: string, job: string): EndpointBinding {
    const known = this.endpoints.get(key);
    if (known !== undefined) return known;
    const made = new EndpointBinding(this.endpoints.size, job);
    this.endpoints.set(key, made);
    return made;
  }

  /** First pass: new ids find their rows, so that a class series knows of codes printed after it; clocks are read. */
  private bind(endpoint: EndpointBinding, reading: ScrapeReading): void {
    const { series, coverage } = this;
    const { ids, values, size, atMs } = reading;
    for (const id of reading.forgotten ?? []) series.forget(endpoint, id);
    endpoint.reading++;
    for (const learned of reading.learned) series.learn(endpoint, learned, { atMs, coverage });
    for (let i = 0; i < size; i++) {
      const id = ids[i] ?? 0;
      if (endpoint.kinds[id] !== OTHER) continue;
      const kind = endpoint.others.get(id)?.meaning.kind;
      if (kind === "uptimeSeconds") endpoint.process.uptimeSeconds(values[i] ?? 0);
      else if (kind === "startTimeSeconds") endpoint.process.startTimeSeconds(values[i] ?? 0);
    }
    this.withhold(endpoint, reading.withheld ?? [], atMs);
  }

  private withhold(endpoint: EndpointBinding, ids: readonly number[], atMs: number): void {
    const withheld = new Set<number>();
    for (const id of ids) {
      const ref = endpoint.refs[id] ?? 0;
      const kind = endpoint.kinds[id];
      const other = endpoint.others.get(id);
      const histogram = this.series.histogram(ref);
      if (kind === COUNTER) withheld.add(ref);
      else if (kind === LATENCY && histogram?.owner === endpoint.index) histogram.withheldIn = endpoint.reading;
      else if (kind === OTHER && other !== undefined) this.certificates.withheld(other.meaning, other.canonical, atMs);
    }
    endpoint.withheldBefore = endpoint.withheld;
    endpoint.withheld = withheld;
  }

  private foldAll(endpoint: EndpointBinding, pass: Pass, reading: ScrapeReading): void {
    const { ids, values, size, createdMs } = reading;
    const { kinds, refs, parts } = endpoint;
    const states = new StateFold(this.slots, this.options.target, endpoint.job, pass.atMs);
    const hasCreated = createdMs.size > 0;
    for (let i = 0; i < size; i++) {
      const id = ids[i] ?? 0;
      const kind = kinds[id];
      const value = values[i] ?? 0;
      if (kind === COUNTER) {
        this.foldCounter(endpoint, pass, refs[id] ?? 0, value, hasCreated ? createdMs.get(id) : undefined);
      } else if (kind === LATENCY) {
        const histogram = this.series.histogram(refs[id] ?? 0);
        if (histogram?.taken === 0) this.touched.push(histogram);
        histogram?.take(parts[id] ?? 0, value);
      } else if (kind === OTHER) this.takeOther(endpoint, id, value, pass.atMs, states);
    }
    for (const histogram of this.touched) this.foldHistogram(endpoint, pass, histogram);
    this.touched.length = 0;
    states.finish();
  }

  private takeOther(endpoint: EndpointBinding, id: number, value: number, atMs: number, states: StateFold): void {
    const other = endpoint.others.get(id);
    if (other === undefined) return;
    const { meaning, canonical } = other;
    if (meaning.kind === "build") this.version = meaning.version;
    else if (!this.certificates.take(meaning, canonical, value, atMs)) states.take(meaning, value);
  }

  private foldCounter(
    endpoint: EndpointBinding,
    pass: Pass,
    place: number,
    value: number,
    createdMs: number | undefined,
  ): void {
    const { counters, lists } = this.series;
    const rowPlace = counters.rows[place] ?? 0;
    const known = this.series.rows.at(rowPlace);
    const row =
      known?.dead === false ? known : this.series.rowAt(rowPlace, endpoint, { ...pass, coverage: this.coverage });
    if (row === undefined) return;
    const flags = counters.flags[place] ?? 0;
    row.lastSeenMs = pass.atMs;
    if (value > 0) {
      row.everActive = true;
      if ((flags & REQUESTS) !== 0) row.hasRequests = true;
    }
    if (!(value >= 0)) {
      // As if it had been shown without a value: what comes next counts from a baseline, not from zero.
      endpoint.withheld.add(place);
      this.slots.leaveOut("negative_counter", 1);
      return;
    }
    const before = counters.values[place] ?? 0;
    let increase = value - before;
    let since = pass.lastMs ?? pass.atMs;
    // Nearly all: counted by this endpoint at its last reading, of the same process.
    const steady = counters.owners[place] === endpoint.index && counters.seenIn[place] === endpoint.reading - 1;
    if (!steady || pass.baseline || pass.restarted) {
      const start = this.startOfCounter(endpoint, pass, place, createdMs);
      if (start === undefined) return;
      since = start.since;
      if (start.from === "zero") increase = value;
      else if (start.from === "baseline") increase = 0;
    }
    if (increase < 0) increase = value;
    counters.owners[place] = endpoint.index;
    counters.values[place] = value;
    counters.times[place] = pass.atMs;
    counters.seenIn[place] = endpoint.reading;
    if (increase === 0 || ((flags & CLASS_ONLY) !== 0 && this.series.hasCodes(rowPlace))) return;
    const columns = lists.at(counters.lists[place] ?? 0);
    this.slots.add(row, columns, increase, sharesFor(pass, since));
    this.tap?.counted(row, columns, increase, since);
  }

  private startOfCounter(
    endpoint: EndpointBinding,
    pass: Pass,
    place: number,
    createdMs: number | undefined,
  ): SeriesStart | undefined {
    const { counters } = this.series;
    const counted: Counted = {
      owner: counters.owners[place] ?? 0,
      atMs: counters.times[place] ?? 0,
      seenIn: counters.seenIn[place] ?? -1,
      withheldIn: endpoint.withheldBefore.has(place) ? endpoint.reading - 1 : -1,
    };
    const accrued = ((counters.flags[place] ?? 0) & ACCRUED) !== 0;
    return this.start(pass, counted, accrued, createdMs);
  }

  private start(
    pass: Pass,
    counted: Counted,
    accrued: boolean,
    createdMs: number | undefined,
  ): SeriesStart | undefined {
    const start = startOf(pass, counted, this.options.intervalMs, createdMs);
    if (!accrued || start === undefined || start.from === "baseline") return start;
    // A count of our own goes on, whatever its members do; another endpoint's cannot be compared with it.
    const other = counted.owner !== pass.endpoint.index;
    return { from: counted.seenIn < 0 ? "zero" : other ? "baseline" : "last", since: start.since };
  }

  private foldHistogram(endpoint: EndpointBinding, pass: Pass, histogram: HistogramFold): void {
    const row = this.series.rowAt(histogram.row, endpoint, { ...pass, coverage: this.coverage });
    const start = this.start(pass, histogram, histogram.kind.accrued, undefined);
    if (row !== undefined) row.lastSeenMs = pass.atMs;
    if (start === undefined || row === undefined) {
      histogram.discard();
      return;
    }
    if (histogram.isNegative) {
      histogram.withheldIn = endpoint.reading;
      histogram.discard();
      this.slots.leaveOut("negative_counter", 1);
      return;
    }
    histogram.owner = endpoint.index;
    histogram.atMs = pass.atMs;
    histogram.seenIn = endpoint.reading;
    const { added } = this;
    if (!histogram.finish(start.from, added)) return;
    const first = histogram.firstColumn(row);
    if (first >= 0) {
      this.slots.addRun(row, first, added, sharesFor(pass, start.since));
      this.tap?.timed(row, first, added, start.since);
    } else this.slots.leaveOut("latency_schemes", sumOf(added.increases, added.size - 1));
  }
}

function sumOf(counts: Float64Array, size: number): number {
  return counts.subarray(0, size).reduce((sum, count) => sum + count, 0);
}

/** Whether the reading before left something out that this one does not: it may be what appears now. */
function lostSince({ lastLoss }: EndpointBinding, { lossKey }: ScrapeReading): boolean {
  return lastLoss !== null && (lastLoss.key === undefined || lastLoss.key !== lossKey);
}
