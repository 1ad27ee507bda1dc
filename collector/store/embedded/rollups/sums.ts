/**
 * Numbers of rollup rows added up, and cut into blocks. In: blocks, or slots as they are handed in; out: totals by row and
 * covered ms by group, or blocks of at most 8,192 rows: a few milliseconds to write or read each.
 */
import { setImmediate } from "node:timers/promises";
import type { RollupRow, SlotSum } from "../../../../lib/model/rollup-row.ts";
import { NumberBlocks } from "../../../../lib/rollup/number-blocks.ts";
import { addBlock, BlockEncoder, type BlockSink, QUANTUM } from "./kernel-block.ts";
import type { RowRegistry, StoredRow } from "./row-registry.ts";

const BLOCK_ROWS = 8_192;

export class Sums implements BlockSink {
  private readonly registry: RowRegistry;
  private readonly wanted: ((row: RollupRow) => boolean) | undefined;
  /** By id; null: not wanted. */
  private readonly totals: (Float64Array | null | undefined)[] = [];
  private readonly coveredMs = new Map<number, number>();
  private readonly blocks = new NumberBlocks();
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
    const total = isWanted ? this.blocks.take(Math.max(size, row.columns.length)) : null;
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
    const cutter = new BlockCutter();
    this.totals.forEach((values, id) => {
      if (values !== null && values !== undefined) cutter.add(id, values);
    });
    return cutter.done([...this.coveredMs]);
  }
}

export interface EncodedBlock {
  readonly bytes: Uint8Array;
  readonly values: number;
}

class BlockCutter {
  private readonly encoder = new BlockEncoder();
  private readonly blocks: EncodedBlock[] = [];

  add(id: number, values: Float64Array, length?: number): void {
    if (this.encoder.rows >= BLOCK_ROWS) this.cut([]);
    this.encoder.add(id, values, length);
  }

  private cut(covered: readonly (readonly [number, number])[]): void {
    const { values } = this.encoder;
    this.blocks.push({ bytes: this.encoder.take(covered), values });
  }

  /** At least one block, even of nothing: a slot in which nothing happened was observed all the same. */
  done(covered: readonly (readonly [number, number])[]): EncodedBlock[] {
    this.cut(covered);
    return this.blocks;
  }
}

interface Part {
  readonly stored: StoredRow;
  /** As the file's columns stood for this row. */
  readonly places: readonly number[] | null;
  readonly values: Float64Array;
}

/** Rows between two turns of the loop. */
const ROWS_A_TURN = 4_096;

/**
 * A slot in the file's numbers. `rounded`: to the quantum, with what is left over carried to the row's next value, so that
 * sums of rounded values stay within a quantum of the true ones however many there are, and are exact where a total is
 * whole.
 */
export async function encodeSlot(
  { rows, coveredMs }: SlotSum,
  registry: RowRegistry,
  rounded: boolean,
): Promise<EncodedBlock[]> {
  const parts: Part[] = [];
  for (const { row, values } of rows) {
    const stored = registry.of(row);
    parts.push({ stored, places: stored.places, values });
    if (parts.length % ROWS_A_TURN === 0) await setImmediate();
  }
  parts.sort((a, b) => a.stored.id - b.stored.id);
  const cutter = new BlockCutter();
  let scratch = new Float64Array(256);
  for (let i = 0; i < parts.length; ) {
    const { stored } = parts[i] ?? {};
    if (stored === undefined) break;
    const size = stored.rest.length;
    if (scratch.length < size) scratch = new Float64Array(size * 2);
    scratch.fill(0, 0, size);
    for (; parts[i]?.stored === stored; i++) place(parts[i], scratch, rounded);
    cutter.add(stored.id, scratch, size);
    if (i % ROWS_A_TURN === 0) await setImmediate();
  }
  return cutter.done([...coveredMs].map(([group, ms]) => [registry.group(group), ms] as const));
}

function place(part: Part | undefined, numbers: Float64Array, rounded: boolean): void {
  if (part === undefined) return;
  const { values, places, stored } = part;
  const { rest } = stored;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value === 0) continue;
    const at = places === null ? i : (places[i] ?? i);
    if (!rounded) {
      numbers[at] = (numbers[at] ?? 0) + value;
      continue;
    }
    const whole = value + (rest[at] ?? 0);
    const kept = Math.floor(whole / QUANTUM + 0.5) * QUANTUM;
    rest[at] = whole - kept;
    numbers[at] = (numbers[at] ?? 0) + kept;
  }
}
