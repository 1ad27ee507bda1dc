/**
 * Which slots answer a request for [start, end): the smallest run of whole slots that contains it, the slot still filling
 * up to its last observation, at the finest grain that reaches back that far. Unix ms.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { RollupRow, RowValues, SlotSum } from "../model/rollup-row.ts";
import type { JoinBooks } from "./joins.ts";
import type { LiveTable } from "./live-table.ts";
import type { RollupStore } from "./rollup-store.ts";
import type { ApiError, Window } from "./schema/common.ts";
import type { Splits } from "./splits.ts";

export const DEFAULT_WINDOW_MS = 300_000;
/** The longest window of each grain: at most 360 slots are summed. */
const SLOTS_PER_WINDOW = 360;
const MAX_WINDOW_MS = 92 * 86_400_000;

export interface Requested {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

export interface Estate {
  readonly live: LiveTable;
  readonly store: RollupStore;
  /** What joins calls from one mesh to another; without it, only the hosts inside a cluster. */
  readonly joins?: JoinBooks;
  /** Weights that releases move now. */
  readonly splits?: Splits;
}

export function planWindow(requested: Requested, nowMs: number, estate: Estate): Result<Window, ApiError> {
  const end = Math.min(requested.end ?? nowMs, nowMs);
  // Whoever asks by another clock may be ahead of this one.
  const toCome = requested.end !== undefined && requested.end >= nowMs ? { endToCome: requested.end } : {};
  const start = requested.start ?? end - DEFAULT_WINDOW_MS;
  if (!(start < end)) {
    return err({ code: "bad_window", message: "start must lie before end, and before now", field: "start" });
  }
  if (end - start > MAX_WINDOW_MS) {
    return err({ code: "bad_window", message: "a window is at most 92 days", field: "start" });
  }
  const slotMs = grainOf(start, end, nowMs, estate);
  const from = Math.floor(start / slotMs) * slotMs;
  const whole = Math.ceil(end / slotMs) * slotMs;
  const last = lastMoment(from, whole, nowMs, estate.live);
  return ok({ start: from, end: last, slotMs, requested: { start, end }, ...toCome });
}

function grainOf(start: number, end: number, nowMs: number, { live, store }: Estate): number {
  const [finest, ...coarser] = store.tiers;
  const slotMs = finest?.slotMs ?? live.slotMs;
  if (start >= live.horizonMs && end - start <= SLOTS_PER_WINDOW * slotMs) return slotMs;
  const fits = [finest, ...coarser].find(
    (tier) => tier !== undefined && end - start <= SLOTS_PER_WINDOW * tier.slotMs && start >= nowMs - tier.retainMs,
  );
  return fits?.slotMs ?? coarser[coarser.length - 1]?.slotMs ?? slotMs;
}

/** A window that reaches into the slot still filling ends with the last observation in it. */
function lastMoment(from: number, whole: number, nowMs: number, live: LiveTable): number {
  if (whole <= nowMs) return whole;
  const filling = Math.floor(nowMs / live.slotMs) * live.slotMs;
  const last = live.lastObservationMs ?? filling;
  return Math.max(Math.min(last, whole), Math.min(filling, whole), Math.min(from + live.slotMs, whole));
}

/** Sums of the window from the live table and, for slots that have left it, from the store. */
export async function readWindow(
  { start, end, slotMs }: Pick<Window, "start" | "end" | "slotMs">,
  { live, store }: Estate,
  wanted?: (row: RollupRow) => boolean,
): Promise<SlotSum> {
  const recent = live.read(start, end, wanted);
  if (start >= live.horizonMs) return recent;
  const older = await readClosed({ start, end, slotMs }, live.horizonMs, store, wanted);
  return addSums(older, recent);
}

/** The part of a window that had left the live table when its horizon was `horizonMs`. */
export function readClosed(
  { start, end, slotMs }: Pick<Window, "start" | "end" | "slotMs">,
  horizonMs: number,
  store: RollupStore,
  wanted?: (row: RollupRow) => boolean,
): Promise<SlotSum> {
  return store.read(slotMs, start, Math.ceil(Math.min(end, horizonMs) / slotMs) * slotMs, wanted);
}

export function addSums(a: SlotSum, b: SlotSum): SlotSum {
  const rows = new Map<string, RowValues>();
  for (const { row, values } of [...a.rows, ...b.rows]) {
    const known = rows.get(row.key);
    if (known === undefined) rows.set(row.key, { row, values });
    else rows.set(row.key, { row, values: addValues(known.values, values) });
  }
  const coveredMs = new Map(a.coveredMs);
  for (const [group, ms] of b.coveredMs) coveredMs.set(group, (coveredMs.get(group) ?? 0) + ms);
  return { rows: [...rows.values()], coveredMs };
}

/** The longer array was written when the row had more columns; the shorter is a prefix. */
export function addValues(a: Float64Array, b: Float64Array): Float64Array {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const sum = Float64Array.from(long);
  for (let i = 0; i < short.length; i++) sum[i] = (sum[i] ?? 0) + (short[i] ?? 0);
  return sum;
}
