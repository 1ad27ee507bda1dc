/**
 * Rollups in files of blocks. In: closed slots, checkpoints of open ones; out: sums of any window in a few dozen blocks.
 * Writes run one after the other, and each is whole or not at all (commits.ts). Coarser levels are made in the background
 * (`tick`), retention unlinks partitions. Slots that are older than a tier keeps go to the first that keeps them.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ClosedSlot, RollupRow, SlotSum } from "../../../../lib/model/rollup-row.ts";
import type {
  Checkpoint,
  Restored,
  RollupStore,
  RollupStoreStats,
  RollupTier,
} from "../../../../lib/query/rollup-store.ts";
import { BlockFiles, type NewBlock, readBlocks } from "./block-files.ts";
import { type Commit, Commits } from "./commits.ts";
import { Folding } from "./folding.ts";
import { type LevelIndex, Levels, levelsOver, slotStart } from "./levels.ts";
import { OpenSlots } from "./open-slots.ts";
import { RecordLog } from "./record-log.ts";
import { Retention } from "./retention.ts";
import { type RowRecord, RowRegistry } from "./row-registry.ts";
import { encodeSlot, Sums } from "./sums.ts";

export interface EmbeddedRollupsOptions {
  /** Made if it is not there. */
  readonly folder: string;
  readonly tiers: readonly RollupTier[];
  /** On disk; past it the oldest partitions go. */
  readonly maxBytes: number;
  readonly nowMs: () => number;
  /** Beside the process that writes: nothing is made, cut off or written. */
  readonly isReadOnly?: boolean;
}

/** Blocks of one write, by level; those of open slots apart. */
export interface Writing {
  readonly levels?: readonly (readonly [number, readonly NewBlock[]])[];
  readonly open?: readonly NewBlock[];
}

export class EmbeddedRollups implements RollupStore {
  readonly tiers: readonly RollupTier[];
  /** Bytes that could not be read when the folder was opened, and were cut off. */
  damagedBytes = 0;
  private damagedBlocks = 0;
  private prunedMs = Number.NEGATIVE_INFINITY;
  private readonly options: EmbeddedRollupsOptions;
  private readonly levels: Levels;
  private readonly files: readonly BlockFiles[];
  private readonly open: OpenSlots;
  private readonly commits: Commits;
  private readonly registry: RowRegistry;
  private readonly folding: Folding;
  private readonly retention: Retention;
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(options: EmbeddedRollupsOptions) {
    const { folder, tiers, nowMs, maxBytes } = options;
    this.options = options;
    this.tiers = tiers;
    const shapes = levelsOver(tiers);
    this.levels = new Levels(shapes);
    this.files = shapes.map(
      ({ slotMs, partitionMs, retainMs }) =>
        new BlockFiles(
          join(folder, String(slotMs)),
          (startMs) => (startMs < nowMs() - retainMs - partitionMs ? partitionMs * OLD_PARTITION : partitionMs),
          nowMs,
        ),
    );
    this.open = new OpenSlots(join(folder, "open"), nowMs);
    this.commits = new Commits(join(folder, "commits.log"));
    this.registry = new RowRegistry(new RecordLog<RowRecord>(join(folder, "rows.log")), nowMs);
    const damaged = (blocks: number): void => this.damaged(blocks);
    this.folding = new Folding({ levels: this.levels, registry: this.registry, nowMs, damaged });
    this.retention = new Retention({ levels: this.levels, files: this.files, nowMs, maxBytes });
  }

  /** Rejects when the folder cannot be read or written. */
  static async open(options: EmbeddedRollupsOptions): Promise<EmbeddedRollups> {
    if (options.isReadOnly !== true) await mkdir(options.folder, { recursive: true });
    const store = new EmbeddedRollups(options);
    await store.load();
    return store;
  }

  private async load(): Promise<void> {
    const { isReadOnly = false } = this.options;
    this.damagedBytes += await this.commits.load(isReadOnly);
    this.damagedBytes += await this.registry.load(isReadOnly);
    for (const [level, files] of this.files.entries()) {
      const { blocks } = await files.load(this.commits.seq, isReadOnly);
      for (const block of blocks) this.levels.at(level)?.add(block);
    }
    if (isReadOnly) return;
    await this.open.load(this.commits);
    this.folding.findUnfolded();
  }

  append(slots: readonly ClosedSlot[], writeId?: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.commits.has(writeId)) return;
      const byLevel = new Map<number, NewBlock[]>();
      for (const slot of slots) {
        const level = this.levelFor(slot.startMs);
        const startMs = slotStart(slot.startMs, this.levels.at(level)?.shape.slotMs ?? 1);
        const blocks = byLevel.get(level) ?? [];
        for (const block of await encodeSlot(slot, this.registry, true)) {
          blocks.push({ ...block, startMs, seq: this.commits.seq + 1, foldedSeq: 0 });
        }
        byLevel.set(level, blocks);
      }
      const closed = slots.map(({ startMs }) => startMs);
      await this.write({ levels: [...byLevel] }, { closed, ...(writeId === undefined ? {} : { writeId }) });
      for (const start of closed) await this.open.closed(start);
    });
  }

  /** The finest tier that still keeps a slot of that age; the last one keeps what is older than all. */
  private levelFor(startMs: number): number {
    const nowMs = this.options.nowMs();
    const level = this.tiers.findIndex(({ retainMs }) => startMs >= nowMs - retainMs);
    return level < 0 ? this.tiers.length - 1 : level;
  }

  checkpoint({ open, marks }: Checkpoint, writeId?: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.commits.has(writeId)) return;
      const seq = this.commits.seq + 1;
      const blocks: NewBlock[] = [];
      for (const slot of open) {
        for (const block of await encodeSlot(slot, this.registry, false)) {
          blocks.push({ ...block, startMs: slot.startMs, seq, foldedSeq: 0 });
        }
      }
      await this.write({ open: blocks }, { marks, ...(writeId === undefined ? {} : { writeId }) });
    });
  }

  restore(): Promise<Restored> {
    return this.inTurn(async () => {
      const open: ClosedSlot[] = [];
      for (const [startMs, blocks] of this.open.slots()) {
        const sums = new Sums(this.registry);
        this.damaged(await readBlocks(blocks, (block, bytes) => sums.add(block, bytes)));
        open.push({ startMs, ...sums.sum() });
      }
      return { open, marks: this.commits.marks };
    });
  }

  async read(tierMs: number, fromMs: number, toMs: number, wanted?: (row: RollupRow) => boolean): Promise<SlotSum> {
    const sums = new Sums(this.registry, wanted);
    const level = this.levels.indexOf(tierMs);
    const blocks = level < 0 ? [] : this.levels.cover(level, fromMs, toMs);
    this.damaged(await readBlocks(blocks, (block, bytes) => sums.add(block, bytes)));
    return sums.sum();
  }

  /** Starts of the slots of a tier that hold anything, within [startMs, endMs), in order. */
  slotsIn(tierMs: number, startMs: number, endMs: number): number[] {
    const level = this.levels.indexOf(tierMs);
    const starts = new Set<number>();
    for (const index of this.levels.all.slice(0, level + 1)) {
      for (const start of index.slots.keys()) starts.add(slotStart(start, tierMs));
    }
    return [...starts].filter((start) => start + tierMs > startMs && start < endMs).sort((a, b) => a - b);
  }

  /** How many blocks a read of this window sums. */
  blocksFor(tierMs: number, fromMs: number, toMs: number): number {
    return this.levels.cover(this.levels.indexOf(tierMs), fromMs, toMs).length;
  }

  oldestMs(tierMs: number): number | null {
    return this.levels.at(this.levels.indexOf(tierMs))?.oldest() ?? null;
  }

  stats(): RollupStoreStats {
    const tiers = this.levels.all.slice(0, this.tiers.length);
    const slots = Object.fromEntries(tiers.map(({ shape, slots: held }) => [String(shape.slotMs), held.size] as const));
    const values = this.levels.all.reduce((sum, level: LevelIndex) => sum + level.values, 0);
    return { slots, values, evicted: this.retention.evicted, bytes: this.bytes() };
  }

  private bytes(): number {
    return this.files.reduce((sum, files) => sum + files.bytes, 0) + this.open.files.bytes;
  }

  /**
   * Makes coarser levels of what is complete, and lets go of what is too old or too much. Rejects with
   * `rollup_block_damaged`, once done, when blocks had to be left out since the last time.
   */
  tick(): Promise<void> {
    return this.inTurn(async () => {
      for (const step of this.folding.due()) {
        const [level, blocks] = await step(this.commits.seq + 1);
        if (blocks.length > 0) await this.write({ levels: [[level, blocks]] }, {});
        this.folding.settle(level);
      }
      await this.retention.apply((level, partition) => this.folding.isDirty(level, partition));
      await this.prune();
      await this.commits.shrink((start) => this.open.mayHold(start));
      const { damagedBlocks } = this;
      this.damagedBlocks = 0;
      if (damagedBlocks > 0) throw new DamagedBlocks(damagedBlocks);
    });
  }

  /** Rows outlive the longest retention by as much as the longest partition may. */
  private async prune(): Promise<void> {
    const nowMs = this.options.nowMs();
    if (nowMs - this.prunedMs < PRUNE_EVERY_MS) return;
    this.prunedMs = nowMs;
    await this.registry.flush();
    await this.registry.prune(nowMs - longestMs(this.levels));
  }

  private damaged(blocks: number): void {
    this.damagedBlocks += blocks;
  }

  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    if (this.options.isReadOnly === true) return Promise.reject(new Error("opened to be read only"));
    const result = this.queue.then(run);
    this.queue = result.catch(() => {});
    return result;
  }

  /** All or nothing: the blocks, then the record that makes them count. */
  private async write({ levels = [], open = [] }: Writing, commit: Omit<Commit, "seq">): Promise<void> {
    const all = [...this.files, this.open.files];
    for (const files of all) await files.heal();
    await this.commits.heal();
    try {
      await this.registry.flush();
      const written = [];
      for (const [level, blocks] of levels) written.push([level, await this.files[level]?.write(blocks)] as const);
      const opened = await this.open.files.write(open);
      await this.commits.add({ seq: this.commits.seq + 1, ...commit });
      for (const files of all) files.settle();
      for (const [level, blocks] of written) {
        for (const block of blocks ?? []) {
          this.levels.at(level)?.add(block);
          this.folding.touched(level, block.startMs);
        }
      }
      for (const block of opened) this.open.add(block);
    } catch (error) {
      for (const files of all) files.undo();
      throw error;
    }
  }

  /** Waits for the write in hand. */
  async close(): Promise<void> {
    await this.queue;
  }
}

/** Slots from before a tier's retention are few and far between: their partitions are so many times as long. */
const OLD_PARTITION = 100;

const PRUNE_EVERY_MS = 86_400_000;

/** After so long without a write every block of a row is gone. */
function longestMs({ all }: Levels): number {
  return Math.max(...all.map(({ shape: { retainMs, partitionMs } }) => retainMs + partitionMs));
}

export class DamagedBlocks extends Error {
  readonly code = "rollup_block_damaged";

  constructor(blocks: number) {
    super(`${blocks} blocks of rollups do not match their checksums and were left out`);
  }
}
