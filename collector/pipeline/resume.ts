/**
 * What a process that is gone had → a collector that goes on. In: the store's marks and open slots, the checkpoint that
 * they name, the logs. Out: the live table, the pairing and the memory of recent bodies as they were when the last body was
 * acknowledged, and a keeper that goes on from there. Scraped increases since the last checkpoint are gone, and their time
 * is uncovered: each target's next reading is a baseline.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { RollupStore } from "../../lib/query/rollup-store.ts";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import type { SlotJournal } from "../../lib/rollup/slot-journal.ts";
import { restoreCoverage, restoreSlots } from "../../lib/rollup/slot-restore.ts";
import type { SlotTable } from "../../lib/rollup/slot-table.ts";
import { SLOT_MS } from "../../lib/rollup/spread.ts";
import type { CheckpointFiles, CheckpointState, SavedSharing } from "./checkpoint-file.ts";
import type { Sharing } from "./fold-queue.ts";
import { type Replayed, type ReplayParts, replayLogs, restoreHeldSpans } from "./replay.ts";

export interface SharedPairing extends Sharing {
  /** Undefined: what the logs hold up to their `ends` was paired here. */
  restore(saved: SavedSharing | undefined, ends: ReadonlyMap<string, LogPosition>): void;
  replayed(body: Uint8Array): void;
  save(): SavedSharing;
}

export interface ResumeParts extends ReplayParts {
  readonly slots: SlotTable;
  readonly rollups: RollupStore;
  readonly files: CheckpointFiles;
  /** Where several collectors share the pairing. */
  readonly sharing?: SharedPairing | undefined;
  /** Set on the table once it holds what the store has: what is folded from then on is not kept yet. */
  readonly journal: SlotJournal;
}

export interface Resumed extends Replayed {
  /** Number of the checkpoint that it went on from; 0: there was none. */
  readonly number: number;
  /** Several collectors share the pairing, and have not before: a crash must not forget that. */
  readonly isFirstShared: boolean;
}

export interface ResumeError {
  readonly code: "checkpoint_newer";
  readonly message: string;
}

/** Between two checkpoints three slots are closed; more only if the clock was moved. */
const MAX_EMITTED = 360;
const EMPTY_SLOTS = 4;

/** Covered time that went out with slots closed behind the checkpoint's horizon, by slot. */
async function emittedSince(rollups: RollupStore, horizonMs: number) {
  const emitted = new Map<number, ReadonlyMap<string, number>>();
  let empty = 0;
  for (let i = 0; i < MAX_EMITTED && empty < EMPTY_SLOTS; i++) {
    const startMs = horizonMs + i * SLOT_MS;
    const { coveredMs } = await rollups.read(SLOT_MS, startMs, startMs + SLOT_MS);
    if (coveredMs.size === 0) empty++;
    else emitted.set(startMs, coveredMs);
  }
  return emitted;
}

async function stateOf(parts: ResumeParts, number: number): Promise<Result<CheckpointState | undefined, ResumeError>> {
  if (number === 0) return ok(undefined);
  const found = await parts.files.read(number);
  if (found.kind === "newer") {
    const message = `checkpoint ${number} is of version ${found.version}: a later Meshscope wrote it`;
    return err({ code: "checkpoint_newer", message });
  }
  if (found.kind === "ok") return ok(found.state);
  parts.log.error("checkpoint_unreadable", { checkpoint: number, why: found.kind });
  return ok(undefined);
}

function marksOf(marks: Readonly<Record<string, string>>): Map<string, LogPosition> {
  const found = new Map<string, LogPosition>();
  for (const [name, text] of Object.entries(marks)) {
    const [segment, offset] = text.split(":").map(Number);
    if (!name.startsWith("log/") || segment === undefined || offset === undefined) continue;
    found.set(name.slice(4), { segment, offset });
  }
  return found;
}

/** `ends`: where each log ended when it was recovered. Rejects when the store does. */
export async function resume(
  parts: ResumeParts,
  ends: ReadonlyMap<string, LogPosition>,
): Promise<Result<Resumed, ResumeError>> {
  const { slots, rollups, claims, edges, journal } = parts;
  edges.replaying = true;
  const { open, marks } = await rollups.restore();
  const number = Number(marks["checkpoint"] ?? 0);
  const state = await stateOf(parts, number);
  if (!state.ok) return state;
  restoreSlots(slots, open);
  if (state.value !== undefined) {
    const { coverage, kept } = state.value;
    restoreCoverage(slots, coverage);
    if (coverage.horizonMs !== null) {
      slots.resume(coverage.horizonMs, await emittedSince(rollups, coverage.horizonMs));
    }
    for (const [key, atMs] of kept) claims.keep(key, atMs);
    await restoreHeldSpans(parts, state.value.edges);
  }
  slots.journal = journal;
  const { sharing } = parts;
  sharing?.restore(state.value?.sharing, ends);
  const wasShared = state.value?.sharing !== undefined;
  if (wasShared) parts.queue.sharing = sharing;
  const replayed = await replayLogs({ ...parts, handedOver: sharing?.replayed }, marksOf(marks), ends);
  parts.queue.sharing = sharing;
  edges.replaying = false;
  edges.interrupt();
  return ok({ number, isFirstShared: sharing !== undefined && !wasShared, ...replayed });
}
