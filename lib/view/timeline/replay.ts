/**
 * Replay of the stored rollups: how far and how often the window steps. In: a speed and the length of a slot; out: steps of
 * whole slots, four a second at most, so that a fast replay takes longer steps instead of more of them. Times are ms.
 */
import type { Range } from "./range.ts";
import { SLOT_MS } from "./scrub.ts";

export const SPEEDS = [1, 10, 60, 300] as const;
export type Speed = (typeof SPEEDS)[number];

/** A replay that is under way, or held. */
export interface Replay {
  readonly speed: Speed;
  readonly isPlaying: boolean;
}

export interface Pace {
  readonly stepMs: number;
  readonly everyMs: number;
}

const LEAST_MS = 250;
/** Slots that ended later are still being told of: an increase is spread over the time since the observation before. */
export const SETTLED_AFTER_MS = 30_000;

export function paceOf(speed: Speed, slotMs: number): Pace {
  const stepMs = slotMs * Math.max(1, Math.ceil((speed * LEAST_MS) / slotMs));
  return { stepMs, everyMs: stepMs / speed };
}

/** End of the newest slot that is told of in full. */
export function settledMs(nowMs: number, slotMs: number): number {
  return Math.floor((nowMs - SETTLED_AFTER_MS) / slotMs) * slotMs;
}

/** The window a step on; null where there is nothing settled to step to. */
export function nextWindow({ startMs, endMs }: Range, stepMs: number, untilMs: number): Range | null {
  if (endMs + stepMs <= untilMs) return { startMs: startMs + stepMs, endMs: endMs + stepMs };
  return null;
}

/** The windows that come next, nearest first. */
export function windowsAhead(range: Range, stepMs: number, untilMs: number, most: number): readonly Range[] {
  const ahead: Range[] = [];
  for (let next = nextWindow(range, stepMs, untilMs); next !== null && ahead.length < most; ) {
    ahead.push(next);
    next = nextWindow(next, stepMs, untilMs);
  }
  return ahead;
}

/** Where a replay begins: the window itself, on whole slots; of a live one its length at the start of the strip. */
export function firstWindow(window: Range, strip: Range | null): Range {
  const length = Math.max(SLOT_MS, Math.round((window.endMs - window.startMs) / SLOT_MS) * SLOT_MS);
  const startMs = Math.floor((strip?.startMs ?? window.startMs) / SLOT_MS) * SLOT_MS;
  return { startMs, endMs: startMs + length };
}

/** `60` plays, `60,held` does not; anything else is no replay. */
export function parseReplay(text: string | null | undefined): Replay | null {
  const [digits, held, ...rest] = (text ?? "").split(",");
  const speed = SPEEDS.find((one) => String(one) === digits);
  if (speed === undefined || rest.length > 0 || (held !== undefined && held !== "held")) return null;
  return { speed, isPlaying: held === undefined };
}

export function formatReplay(replay: Replay | null): string | null {
  return replay === null ? null : `${replay.speed}${replay.isPlaying ? "" : ",held"}`;
}
