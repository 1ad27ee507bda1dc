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

/** What tells services of one name apart, in resources. */
const PLACES = [
  "k8s.namespace.name",
  "service.namespace",
  "k8s.cluster.name",
  "istio.canonical_service",
  "istio.namespace",
];
const MAX_TRACES = 300;
/** Rows that the blocks looked at may have. */
const MAX_ROWS = 500_000;
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
  /** By kind, service and place. */
  private readonly fits = new Map<string, boolean>();
  private read = 0;

  constructor(query: ExemplarQuery, deps: ExemplarDeps) {
    this.query = query;
    this.deps = deps;
    this.work = new Work(deps.bounds);
    this.cells = new ExemplarCells(query);
  }

  /** By combo, whether its spans may be calls: the first of those that share service, kind and place speaks for all. */
  private fitting(block: Block): Uint8Array {
    const { combos, head } = block.open();
    const { fields } = combos;
    const fits = new Uint8Array(combos.count);
    const unknown = new Map<number, string>();
    const places = block.resources().map((resource) => PLACES.map((key) => String(resource.get(key) ?? "")).join(" "));
    const internal = SPAN_KINDS.indexOf("internal");
    for (let i = 0; i < combos.count; i++) {
      const kind = fields.kind.at(i);
      if (kind === internal) continue;
      const key = `${kind} ${block.string(fields.service.at(i))} ${places[fields.resource.at(i)]}`;
      const known = this.fits.get(key);
      if (known === undefined) unknown.set(i, key);
      else if (known) fits[i] = 1;
    }
    const combo = block.one("combo");
    for (let row = 0; row < head.rows && unknown.size > 0; row++) {
      const at = combo.at(row);
      const key = unknown.get(at);
      if (key === undefined) continue;
      unknown.delete(at);
      this.work.add(500);
      const holds = this.fits.get(key) ?? mayBeCall(this.span(block, row), this.query.calls, this.query.names);
      this.fits.set(key, holds);
      fits[at] = holds ? 1 : 0;
    }
    return fits;
  }

  private span(block: Block, row: number): Span {
    return spanOf(block, row, traceIdOf(block, block.one("trace").at(row)), true);
  }

  /** Rows of a block that stand in cells that have room, one of a trace. */
  private wanted(block: Block): number[] {
    const { head, startNs } = block.open();
    this.work.add(HEAD_ROWS + head.rows);
    const fits = this.fitting(block);
    if (!fits.includes(1)) return [];
    const combo = block.one("combo").all();
    const trace = block.one("trace");
    const [startLow, startHigh] = block.pair("start");
    const [low, high] = block.pair("duration");
    const originMs = Number(startNs) / 1e6;
    const { xMs, yMs, endMs, perCell } = this.query;
    const found: number[] = [];
    const traces = new Set<number>();
    let column = 0;
    for (let row = 0; row < head.rows; row++) {
      if (fits[combo[row] ?? 0] !== 1) continue;
      const durationMs = (high.at(row) * 0x100000000 + low.at(row)) / 1e6;
      const end = originMs + (startHigh.at(row) * 0x100000000 + startLow.at(row)) / 1e6 + durationMs;
      if (end < (xMs[0] ?? endMs) || end >= endMs) continue;
      while (column > 0 && end < (xMs[column] ?? 0)) column -= 1;
      while (column + 1 < xMs.length && end >= (xMs[column + 1] ?? 0)) column += 1;
      const cell = column * (yMs.length + 1) + rowAt(yMs, durationMs);
      const held = this.taken.get(cell) ?? 0;
      const number = trace.at(row);
      if (held >= perCell + SPARE || traces.has(number)) continue;
      this.taken.set(cell, held + 1);
      traces.add(number);
      found.push(row);
      if (this.read + found.length >= MAX_TRACES) break;
    }
    return found;
  }

  /** A call between services shows in its trace; one that a service answers or makes is one span. */
  private take(block: Block, row: number): void {
    this.read += 1;
    const span = this.span(block, row);
    if (this.query.calls.kind === "of") this.cells.take([span]);
    else {
      this.work.add(TRACE_ROWS);
      this.cells.take(this.deps.read(span.traceId));
    }
  }

  async run(): Promise<Exemplar[]> {
    let rows = 0;
    const blocks = [...this.deps.blocks].sort((a, b) => b.entry.endMs - a.entry.endMs);
    for (const { block, entry } of spread(blocks)) {
      if (rows > MAX_ROWS || this.read >= MAX_TRACES || this.work.isOver()) break;
      rows += entry.rows;
      const none: number[] = [];
      for (const row of this.deps.damages.guard(block, () => this.wanted(block), none)) {
        this.deps.damages.guard(block, () => this.take(block, row), undefined);
        await this.work.turn();
      }
      block.release();
      await this.work.turn();
    }
    return this.cells.list();
  }
}

export async function exemplarsFromBlocks(deps: ExemplarDeps, query: ExemplarQuery): Promise<Exemplar[]> {
  return new Finder(query, deps).run();
}
