/** The rows that one target's series add to, by a small number each, for as long as a series does. */
import type { MutableRow } from "./mutable-row.ts";

export class RowPlaces {
  private readonly byPlace: (MutableRow | undefined)[] = [];
  private readonly uses: number[] = [];
  private readonly places = new Map<MutableRow, number>();
  private readonly free: number[] = [];

  get size(): number {
    return this.places.size;
  }

  all(): Iterable<MutableRow> {
    return this.places.keys();
  }

  at(place: number): MutableRow | undefined {
    return this.byPlace[place];
  }

  /** The place of a row, held once more. */
  hold(row: MutableRow): number {
    const known = this.places.get(row);
    const place = known ?? this.free.pop() ?? this.byPlace.length;
    if (known === undefined) {
      this.places.set(row, place);
      this.byPlace[place] = row;
      this.uses[place] = 0;
    }
    this.uses[place] = (this.uses[place] ?? 0) + 1;
    return place;
  }

  /** True where nobody holds the place any more: it is free. */
  release(place: number): boolean {
    const left = (this.uses[place] ?? 1) - 1;
    this.uses[place] = left;
    if (left > 0) return false;
    const row = this.byPlace[place];
    if (row !== undefined) this.places.delete(row);
    this.byPlace[place] = undefined;
    this.free.push(place);
    return true;
  }

  /** Another row in this place. */
  replace(place: number, row: MutableRow): void {
    const before = this.byPlace[place];
    if (before !== undefined) this.places.delete(before);
    this.places.set(row, place);
    this.byPlace[place] = row;
  }
}

/** Lists of columns by a small number each: many series of a target add to the same columns of their rows. */
export class ColumnLists {
  private readonly lists: (readonly number[])[] = [];
  private readonly known = new Map<string, number>();

  at(place: number): readonly number[] {
    return this.lists[place] ?? [];
  }

  place(columns: readonly number[]): number {
    const key = columns.join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const place = this.lists.push(columns) - 1;
    this.known.set(key, place);
    return place;
  }
}
