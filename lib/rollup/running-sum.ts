/**
 * The sums of a run of slots by row, kept while the run moves on. In: the slots and which rows were written to; out: one
 * array of sums per row. A row that nothing was added to or taken from keeps its very array, so that whoever worked
 * something out from it need not do it again. What changed is summed anew from its slots, in their order, and never
 * corrected by adding and subtracting: no rounding is carried from one window to the next, and zero stays zero.
 */
import type { Sliced } from "../base/sliced.ts";
import type { Coverage, RowValues, SlotSum } from "../model/rollup-row.ts";
import type { MutableRow } from "./mutable-row.ts";
import { NumberBlocks } from "./number-blocks.ts";
import type { SlotNumbers } from "./slot-numbers.ts";

export interface SummedSlots {
  readonly generation: number;
  /** By start. */
  readonly slots: ReadonlyMap<number, SlotNumbers>;
  readonly rows: readonly MutableRow[];
  /** Counts writes; by row index, its value at the last write to the row. */
  readonly writes: number;
  readonly writtenAt: readonly number[];
}

const SUMMED_PER_STEP = 256;
/** Rows written to while the others were summed are summed without a step, once they are this few. */
const FEW = 512;

class RunningSum {
  summed = 0;
  busy = false;
  from = 0;
  to = 0;
  private held: SlotNumbers[] = [];
  private readonly sums: (RowValues | undefined)[] = [];
  private readonly summedAt: (number | undefined)[] = [];

  /** Whether a run of slots is so near to this one that most rows of it are known. */
  isNear(from: number, to: number, slotMs: number): boolean {
    return from >= this.from && from - this.from <= 6 * slotMs && Math.abs(to - from - (this.to - this.from)) <= slotMs;
  }

  /** The sums of the slots that start in [from, to), true at the moment it ends. */
  *read(source: () => SummedSlots, from: number, to: number): Sliced<RowValues[]> {
    this.move(source().slots, from, to);
    const blocks = new NumberBlocks();
    for (let round = 0; round < 4; round++) {
      const changed = source().rows.filter((row) => this.isStale(row, source()));
      if (changed.length <= FEW) break;
      for (let at = 0; at < changed.length; at += SUMMED_PER_STEP) {
        this.sum(changed.slice(at, at + SUMMED_PER_STEP), source().writes, blocks);
        yield;
      }
    }
    const now = source();
    // A slot that came or went meanwhile changes which arrays are summed.
    this.move(now.slots, from, to);
    const late = now.rows.filter((row) => this.isStale(row, now));
    this.sum(late, now.writes, blocks);
    const made: RowValues[] = [];
    for (const { index } of now.rows) {
      const sum = this.sums[index];
      if (sum !== undefined) made.push(sum);
    }
    return made;
  }

  private isStale({ index, columns }: MutableRow, { writtenAt }: SummedSlots): boolean {
    const at = this.summedAt[index];
    if (at === undefined || (writtenAt[index] ?? 0) > at) return true;
    const sum = this.sums[index];
    return sum !== undefined && sum.values.length < columns.length;
  }

  /** Rows of slots that join the run or leave it are to be summed again. */
  private move(slots: ReadonlyMap<number, SlotNumbers>, from: number, to: number): void {
    const held: SlotNumbers[] = [];
    for (const [start, slot] of slots) if (start >= from && start < to) held.push(slot);
    const before = new Set(this.held);
    const after = new Set(held);
    for (const slot of [...this.held, ...held]) {
      if (this.summed === 0 || before.has(slot) === after.has(slot)) continue;
      slot.each((index) => this.forget(index));
    }
    this.held = held;
    this.from = from;
    this.to = to;
  }

  private forget(index: number): void {
    this.summedAt[index] = undefined;
    this.sums[index] = undefined;
  }

  /** Slot by slot, since rows that were written to together lie together. */
  private sum(rows: readonly MutableRow[], writes: number, blocks: NumberBlocks): void {
    this.summed += rows.length;
    for (const { index } of rows) {
      this.summedAt[index] = writes;
      this.sums[index] = undefined;
    }
    for (const slot of this.held) {
      for (const row of rows) {
        const { index } = row;
        if (!slot.has(index)) continue;
        const sum = this.sums[index] ?? { row, values: blocks.take(row.columns.length) };
        this.sums[index] = sum;
        slot.addTo(sum.values, index);
      }
    }
  }
}

/** Runs kept: of the default window, and of a few other lengths. */
const KEPT_RUNS = 4;

export class RunningSums {
  private runs: RunningSum[] = [];
  private read: { readonly generation: number; readonly from: number; readonly to: number; readonly sum: SlotSum }[] =
    [];
  private readonly source: () => SummedSlots;
  private readonly slotMs: number;

  constructor(source: () => SummedSlots, slotMs: number) {
    this.source = source;
    this.slotMs = slotMs;
  }

  /** Rows summed so far, by the runs that are kept: a count of work. */
  get summedRows(): number {
    return this.runs.reduce((sum, run) => sum + run.summed, 0);
  }

  /** Sums over the slots that start in [from, to), with what `coveredMs` says at the moment it ends. */
  *steps(from: number, to: number, coveredMs: () => Coverage): Sliced<SlotSum> {
    const { generation } = this.source();
    const known = this.read.find((one) => one.generation === generation && one.from === from && one.to === to);
    if (known !== undefined) return known.sum;
    const run = this.runOf(from, to);
    run.busy = true;
    try {
      const rows = yield* run.read(this.source, from, to);
      const sum = { rows, coveredMs: coveredMs() };
      const now = this.source().generation;
      const others = this.read.filter((one) => one.generation === now && !(one.from === from && one.to === to));
      this.read = [...others, { generation: now, from, to, sum }].slice(-KEPT_RUNS);
      return sum;
    } finally {
      run.busy = false;
    }
  }

  /** The kept run that lies nearest, or another in the place of the one that was longest not asked for. */
  private runOf(from: number, to: number): RunningSum {
    const near = this.runs.find((run) => !run.busy && run.isNear(from, to, this.slotMs));
    const run = near ?? new RunningSum();
    this.runs = [...this.runs.filter((one) => one !== run), run].slice(-KEPT_RUNS);
    return run;
  }
}
