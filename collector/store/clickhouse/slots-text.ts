/**
 * Slots as text, for a file: each row once, then the numbers of each slot. In: slots; out: JSON, and the slots again, with
 * rows of their own.
 */
import type { ClosedSlot, RollupRow } from "../../../lib/model/rollup-row.ts";
import { decodeRow, encodeRow } from "../row-codec.ts";

interface WrittenSlots {
  readonly rows: readonly string[];
  readonly slots: readonly {
    readonly startMs: number;
    readonly rows: readonly (readonly [row: number, values: readonly number[]])[];
    readonly coveredMs: readonly (readonly [string, number])[];
  }[];
}

export function encodeSlots(slots: readonly ClosedSlot[]): string {
  const numbers = new Map<RollupRow, number>();
  const rows: string[] = [];
  const numberOf = (row: RollupRow): number => {
    const known = numbers.get(row) ?? rows.push(encodeRow(row)) - 1;
    numbers.set(row, known);
    return known;
  };
  const written = slots.map(({ startMs, rows: own, coveredMs }) => ({
    startMs,
    rows: own.map(({ row, values }) => [numberOf(row), [...values]] as const),
    coveredMs: [...coveredMs],
  }));
  const all: WrittenSlots = { rows, slots: written };
  return JSON.stringify(all);
}

const parse = (text: string): WrittenSlots => JSON.parse(text);

export function decodeSlots(text: string): ClosedSlot[] {
  const { rows, slots } = parse(text);
  const read = rows.map((row, i) => decodeRow(row, i));
  return slots.map(({ startMs, rows: own, coveredMs }) => ({
    startMs,
    rows: own.flatMap(([number, values]) => {
      const row = read[number];
      return row === undefined ? [] : [{ row, values: Float64Array.from(values) }];
    }),
    coveredMs: new Map(coveredMs),
  }));
}
