/**
 * The live table of a process that is gone → one that goes on. In: what the open slots held (rows with the columns that
 * their numbers had), who had observed what, and up to where slots were closed. Out: a table whose reads are those of the
 * old one. Counters are not here: the next reading of each target is a baseline, and the time since the last is uncovered.
 */
import type { ClosedSlot, RollupRow } from "../model/rollup-row.ts";
import type { MutableRow } from "./mutable-row.ts";
import type { SlotTable } from "./slot-table.ts";

/** As JSON can hold it. */
export interface SavedCoverage {
  /** Slots before this were closed; null: none was. */
  readonly horizonMs: number | null;
  readonly targets: readonly {
    readonly key: string;
    readonly intervalMs: number;
    readonly firstMs: number | null;
    readonly lastMs: number | null;
    readonly processStartMs: number | null;
    /** From and to, one after the other. */
    readonly intervals: readonly number[];
  }[];
  /** Group, then its targets by their places in `targets`. */
  readonly groups: readonly (readonly [string, readonly number[]])[];
}

export function saveCoverage(slots: SlotTable): SavedCoverage {
  const targets = [...slots.targets];
  const places = new Map(targets.map(([, target], place) => [target, place] as const));
  return {
    horizonMs: Number.isFinite(slots.horizonMs) ? slots.horizonMs : null,
    targets: targets.map(([key, { intervalMs, firstMs, lastMs, processStartMs, intervals }]) => ({
      key,
      intervalMs,
      firstMs,
      lastMs,
      processStartMs,
      intervals: intervals.flatMap(({ from, to }) => [from, to]),
    })),
    groups: [...slots.groups].map(
      ([group, members]) => [group, [...members].flatMap((member) => places.get(member) ?? [])] as const,
    ),
  };
}

export function restoreCoverage(slots: SlotTable, saved: SavedCoverage): void {
  const targets = saved.targets.map(({ key, intervalMs, firstMs, lastMs, processStartMs, intervals }) => {
    const target = slots.target(key, intervalMs);
    target.firstMs = firstMs;
    target.lastMs = lastMs;
    target.processStartMs = processStartMs;
    for (let i = 0; i + 1 < intervals.length; i += 2) target.cover(intervals[i] ?? 0, intervals[i + 1] ?? 0);
    return target;
  });
  for (const [group, places] of saved.groups) {
    for (const place of places) {
      const target = targets[place];
      if (target !== undefined) slots.join(group, target);
    }
  }
  const lasts = saved.targets.flatMap(({ lastMs }) => lastMs ?? []);
  if (lasts.length > 0) slots.observed(lasts.reduce((a, b) => Math.max(a, b)));
}

function jobOf(group: string): string {
  const parts: unknown = JSON.parse(group);
  const job: unknown = Array.isArray(parts) ? parts[0] : undefined;
  return typeof job === "string" ? job : "";
}

/** The row of this table that is the same; `member`: as another collector's. */
export function rowLike(slots: SlotTable, row: RollupRow, member?: string): MutableRow {
  const { edge, reporter, transport, below = false, firstSeenMs } = row;
  const of = member === undefined ? {} : { member };
  const made = slots.table.row({ edge, reporter, transport, below, job: jobOf(row.group), ...of }, firstSeenMs);
  made.lastSeenMs = Math.max(made.lastSeenMs, row.lastSeenMs);
  made.hasRequests ||= row.hasRequests;
  made.everActive ||= row.everActive;
  made.describe(row);
  for (const [target, state] of row.tls) made.setTls(target, state);
  return made;
}

export function restoreSlots(slots: SlotTable, open: readonly ClosedSlot[]): void {
  for (const { startMs, rows } of open) {
    const shares = [{ slotMs: startMs, share: 1 }];
    for (const { row, values } of rows) {
      const made = rowLike(slots, row);
      values.forEach((value, i) => {
        const column = row.columns[i];
        const place = value === 0 || column === undefined ? undefined : made.counting(column, row.schemes);
        if (place !== undefined) slots.add(made, [place], value, shares);
      });
    }
  }
  slots.changed();
}
