/**
 * What checkpoints have kept of slots that are not closed yet: blocks by slot, apart from the tiers. In: blocks of
 * checkpoints, and which slots were closed; out: the blocks of those that were not. A file goes with the last slot in it.
 */
import { type Block, BlockFiles, type Partition } from "./block-files.ts";
import type { Commits } from "./commits.ts";

const PARTITION_MS = 60_000;

export class OpenSlots {
  readonly files: BlockFiles;
  private readonly bySlot = new Map<number, Block[]>();
  private readonly live = new Map<Partition, number>();

  constructor(folder: string, nowMs: () => number) {
    this.files = new BlockFiles(folder, () => PARTITION_MS, nowMs);
  }

  async load({ seq, closedBy }: Commits): Promise<void> {
    const { blocks } = await this.files.load(seq);
    for (const block of blocks) if (block.seq > (closedBy.get(block.startMs) ?? 0)) this.add(block);
    for (const partition of [...this.files.partitions.values()]) {
      if (!this.live.has(partition)) await this.files.drop(partition);
    }
  }

  add(block: Block): void {
    const known = this.bySlot.get(block.startMs) ?? [];
    known.push(block);
    this.bySlot.set(block.startMs, known);
    this.live.set(block.partition, (this.live.get(block.partition) ?? 0) + 1);
  }

  slots(): ReadonlyMap<number, readonly Block[]> {
    return this.bySlot;
  }

  async closed(start: number): Promise<void> {
    const blocks = this.bySlot.get(start) ?? [];
    this.bySlot.delete(start);
    for (const { partition } of blocks) {
      const left = (this.live.get(partition) ?? 0) - 1;
      this.live.set(partition, left);
      if (left > 0) continue;
      this.live.delete(partition);
      await this.files.drop(partition);
    }
  }

  /** Whether a file may hold something of this slot, closed or not. */
  mayHold(start: number): boolean {
    const from = Math.floor(start / PARTITION_MS) * PARTITION_MS;
    return this.files.partitions.has(`${from}-${PARTITION_MS}`);
  }
}
