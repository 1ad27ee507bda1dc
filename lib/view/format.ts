/**
 * Numbers and times as the screen says them. In: values in the API's units (per second, ms, ratio, bytes, Unix ms) or
 * null with its reason; out: a `Figure` whose unit stands apart. At most 3 significant figures; `exact` is for hover
 * and export. Never NaN: what is no finite number is said in words. Locale is not handled: digits are grouped by comma.
 */
import type { AbsentReason } from "../query/schema/common.ts";

export interface Figure {
  readonly text: string;
  /** Empty when the figure has none. */
  readonly unit: string;
  readonly exact: string;
  /** Set when there is no number and `text` says why. */
  readonly absent?: AbsentReason;
}

const ABSENT_WORDS: Readonly<Record<AbsentReason, string>> = {
  unknown: "unknown",
  notApplicable: "not applicable",
  notCollected: "not collected",
};

export function absentWords(reason: AbsentReason | undefined): string {
  return ABSENT_WORDS[reason ?? "unknown"];
}

type Maybe = number | null | undefined;

function absent(reason: AbsentReason | undefined): Figure {
  const words = absentWords(reason);
  return { text: words, unit: "", exact: words, absent: reason ?? "unknown" };
}

/** 3 significant figures without trailing zeros: 21.34 → "21.3", 2.10 → "2.1". Below a thousandth: "< 0.001". */
export function sig3(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return "< 0.001";
  const text = value.toPrecision(3);
  return text.includes("e") || !text.includes(".") ? String(Number(text)) : text.replace(/\.?0+$/, "");
}

const STEPS = [
  { from: 999.5e9, by: 1e12, prefix: "T" },
  { from: 999.5e6, by: 1e9, prefix: "G" },
  { from: 999.5e3, by: 1e6, prefix: "M" },
  { from: 999.5, by: 1e3, prefix: "k" },
];

function scaled(value: number, unit: string): { text: string; unit: string } {
  const step = STEPS.find((s) => Math.abs(value) >= s.from);
  return step === undefined
    ? { text: sig3(value), unit }
    : { text: sig3(value / step.by), unit: `${step.prefix}${unit}` };
}

function finite(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** A rate in 1/s: "1.24" "k/s". */
export function ratePerSec(value: Maybe, reason?: AbsentReason): Figure {
  if (!finite(value)) return absent(reason);
  return { ...scaled(value, "/s"), exact: `${value} per second` };
}

/** A duration in ms: "42" "µs", "83" "ms", "1.24" "s", "2.5" "min". */
export function durationMs(value: Maybe, reason?: AbsentReason): Figure {
  if (!finite(value)) return absent(reason);
  const exact = `${value} ms`;
  const size = Math.abs(value);
  if (size === 0) return { text: "0", unit: "ms", exact };
  if (size < 0.9995) return { text: sig3(value * 1000), unit: "µs", exact };
  if (size < 999.5) return { text: sig3(value), unit: "ms", exact };
  if (size < 59_950) return { text: sig3(value / 1000), unit: "s", exact };
  if (size < 3_597_000) return { text: sig3(value / 60_000), unit: "min", exact };
  return { text: grouped(value / 3_600_000), unit: "h", exact };
}

/** A ratio 0..1 in percent. "0" and "100" only when they are exact: nearly all is "> 99.9", nearly none "< 0.01". */
export function percent(ratio: Maybe, reason?: AbsentReason): Figure {
  if (!finite(ratio)) return absent(reason);
  const exact = `${ratio * 100} %`;
  if (ratio > 0 && ratio < 0.0001) return { text: "< 0.01", unit: "%", exact };
  if (ratio < 1 && ratio > 0.999) return { text: "> 99.9", unit: "%", exact };
  return { text: sig3(ratio * 100), unit: "%", exact };
}

/** Bytes with decimal prefixes: "1.5" "MB". */
export function bytes(value: Maybe, reason?: AbsentReason): Figure {
  return finite(value) ? { ...scaled(value, "B"), exact: `${value} bytes` } : absent(reason);
}

export function bytesPerSec(value: Maybe, reason?: AbsentReason): Figure {
  return finite(value) ? { ...scaled(value, "B/s"), exact: `${value} bytes per second` } : absent(reason);
}

function grouped(value: number): string {
  const rounded = Math.round(value);
  return String(rounded).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Things counted: whole to 999,999 with commas, 3 figures above. Counts spread over slots may be fractional. */
export function count(value: Maybe, reason?: AbsentReason): Figure {
  if (!finite(value)) return absent(reason);
  const exact = String(value);
  if (value > 0 && value < 0.5) return { text: "< 1", unit: "", exact };
  return value < 999_999.5 ? { text: grouped(value), unit: "", exact } : { ...scaled(value, ""), exact };
}

/** How long ago, in ms: whole seconds, minutes, hours or days. A clock ahead of ours reads "0 s". */
export function age(value: Maybe, reason?: AbsentReason): Figure {
  if (!finite(value)) return absent(reason);
  const exact = `${value} ms`;
  const seconds = Math.max(0, value) / 1000;
  if (seconds < 120) return { text: String(Math.floor(seconds)), unit: "s", exact };
  if (seconds < 7200) return { text: String(Math.floor(seconds / 60)), unit: "min", exact };
  if (seconds < 172_800) return { text: String(Math.floor(seconds / 3600)), unit: "h", exact };
  return { text: grouped(Math.floor(seconds / 86_400)), unit: "d", exact };
}

/**
 * A quantile in ms with the bucket [lo, hi] it was read from. The last bucket has no upper bound: the figure is then
 * only known to be at least `lo`.
 */
export function quantileMs(value: Maybe, known?: readonly [number, number | null], reason?: AbsentReason): Figure {
  if (known !== undefined && known[1] === null) {
    const floor = durationMs(known[0]);
    return { ...floor, text: `≥ ${floor.text}`, exact: `at least ${known[0]} ms: the last bucket has no upper bound` };
  }
  const figure = durationMs(value, reason);
  if (known === undefined || figure.absent !== undefined) return figure;
  return { ...figure, exact: `${figure.exact}, known to lie in ${known[0]} to ${known[1]} ms` };
}

/** Figure and unit in one line: "1.24 k/s", "not collected". */
export function plain(figure: Figure): string {
  return figure.unit === "" ? figure.text : `${figure.text} ${figure.unit}`;
}
