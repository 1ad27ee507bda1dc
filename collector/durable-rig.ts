/**
 * For tests: a store that outlives the collectors in front of it, in memory, fed from the log's files; and collectors'
 * write paths over one data folder, one after another, each of which may be left behind as a crash would leave it.
 */
import { join } from "node:path";
import { Registry } from "prom-client";
import type { ClosedSlot } from "../lib/model/rollup-row.ts";
import type { Checkpoint, Restored } from "../lib/query/rollup-store.ts";
import { comparePositions, LOG_START, type LogPosition } from "../lib/query/store-engine.ts";
import { SlotTable } from "../lib/rollup/slot-table.ts";
import { type DataFolder, DurableIngest } from "./durable-ingest.ts";
import { SpanEdges } from "./pipeline/span-edges.ts";
import { MemoryEngine } from "./store/memory-engine.ts";
import { MemoryRollupStore } from "./store/memory-rollup-store.ts";
import type { OpenedStore } from "./store/opened-store.ts";
import type { Clock } from "./telemetry/clock.ts";
import { silentLog } from "./telemetry/log.ts";
import { LogReader } from "./wal/log-reader.ts";
import { Logs } from "./wal/logs.ts";

const unlocked = { release: async () => {} };

/** Keeps checkpoints as the contract says. */
export class KeepingRollups extends MemoryRollupStore {
  private open = new Map<number, ClosedSlot[]>();
  private marks: Readonly<Record<string, string>> = {};
  /** What is refused, when asked for. */
  broken: "nothing" | "checkpoints" | "all" = "nothing";

  override async append(closed: readonly ClosedSlot[]): Promise<void> {
    if (this.broken === "all") throw new Error("the store is full");
    for (const { startMs } of closed) this.open.delete(startMs);
    await super.append(closed);
  }

  override async checkpoint({ open, marks }: Checkpoint): Promise<void> {
    if (this.broken !== "nothing") throw new Error("the store is full");
    this.marks = marks;
    for (const slot of open) this.open.set(slot.startMs, [...(this.open.get(slot.startMs) ?? []), slot]);
  }

  override async restore(): Promise<Restored> {
    return { open: [...this.open.values()].flat(), marks: this.marks };
  }
}

export class KeptStore {
  readonly engine = new MemoryEngine();
  readonly rollups = new KeepingRollups();
  private readonly folder: string;
  private through = new Map<string, LogPosition>();
  private listeners: ((log: string, through: LogPosition) => void)[] = [];
  private following: Promise<void> = Promise.resolve();
  /** Whoever opened the store before is dead: what is left of it here has no say. */
  private openings = 0;

  constructor(dataFolder: string) {
    this.folder = join(dataFolder, "wal");
  }

  /** Stores what was named durable. */
  async follow(): Promise<void> {
    this.following = this.following.then(() => this.step());
    return this.following;
  }

  private async step(): Promise<void> {
    for (const [log, through] of this.through) {
      const stored = (await this.engine.ingestedThrough()).get(log) ?? LOG_START;
      if (comparePositions(stored, through) >= 0) continue;
      const reader = new LogReader(this.folder, log, stored);
      for (let some = await reader.read(through, 1e6); some.length > 0; some = await reader.read(through, 1e6)) {
        await this.engine.ingest(some);
      }
      await reader.close();
      for (const listener of this.listeners) listener(log, through);
    }
  }

  async opened(): Promise<OpenedStore & { durable: NonNullable<OpenedStore["durable"]> }> {
    this.listeners = [];
    const opening = ++this.openings;
    const ingestedThrough = await this.engine.ingestedThrough();
    return {
      kind: "duckdb",
      spans: this.engine.spans,
      rollups: this.rollups,
      facts: () => {
        throw new Error("no test asks");
      },
      close: async () => {},
      durable: {
        ingestedThrough,
        appended: (log, through) => {
          if (opening === this.openings) this.through.set(log, through);
        },
        onIngested: (listener) => {
          this.listeners.push(listener);
        },
      },
    };
  }
}

export interface RiggedCollector {
  readonly slots: SlotTable;
  readonly edges: SpanEdges;
  readonly ingest: DurableIngest;
  readonly folder: DataFolder;
}

/** A collector's write path over this folder; what an earlier one left is taken up. */
export async function startIngest(dataFolder: string, store: KeptStore, clock: Clock): Promise<RiggedCollector> {
  const logs = await Logs.open({ dataFolder, maxBytes: 1e9, clock, log: silentLog });
  if (!logs.ok) throw new Error(logs.error.message);
  const folder = { lock: unlocked, logs: logs.value };
  const opened = await store.opened();
  const slots = new SlotTable();
  const edges = new SpanEdges(clock, slots);
  const registry = new Registry();
  const parts = { config: { dataFolder }, folder, store: opened, durable: opened.durable, slots, edges, registry };
  const ingest = new DurableIngest(parts, { clock, log: silentLog });
  const replayed = await ingest.replay();
  if (!replayed.ok) throw new Error(replayed.error.message);
  return { slots, edges, ingest, folder };
}
