/**
 * What the live table promises: the open slot and the recent ones, in memory. A slot belongs to exactly one of this and
 * the store: those that start at or after `horizonMs` are here. Reads are consistent between two changes of `generation`.
 */
import type { Sliced } from "../base/sliced.ts";
import type { ListenerState, RollupRow, Settling, SlotSum } from "../model/rollup-row.ts";

/** The row's numbers are the `size` from `at` on in `values`, which is only lent. */
export type Visit = (index: number, values: Float64Array, at: number, size: number) => void;

/** Unix ms; the end is not in it. */
export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

export interface LiveTable {
  readonly slotMs: number;
  readonly generation: number;
  readonly horizonMs: number;
  /** Newest reading of any target, Unix ms. */
  readonly lastObservationMs: number | null;
  /** All rows known, with or without increases. */
  readonly rows: readonly RollupRow[];
  /** By workload key, then by target and listener address. */
  readonly listeners: ReadonlyMap<string, ReadonlyMap<string, ListenerState>>;
  /** What was folded into `other` members or had no room in a row, by code. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Sums over live slots that start in [fromMs, toMs), with covered time up to `toMs`. */
  read(fromMs: number, toMs: number, wanted?: (row: RollupRow) => boolean): SlotSum;
  /** The same of all rows, in steps: true of the moment at which it ends. A row without news keeps its array of before. */
  readSteps(fromMs: number, toMs: number): Sliced<SlotSum>;
  /** What each row added in each live slot that starts in [fromMs, toMs), by the row's index: see `Visit`. */
  scan(fromMs: number, toMs: number, visit: Visit): void;
  /** The covered time of `read` alone, for these groups or all. */
  coverage(fromMs: number, toMs: number, groups?: Iterable<string>): ReadonlyMap<string, number>;
  /** Says of each of these groups in which steps it was covered for any time; steps do not overlap and are in order. */
  observedSteps(
    steps: readonly TimeSpan[],
    groups: Iterable<string>,
    mark: (group: string, step: number) => void,
  ): void;
  /** Who may yet change what is told of a time before `endMs`; nobody: what ended then is final. */
  settling(endMs: number, nowMs: number): Settling;
  groupLastMs(group: string): number | null;
  groupIntervalMs(group: string): number;
}
