/**
 * What another collector's open slots hold, beside this one's own. In: its slots as they are now (each the whole of a slot)
 * and who observed what there. Out: rows in the live table that readers see and that no store is given: their own collector
 * does that. A slot that comes again replaces what stood there; one that does not come stays.
 */
import type { ClosedSlot, RollupRow } from "../model/rollup-row.ts";
import { type Handed, MEMBER_PREFIX } from "./coverage.ts";
import type { MutableRow } from "./mutable-row.ts";
import { rowLike, type SavedCoverage } from "./slot-restore.ts";
import type { SlotTable } from "./slot-table.ts";

const NEVER: Handed = { atMs: Number.NEGATIVE_INFINITY, lastMs: null };

/** Whether a target was observed by another collector. */
export function isOthersTarget(key: string): boolean {
  return key.startsWith(MEMBER_PREFIX);
}

export class OthersSlots {
  private readonly slots: SlotTable;
  private readonly member: string;

  constructor(slots: SlotTable, member: string) {
    this.slots = slots;
    this.member = member;
  }

  /** `wholeMs`: when all of its open slots were asked for; undefined where only the newest were. */
  apply(open: readonly ClosedSlot[], coverage: SavedCoverage, wholeMs?: number): void {
    const { slots } = this;
    for (const { startMs, rows } of open) {
      if (startMs < slots.horizonMs) continue;
      for (const { row, values } of rows) this.place(rowLike(slots, row, this.member), row, startMs, values);
    }
    this.cover(coverage, wholeMs);
    slots.changed();
  }

  /** Numbers become what they are over there, to the last digit; all of a row's only ever grow. */
  private place(made: MutableRow, row: RollupRow, startMs: number, values: Float64Array): void {
    const shares = [{ slotMs: startMs, share: 1 }];
    const places: number[] = [];
    values.forEach((value, i) => {
      const column = row.columns[i];
      const place = value === 0 || column === undefined ? undefined : made.counting(column, row.schemes);
      if (place !== undefined) places[i] = place;
    });
    const known = this.slots.held(startMs, made.index);
    const isSame = known !== undefined && places.every((place, i) => known[place] === values[i]);
    const [first] = places.filter((place) => place !== undefined);
    if (isSame || first === undefined) return;
    // Makes room for every column, and tells readers that the row has changed.
    this.slots.add(made, [first], 1, shares);
    const held = this.slots.held(startMs, made.index);
    places.forEach((place, i) => {
      if (held !== undefined) held[place] = values[i] ?? 0;
    });
  }

  private cover(coverage: SavedCoverage, wholeMs: number | undefined): void {
    const { slots } = this;
    const targets = coverage.targets.map(({ key, intervalMs, firstMs, lastMs, processStartMs, intervals }) => {
      const target = slots.target(`${MEMBER_PREFIX}${this.member}/${key}`, intervalMs);
      // One that is new in a part was never handed over whole.
      if (wholeMs !== undefined) target.handed = { atMs: wholeMs, lastMs };
      else target.handed ??= NEVER;
      target.firstMs = firstMs;
      target.lastMs = lastMs;
      target.processStartMs = processStartMs;
      target.intervals.length = 0;
      for (let i = 0; i + 1 < intervals.length; i += 2) target.cover(intervals[i] ?? 0, intervals[i + 1] ?? 0);
      return target;
    });
    for (const [group, places] of coverage.groups) {
      for (const place of places) {
        const target = targets[place];
        if (target !== undefined) slots.join(group, target);
      }
    }
    const lasts = coverage.targets.flatMap(({ lastMs }) => lastMs ?? []);
    if (lasts.length > 0) slots.observed(lasts.reduce((a, b) => Math.max(a, b)));
  }
}

/** The other side of `apply`: this collector's own open slots from `fromMs` on, whole, and who observed what. */
export function ownSlots(slots: SlotTable, fromMs: number): ClosedSlot[] {
  const open = new Map<number, { row: RollupRow; values: Float64Array }[]>();
  const first = Math.max(fromMs, slots.horizonMs, (slots.lastObservationMs ?? 0) - 90 * slots.slotMs);
  const start = Math.floor(first / slots.slotMs) * slots.slotMs;
  const end = (slots.lastObservationMs ?? start) + slots.slotMs;
  for (let at = start; at < end; at += slots.slotMs) {
    const rows: { row: RollupRow; values: Float64Array }[] = [];
    slots.scan(at, at + slots.slotMs, (index) => {
      const row = slots.table.at(index);
      const values = slots.held(at, index);
      if (row !== undefined && values !== undefined && row.member === undefined) rows.push({ row, values });
    });
    if (rows.length > 0) open.set(at, rows);
  }
  return [...open].map(([startMs, rows]) => ({ startMs, rows, coveredMs: new Map() }));
}

export function ownCoverage({ horizonMs, targets, groups }: SavedCoverage): SavedCoverage {
  const places = new Map<number, number>();
  const own = targets.filter(({ key }, place) => {
    if (isOthersTarget(key)) return false;
    places.set(place, places.size);
    return true;
  });
  const joined = groups.map(
    ([group, members]) => [group, members.flatMap((place) => places.get(place) ?? [])] as const,
  );
  return { horizonMs, targets: own, groups: joined.filter(([, members]) => members.length > 0) };
}
