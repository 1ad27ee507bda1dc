/**
 * The grains at which sums are kept, and which blocks answer for a stretch of time. Below the tiers that readers know there
 * are coarser levels, so that a window of any length is the sum of a few dozen slots: each slot of a level is the sum of
 * the next finer level's, made once they are complete. A block says up to which write it holds the finer ones: whatever of
 * them came later is added by readers, until it is folded in too. All slots Unix ms.
 */
import type { RollupTier } from "../../../../lib/query/rollup-store.ts";
import type { Block } from "./block-files.ts";

export interface LevelShape {
  readonly slotMs: number;
  readonly retainMs: number;
  /** Length of a partition on disk. */
  readonly partitionMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Grains above those of the tiers, with partitions of 10 to 240 slots. */
const COARSER: readonly { readonly slotMs: number; readonly partitionMs: number }[] = [
  { slotMs: HOUR, partitionMs: 10 * DAY },
  { slotMs: 6 * HOUR, partitionMs: 12 * DAY },
  { slotMs: DAY, partitionMs: 24 * DAY },
  { slotMs: 8 * DAY, partitionMs: 80 * DAY },
];

/** Levels over the given tiers, finest first; each slot a multiple of the one before. */
export function levelsOver(tiers: readonly RollupTier[]): readonly LevelShape[] {
  const own = tiers.map(({ slotMs, retainMs }) => ({ slotMs, retainMs, partitionMs: slotMs * 360 }));
  const last = own[own.length - 1];
  if (last === undefined) return [];
  const levels: LevelShape[] = [...own];
  let slotMs = last.slotMs;
  for (const coarser of COARSER) {
    if (coarser.slotMs <= slotMs || coarser.slotMs % slotMs !== 0) continue;
    levels.push({ ...coarser, retainMs: last.retainMs });
    slotMs = coarser.slotMs;
  }
  return levels;
}

export function slotStart(atMs: number, slotMs: number): number {
  return Math.floor(atMs / slotMs) * slotMs;
}

/** Blocks of one level by slot. */
export class LevelIndex {
  readonly shape: LevelShape;
  readonly slots = new Map<number, Block[]>();
  values = 0;

  constructor(shape: LevelShape) {
    this.shape = shape;
  }

  add(block: Block): void {
    const known = this.slots.get(block.startMs);
    if (known === undefined) this.slots.set(block.startMs, [block]);
    else known.push(block);
    this.values += block.values;
  }

  /** Forgets all blocks of a partition. Returns the slots that are gone with it. */
  drop(partition: Block["partition"]): number {
    let gone = 0;
    for (const [start, blocks] of this.slots) {
      if (start + this.shape.slotMs <= partition.startMs || start >= partition.startMs + partition.lengthMs) continue;
      const kept = blocks.filter((block) => block.partition !== partition);
      for (const block of blocks) if (block.partition === partition) this.values -= block.values;
      if (kept.length > 0) this.slots.set(start, kept);
      else {
        this.slots.delete(start);
        gone++;
      }
    }
    return gone;
  }

  /** The last write of the finer level that the slot holds; 0: none. */
  foldedSeq(start: number): number {
    return (this.slots.get(start) ?? []).reduce((seq, block) => Math.max(seq, block.foldedSeq), 0);
  }

  oldest(): number | null {
    let oldest = Number.POSITIVE_INFINITY;
    for (const start of this.slots.keys()) oldest = Math.min(oldest, start);
    return oldest === Number.POSITIVE_INFINITY ? null : oldest;
  }
}

export class Levels {
  readonly all: readonly LevelIndex[];

  constructor(shapes: readonly LevelShape[]) {
    this.all = shapes.map((shape) => new LevelIndex(shape));
  }

  at(level: number): LevelIndex | undefined {
    return this.all[level];
  }

  indexOf(slotMs: number): number {
    return this.all.findIndex(({ shape }) => shape.slotMs === slotMs);
  }

  /** Blocks whose sum is that of [fromMs, toMs), whole slots of `level`: coarser ones wherever they fit. */
  cover(level: number, fromMs: number, toMs: number): Block[] {
    const blocks: Block[] = [];
    this.coverInto(blocks, level, fromMs, toMs);
    return blocks;
  }

  private coverInto(blocks: Block[], level: number, fromMs: number, toMs: number): void {
    const coarser = this.all[level + 1];
    if (coarser !== undefined) {
      const { slotMs } = coarser.shape;
      const first = Math.ceil(fromMs / slotMs) * slotMs;
      const last = slotStart(toMs, slotMs);
      if (first < last) {
        this.slotsInto(blocks, level, fromMs, first);
        this.coverInto(blocks, level + 1, first, last);
        this.slotsInto(blocks, level, last, toMs);
        return;
      }
    }
    this.slotsInto(blocks, level, fromMs, toMs);
  }

  /** All that is known of the slots of one level: their own blocks, and what finer levels have that they have not. */
  private slotsInto(blocks: Block[], level: number, fromMs: number, toMs: number): void {
    const index = this.all[level];
    if (index === undefined) return;
    const { slotMs } = index.shape;
    for (const start of startsIn(index, fromMs, toMs)) {
      for (const block of index.slots.get(start) ?? []) blocks.push(block);
    }
    if (level > 0) this.unfoldedInto(blocks, level, { fromMs: slotStart(fromMs, slotMs), toMs });
  }

  /** Finer blocks in a stretch of whole slots of `level` that those slots do not hold yet. */
  private unfoldedInto(blocks: Block[], level: number, { fromMs, toMs }: { fromMs: number; toMs: number }): void {
    const index = this.all[level];
    const finer = this.all[level - 1];
    if (index === undefined || finer === undefined) return;
    for (const start of startsIn(finer, fromMs, toMs)) {
      const folded = index.foldedSeq(slotStart(start, index.shape.slotMs));
      for (const block of finer.slots.get(start) ?? []) if (block.seq > folded) blocks.push(block);
    }
    if (level > 1) this.unfoldedInto(blocks, level - 1, { fromMs, toMs });
  }
}

/** Starts of the slots that the level holds within a stretch: by counting or by looking, whichever is less. */
function startsIn({ slots, shape }: LevelIndex, fromMs: number, toMs: number): number[] {
  const { slotMs } = shape;
  const first = Math.ceil(fromMs / slotMs) * slotMs;
  if ((toMs - first) / slotMs > slots.size) return [...slots.keys()].filter((start) => start >= fromMs && start < toMs);
  const starts: number[] = [];
  for (let start = first; start < toMs; start += slotMs) if (slots.has(start)) starts.push(start);
  return starts;
}
