/**
 * The dictionary behind a series table: raw bytes → group (one canonical series) → ids (one a meaning). In: byte ranges
 * with values, between `begin` and `reading`. Out: the columns of a reading. A group is made at first sight, and given up,
 * with its ids, when none of its spellings was printed for long. Past a limit samples go to `other` members.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { ScrapeReading } from "../model/reading.ts";
import { isNameByte } from "../wire/exposition/kernel-lex.ts";
import { canonicalSeries, parseSeries, type Series } from "../wire/exposition/parse-series.ts";
import { converted, isSentinel } from "./conversion.ts";
import { type LocalDrop, LocalDrops } from "./local-drops.ts";
import { RawDictionary } from "./raw-dictionary.ts";
import { type BookOptions, refusalOf, SeriesBook } from "./series-book.ts";
import { bytesKey, CONVERTED, CREATED, keyOf, MEANINGLESS, PLAIN, REFUSED } from "./series-groups.ts";
import { SeriesOverflow } from "./series-overflow.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NONE = -1;
/** Text of series held at most, bytes; label values may be as long as a line. */
const MAX_ARENA_BYTES = 128 * 1024 * 1024;
/** Spellings of series (label orders) held for each series allowed. */
const SPELLINGS = 2;
/** Series looked at to tell which label exploded. */
const LOOKED_AT = 2_000;

/** What is asked of one sample's name: whether its declared type changed. */
export interface ChangedTypes {
  readonly anyChanged: boolean;
  hasChanged(name: string): boolean;
}

function parsed(bytes: Uint8Array): Series | undefined {
  try {
    const series = parseSeries(decoder.decode(bytes));
    return series.ok ? series.value : undefined;
  } catch {
    return undefined; // not UTF-8
  }
}

const NO_BYTES = new Uint8Array(0);

export class SeriesIds {
  readonly dropped = new LocalDrops();
  /** Samples in this body of wanted names that mean nothing. */
  meaningless = 0;
  private dictionary = new RawDictionary();
  private readonly book: SeriesBook;
  private readonly overflow: SeriesOverflow;
  private readonly starts = new Map<number, number>();
  private startMs: number | undefined;
  private bytes: Uint8Array = NO_BYTES;
  private atMs = 0;
  private firstMs: number | undefined;
  private tick = 0;
  private sweptMs: number | undefined;
  private sequence = 0;
  private expectedEntry = NONE;
  private expectedStart = NONE;
  private wasFull = false;
  private complete = false;
  private withheld: number[] = [];
  private readonly options: BookOptions;
  private readonly changed: ChangedTypes;

  constructor(options: BookOptions, changed: ChangedTypes) {
    this.options = options;
    this.changed = changed;
    this.book = new SeriesBook(options);
    this.overflow = new SeriesOverflow((canonical, series) => this.book.member(canonical, series));
  }

  get known(): number {
    return this.book.groups.live;
  }

  /** Bytes of memory held for the series of this endpoint. */
  get memory(): number {
    return this.dictionary.bytes + this.book.groups.bytes + this.overflow.bytes;
  }

  /** Series folded into `other` members in this reading, and the labels that had too many values. */
  get folded(): Pick<SeriesOverflow, "samples" | "worst"> {
    return this.overflow;
  }

  /** Starts a scrape. Series last printed more than `forgetAfterMs` ago are given up. */
  begin(bytes: Uint8Array, atMs: number, forgetAfterMs: number): void {
    this.firstMs ??= atMs;
    this.book.begin(bytes);
    this.sweepIfDue(atMs, forgetAfterMs);
    this.bytes = bytes;
    this.dictionary.begin(bytes);
    this.overflow.begin(this.complete);
    this.atMs = atMs;
    this.tick = Math.max(this.tick, this.tickOf(atMs));
    this.sequence++;
    this.options.pool.columns.clear();
    this.meaningless = 0;
    this.withheld = [];
    this.dropped.clear();
    this.book.created.clear();
    this.starts.clear();
    this.startMs = undefined;
    this.expectedStart = NONE;
  }

  /** The body is no longer held. */
  release(): void {
    this.bytes = NO_BYTES;
    this.dictionary.release();
  }

  /** Seconds since the first scrape, from 1. */
  private tickOf(ms: number): number {
    return Math.floor((ms - (this.firstMs ?? ms)) / 1000) + 1;
  }

  /** A full table keeps only what the last scrape had; else a few times per `forgetAfterMs` is often enough. */
  private sweepIfDue(atMs: number, forgetAfterMs: number): void {
    this.sweptMs ??= atMs;
    if (!this.wasFull && atMs - this.sweptMs < forgetAfterMs / 4) return;
    const oldest = this.wasFull ? this.tick : this.tickOf(atMs - forgetAfterMs);
    const { dictionary, book } = this;
    const older = dictionary.older(oldest);
    // A sweep copies the table: of a full one it waits until it frees an eighth, and new series stand under `other`.
    if (older === 0 || (this.wasFull && older * 8 < dictionary.size)) return;
    this.sweptMs = atMs;
    this.wasFull = false;
    this.dictionary = dictionary.sweep(oldest, (group) => book.release(group));
    book.groups.settle();
  }

  /** Since when the next sample counts, where its own line says so. */
  startsAt(ms: number): void {
    this.startMs = ms;
  }

  /** Where the series that followed the last one in an earlier scrape ends, if its bytes stand at `start`; else -1. */
  expected(start: number, end: number): number {
    const entry = this.dictionary.expected;
    if (entry === NONE) return NONE;
    const stop = this.dictionary.endOf(entry, start, end);
    this.expectedEntry = entry;
    this.expectedStart = stop === NONE ? NONE : start;
    return stop;
  }

  isExpected(start: number): boolean {
    return this.expectedStart === start;
  }

  /** One sample of a wanted name, its series in bytes [start, end). False where the series cannot be read. */
  take(start: number, end: number, value: number): boolean {
    let entry = this.expectedStart === start ? this.expectedEntry : this.dictionary.find(start, end);
    if (entry === NONE) {
      const learned = this.learn(start, end, value);
      if (!learned.ok) {
        if (learned.error !== "folded") this.dropped.add(learned.error, 1);
        return learned.error !== "malformed_line";
      }
      entry = learned.value;
    }
    this.dictionary.read(entry, start, this.tick);
    this.count(this.dictionary.owner(entry), start, value);
    this.startMs = undefined;
    return true;
  }

  private count(group: number, start: number, value: number): void {
    const { groups } = this.book;
    const fate = groups.fates[group] ?? PLAIN;
    if (groups.seen[group] === this.sequence) this.dropped.add("duplicate_series", 1);
    else if (fate === PLAIN && Number.isFinite(value) && !this.changed.anyChanged) this.push(group, value);
    else this.countOdd(group, fate, start, value);
    groups.seen[group] = this.sequence;
  }

  private countOdd(group: number, fate: number, start: number, value: number): void {
    const { book } = this;
    const convert = fate === CONVERTED ? book.conversion(group) : undefined;
    if (fate >= REFUSED) this.dropped.add(refusalOf(fate), 1);
    else if (fate === CREATED) book.created.created(book.createdKey(group), value);
    else if (fate === MEANINGLESS) this.meaningless++;
    else if (this.hasChanged(start)) this.withhold(group, "type_changed");
    else if (isSentinel(convert, value)) this.withhold(group, undefined);
    else if (!Number.isFinite(value)) this.withhold(group, "not_a_number");
    else this.push(group, converted(convert, value, this.atMs));
  }

  private hasChanged(start: number): boolean {
    if (!this.changed.anyChanged) return false;
    let end = start;
    while (isNameByte(this.bytes[end] ?? 0)) end++;
    return this.changed.hasChanged(decoder.decode(this.bytes.subarray(start, end)));
  }

  private withhold(group: number, code: LocalDrop | undefined): void {
    if (code !== undefined) this.dropped.add(code, 1);
    this.withheld.push(...this.book.idsOf(group));
  }

  private push(group: number, value: number): void {
    const { columns } = this.options.pool;
    const { groups } = this.book;
    const first = groups.firstIds[group] ?? 0;
    const last = first + (groups.idCounts[group] ?? 0);
    for (let id = first; id < last; id++) {
      columns.push(id, value);
      if (this.startMs !== undefined) this.starts.set(id, this.startMs);
    }
  }

  private learn(start: number, end: number, value: number): Result<number, LocalDrop | "folded"> {
    const { dictionary, book, overflow } = this;
    const raw = overflow.size === 0 ? undefined : bytesKey(this.bytes, start, end);
    const there = raw === undefined ? "unknown" : overflow.take(raw, value);
    if (there !== "unknown") return err(there);
    const series = parsed(this.bytes.subarray(start, end));
    if (series === undefined) return err("malformed_line");
    const { limit } = this.options;
    const noText = dictionary.size >= limit * SPELLINGS || dictionary.used + end - start > MAX_ARENA_BYTES;
    const canonical = canonicalSeries(series);
    const known = book.groups.find(keyOf(canonical));
    if (known === NONE ? noText || book.isFull : noText) return err(this.past(start, end, value, { series, known }));
    const group = known === NONE ? book.make(canonical, series, (visit) => this.eachSeries(1, visit)) : known;
    book.groups.spelled(group);
    return ok(dictionary.add(start, end, group));
  }

  /** A text for which there is no room: another spelling counts, and is not remembered; a new series is folded. */
  private past(
    start: number,
    end: number,
    value: number,
    { series, known }: { readonly series: Series; readonly known: number },
  ): LocalDrop | "folded" {
    this.wasFull = true;
    if (known !== NONE) {
      this.count(known, start, value);
      return "folded";
    }
    if (!Number.isFinite(value)) return "not_a_number";
    if (this.overflow.worst.length === 0) {
      const crowd = [series];
      this.eachSeries(Math.max(1, Math.floor(this.dictionary.size / LOOKED_AT)), (_, one) => crowd.push(one));
      this.overflow.learnFrom(crowd);
    }
    return this.overflow.admit(bytesKey(this.bytes, start, end), value, series) ? "folded" : "series_limit";
  }

  private eachSeries(step: number, visit: (group: number, series: Series) => void): void {
    const { dictionary } = this;
    for (let entry = 0; entry < dictionary.size; entry += step) {
      const series = parsed(dictionary.textOf(entry));
      if (series !== undefined) visit(dictionary.owner(entry), series);
    }
  }

  reading(loss: Pick<ScrapeReading, "incomplete" | "lossKey">): ScrapeReading {
    const { overflow, atMs, withheld, book } = this;
    const { columns } = this.options.pool;
    overflow.push(columns);
    const { learned, forgotten } = book.news();
    this.complete = loss.incomplete !== true;
    const { size, ids, values } = columns;
    const created = book.created.byId();
    const createdMs = this.starts.size === 0 ? created : new Map([...created, ...this.starts]);
    return { atMs, size, ids, values, learned, createdMs, forgotten, withheld, ...loss };
  }
}
