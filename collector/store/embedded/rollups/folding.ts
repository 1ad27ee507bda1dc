/**
 * Makes each level from the next finer one. In: which finer slots were written to; out: sums to write, once the slot is
 * complete and nothing has come for it for a while, so that late parts are gathered into few blocks. Exact: sums of quanta.
 */
import { type Block, type NewBlock, type Partition, readBlocks } from "./block-files.ts";
import { type LevelIndex, type Levels, slotStart } from "./levels.ts";
import type { RowRegistry } from "./row-registry.ts";
import { Sums } from "./sums.ts";

/** Nothing was written to a slot's finer ones for so long. */
const QUIET_MS = 15_000;
/** Where traffic has ended, time completes what it left. */
const ENDED_MS = 1_800_000;
/** Slots made in one write. */
const SLOTS_AT_ONCE = 32;
const VALUES_AT_ONCE = 4_000_000;

export interface FoldingParts {
  readonly levels: Levels;
  readonly registry: RowRegistry;
  readonly nowMs: () => number;
  /** Blocks that do not match their checksums were left out. */
  readonly damaged: (blocks: number) => void;
}

type Step = (seq: number) => Promise<readonly [level: number, blocks: readonly NewBlock[]]>;

export class Folding {
  private readonly parts: FoldingParts;
  /** By level, then by slot of it: when something finer was last written, Unix ms. */
  private readonly dirty: Map<number, number>[];
  private newestMs = Number.NEGATIVE_INFINITY;
  private inHand: readonly number[] = [];

  constructor(parts: FoldingParts) {
    this.parts = parts;
    this.dirty = parts.levels.all.map(() => new Map());
  }

  /** After opening: every slot whose finer ones hold something that it does not. */
  findUnfolded(): void {
    const { levels } = this.parts;
    levels.all.forEach((index, level) => {
      const coarser = levels.at(level + 1);
      for (const [start, blocks] of index.slots) {
        this.newestMs = Math.max(this.newestMs, start + index.shape.slotMs);
        if (coarser === undefined) continue;
        const folded = coarser.foldedSeq(slotStart(start, coarser.shape.slotMs));
        if (blocks.some(({ seq }) => seq > folded)) this.touched(level, start, 0);
      }
    });
  }

  touched(level: number, startMs: number, atMs = this.parts.nowMs()): void {
    const { levels } = this.parts;
    this.newestMs = Math.max(this.newestMs, startMs + (levels.at(level)?.shape.slotMs ?? 0));
    const coarser = levels.at(level + 1);
    if (coarser !== undefined) this.dirty[level + 1]?.set(slotStart(startMs, coarser.shape.slotMs), atMs);
  }

  /** Whether a partition of the level holds what the next coarser one has not taken yet. */
  isDirty(level: number, { startMs, lengthMs }: Partition): boolean {
    const coarser = this.parts.levels.at(level + 1);
    if (coarser === undefined) return false;
    for (const start of this.dirty[level + 1]?.keys() ?? []) {
      if (start + coarser.shape.slotMs > startMs && start < startMs + lengthMs) return true;
    }
    return false;
  }

  /** One step for each level that has something to do, finest first; each is written before the next is asked for. */
  *due(): Generator<Step> {
    for (const [level, index] of this.parts.levels.all.entries()) {
      const starts = this.ready(level, index.shape.slotMs);
      if (starts.length === 0) continue;
      yield (seq) => this.fold(level, index, starts, seq);
    }
  }

  private ready(level: number, slotMs: number): number[] {
    const quiet = this.parts.nowMs() - QUIET_MS;
    const complete = Math.max(this.newestMs, this.parts.nowMs() - ENDED_MS);
    const ready: number[] = [];
    for (const [start, touchedMs] of this.dirty[level] ?? []) {
      if (ready.length >= SLOTS_AT_ONCE) break;
      const isComplete = start + slotMs <= complete && touchedMs <= quiet;
      if (isComplete && !this.isWaiting(level - 1, start, start + slotMs)) ready.push(start);
    }
    return ready;
  }

  /** Whether slots of a level within a stretch are still to be made. */
  private isWaiting(level: number, fromMs: number, toMs: number): boolean {
    for (const start of this.dirty[level]?.keys() ?? []) if (start >= fromMs && start < toMs) return true;
    return false;
  }

  private async fold(level: number, index: LevelIndex, starts: readonly number[], seq: number) {
    const finer = this.parts.levels.at(level - 1);
    const blocks: NewBlock[] = [];
    const taken: number[] = [];
    let values = 0;
    for (const start of starts) {
      if (values > VALUES_AT_ONCE) break;
      const news = finer === undefined ? [] : unfolded(finer, index, start);
      taken.push(start);
      if (news.length === 0) continue;
      const sums = new Sums(this.parts.registry);
      this.parts.damaged(await readBlocks(news, (block, bytes) => sums.add(block, bytes)));
      const foldedSeq = news.reduce((last, block) => Math.max(last, block.seq), 0);
      for (const block of sums.encoded()) {
        blocks.push({ ...block, startMs: start, seq, foldedSeq });
        values += block.values;
      }
    }
    this.inHand = taken;
    return [level, blocks] as const;
  }

  /** What `due` gave is written. */
  settle(level: number): void {
    for (const start of this.inHand) this.dirty[level]?.delete(start);
    this.inHand = [];
  }
}

function unfolded(finer: LevelIndex, index: LevelIndex, start: number): Block[] {
  const folded = index.foldedSeq(start);
  const news: Block[] = [];
  for (let at = start; at < start + index.shape.slotMs; at += finer.shape.slotMs) {
    for (const block of finer.slots.get(at) ?? []) if (block.seq > folded) news.push(block);
  }
  return news;
}
