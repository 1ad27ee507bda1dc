/**
 * Closed slots in memory, at three grains: 10 s for 1 hour, 1 min for 6 hours, 10 min for 3 days. In: closed slots, once or
 * again with late parts; out: sums. Each append is folded into every tier at once, so that a tier is whole by itself.
 * Memory is bounded by the number of numbers held: past it the oldest slots of the finest tier go first, counted.
 * Nothing survives the process.
 */
import type { ClosedSlot, RollupRow, RowValues, SlotSum } from "../../lib/model/rollup-row.ts";
import type { Checkpoint, Restored, RollupStore, RollupStoreStats, RollupTier } from "../../lib/query/rollup-store.ts";
import { addValues } from "../../lib/query/window.ts";

export const MEMORY_TIERS: readonly RollupTier[] = [
  { slotMs: 10_000, retainMs: 3_600_000 },
  { slotMs: 60_000, retainMs: 6 * 3_600_000 },
  { slotMs: 600_000, retainMs: 72 * 3_600_000 },
];
/** 160 MB of doubles. */
const MAX_VALUES = 20_000_000;

interface Slot {
  readonly rows: Map<string, RowValues>;
  readonly coveredMs: Map<string, number>;
  values: number;
}

export class MemoryRollupStore implements RollupStore {
  readonly tiers: readonly RollupTier[];
  private readonly slots = new Map<number, Map<number, Slot>>();
  private readonly maxValues: number;
  private values = 0;
  private evicted = 0;
  private newestMs = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly tiers?: readonly RollupTier[]; readonly maxValues?: number } = {}) {
    this.tiers = options.tiers ?? MEMORY_TIERS;
    this.maxValues = options.maxValues ?? MAX_VALUES;
    for (const { slotMs } of this.tiers) this.slots.set(slotMs, new Map());
  }

  async append(closed: readonly ClosedSlot[], _writeId?: string): Promise<void> {
    for (const slot of closed) {
      this.newestMs = Math.max(this.newestMs, slot.startMs);
      for (const { slotMs } of this.tiers) this.fold(slotMs, slot);
    }
    this.retain();
  }

  /** Nothing here outlives the process that could ask for it. */
  async checkpoint(_checkpoint: Checkpoint): Promise<void> {}

  async restore(): Promise<Restored> {
    return { open: [], marks: {} };
  }

  private fold(slotMs: number, { startMs, rows, coveredMs }: ClosedSlot): void {
    const tier = this.slots.get(slotMs);
    if (tier === undefined) return;
    const start = Math.floor(startMs / slotMs) * slotMs;
    let slot = tier.get(start);
    if (slot === undefined) {
      slot = { rows: new Map(), coveredMs: new Map(), values: 0 };
      tier.set(start, slot);
    }
    for (const { row, values } of rows) {
      const known = slot.rows.get(row.key);
      const sum = known === undefined ? Float64Array.from(values) : addValues(known.values, values);
      const grown = sum.length - (known?.values.length ?? 0);
      slot.values += grown;
      this.values += grown;
      slot.rows.set(row.key, { row, values: sum });
    }
    for (const [group, ms] of coveredMs) slot.coveredMs.set(group, (slot.coveredMs.get(group) ?? 0) + ms);
  }

  private retain(): void {
    for (const { slotMs, retainMs } of this.tiers) {
      const tier = this.slots.get(slotMs) ?? new Map<number, Slot>();
      for (const start of tier.keys()) if (start + slotMs <= this.newestMs - retainMs) this.drop(slotMs, start);
    }
    for (const { slotMs } of this.tiers) {
      const starts = [...(this.slots.get(slotMs)?.keys() ?? [])].sort((a, b) => a - b);
      for (const start of starts) {
        if (this.values <= this.maxValues) return;
        this.drop(slotMs, start);
        this.evicted++;
      }
    }
  }

  private drop(slotMs: number, start: number): void {
    this.values -= this.slots.get(slotMs)?.get(start)?.values ?? 0;
    this.slots.get(slotMs)?.delete(start);
  }

  async read(
    tierMs: number,
    fromMs: number,
    toMs: number,
    wanted: (row: RollupRow) => boolean = () => true,
  ): Promise<SlotSum> {
    const rows = new Map<string, { row: RollupRow; values: Float64Array }>();
    const coveredMs = new Map<string, number>();
    for (const [start, slot] of this.slots.get(tierMs) ?? []) {
      if (start + tierMs <= fromMs || start >= toMs) continue;
      for (const { row, values } of slot.rows.values()) {
        if (!wanted(row)) continue;
        const known = rows.get(row.key);
        if (known === undefined) rows.set(row.key, { row, values: Float64Array.from(values) });
        else known.values = addValues(known.values, values);
      }
      for (const [group, ms] of slot.coveredMs) coveredMs.set(group, (coveredMs.get(group) ?? 0) + ms);
    }
    return { rows: [...rows.values()], coveredMs };
  }

  oldestMs(tierMs: number): number | null {
    const starts = [...(this.slots.get(tierMs)?.keys() ?? [])];
    return starts.length === 0 ? null : Math.min(...starts);
  }

  stats(): RollupStoreStats {
    const slots = Object.fromEntries([...this.slots].map(([slotMs, tier]) => [String(slotMs), tier.size] as const));
    return { slots, values: this.values, evicted: this.evicted };
  }

  async close(): Promise<void> {
    for (const tier of this.slots.values()) tier.clear();
    this.values = 0;
  }
}
