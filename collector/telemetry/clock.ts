/** The only place that reads the wall clock, so that tests can pass a clock of their own. Unix milliseconds. */
import { readFileSync } from "node:fs";

export interface Clock {
  nowMs(): number;
}

const READ_AGAIN_MS = 50;

function offsetIn(path: string): number {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return 0; // Not written yet: the time as it is.
  }
}

/** The wall clock with what the file says added, ms: how a test sets the clock of running processes. */
export function shiftedClock(path: string, wallMs: () => number = Date.now): Clock {
  let offsetMs = 0;
  let readMs = Number.NEGATIVE_INFINITY;
  return {
    nowMs() {
      const now = wallMs();
      if (Math.abs(now - readMs) >= READ_AGAIN_MS) {
        offsetMs = offsetIn(path);
        readMs = now;
      }
      return now + offsetMs;
    },
  };
}

const shifted = process.env["MESHSCOPE_CLOCK_OFFSET_FILE"] ?? "";

export const systemClock: Clock = shifted === "" ? { nowMs: () => Date.now() } : shiftedClock(shifted);
