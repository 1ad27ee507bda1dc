/** When the spans of a block are. In: its rows; out: the earliest and the latest start, and the latest end, Unix ns. */
import { compareNumbers } from "./block-math.ts";
import { type BlockBuilder, ROW_DURATION, ROW_START, ROW_WORDS } from "./kernel-block-builder.ts";

export interface Times {
  readonly startNs: bigint;
  readonly lastStartNs: bigint;
  readonly endNs: bigint;
}

export function timesOf({ words, rows }: BlockBuilder): Times {
  const at = (row: number, field: number): bigint =>
    (BigInt(words[row * ROW_WORDS + field + 1] ?? 0) << 32n) | BigInt(words[row * ROW_WORDS + field] ?? 0);
  let first = 0;
  let last = 0;
  let end = 0;
  let endMost = -1;
  for (let row = 0; row < rows; row++) {
    if (compareNumbers(words, row * ROW_WORDS + ROW_START, first * ROW_WORDS + ROW_START) < 0) first = row;
    if (compareNumbers(words, row * ROW_WORDS + ROW_START, last * ROW_WORDS + ROW_START) > 0) last = row;
  }
  const ends: number[] = [];
  for (let row = 0; row < rows; row++) {
    const base = row * ROW_WORDS;
    const approximate =
      ((words[base + ROW_START + 1] ?? 0) + (words[base + ROW_DURATION + 1] ?? 0)) * 0x100000000 +
      (words[base + ROW_START] ?? 0) +
      (words[base + ROW_DURATION] ?? 0);
    // A double is a thousand nanoseconds off at most: those near the latest are compared exactly.
    if (approximate > endMost + 4096) {
      endMost = approximate;
      ends.length = 0;
      ends.push(row);
    } else if (approximate >= endMost - 4096) ends.push(row);
  }
  for (const row of ends)
    if (at(row, ROW_START) + at(row, ROW_DURATION) > at(end, ROW_START) + at(end, ROW_DURATION)) end = row;
  return {
    startNs: at(first, ROW_START),
    lastStartNs: at(last, ROW_START),
    endNs: at(end, ROW_START) + at(end, ROW_DURATION),
  };
}
