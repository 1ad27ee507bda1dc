/**
 * The window on the strip under hand and key. In: a window, what of it is held, and how far or which key; out: the next
 * window, on whole slots and inside the limits. Times and lengths are ms. Moving keeps the length; an end never passes the
 * other one.
 */
import type { Range } from "./range.ts";

export const SLOT_MS = 10_000;

/** What is held: one end, all of it, or nothing yet (a new window is drawn). */
export type Grip = "start" | "end" | "window" | "new";

const floorSlot = (atMs: number): number => Math.floor(atMs / SLOT_MS) * SLOT_MS;
const ceilSlot = (atMs: number): number => Math.ceil(atMs / SLOT_MS) * SLOT_MS;
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/** The smallest run of whole slots that holds it. */
export function onSlots({ startMs, endMs }: Range): Range {
  const start = floorSlot(startMs);
  return { startMs: start, endMs: Math.max(start + SLOT_MS, ceilSlot(endMs)) };
}

/** Slots inside the limits: the first and the last whole one. */
function bounds({ startMs, endMs }: Range): { low: number; high: number } {
  const low = ceilSlot(startMs);
  return { low, high: Math.max(low + SLOT_MS, floorSlot(endMs)) };
}

/** All of it by so much, as far as the limits let it; longer than the limits it stays. */
function shifted(range: Range, byMs: number, limits: Range): Range {
  const { low, high } = bounds(limits);
  const { startMs, endMs } = onSlots(range);
  const length = endMs - startMs;
  if (length > high - low) return { startMs, endMs };
  const start = clamp(startMs + Math.round(byMs / SLOT_MS) * SLOT_MS, low, high - length);
  return { startMs: start, endMs: start + length };
}

export function moved(range: Range, grip: Exclude<Grip, "new">, byMs: number, limits: Range): Range {
  if (grip === "window") return shifted(range, byMs, limits);
  const { low, high } = bounds(limits);
  const { startMs, endMs } = onSlots(range);
  if (grip === "start") return { startMs: clamp(floorSlot(startMs + byMs), low, endMs - SLOT_MS), endMs };
  return { startMs, endMs: clamp(ceilSlot(endMs + byMs), startMs + SLOT_MS, Math.max(high, startMs + SLOT_MS)) };
}

/** Held at `fromMs`, now at `toMs`. */
export function dragged(
  range: Range,
  grip: Grip,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  limits: Range,
): Range {
  if (grip !== "new") return moved(range, grip, toMs - fromMs, limits);
  const { low, high } = bounds(limits);
  const startMs = clamp(floorSlot(Math.min(fromMs, toMs)), low, high - SLOT_MS);
  return { startMs, endMs: clamp(ceilSlot(Math.max(fromMs, toMs)), startMs + SLOT_MS, high) };
}

/** A click: the same length about the instant. */
export function centred(range: Range, atMs: number, limits: Range): Range {
  return shifted(range, atMs - (range.startMs + range.endMs) / 2, limits);
}

/** What a key moves by: a slot, or on a long strip what can be told apart on it. */
export function keyStep(limits: Range): number {
  return Math.max(SLOT_MS, Math.round((limits.endMs - limits.startMs) / 180 / SLOT_MS) * SLOT_MS);
}

const LARGER = 6;

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
}

/**
 * Arrows by a step, with shift by six; Page Up and Down by the window's length; Home and End to the limits; else null. Only
 * Home stops at the first limit: keys go on into the past, and the strip follows.
 */
export function keyed(range: Range, grip: Exclude<Grip, "new">, { key, shiftKey }: Key, limits: Range): Range | null {
  const step = keyStep(limits) * (shiftKey ? LARGER : 1);
  const page = range.endMs - range.startMs;
  const whole = limits.endMs - limits.startMs + page;
  const by: Readonly<Record<string, number>> = {
    ArrowLeft: -step,
    ArrowDown: -step,
    ArrowRight: step,
    ArrowUp: step,
    PageDown: -page,
    PageUp: page,
    Home: -whole,
    End: whole,
  };
  const byMs = by[key];
  if (byMs === undefined) return null;
  return moved(range, grip, byMs, key === "Home" ? limits : { startMs: 0, endMs: limits.endMs });
}
