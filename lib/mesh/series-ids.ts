/**
 * The dictionary behind a series table: raw bytes → group (one canonical series) → ids (one a meaning). In: byte ranges
 * with values, between `begin` and `reading`. Out: the columns of a reading. A group is made at first sight, and given up,
 * with its ids, when none of its spellings was printed for long.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { SeriesMeaning, TargetLabels } from "../model/meaning.ts";
import type { ScrapeReading } from "../model/reading.ts";
import { canonicalSeries, parseSeries, type Series } from "../wire/exposition/parse-series.ts";
import type { MeshAdapter, RefusalCode } from "./adapter.ts";
import { Columns } from "./columns.ts";
import { type Conversion, converted, isSentinel } from "./conversion.ts";
import { CreatedIndex, createdKey } from "./created-index.ts";
import { Interner } from "./interner.ts";
import { type LocalDrop, LocalDrops } from "./local-drops.ts";
import { RawDictionary } from "./raw-dictionary.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NONE = -1;
/** Text of series held at most, bytes; label values may be as long as a line. */
const MAX_ARENA_BYTES = 128 * 1024 * 1024;
/** Spellings of series (label orders) held for each series allowed. */
const SPELLINGS = 2;

interface Group {
  readonly canonical: string;
  readonly name: string;
  readonly ids: readonly number[];
  readonly refused: RefusalCode | undefined;
  /** Made only once the body has created timestamps at all: most proxies print none. */
  created: string | undefined;
  readonly isCreated: boolean;
  /** What the printed value has to go through; almost never. */
  readonly convert: Conversion | undefined;
  spellings: number;
  /** Sequence number of the scrape that last had it. */
  seen: number;
}

/** What a caller asks of one sample's name: whether its declared type changed. */
export type ChangedType = (name: string) => boolean;

export class SeriesIds {
  private dictionary = new RawDictionary();
  private readonly groups: (Group | undefined)[] = [];
  private readonly freeGroups: number[] = [];
  private readonly freeIds: number[] = [];
  private readonly byCanonical = new Map<string, number>();
  private readonly created = new CreatedIndex();
  private readonly meanings: (SeriesMeaning | null)[] = [];
  private readonly canonical: string[] = [];
  private pendingForgotten: number[] = [];
  private readonly starts = new Map<number, number>();
  private startMs: number | undefined;
  private readonly columns = new Columns();
  private readonly interner = new Interner();
  private bytes: Uint8Array = new Uint8Array(0);
  private atMs = 0;
  private firstMs: number | undefined;
  private tick = 0;
  private sweptMs: number | undefined;
  private sequence = 0;
  private previous = NONE;
  private expectedEntry = NONE;
  private expectedStart = NONE;
  private wasFull = false;
  private hasCreated = false;
  private withheld: number[] = [];
  readonly dropped = new LocalDrops();
  /** Samples in this body of wanted names that mean nothing. */
  meaningless = 0;

  private readonly adapter: MeshAdapter;
  private target: TargetLabels;
  private readonly limit: number;

  constructor(adapter: MeshAdapter, target: TargetLabels, limit: number) {
    this.adapter = adapter;
    this.target = target;
    this.limit = limit;
  }

  get known(): number {
    return this.byCanonical.size;
  }

  /** Starts a scrape. Series last printed more than `forgetAfterMs` ago are given up. */
  begin(bytes: Uint8Array, atMs: number, forgetAfterMs: number): void {
    this.firstMs ??= atMs;
    const proxy = this.byCanonical.size === 0 ? this.adapter.proxyOf?.(bytes) : undefined;
    if (proxy !== undefined) this.target = { ...this.target, proxy };
    this.sweepIfDue(atMs, forgetAfterMs);
    this.bytes = bytes;
    this.atMs = atMs;
    this.tick = Math.max(this.tick, this.tickOf(atMs));
    this.sequence++;
    this.columns.clear();
    this.meaningless = 0;
    this.withheld = [];
    this.dropped.clear();
    this.created.clear();
    this.starts.clear();
    this.startMs = undefined;
    this.previous = NONE;
    this.expectedStart = NONE;
  }

  /** Seconds since the first scrape, from 1. */
  private tickOf(ms: number): number {
    return Math.floor((ms - (this.firstMs ?? ms)) / 1000) + 1;
  }

  /** A full table keeps only what the last scrape had; else a few times per `forgetAfterMs` is often enough. */
  private sweepIfDue(atMs: number, forgetAfterMs: number): void {
    this.sweptMs ??= atMs;
    if (!this.wasFull && atMs - this.sweptMs < forgetAfterMs / 4) return;
    this.sweep(this.wasFull ? this.tick : this.tickOf(atMs - forgetAfterMs));
    this.sweptMs = atMs;
    this.wasFull = false;
  }

  private sweep(oldestTick: number): void {
    // A sweep forgets which series followed which: a full table of living series is not swept for nothing.
    if (!this.dictionary.hasOlder(oldestTick)) return;
    this.dictionary = this.dictionary.sweep(oldestTick, (owner) => this.release(owner));
  }

  private release(index: number): void {
    const group = this.groups[index];
    if (group === undefined || --group.spellings > 0) return;
    this.groups[index] = undefined;
    this.freeGroups.push(index);
    this.byCanonical.delete(group.canonical);
    if (group.created !== undefined) this.created.remove(group.created, group.ids);
    for (const id of group.ids) {
      this.meanings[id] = null;
      this.canonical[id] = "";
      this.freeIds.push(id);
      this.pendingForgotten.push(id);
    }
  }

  /** Since when the next sample counts, where its own line says so. */
  startsAt(ms: number): void {
    this.startMs = ms;
  }

  /** Where the series that followed the last one in an earlier scrape ends, if its bytes stand at `start`; else -1. */
  expected(start: number, end: number): number {
    const entry = this.previous === NONE ? NONE : this.dictionary.follower(this.previous);
    const stop = entry === NONE ? NONE : this.dictionary.endOf(entry, this.bytes, start, end);
    this.expectedEntry = entry;
    this.expectedStart = stop === NONE ? NONE : start;
    return stop;
  }

  isExpected(start: number): boolean {
    return this.expectedStart === start;
  }

  /** One sample of a wanted name, its series in bytes [start, end). False where the series cannot be read. */
  take(start: number, end: number, value: number, changed: ChangedType): boolean {
    let entry = this.isExpected(start) ? this.expectedEntry : this.dictionary.find(this.bytes, start, end);
    if (entry === NONE) {
      const learned = this.learn(start, end);
      if (!learned.ok) {
        this.dropped.add(learned.error, 1);
        return learned.error !== "malformed_line";
      }
      entry = learned.value;
    }
    this.dictionary.touch(entry, this.tick);
    if (this.previous !== NONE) this.dictionary.follow(this.previous, entry);
    this.previous = entry;
    const group = this.groups[this.dictionary.owner(entry)];
    if (group !== undefined) this.count(group, value, changed);
    this.startMs = undefined;
    return true;
  }

  private count(group: Group, value: number, changed: ChangedType): void {
    if (group.seen === this.sequence) this.dropped.add("duplicate_series", 1);
    else if (group.refused !== undefined) this.dropped.add(group.refused, 1);
    else if (group.isCreated) this.created.created(group.created ?? "", value);
    else if (group.ids.length === 0) this.meaningless++;
    else if (changed(group.name)) this.withhold(group, "type_changed");
    else if (isSentinel(group.convert, value)) this.withheld.push(...group.ids);
    else if (!Number.isFinite(value)) this.withhold(group, "not_a_number");
    else this.push(group, value);
    group.seen = this.sequence;
  }

  private withhold(group: Group, code: LocalDrop): void {
    this.dropped.add(code, 1);
    for (const id of group.ids) this.withheld.push(id);
  }

  private push(group: Group, printed: number): void {
    const value = converted(group.convert, printed, this.atMs);
    for (const id of group.ids) {
      this.columns.push(id, value);
      if (this.startMs !== undefined) this.starts.set(id, this.startMs);
    }
  }

  private learn(start: number, end: number): Result<number, LocalDrop> {
    if (this.dropped.toldEnough && this.byCanonical.size >= this.limit) return err("series_limit");
    const series = this.parse(start, end);
    if (series === undefined) return err("malformed_line");
    const { dictionary } = this;
    const full = dictionary.size >= this.limit * SPELLINGS || dictionary.used + end - start > MAX_ARENA_BYTES;
    const canonical = canonicalSeries(series);
    const known = this.byCanonical.get(canonical);
    if (full || (known === undefined && this.byCanonical.size >= this.limit)) {
      this.wasFull = true;
      this.dropped.overLimit(series);
      return err("series_limit");
    }
    const index = known ?? this.group(canonical, series);
    const group = this.groups[index];
    if (group !== undefined) group.spellings++;
    return ok(dictionary.add(this.bytes, start, end, index));
  }

  private parse(start: number, end: number): Series | undefined {
    try {
      const parsed = parseSeries(decoder.decode(this.bytes.subarray(start, end)));
      return parsed.ok ? parsed.value : undefined;
    } catch {
      return undefined; // not UTF-8
    }
  }

  private group(canonical: string, series: Series): number {
    const isCreated = series.name.endsWith("_created") && !this.adapter.wants(series.name);
    const adapted = isCreated ? { meanings: [] } : this.adapter.adapt(series, this.target);
    const meanings = "refused" in adapted ? [] : adapted.meanings;
    const ids = meanings.map((meaning, nth) => this.newId(meaning, nth === 0 ? canonical : `${canonical} #${nth}`));
    if (isCreated) this.indexCreated();
    const created = this.hasCreated ? createdKey(series) : undefined;
    if (created !== undefined) this.created.add(created, ids);
    const first = meanings[0];
    const index = this.freeGroups.pop() ?? this.groups.length;
    this.groups[index] = {
      canonical,
      name: series.name,
      ids,
      refused: "refused" in adapted ? adapted.refused : undefined,
      created,
      isCreated,
      convert: first?.kind === "certificateSeconds" ? first : undefined,
      spellings: 0,
      seen: 0,
    };
    this.byCanonical.set(canonical, index);
    return index;
  }

  /** From the first `_created` sample on, every group is found by what such samples speak of. */
  private indexCreated(): void {
    if (this.hasCreated) return;
    this.hasCreated = true;
    for (const group of this.groups) {
      const series = group === undefined ? undefined : parseSeries(group.canonical);
      if (group === undefined || series?.ok !== true) continue;
      group.created = createdKey(series.value);
      this.created.add(group.created, group.ids);
    }
  }

  private newId(meaning: SeriesMeaning, canonical: string): number {
    const id = this.freeIds.pop() ?? this.meanings.length;
    this.meanings[id] = this.interner.shared(meaning);
    this.canonical[id] = canonical;
    return id;
  }

  reading(loss: Pick<ScrapeReading, "incomplete" | "lossKey">): ScrapeReading {
    const forgotten = this.pendingForgotten;
    this.pendingForgotten = [];
    const { atMs, meanings, canonical, withheld } = this;
    const { size, ids, values } = this.columns;
    return {
      atMs,
      size,
      ids,
      values,
      meanings,
      canonical,
      createdMs: this.starts.size === 0 ? this.created.byId() : new Map([...this.created.byId(), ...this.starts]),
      forgotten,
      withheld,
      ...loss,
    };
  }
}
