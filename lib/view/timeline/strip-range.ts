/**
 * What the time strip covers. In: the window, how long a strip is asked for, and now; out: its bounds, Unix ms, the window
 * inside. A strip lies on a grid of half its length, and near now it ends on one of a twelfth: it is the same in every
 * browser for some time, and when a live window is paused. One that is shown stays until the window leaves it.
 */
import type { TimeChoice } from "../url-state.ts";
import type { Range } from "./range.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Lengths to choose from, as in the URL. */
export const STRIP_SPANS = ["auto", "30m", "2h", "6h", "1d", "7d"] as const;
export type StripSpan = (typeof STRIP_SPANS)[number];

export const SPAN_WORDS: Readonly<Record<StripSpan, string>> = {
  auto: "by the window",
  "30m": "30 minutes",
  "2h": "2 hours",
  "6h": "6 hours",
  "1d": "a day",
  "7d": "a week",
};

const CHOSEN_MS: Readonly<Record<Exclude<StripSpan, "auto">, number>> = {
  "30m": 30 * MINUTE_MS,
  "2h": 2 * HOUR_MS,
  "6h": 6 * HOUR_MS,
  "1d": DAY_MS,
  "7d": 7 * DAY_MS,
};

const LENGTHS_MS = [30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160, 43_200].map((min) => min * MINUTE_MS);
/** The API's longest window. */
const MOST_MS = 92 * DAY_MS;

function lengthOf(windowMs: number, span: StripSpan): number {
  const least = span === "auto" ? windowMs * 6 : Math.max(CHOSEN_MS[span], windowMs * 2);
  return Math.min(MOST_MS, LENGTHS_MS.find((length) => length >= least) ?? Math.ceil(least / DAY_MS) * DAY_MS);
}

/** The window that is shown at `nowMs`. */
export function windowAt(time: TimeChoice, nowMs: number): Range {
  return time.kind === "range" ? time : { startMs: nowMs - time.minutes * MINUTE_MS, endMs: nowMs };
}

/** Of what comes after `nowMs` at most a twelfth of its length is on it. */
export function stripRange(time: TimeChoice, span: StripSpan, nowMs: number): Range {
  const { startMs, endMs } = windowAt(time, nowMs);
  const length = lengthOf(endMs - startMs, span);
  // A window of more than half a strip is only one of over 46 days.
  if (endMs - startMs > length / 2) return { startMs, endMs };
  const grid = length / 2;
  const from = Math.floor(((startMs + endMs) / 2 - length / 4) / grid) * grid;
  const edge = length / 12;
  const last = Math.ceil(Math.max(nowMs, endMs) / edge) * edge;
  const to = Math.min(from + length, last);
  return { startMs: to - length, endMs: to };
}

/** The strip that was there, while the window is on it and it is as long as is asked for; else the one of the window. */
export function keptStrip(before: Range, time: TimeChoice, span: StripSpan, nowMs: number): Range {
  const next = stripRange(time, span, nowMs);
  const window = windowAt(time, nowMs);
  const isAlike = next.endMs - next.startMs === before.endMs - before.startMs;
  const isOn = window.startMs >= before.startMs && window.endMs <= before.endMs;
  return isAlike && isOn ? before : next;
}
