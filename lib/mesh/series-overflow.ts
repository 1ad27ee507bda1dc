/**
 * Series past a limit, folded into `other` members so that totals stay true. Of each only a hash of its text, its last
 * value and its member are kept, 28 bytes; a member is a series whose exploded labels read `other`, and counts what its
 * series add: it never falls, whichever of them go or start anew. In: samples that found no room. Out: members' ids and
 * values. Bounded twice: by the samples of a body, and by the number of members, past which a sample is refused.
 * Not handled: two spellings of one series in a body count twice here; a histogram half within the limit is two halves.
 */
import { canonicalSeries, type Series } from "../wire/exposition/parse-series.ts";
import type { Columns } from "./columns.ts";
import { type Exploded, explodedIn, folded } from "./exploded-labels.ts";
import type { SeriesKey } from "./series-groups.ts";

const NONE = -1;
/** Members of one endpoint; before it is full one more label is folded each time it is half full. */
const MAX_MEMBERS = 2_000;
const MAX_ENTRIES = 500_000;

interface Member {
  readonly series: Series;
  readonly ids: readonly number[];
  /** Counters and buckets count what is added; states stand as they are. */
  readonly accrues: boolean;
  accrued: number;
  sum: number;
  seen: number;
}

/** Ids of a folded series, and whether it is a count; undefined where it means nothing to a graph. */
export type MemberMaker = (
  canonical: string,
  series: Series,
) => { readonly ids: readonly number[]; readonly accrues: boolean } | undefined;

export class SeriesOverflow {
  /** Samples folded in this reading. */
  samples = 0;
  private exploded: readonly Exploded[] = [];
  private labels: ReadonlySet<string> = new Set();
  /** By canonical text; -1 for one that means nothing. */
  private readonly members = new Map<string, number>();
  private readonly byIndex: Member[] = [];
  private lows = new Int32Array(0);
  private highs = new Int32Array(0);
  private owners = new Int32Array(0);
  private seen = new Int32Array(0);
  private values = new Float64Array(0);
  private count = 0;
  private sequence = 0;
  /** The last body that was not refused. */
  private accepted = 0;
  private sure = false;
  private readonly make: MemberMaker;

  constructor(make: MemberMaker) {
    this.make = make;
  }

  get size(): number {
    return this.count;
  }

  get bytes(): number {
    return this.lows.length * 24;
  }

  /** The labels whose values are folded, the worst first. */
  get worst(): readonly Exploded[] {
    return this.exploded;
  }

  /** `sure` where the reading before left nothing out: what appears now counts from zero. */
  begin(sure: boolean): void {
    this.sequence++;
    this.samples = 0;
    this.sure = sure;
    if (this.count === 0) return;
    let stale = 0;
    for (let at = 0; at < this.owners.length; at++) if (this.isStale(at)) stale++;
    if (stale * 4 > this.count) this.resize(this.lows.length, this.accepted);
  }

  private isStale(at: number): boolean {
    return this.owners[at] !== NONE && (this.seen[at] ?? 0) < this.accepted;
  }

  /** Learns from some of the series within the limit which labels exploded. */
  learnFrom(crowd: readonly Series[]): void {
    if (this.exploded.length > 0 || crowd.length === 0) return;
    this.setExploded(explodedIn(crowd));
  }

  private setExploded(exploded: readonly Exploded[]): void {
    this.exploded = exploded;
    this.labels = new Set(exploded.map(({ label }) => label));
  }

  /** A sample of a series that stood here in an earlier reading; `unknown` for any other. */
  take(key: SeriesKey, value: number): "folded" | "duplicate_series" | "not_a_number" | "unknown" {
    if (this.count === 0) return "unknown";
    const at = this.find(key);
    const owner = this.owners[at] ?? NONE;
    if (owner === NONE) return "unknown";
    if (this.seen[at] === this.sequence) return "duplicate_series";
    if (!Number.isFinite(value)) return "not_a_number";
    const before = (this.seen[at] ?? 0) >= this.accepted ? (this.values[at] ?? 0) : 0;
    this.seen[at] = this.sequence;
    this.values[at] = value;
    this.add(owner, value, value < before ? value : value - before);
    return "folded";
  }

  /** A sample of a series that is new here, and known to nobody. False where it has no member. */
  admit(key: SeriesKey, value: number, series: Series): boolean {
    if (this.count >= MAX_ENTRIES) return false;
    const owner = this.memberOf(series);
    if (owner === NONE) return false;
    if ((this.count + 1) * 3 > this.lows.length * 2) this.resize(Math.max(256, this.lows.length * 2), 0);
    this.put(key, owner, this.sequence, value);
    this.add(owner, value, this.sure ? value : 0);
    return true;
  }

  private add(owner: number, value: number, increase: number): void {
    const member = this.byIndex[owner];
    if (member === undefined) return;
    if (member.seen !== this.sequence) member.sum = 0;
    member.seen = this.sequence;
    member.sum += value;
    member.accrued += increase;
    this.samples++;
  }

  private memberOf(series: Series): number {
    if (this.members.size * 2 > MAX_MEMBERS) this.foldFurther();
    const own = folded(series, this.labels);
    const key = canonicalSeries(own);
    const known = this.members.get(key);
    if (known !== undefined) return known;
    if (this.members.size >= MAX_MEMBERS) return NONE;
    const made = this.make(key, own);
    const index =
      made === undefined ? NONE : this.byIndex.push({ ...made, series: own, accrued: 0, sum: 0, seen: 0 }) - 1;
    this.members.set(key, index);
    return index;
  }

  /** The label with the most values among the members goes too; series that have a member keep it. */
  private foldFurther(): void {
    const next = explodedIn(this.byIndex.map(({ series }) => series)).find(({ label }) => !this.labels.has(label));
    if (next !== undefined) this.setExploded([...this.exploded, next]);
  }

  /** The members seen in this reading, into its columns. */
  push(columns: Columns): void {
    this.accepted = this.sequence;
    for (const member of this.byIndex) {
      if (member.seen !== this.sequence) continue;
      for (const id of member.ids) columns.push(id, member.accrues ? member.accrued : member.sum);
    }
  }

  private find({ low, high }: SeriesKey): number {
    const mask = this.lows.length - 1;
    let at = low & mask;
    while (this.owners[at] !== NONE && (this.lows[at] !== low || this.highs[at] !== high)) at = (at + 1) & mask;
    return at;
  }

  private put(key: SeriesKey, owner: number, seen: number, value: number): void {
    const at = this.find(key);
    this.lows[at] = key.low;
    this.highs[at] = key.high;
    this.owners[at] = owner;
    this.seen[at] = seen;
    this.values[at] = value;
    this.count++;
  }

  /** Another table of this size, without what was last seen before `oldest`. */
  private resize(size: number, oldest: number): void {
    const { lows, highs, owners, seen, values } = this;
    this.lows = new Int32Array(size);
    this.highs = new Int32Array(size);
    this.owners = new Int32Array(size).fill(NONE);
    this.seen = new Int32Array(size);
    this.values = new Float64Array(size);
    this.count = 0;
    for (let at = 0; at < owners.length; at++) {
      const last = seen[at] ?? 0;
      if (owners[at] === NONE || last < oldest) continue;
      this.put({ low: lows[at] ?? 0, high: highs[at] ?? 0 }, owners[at] ?? NONE, last, values[at] ?? 0);
    }
  }
}
