/**
 * How often a window is computed again while its data goes on changing. Small estates: about once a second. Where a state
 * and all that is put together from it take longer, as much longer that they take a quarter of the time at most; and no
 * longer than a slot, since then there is something new even at the slowest pace. In: milliseconds of work done since the
 * process began, whatever the wall clock does meanwhile; and ages by the wall clock. Milliseconds.
 */

/** A state is shared for so long whatever it took. */
export const FRESH_MS = 900;
const SLOT_MS = 10_000;
/** Of the time: one part in so many within a slot, and once the slot is over. */
const WITHIN_A_SLOT = 4;
const ACROSS_SLOTS = 2;

export interface Pace {
  /** When the newest state there is was read: what is from an older one is due. Unix ms. */
  readonly stateMs: number;
  /** Of this age a state is to be made again, where it would be another one. */
  readonly dueMs: number;
  /** Up to this age it is shown while the next is made. */
  readonly shownMs: number;
}

const clamp = (ms: number, most: number): number => Math.max(FRESH_MS, Math.min(ms, most));

/**
 * `workMs`: of a state and what was put together from it; `ownMs`: the state's alone. `isOver`: the slot that it was made in
 * is over.
 */
export function paceOf(workMs: number, ownMs: number, isOver: boolean): Omit<Pace, "stateMs"> {
  const withinMs = clamp(WITHIN_A_SLOT * workMs, ownMs + SLOT_MS);
  return { dueMs: isOver ? clamp(ACROSS_SLOTS * workMs, withinMs) : withinMs, shownMs: 2 * withinMs };
}

/** What was done for a state since it was begun `ageMs` ago, `ownMs` of it to make it: what came long after is none of its own. */
export function costOf(workMs: number, ageMs: number, ownMs: number): number {
  const idleMs = ageMs - ownMs;
  return idleMs > SLOT_MS ? (workMs * SLOT_MS) / idleMs : Math.max(0, workMs);
}

/** What the next state is taken to cost: as much as this one, and not much less than those before it. */
export const costToCome = (costMs: number, beforeMs: number): number => Math.max(costMs, beforeMs / 2);
