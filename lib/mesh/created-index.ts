/**
 * Created timestamps of OpenMetrics: `foo_created{…}` says since when `foo_total{…}` and the samples of a histogram
 * `foo{…}` count. In: groups of ids under their series, and created values in seconds. Out: Unix ms by id.
 */
import { canonicalSeries, type Series } from "../wire/exposition/parse-series.ts";

const SUFFIX = /_(?:total|bucket|sum|count|created)$/;

/** Equal for a `_created` sample and the samples that it speaks of. */
export function createdKey(series: Series): string {
  const labels = new Map(series.labels);
  if (series.name.endsWith("_bucket")) labels.delete("le");
  return canonicalSeries({ name: series.name.replace(SUFFIX, ""), labels });
}

export class CreatedIndex {
  private readonly members = new Map<string, number[]>();
  private readonly values = new Map<string, number>();

  clear(): void {
    this.values.clear();
  }

  add(key: string, ids: readonly number[]): void {
    if (ids.length === 0) return;
    const known = this.members.get(key);
    if (known === undefined) this.members.set(key, [...ids]);
    else known.push(...ids);
  }

  remove(key: string, ids: readonly number[]): void {
    const left = (this.members.get(key) ?? []).filter((id) => !ids.includes(id));
    if (left.length === 0) this.members.delete(key);
    else this.members.set(key, left);
  }

  created(key: string, seconds: number): void {
    this.values.set(key, seconds * 1000);
  }

  byId(): ReadonlyMap<number, number> {
    const out = new Map<number, number>();
    for (const [key, ms] of this.values) for (const id of this.members.get(key) ?? []) out.set(id, ms);
    return out;
  }
}
