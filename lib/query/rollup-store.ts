/**
 * The rollup part of the store: closed slots at several grains. Appending is additive: a slot may come again with what was
 * late, and a read sums all that was appended before it. Each tier holds the whole of its own retention by itself.
 */
import type { ClosedSlot, RollupRow, SlotSum } from "../model/rollup-row.ts";

export interface RollupTier {
  readonly slotMs: number;
  readonly retainMs: number;
}

export interface Checkpoint {
  readonly open: readonly ClosedSlot[];
  readonly marks: Readonly<Record<string, string>>;
}

export interface Restored {
  readonly open: readonly ClosedSlot[];
  readonly marks: Readonly<Record<string, string>>;
}

export interface RollupStoreStats {
  /** Slots held, by tier. */
  readonly slots: Readonly<Record<string, number>>;
  /** Numbers held, all tiers. */
  readonly values: number;
  /** Slots let go before their retention to stay within the limit on memory or disk. */
  readonly evicted: number;
  /** On disk; absent for a store in memory. */
  readonly bytes?: number;
}

export interface RollupStore {
  /** Finest first; each a multiple of the one before. */
  readonly tiers: readonly RollupTier[];
  /** `writeId`: the same write again, after its answer was lost, changes nothing. Writes come one after the other. */
  append(slots: readonly ClosedSlot[], writeId?: string): Promise<void>;
  /**
   * Keeps what slots that are still open have gained since the last checkpoint, apart from the tiers, so that no read sees
   * it; `append` of the same slot, which carries the whole of it, replaces what was kept. `marks` are kept in the same
   * transaction: they say up to where in each log the rollup was folded.
   */
  checkpoint(checkpoint: Checkpoint, writeId?: string): Promise<void>;
  /** What a checkpoint kept of slots that were not appended since, summed by slot, with the last marks. */
  restore(): Promise<Restored>;
  /** Sums over the slots of one tier that overlap [fromMs, toMs); bounds are multiples of the tier's slot. */
  read(tierMs: number, fromMs: number, toMs: number, wanted?: (row: RollupRow) => boolean): Promise<SlotSum>;
  /** Start of the oldest slot that a tier still holds. */
  oldestMs(tierMs: number): number | null;
  stats(): RollupStoreStats;
  close(): Promise<void>;
}
