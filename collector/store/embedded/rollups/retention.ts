/**
 * Lets go of whole partitions: those whose last slot and last write are older than their level keeps, and, past the limit
 * on disk, the oldest of the level that takes the most. In: partitions; out: fewer. What the next coarser level has not
 * taken yet stays.
 */
import type { BlockFiles, Partition } from "./block-files.ts";
import type { Levels } from "./levels.ts";

export interface RetentionParts {
  readonly levels: Levels;
  readonly files: readonly BlockFiles[];
  readonly nowMs: () => number;
  readonly maxBytes: number;
}

type IsDirty = (level: number, partition: Partition) => boolean;

export class Retention {
  /** Slots let go before their time, for the limit on disk. */
  evicted = 0;
  private readonly parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.parts = parts;
  }

  async apply(isDirty: IsDirty): Promise<void> {
    const { levels, files, nowMs } = this.parts;
    for (const [level, { shape }] of levels.all.entries()) {
      const before = nowMs() - shape.retainMs;
      for (const partition of [...(files[level]?.partitions.values() ?? [])]) {
        const { startMs, lengthMs, writtenMs } = partition;
        if (Math.max(startMs + lengthMs, writtenMs) > before || isDirty(level, partition)) continue;
        await this.drop(level, partition);
      }
    }
    await this.fit(isDirty);
  }

  private async fit(isDirty: IsDirty): Promise<void> {
    const { files, maxBytes } = this.parts;
    const total = (): number => files.reduce((sum, { bytes }) => sum + bytes, 0);
    while (total() > maxBytes) {
      const largest = files
        .map((of, level) => ({ level, of }))
        .filter(({ of }) => of.partitions.size > 1)
        .sort((a, b) => b.of.bytes - a.of.bytes);
      const found = largest.flatMap(({ level, of }) => {
        const oldest = [...of.partitions.values()].sort((a, b) => a.startMs - b.startMs).slice(0, -1);
        const free = oldest.find((partition) => !isDirty(level, partition));
        return free === undefined ? [] : [{ level, partition: free }];
      })[0];
      if (found === undefined) return;
      this.evicted += await this.drop(found.level, found.partition);
    }
  }

  private async drop(level: number, partition: Partition): Promise<number> {
    const gone = this.parts.levels.at(level)?.drop(partition) ?? 0;
    await this.parts.files[level]?.drop(partition);
    return gone;
  }
}
