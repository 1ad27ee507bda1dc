/**
 * The series of one target: which counter or histogram each id of an endpoint is, and the rows and columns that it adds to.
 * In: series learned and forgotten. Out: columns, histograms and rows by place. A series that several endpoints show is one,
 * and is kept until the last of them forgets it; a row that the table gave up is asked for again when it is needed.
 */
import type { SeriesMeaning } from "../model/meaning.ts";
import type { LearnedSeries } from "../model/reading.ts";
import { columnsOf, isClassOnly } from "./columns-of.ts";
import type { TargetCoverage } from "./coverage.ts";
import { COUNTER, type EndpointBinding, LATENCY, OTHER, UNBOUND } from "./endpoint-binding.ts";
import { COUNT, HistogramFold, SUM } from "./histogram-fold.ts";
import type { MutableRow } from "./mutable-row.ts";
import { ColumnLists, RowPlaces } from "./row-places.ts";
import { ACCRUED, CLASS_ONLY, keyOfText, REQUESTS, SeriesColumns } from "./series-columns.ts";
import type { SlotTable } from "./slot-table.ts";

/** Of one histogram: far above what any proxy prints. */
const MAX_BUCKETS = 512;

type Counted = SeriesMeaning & { readonly kind: "counter" };
type Timed = SeriesMeaning & { readonly kind: "latency" };

/** When, and whose time it is. */
export interface Learning {
  readonly atMs: number;
  readonly coverage: TargetCoverage;
}

/** 53 bits of a text's hash: of 10,000 histograms two share one with a chance of 10^-8. */
function numberOf(text: string): number {
  const { low, high } = keyOfText(text);
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}

export class TargetSeries {
  readonly counters = new SeriesColumns();
  readonly lists = new ColumnLists();
  readonly rows = new RowPlaces();
  private readonly histograms: (HistogramFold | undefined)[] = [];
  private readonly histogramKeys: number[] = [];
  private readonly freeHistograms: number[] = [];
  private readonly byHistogram = new Map<number, number>();
  /** Places of rows whose requests are told by single codes. */
  private readonly withCodes = new Set<number>();
  private readonly slots: SlotTable;

  constructor(slots: SlotTable) {
    this.slots = slots;
  }

  get size(): number {
    return this.counters.size + this.byHistogram.size;
  }

  get bytes(): number {
    let buckets = 0;
    for (const histogram of this.histograms) buckets += histogram === undefined ? 0 : histogram.places + 12;
    return this.counters.bytes + buckets * 16;
  }

  histogram(place: number): HistogramFold | undefined {
    return this.histograms[place];
  }

  hasCodes(rowPlace: number): boolean {
    return this.withCodes.has(rowPlace);
  }

  learn(endpoint: EndpointBinding, learned: LearnedSeries, learning: Learning): void {
    const { id, meaning } = learned;
    if ((endpoint.kinds[id] ?? UNBOUND) !== UNBOUND) return;
    if (meaning.kind === "counter") endpoint.bind(id, COUNTER, this.counter(endpoint, meaning, learned, learning));
    else if (meaning.kind === "latency") this.latency(endpoint, meaning, learned, learning);
    else {
      endpoint.bind(id, OTHER, 0);
      endpoint.others.set(id, { meaning, canonical: learned.canonical });
    }
  }

  private counter(
    endpoint: EndpointBinding,
    meaning: Counted,
    { canonical, accrued }: LearnedSeries,
    learning: Learning,
  ): number {
    const { counters } = this;
    // Two meanings of one printed series share a canonical name; what it measures tells them apart.
    const key = keyOfText(`${canonical}\u0000${meaning.measure.kind}`);
    const known = counters.find(key);
    if (known >= 0) {
      counters.hold(known);
      return known;
    }
    const row = this.rowOf(endpoint, meaning, learning);
    for (const end of ["source", "destination"] as const) {
      if (!row.principal(end, meaning.principals?.[end])) this.slots.leaveOut("principals", 1);
    }
    row.address(meaning.address);
    const requests = meaning.measure.kind === "requests";
    const classOnly = isClassOnly(meaning.measure);
    const flags = (requests ? REQUESTS : 0) | (classOnly ? CLASS_ONLY : 0) | (accrued === true ? ACCRUED : 0);
    const place = counters.make(key, endpoint.index, flags);
    counters.lists[place] = this.lists.place(columnsOf(row, meaning.measure));
    const rowPlace = this.rows.hold(row);
    counters.rows[place] = rowPlace;
    if (requests && !classOnly) this.withCodes.add(rowPlace);
    return place;
  }

  private latency(endpoint: EndpointBinding, meaning: Timed, { id, accrued }: LearnedSeries, learning: Learning): void {
    const place = this.histogramOf(endpoint, meaning, accrued === true, learning);
    const histogram = this.histograms[place];
    const { part } = meaning;
    if (histogram === undefined) return;
    if (typeof part !== "string" && histogram.places >= MAX_BUCKETS) {
      this.slots.leaveOut("latency_schemes", 1);
      return;
    }
    histogram.holders++;
    const at = part === "sum" ? SUM : part === "count" ? COUNT : histogram.placeOf(part.le);
    endpoint.bind(id, LATENCY, place, at);
  }

  private histogramOf(endpoint: EndpointBinding, meaning: Timed, accrued: boolean, learning: Learning): number {
    const key = numberOf(meaning.histogram);
    const known = this.byHistogram.get(key);
    if (known !== undefined) return known;
    const row = this.rows.hold(this.rowOf(endpoint, meaning, learning));
    const place = this.freeHistograms.pop() ?? this.histograms.length;
    const kind = { of: meaning.of, toMs: meaning.toMs, accrued };
    this.histograms[place] = new HistogramFold(endpoint.index, row, kind, this.slots.table.orders);
    this.histogramKeys[place] = key;
    this.byHistogram.set(key, place);
    return place;
  }

  private rowOf(endpoint: EndpointBinding, meaning: Counted | Timed, { atMs, coverage }: Learning): MutableRow {
    const { edge, reporter, family } = meaning;
    const transport = meaning.kind === "counter" && meaning.transportOf !== undefined;
    const below = meaning.kind === "counter" && meaning.below === true;
    const row = this.slots.table.row({ edge, reporter, job: endpoint.job, transport, below }, atMs);
    row.family(family);
    if (meaning.kind === "counter" && meaning.via !== undefined) row.through(meaning.via);
    this.slots.join(row.group, coverage);
    return row;
  }

  /** The row in a place, made again where the table has given it up; undefined for no place. */
  rowAt(place: number, endpoint: EndpointBinding, { atMs, coverage }: Learning): MutableRow | undefined {
    const row = this.rows.at(place);
    if (row === undefined || !row.dead) return row;
    const { edge, reporter, transport, below } = row;
    const made = this.slots.table.row({ edge, reporter, job: endpoint.job, transport, below }, atMs);
    made.describe(row);
    this.slots.join(made.group, coverage);
    this.rows.replace(place, made);
    const { counters, lists } = this;
    for (let at = 0; at < counters.places; at++) {
      if (counters.rows[at] !== place) continue;
      const columns = lists.at(counters.lists[at] ?? 0).flatMap((column) => {
        const counting = row.columns[column];
        return counting === undefined ? [] : (made.counting(counting, row.schemes) ?? []);
      });
      counters.lists[at] = lists.place(columns);
    }
    return made;
  }

  forget(endpoint: EndpointBinding, id: number): void {
    const kind = endpoint.kinds[id] ?? UNBOUND;
    const ref = endpoint.refs[id] ?? 0;
    if (kind === UNBOUND) return;
    endpoint.bind(id, UNBOUND, 0);
    if (kind === OTHER) endpoint.others.delete(id);
    else if (kind === LATENCY) this.forgetPart(ref);
    else if (this.counters.release(ref)) this.leave(this.counters.rows[ref] ?? 0);
  }

  private forgetPart(place: number): void {
    const histogram = this.histograms[place];
    if (histogram === undefined || --histogram.holders > 0) return;
    this.byHistogram.delete(this.histogramKeys[place] ?? 0);
    this.histograms[place] = undefined;
    this.freeHistograms.push(place);
    this.leave(histogram.row);
  }

  private leave(rowPlace: number): void {
    if (this.rows.release(rowPlace)) this.withCodes.delete(rowPlace);
  }
}
