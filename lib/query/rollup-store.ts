/**
 * The rollup part of the store: closed slots at several grains. Appending is additive: a slot may come again with what was
 * late, and a read sums all that was appended before it. Each tier holds the whole of its own retention by itself.
 */
import type { ClosedSlot, RollupRow, SlotSum } from "../model/rollup-row.ts";

export interface RollupTier {
  readonly slotMs: number;
  readonly retainMs: number;
}

export interface RollupStoreStats {
  /** Slots held, by tier. */
  readonly slots: Readonly<Record<string, number>>;
  /** Numbers held, all tiers. */
  readonly values: number;
  /** Slots let go before their retention to stay within the limit on memory. */
  readonly evicted: number;
}

export interface RollupStore {
  /** Finest first; each a multiple of the one before. */
  readonly tiers: readonly RollupTier[];
  append(slots: readonly ClosedSlot[]): Promise<void>;
  /** Sums over the slots of one tier that overlap [fromMs, toMs); bounds are multiples of the tier's slot. */
  read(tierMs: number, fromMs: number, toMs: number, wanted?: (row: RollupRow) => boolean): Promise<SlotSum>;
  /** Start of the oldest slot that a tier still holds. */
  oldestMs(tierMs: number): number | null;
  stats(): RollupStoreStats;
  close(): Promise<void>;
}
