/**
 * Durations as people type them, to ms: `1.5s`, `250ms`, `80 us`, `2m`, `1h`, a bare number is ms. Out: ms or a coded
 * reason. And exact ns as text with every digit, for hover.
 */
import { err, ok, type Result } from "../../base/result.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};
const PATTERN = /^(\d+(?:[.,]\d+)?|[.,]\d+)\s*([a-zµμ]*)$/i;

export type DurationError = "duration_malformed" | "duration_unit_unknown";

/** ms to 6 decimals (a nanosecond). */
export function parseDurationMs(text: string): Result<number, DurationError> {
  const match = PATTERN.exec(text.trim());
  if (match === null) return err("duration_malformed");
  const unit = UNITS_MS[(match[2] ?? "").toLowerCase() || "ms"];
  if (unit === undefined) return err("duration_unit_unknown");
  const value = Number((match[1] ?? "").replace(",", ".")) * unit;
  return ok(Math.round(value * 1e6) / 1e6);
}

/** The shortest usual way to type a duration: 1500 → `1.5s`. */
export function durationInput(ms: number): string {
  if (ms >= 1000) return `${trim(ms / 1000)}s`;
  return ms >= 1 || ms === 0 ? `${trim(ms)}ms` : `${trim(ms * 1000)}us`;
}

function trim(value: number): string {
  return String(Number(value.toFixed(6)));
}

/** `1214300000` → `1,214,300,000 ns`; text that is no number comes back as it is. */
export function exactNs(ns: string): string {
  return `${ns.replace(/\B(?=(\d{3})+$)/g, ",")} ns`;
}
