/**
 * The live table's way into a store that keeps. Once a second slots that have grown too old are appended; every 30 s, and
 * when the collector stops, a checkpoint keeps what the open slots have gained, in one transaction with up to where each
 * log was folded and what the pairing holds. One thing at a time, so that order in the store is order here:
 *
 * A slot is appended only when a checkpoint holds all that it gained: a crash right behind the append then finds marks past
 * every body that fed it, and the replay adds nothing to it twice. What the store does not take is offered again, and no
 * other slot is closed meanwhile; after a quarter of an hour the slots in hand are lost and counted.
 */
import type { Registry } from "prom-client";
import type { ClosedSlot } from "../../lib/model/rollup-row.ts";
import type { RollupStore } from "../../lib/query/rollup-store.ts";
import { comparePositions, type LogPosition } from "../../lib/query/store-engine.ts";
import type { SlotGains, SlotJournal } from "../../lib/rollup/slot-journal.ts";
import { saveCoverage } from "../../lib/rollup/slot-restore.ts";
import { LIVE_SLOTS, type SlotTable } from "../../lib/rollup/slot-table.ts";
import { SLOT_MS, slotOf } from "../../lib/rollup/spread.ts";
import type { Clock } from "../telemetry/clock.ts";
import { failpoint } from "../telemetry/failpoint.ts";
import { gaugeOn } from "../telemetry/gauge.ts";
import type { Log } from "../telemetry/log.ts";
import type { BodyClaims } from "./body-claims.ts";
import { type CheckpointFiles, type CheckpointState, type SavedSharing, undelivered } from "./checkpoint-file.ts";
import type { FoldQueue } from "./fold-queue.ts";
import type { SpanEdges } from "./span-edges.ts";

export interface KeeperOptions {
  readonly slots: SlotTable;
  readonly journal: SlotJournal;
  readonly rollups: RollupStore;
  readonly edges: SpanEdges;
  readonly queue: FoldQueue;
  readonly claims: BodyClaims;
  readonly files: CheckpointFiles;
  /** Where several collectors share the pairing. */
  readonly sharing?: { save(): SavedSharing } | undefined;
  /** Number of the checkpoint that the store has; 0 before the first. */
  readonly number: number;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called before each checkpoint. */
  readonly makeRoom: () => void;
  /** Called after each checkpoint with what a replay would need: nothing of a log before its position. */
  readonly kept: (needed: ReadonlyMap<string, LogPosition>) => void;
}

export const CHECKPOINT_MS = 30_000;
const MAX_HELD_UP_MS = LIVE_SLOTS * SLOT_MS;

/** What a replay starts from: behind what was folded, or at the first body that has a span held by the pairing. */
function neededBy({ marks, edges, sharing }: CheckpointState): Map<string, LogPosition> {
  const needed = new Map(marks);
  const need = (log: string, position: LogPosition): void => {
    const known = needed.get(log);
    if (known === undefined || comparePositions(position, known) < 0) needed.set(log, position);
  };
  for (const { batch } of edges.held) need(batch.log, { segment: batch.segment, offset: batch.from });
  for (const [log, position] of sharing === undefined ? [] : undelivered(sharing)) need(log, position);
  return needed;
}

export class RollupKeeper {
  /** Since start, for /metrics. */
  readonly counts = { checkpoints: 0, failed: 0, lostSlots: 0 };
  private readonly options: KeeperOptions;
  private number: number;
  private lastMs: number;
  private closed: ClosedSlot[] = [];
  /** Since when slots that have grown too old cannot be closed. */
  private heldUpMs: number | undefined;
  private working: Promise<void> | undefined;

  constructor(options: KeeperOptions) {
    this.options = options;
    this.number = options.number;
    this.lastMs = options.clock.nowMs();
  }

  /** One tick of the clock; while the last one is at work, nothing more is begun. */
  tick(): Promise<void> {
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
    return this.working;
  }

  /** A last checkpoint: nothing is folded any more. */
  async stop(): Promise<void> {
    await this.working;
    await this.checkpoint();
  }

  private async work(): Promise<void> {
    const { clock, journal, slots, everyMs } = this.options;
    const nowMs = clock.nowMs();
    const horizonMs = slotOf(nowMs) - (LIVE_SLOTS - 1) * SLOT_MS;
    const isDue = Math.abs(nowMs - this.lastMs) >= everyMs;
    if (isDue || journal.touchedBefore(horizonMs)) {
      this.lastMs = nowMs;
      await this.checkpoint();
    }
    if (this.closed.length === 0) {
      const isHeldUp = journal.touchedBefore(horizonMs);
      if (isHeldUp && !this.isTooLate(nowMs)) return;
      this.closed = slots.close(nowMs);
      // What no checkpoint holds cannot be told from what a replay brings.
      if (isHeldUp) this.lose();
    }
    await this.append();
  }

  /** Whether nothing could be closed for too long. */
  private isTooLate(nowMs: number): boolean {
    this.heldUpMs ??= nowMs;
    return nowMs - this.heldUpMs >= MAX_HELD_UP_MS;
  }

  private lose(): void {
    this.counts.lostSlots += this.closed.length;
    this.options.log.error("rollup_slots_lost", { slots: this.closed.length });
    this.closed = [];
    this.heldUpMs = undefined;
  }

  private async append(): Promise<void> {
    const { rollups, clock, log } = this.options;
    if (this.closed.length === 0) return;
    failpoint("before-slot-append");
    try {
      await rollups.append(this.closed);
      this.closed = [];
      this.heldUpMs = undefined;
    } catch (error) {
      log.error("rollup_append_failed", { slots: this.closed.length, error: String(error) });
      if (this.isTooLate(clock.nowMs())) this.lose();
      return;
    }
    failpoint("after-slot-append");
  }

  /** Resolves once it is kept, or given back to the next one. */
  async checkpoint(): Promise<void> {
    const { queue, rollups, files, journal, slots, log, kept } = this.options;
    failpoint("before-checkpoint");
    const { state, gains } = await queue.between(() => this.snapshot());
    const number = this.number + 1;
    try {
      await files.write(number, state);
      failpoint("mid-checkpoint");
      const positions = state.marks.map(([name, { segment, offset }]) => [`log/${name}`, `${segment}:${offset}`]);
      const marks: Record<string, string> = Object.fromEntries([["checkpoint", String(number)], ...positions]);
      await rollups.checkpoint({ open: this.rowsOf(gains), marks });
    } catch (error) {
      this.counts.failed++;
      log.error("checkpoint_failed", { error: String(error) });
      journal.giveBack(gains, (slotMs, index) => slots.held(slotMs, index));
      return;
    }
    failpoint("after-checkpoint");
    this.number = number;
    this.counts.checkpoints++;
    await files.keepOnly(number);
    kept(neededBy(state));
  }

  /** Of one moment: nothing here waits. */
  private snapshot(): { readonly state: CheckpointState; readonly gains: SlotGains } {
    const { journal, slots, edges, queue, claims, clock } = this.options;
    this.options.makeRoom();
    const gains = journal.take((slotMs, index) => slots.held(slotMs, index));
    const state = {
      savedMs: clock.nowMs(),
      marks: [...queue.marks],
      edges: edges.save(),
      coverage: saveCoverage(slots),
      sharing: this.options.sharing?.save(),
      kept: claims.save(),
    };
    return { state, gains };
  }

  private rowsOf(gains: SlotGains): ClosedSlot[] {
    const { table } = this.options.slots;
    return [...gains].map(([startMs, rows]) => ({
      startMs,
      // Who was observed when is in the file, by interval: a sum could not be told apart from what comes after it.
      coveredMs: new Map(),
      rows: [...rows].flatMap(([index, values]) => {
        const row = table.at(index);
        return row === undefined ? [] : [{ row, values }];
      }),
    }));
  }

  register(registry: Registry): void {
    const gauge = (name: string, help: string, read: () => number): void => {
      gaugeOn(registry, `meshscope_${name}`, help, read);
    };
    const { clock, queue } = this.options;
    gauge("checkpoints_total", "Checkpoints kept since start", () => this.counts.checkpoints);
    gauge("checkpoints_failed_total", "Checkpoints that the store or the disk did not take", () => this.counts.failed);
    gauge("checkpoint_age_seconds", "Since the last checkpoint was begun", () => (clock.nowMs() - this.lastMs) / 1000);
    gauge("rollup_slots_lost_total", "Slots that the store did not take for too long", () => this.counts.lostSlots);
    gauge("fold_waiting_spans", "Spans that are acknowledged and in no edge yet", () => queue.waitingSpans);
  }
}
