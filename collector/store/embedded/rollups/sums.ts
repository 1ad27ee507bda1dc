/**
 * Numbers of rollup rows added up, and cut into blocks. In: blocks, or slots as they are handed in; out: totals by row and
 * covered ms by group, or blocks of at most 8,192 rows: a few milliseconds to write or read each.
 */
import type { RollupRow, SlotSum } from "../../../../lib/model/rollup-row.ts";
import { addBlock, type BlockRow, type BlockSink, encodeBlock, QUANTUM } from "./kernel-block.ts";
import type { RowRegistry } from "./row-registry.ts";

const BLOCK_ROWS = 8_192;

export class Sums implements BlockSink {
  private readonly registry: RowRegistry;
  private readonly wanted: ((row: RollupRow) => boolean) | undefined;
  /** By id; null: not wanted. */
  private readonly totals: (Float64Array | null | undefined)[] = [];
  private readonly coveredMs = new Map<number, number>();
  private startMs = Number.NEGATIVE_INFINITY;

  constructor(registry: RowRegistry, wanted?: (row: RollupRow) => boolean) {
    this.registry = registry;
    this.wanted = wanted;
  }

  add({ startMs }: { readonly startMs: number }, bytes: Uint8Array): void {
    this.startMs = startMs;
    addBlock(bytes, this);
  }

  row(id: number, size: number): Float64Array | null {
    const known = this.totals[id];
    if (known !== undefined) return known;
    const row = this.registry.at(id)?.row;
    // What the row's own record says may be an hour older.
    if (row !== undefined && row.lastSeenMs < this.startMs) row.lastSeenMs = this.startMs;
    const isWanted = row !== undefined && this.wanted?.(row) !== false;
    const total = isWanted ? new Float64Array(Math.max(size, row.columns.length)) : null;
    this.totals[id] = total;
    return total;
  }

  covered(group: number, ms: number): void {
    this.coveredMs.set(group, (this.coveredMs.get(group) ?? 0) + ms);
  }

  sum(): SlotSum {
    const rows: { row: RollupRow; values: Float64Array }[] = [];
    this.totals.forEach((values, id) => {
      const row = this.registry.at(id)?.row;
      if (values !== null && values !== undefined && row !== undefined) rows.push({ row, values });
    });
    const keys = this.registry.groupKeys;
    return { rows, coveredMs: new Map([...this.coveredMs].map(([group, ms]) => [keys[group] ?? "", ms] as const)) };
  }

  encoded(): EncodedBlock[] {
    const rows: BlockRow[] = [];
    this.totals.forEach((values, id) => {
      if (values !== null && values !== undefined) rows.push({ id, values });
    });
    return encodeBlocks(rows, [...this.coveredMs]);
  }
}

export interface EncodedBlock {
  readonly bytes: Uint8Array;
  readonly values: number;
}

/** At least one, even of nothing: a slot in which nothing happened was observed all the same. */
export function encodeBlocks(
  rows: readonly BlockRow[],
  covered: readonly (readonly [number, number])[],
): EncodedBlock[] {
  const blocks: EncodedBlock[] = [];
  for (let at = 0; at === 0 || at < rows.length; at += BLOCK_ROWS) {
    const part = rows.slice(at, at + BLOCK_ROWS);
    const values = part.reduce((sum, row) => sum + row.values.length, 0);
    blocks.push({ bytes: encodeBlock(part, at === 0 ? covered : []), values });
  }
  return blocks;
}

/**
 * A slot in the file's numbers. `rounded`: to the quantum, with what is left over carried to the row's next value, so that
 * sums of rounded values stay within a quantum of the true ones however many there are, and are exact where a total is
 * whole.
 */
export function encodeSlot({ rows, coveredMs }: SlotSum, registry: RowRegistry, rounded: boolean): EncodedBlock[] {
  const own = new Map<number, Float64Array>();
  for (const { row, values } of rows) {
    const { id, places, rest } = registry.of(row);
    const numbers = own.get(id) ?? new Float64Array(rest.length);
    own.set(id, numbers);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      if (value === 0) continue;
      const place = places?.[i] ?? i;
      if (!rounded) {
        numbers[place] = (numbers[place] ?? 0) + value;
        continue;
      }
      const whole = value + (rest[place] ?? 0);
      const kept = Math.round(whole / QUANTUM) * QUANTUM;
      rest[place] = whole - kept;
      numbers[place] = (numbers[place] ?? 0) + kept;
    }
  }
  const sorted = [...own].sort((a, b) => a[0] - b[0]).map(([id, values]) => ({ id, values }));
  const covered = [...coveredMs].map(([group, ms]) => [registry.group(group), ms] as const);
  return encodeBlocks(sorted, covered);
}
