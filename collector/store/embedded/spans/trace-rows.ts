/**
 * Rows of a block by trace. In: a block; out: for the id of a trace the rows that are its spans. Made once for a block that
 * is asked, and kept while its columns are.
 */
import type { Block } from "./block.ts";

export class TraceRows {
  /** Low words of ids in order, each with its trace's number: as doubles. */
  private readonly keys: Float64Array;
  /** By trace, where its rows begin in `rows`. */
  private readonly offsets: Uint32Array;
  private readonly rows: Uint32Array;
  private readonly block: Block;

  constructor(block: Block) {
    this.block = block;
    const { head } = block.open();
    const low = block.traces()[3];
    this.keys = new Float64Array(head.traces);
    for (let i = 0; i < head.traces; i++) this.keys[i] = (low?.at(i) ?? 0) * 0x200000 + i;
    this.keys.sort();
    const trace = block.one("trace").all();
    this.offsets = new Uint32Array(head.traces + 2);
    for (const number of trace) this.offsets[number + 2] = (this.offsets[number + 2] ?? 0) + 1;
    for (let i = 2; i < this.offsets.length; i++) this.offsets[i] = (this.offsets[i] ?? 0) + (this.offsets[i - 1] ?? 0);
    this.rows = new Uint32Array(trace.length);
    for (let row = 0; row < trace.length; row++) {
      const number = trace[row] ?? 0;
      const at = this.offsets[number + 1] ?? 0;
      this.rows[at] = row;
      this.offsets[number + 1] = at + 1;
    }
  }

  weight(): number {
    return this.keys.byteLength + this.offsets.byteLength + this.rows.byteLength;
  }

  of(trace: number): Uint32Array {
    return this.rows.subarray(this.offsets[trace] ?? 0, this.offsets[trace + 1] ?? 0);
  }

  /** Numbers of the traces with these low words; `high` undefined: whatever their high half is. */
  find(low: readonly [number, number], high: readonly [number, number] | undefined): number[] {
    const [a, b, c] = this.block.traces();
    const from = low[1] * 0x200000;
    let lo = 0;
    let hi = this.keys.length;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if ((this.keys[mid] ?? 0) < from) lo = mid + 1;
      else hi = mid;
    }
    const found: number[] = [];
    for (let i = lo; i < this.keys.length && (this.keys[i] ?? 0) < from + 0x200000; i++) {
      const trace = (this.keys[i] ?? 0) - from;
      const isLow = c?.at(trace) === low[0];
      const isHigh = high === undefined || (a?.at(trace) === high[0] && b?.at(trace) === high[1]);
      if (isLow && isHigh) found.push(trace);
    }
    return found;
  }
}

/** The same for one trace, by looking at every row. */
export function findRows(block: Block, id: readonly [number, number, number, number]): number[] {
  const [a, b, c, d] = block.traces();
  const { head } = block.open();
  let trace = 0;
  while (
    trace < head.traces &&
    !(d?.at(trace) === id[3] && c?.at(trace) === id[2] && b?.at(trace) === id[1] && a?.at(trace) === id[0])
  )
    trace += 1;
  return trace < head.traces ? rowsOfTrace(block, trace) : [];
}

export function rowsOfTrace(block: Block, trace: number): number[] {
  const column = block.one("trace");
  const rows: number[] = [];
  for (let row = 0; row < column.count; row++) if (column.at(row) === trace) rows.push(row);
  return rows;
}
