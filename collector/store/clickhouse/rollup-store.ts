/**
 * The rollup store over ClickHouse. In: closed slots and checkpoints; out: sums. What is appended is first in a file, then
 * in ClickHouse, so that it is there once whatever ends when; while ClickHouse is away, files wait in order, up to a bound,
 * and reads say that the store is not to be asked. Checkpoints never leave this machine: they belong to the log beside them.
 */
import type { ClosedSlot, RollupRow, RowValues, SlotSum } from "../../../lib/model/rollup-row.ts";
import type {
  Checkpoint,
  Restored,
  RollupStore,
  RollupStoreStats,
  RollupTier,
} from "../../../lib/query/rollup-store.ts";
import { addValues } from "../../../lib/query/window.ts";
import type { EngineStats } from "./engine-stats.ts";
import { readFault, StoreFault, writeFault } from "./faults.ts";
import type { PendingAppend, RollupFiles } from "./rollup-files.ts";
import type { RollupReader } from "./rollup-read.ts";
import type { RollupWriter } from "./rollup-writer.ts";
import { uniteRows } from "./row-union.ts";

/** Of slots that wait for ClickHouse. */
const MOST_WAITING_BYTES = 2 * 1024 ** 3;

export interface RollupParts {
  readonly tiers: readonly RollupTier[];
  readonly files: RollupFiles;
  readonly reader: RollupReader;
  readonly writer: RollupWriter;
  readonly stats: EngineStats;
  readonly nowMs: () => number;
  /** Resolves when the tables are there. */
  readonly ready: () => Promise<void>;
  readonly onRefused: (message: string) => void;
}

interface OpenSlot {
  readonly rows: Map<RollupRow, Float64Array>;
  readonly coveredMs: Map<string, number>;
}

export class ClickHouseRollups implements RollupStore {
  readonly tiers: readonly RollupTier[];
  private readonly parts: RollupParts;
  private readonly open = new Map<number, OpenSlot>();
  private marks: Checkpoint["marks"] = {};
  private waiting: PendingAppend[] = [];
  private readonly made = new Set<string>();
  private flushing: Promise<void> | undefined;
  private writes = 0;

  constructor(parts: RollupParts) {
    this.parts = parts;
    this.tiers = parts.tiers;
  }

  /** Reads what a process before this one left. */
  async recover(): Promise<void> {
    const { open, marks, pending, writeIds } = await this.parts.files.recover();
    for (const slot of open) this.gain(slot);
    this.marks = marks;
    this.waiting = [...pending];
    for (const writeId of writeIds) this.made.add(writeId);
  }

  private gain({ startMs, rows, coveredMs }: ClosedSlot): void {
    const slot = this.open.get(startMs) ?? { rows: new Map(), coveredMs: new Map() };
    this.open.set(startMs, slot);
    for (const { row, values } of rows) {
      const known = slot.rows.get(row);
      slot.rows.set(row, known === undefined ? Float64Array.from(values) : addValues(known, values));
    }
    for (const [group, ms] of coveredMs) slot.coveredMs.set(group, (slot.coveredMs.get(group) ?? 0) + ms);
  }

  private openSlots(): ClosedSlot[] {
    return [...this.open].map(([startMs, { rows, coveredMs }]) => {
      const byKey = new Map<string, RowValues[]>();
      for (const [row, values] of rows) byKey.set(row.key, [...(byKey.get(row.key) ?? []), { row, values }]);
      return { startMs, rows: [...byKey.values()].flatMap((parts) => uniteRows(parts) ?? []), coveredMs };
    });
  }

  private idOf(writeId: string | undefined): string {
    return writeId ?? `${this.parts.nowMs().toString(36)}-${this.writes++}`;
  }

  async checkpoint(checkpoint: Checkpoint, writeId?: string): Promise<void> {
    const id = this.idOf(writeId);
    if (this.made.has(id)) return;
    for (const slot of checkpoint.open) this.gain(slot);
    this.marks = checkpoint.marks;
    await this.parts.files.checkpoint({ open: this.openSlots(), marks: this.marks }, id);
    this.made.clear();
    for (const { writeId: waiting } of this.waiting) this.made.add(waiting);
    this.made.add(id);
  }

  async restore(): Promise<Restored> {
    return { open: this.openSlots(), marks: this.marks };
  }

  /** Resolves once the slots are kept; reads see them as soon as ClickHouse answers again. */
  async append(slots: readonly ClosedSlot[], writeId?: string): Promise<void> {
    const id = this.idOf(writeId);
    if (slots.length === 0) return;
    if (!this.made.has(id)) {
      const bytes = this.waiting.reduce((sum, one) => sum + one.bytes, 0);
      if (bytes > MOST_WAITING_BYTES) {
        throw new StoreFault("store_unavailable", `${bytes} bytes of slots wait for ClickHouse already`);
      }
      this.waiting.push(await this.parts.files.append(slots, id));
      this.made.add(id);
      for (const { startMs } of slots) this.open.delete(startMs);
    }
    await this.flush().catch(() => {});
  }

  /** Sends what waits, in order. Rejects with `store_unavailable` when ClickHouse does not take it. */
  flush(): Promise<void> {
    this.flushing ??= this.sendAll().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  private async sendAll(): Promise<void> {
    const { files, writer, nowMs, ready, onRefused } = this.parts;
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      try {
        await ready();
        await writer.write(await files.slotsOf(next), next.writeId, nowMs());
        await files.settle(next);
      } catch (error) {
        const fault = writeFault(error);
        if (fault.code !== "batch_refused") throw fault;
        onRefused(fault.message);
        await files.putAside(next);
      }
      this.waiting.shift();
    }
  }

  async read(tierMs: number, fromMs: number, toMs: number, wanted?: (row: RollupRow) => boolean): Promise<SlotSum> {
    try {
      await this.parts.ready();
      if (this.waiting.length > 0) await this.flush();
      return await this.parts.reader.read(tierMs, fromMs, toMs, wanted);
    } catch (error) {
      throw readFault(error);
    }
  }

  oldestMs(tierMs: number): number | null {
    return this.parts.stats.tier(tierMs).oldestMs;
  }

  stats(): RollupStoreStats {
    return { ...this.parts.stats.rollups(), bytes: this.parts.stats.bytesOfRollups };
  }

  async close(): Promise<void> {
    await this.flushing?.catch(() => {});
  }
}
