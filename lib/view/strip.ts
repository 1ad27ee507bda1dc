/** What the time strip covers: at least half an hour and six windows, the chosen window inside it. Times are Unix ms. */
import type { TimeChoice } from "./url-state.ts";

export type StripRange = { readonly lengthMs: number } | { readonly startMs: number; readonly endMs: number };

const LEAST_MS = 30 * 60_000;

/** `nowMs` bounds a chosen window's strip: the future is not drawn. Live strips end at the time of the request. */
export function stripRange(time: TimeChoice, nowMs: number): StripRange {
  if (time.kind === "live") return { lengthMs: Math.max(LEAST_MS, time.minutes * 60_000 * 6) };
  const length = time.endMs - time.startMs;
  const lengthMs = Math.max(LEAST_MS, length * 6);
  const endMs = Math.min(Math.max(nowMs, time.endMs), time.endMs + (lengthMs - length) / 2);
  return { startMs: endMs - lengthMs, endMs };
}
