/**
 * Traces for the cells of a heatmap, from blocks. In: the query, the blocks of its time, and what reads a trace. Out: a few
 * a cell. Blocks are taken in an order that is spread over the window from the first on; in each, rows whose kind of span may be such
 * a call (one row is looked at for all that share service, resource and keys) and whose cell is not full; of those the
 * traces are read, 300 at most, so that a heatmap of a great many spans costs no more than of some.
 */
import { SPAN_KINDS, type Span, type TraceId } from "../../../../lib/model/span.ts";
import type { Calls, ExemplarQuery } from "../../../../lib/query/exemplar-query.ts";
import { ExemplarCells, rowAt } from "../../../../lib/query/heatmap-exemplars.ts";
import type { Exemplar } from "../../../../lib/query/schema/heatmap.ts";
import { spanFits } from "../../../../lib/query/trace-services.ts";
import type { Block } from "./block.ts";
import { spanOf, traceIdOf } from "./block-spans.ts";
import type { BlockRef } from "./segments.ts";
import type { Damages } from "./trace-read.ts";
import { type Bounds, HEAD_ROWS, TRACE_ROWS, Work } from "./work.ts";

const MAX_TRACES = 300;
/** Rows that the blocks looked at may have. */
const MAX_ROWS = 1_500_000;
/** More are taken for a cell than it shows: not all turn out to be calls. */
const SPARE = 2;

export interface ExemplarDeps {
  readonly blocks: readonly BlockRef[];
  readonly read: (id: TraceId) => readonly Span[];
  readonly damages: Damages;
  readonly bounds: Bounds;
}

/** 0, then halves, quarters, eighths: any first part is spread over the whole. */
export function spread<T>(list: readonly T[]): T[] {
  const bits = Math.ceil(Math.log2(Math.max(1, list.length)));
  const reversed = (i: number): number => {
    let out = 0;
    for (let bit = 0; bit < bits; bit++) out |= ((i >> bit) & 1) << (bits - 1 - bit);
    return out;
  };
  return Array.from({ length: 1 << bits }, (_, i) => reversed(i)).flatMap((i) => list[i] ?? []);
}

function mayBeCall(span: Span, calls: Calls, names: ExemplarQuery["names"]): boolean {
  const asks = span.kind === "client" || span.kind === "producer";
  if (calls.kind === "between") {
    return calls.pairs.some(({ source, target }) => spanFits(span, asks ? source : target, names));
  }
  if (asks !== (calls.side === "client")) return false;
  return calls.services.some((service) => spanFits(span, service, names));
}

class Finder {
  private readonly query: ExemplarQuery;
  private readonly deps: ExemplarDeps;
  private readonly work: Work;
  private readonly cells: ExemplarCells;
  private readonly taken = new Map<number, number>();
  private readonly traces = new Set<string>();

  constructor(query: ExemplarQuery, deps: ExemplarDeps) {
    this.query = query;
    this.deps = deps;
    this.work = new Work(deps.bounds);
    this.cells = new ExemplarCells(query);
  }

  /** By combo, whether its spans may be calls: the first of them speaks for all. */
  private fitting(block: Block): Uint8Array {
    const { combos, head } = block.open();
    const combo = block.one("combo");
    const fits = new Uint8Array(combos.count);
    const known = new Uint8Array(combos.count);
    let left = combos.count;
    const internal = SPAN_KINDS.indexOf("internal");
    for (let row = 0; row < head.rows && left > 0; row++) {
      const at = combo.at(row);
      if (known[at] === 1) continue;
      known[at] = 1;
      left -= 1;
      if (combos.fields.kind[at] === internal) continue;
      this.work.add(1000);
      const trace = traceIdOf(block, block.one("trace").at(row));
      fits[at] = mayBeCall(spanOf(block, row, trace, true), this.query.calls, this.query.names) ? 1 : 0;
    }
    return fits;
  }

  /** Traces of a block whose spans stand in cells that have room. */
  private wanted(block: Block): TraceId[] {
    const { head, combos, startNs } = block.open();
    this.work.add(HEAD_ROWS + head.rows);
    const fits = this.fitting(block);
    if (!fits.includes(1)) return [];
    const combo = block.one("combo");
    const [startLow, startHigh] = block.pair("start");
    const [low, high] = block.pair("duration");
    const originMs = Number(startNs) / 1e6;
    const { xMs, yMs, endMs, perCell } = this.query;
    const found: TraceId[] = [];
    let column = 0;
    for (let row = 0; row < head.rows; row++) {
      const at = combo.at(row);
      if (fits[at] !== 1 || (combos.spans[at] ?? 0) === 0) continue;
      const durationMs = (high.at(row) * 0x100000000 + low.at(row)) / 1e6;
      const end = originMs + (startHigh.at(row) * 0x100000000 + startLow.at(row)) / 1e6 + durationMs;
      if (end < (xMs[0] ?? endMs) || end >= endMs) continue;
      while (column > 0 && end < (xMs[column] ?? 0)) column -= 1;
      while (column + 1 < xMs.length && end >= (xMs[column + 1] ?? 0)) column += 1;
      const cell = column * (yMs.length + 1) + rowAt(yMs, durationMs);
      const held = this.taken.get(cell) ?? 0;
      if (held >= perCell + SPARE) continue;
      const trace = traceIdOf(block, block.one("trace").at(row));
      this.taken.set(cell, held + 1);
      if (this.traces.has(trace)) continue;
      this.traces.add(trace);
      found.push(trace);
      if (this.traces.size >= MAX_TRACES) break;
    }
    return found;
  }

  async run(): Promise<Exemplar[]> {
    let rows = 0;
    const blocks = [...this.deps.blocks].sort((a, b) => b.entry.endMs - a.entry.endMs);
    for (const { block, entry } of spread(blocks)) {
      if (rows > MAX_ROWS || this.traces.size >= MAX_TRACES || this.work.isOver()) break;
      rows += entry.rows;
      const none: TraceId[] = [];
      for (const id of this.deps.damages.guard(block, () => this.wanted(block), none)) {
        this.work.add(TRACE_ROWS);
        this.cells.take(this.deps.read(id));
        await this.work.turn();
      }
      await this.work.turn();
    }
    return this.cells.list();
  }
}

export async function exemplarsFromBlocks(deps: ExemplarDeps, query: ExemplarQuery): Promise<Exemplar[]> {
  return new Finder(query, deps).run();
}
