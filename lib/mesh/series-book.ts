/**
 * What the series of one endpoint mean: groups with their ids, and what few of them have besides. In: series at first
 * sight, and groups whose last spelling went. Out: group numbers, and what a reader has to be told once: ids learned and
 * ids given up.
 */
import { OTHER } from "../model/edge-stats.ts";
import type { Endpoint } from "../model/identity.ts";
import type { SeriesMeaning, TargetLabels } from "../model/meaning.ts";
import type { LearnedSeries } from "../model/reading.ts";
import type { Series } from "../wire/exposition/parse-series.ts";
import type { MeshAdapter, RefusalCode } from "./adapter.ts";
import type { Conversion } from "./conversion.ts";
import { CreatedIndex, createdKey } from "./created-index.ts";
import { CONVERTED, CREATED, keyOf, MEANINGLESS, PLAIN, REFUSED, SeriesGroups } from "./series-groups.ts";
import type { SeriesPool } from "./series-pool.ts";

const REFUSALS: readonly RefusalCode[] = [
  "no_reporter",
  "source_half_known",
  "destination_is_ip",
  "cluster_unknown",
  "no_target_labels",
  "bad_labels",
];

export function refusalOf(fate: number): RefusalCode {
  return REFUSALS[fate - REFUSED] ?? "bad_labels";
}

export interface BookOptions {
  readonly adapter: MeshAdapter;
  readonly target: TargetLabels;
  readonly limit: number;
  readonly pool: SeriesPool;
}

const reasoned = (end: Endpoint): Endpoint => (end.name === OTHER ? { ...end, reason: "series_limit" } : end);

/** Says of an end that is `other` why it is. */
function withReason(meaning: SeriesMeaning): SeriesMeaning {
  if (!("edge" in meaning)) return meaning;
  const { source, target } = meaning.edge;
  return { ...meaning, edge: { ...meaning.edge, source: reasoned(source), target: reasoned(target) } };
}

/** Every series known, with its group. */
export type EachSeries = (visit: (group: number, series: Series) => void) => void;

export class SeriesBook {
  readonly groups = new SeriesGroups();
  readonly created = new CreatedIndex();
  private readonly conversions = new Map<number, Conversion>();
  private readonly createdKeys = new Map<number, string>();
  private forgotten: number[] = [];
  private learned: LearnedSeries[] = [];
  private hasCreated = false;
  private readonly options: BookOptions;
  private target: TargetLabels;

  constructor(options: BookOptions) {
    this.options = options;
    this.target = options.target;
  }

  /** Before the first series: what kind of proxy prints them. */
  begin(bytes: Uint8Array): void {
    const proxy = this.groups.live === 0 ? this.options.adapter.proxyOf?.(bytes) : undefined;
    if (proxy !== undefined) this.target = { ...this.target, proxy };
  }

  get isFull(): boolean {
    const { limit, pool } = this.options;
    return this.groups.live >= limit || pool.known >= pool.limit;
  }

  conversion(group: number): Conversion | undefined {
    return this.conversions.get(group);
  }

  createdKey(group: number): string {
    return this.createdKeys.get(group) ?? "";
  }

  idsOf(group: number): readonly number[] {
    const first = this.groups.firstIds[group] ?? 0;
    return Array.from({ length: this.groups.idCounts[group] ?? 0 }, (_, nth) => first + nth);
  }

  /** One spelling of a group went; with the last of them its ids go. `groups.settle` has to follow. */
  release(group: number): void {
    const ids = this.idsOf(group);
    if (!this.groups.release(group)) return;
    this.options.pool.known--;
    const key = this.createdKeys.get(group);
    if (key !== undefined) this.created.remove(key, ids);
    this.createdKeys.delete(group);
    this.conversions.delete(group);
    this.forgotten.push(...ids);
    if (this.learned.length > 0) this.learned = this.learned.filter(({ id }) => !ids.includes(id));
  }

  /** A group for a series not known yet. */
  make(canonical: string, series: Series, each: EachSeries): number {
    const { adapter, pool } = this.options;
    const isCreated = series.name.endsWith("_created") && !adapter.wants(series.name);
    const adapted = isCreated ? { meanings: [] } : adapter.adapt(series, this.target);
    const meanings = "refused" in adapted ? [] : adapted.meanings;
    const [meaning] = meanings;
    const convert = meaning?.kind === "certificateSeconds" ? meaning : undefined;
    const plain = meanings.length === 0 ? MEANINGLESS : convert === undefined ? PLAIN : CONVERTED;
    const fate = "refused" in adapted ? REFUSED + REFUSALS.indexOf(adapted.refused) : isCreated ? CREATED : plain;
    if (isCreated) this.indexAll(each);
    const group = this.groups.make(keyOf(canonical), fate, meanings.length);
    pool.known++;
    this.learn(this.groups.firstIds[group] ?? 0, meanings, canonical, false);
    if (convert !== undefined) this.conversions.set(group, convert);
    if (this.hasCreated) this.index(group, createdKey(series));
    return group;
  }

  /** Ids for a member of the overflow, or undefined where it has no place in a graph. */
  member(
    canonical: string,
    series: Series,
  ): { readonly ids: readonly number[]; readonly accrues: boolean } | undefined {
    const adapted = this.options.adapter.adapt(series, this.target);
    const [first] = "refused" in adapted ? [] : adapted.meanings;
    if ("refused" in adapted || first === undefined) return undefined;
    const accrues = first.kind === "counter" || first.kind === "latency";
    // What a process says of itself has no `other`.
    if (!accrues && first.kind !== "state" && first.kind !== "listener") return undefined;
    const meanings = adapted.meanings.filter(({ kind }) => (kind === "counter" || kind === "latency") === accrues);
    const start = this.groups.takeIds(meanings.length);
    this.learn(start, meanings.map(withReason), canonical, accrues);
    return { ids: meanings.map((_, nth) => start + nth), accrues };
  }

  private learn(first: number, meanings: readonly SeriesMeaning[], canonical: string, accrued: boolean): void {
    meanings.forEach((one, nth) => {
      const meaning = this.options.pool.interner.shared(one);
      const name = nth === 0 ? canonical : `${canonical} #${nth}`;
      this.learned.push({ id: first + nth, meaning, canonical: name, ...(accrued ? { accrued: true } : {}) });
    });
  }

  private index(group: number, key: string): void {
    this.createdKeys.set(group, key);
    this.created.add(key, this.idsOf(group));
  }

  /** From the first `_created` sample on, every group is found by what such samples speak of. */
  private indexAll(each: EachSeries): void {
    if (this.hasCreated) return;
    this.hasCreated = true;
    each((group, series) => {
      if (!this.createdKeys.has(group)) this.index(group, createdKey(series));
    });
  }

  /** What was learned and given up since this was last asked. */
  news(): { readonly learned: readonly LearnedSeries[]; readonly forgotten: readonly number[] } {
    const { learned, forgotten } = this;
    this.learned = [];
    this.forgotten = [];
    return { learned, forgotten };
  }
}
