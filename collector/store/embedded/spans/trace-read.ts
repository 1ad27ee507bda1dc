/**
 * Spans of a trace, wherever its blocks are. In: an id and the blocks that may hold it. Out: each span once: the same id,
 * kind, service and start is the same span, and the first that was stored stands.
 */
import type { Span, TraceId } from "../../../../lib/model/span.ts";
import type { Block } from "./block.ts";
import { BlockDamaged, BlockGone } from "./block-parts.ts";
import { spanOf, traceIdOf } from "./block-spans.ts";
import { findRows } from "./trace-rows.ts";

export function identityOf({ spanId, kind, startNs, service }: Span): string {
  return `${spanId} ${kind} ${startNs} ${service}`;
}

/** Words of an id of 32 hex digits. */
export function idWords(id: string): readonly [number, number, number, number] {
  const word = (i: number): number => Number.parseInt(id.slice(i * 8, i * 8 + 8), 16);
  return [word(0), word(1), word(2), word(3)];
}

/** What reads run into: a block that is damaged is reported once and left out, one that retention took is left out. */
export class Damages {
  private readonly seen = new Set<string>();
  private readonly report: (what: string) => void;
  count = 0;

  constructor(report: (what: string) => void) {
    this.report = report;
  }

  /** What `read` gives, or `otherwise` where the block cannot be read. */
  guard<T>(block: Block, read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof BlockGone) return otherwise;
      if (!(error instanceof BlockDamaged)) throw error;
      if (!this.seen.has(block.source.key)) {
        this.seen.add(block.source.key);
        this.count += 1;
        this.report(`block ${block.source.key} is damaged (${error.message}) and left out of answers`);
      }
      return otherwise;
    }
  }
}

function rowsOf(block: Block, words: readonly [number, number, number, number]): ArrayLike<number> {
  if (!block.isAskedOften()) return findRows(block, words);
  const rows = block.traceRows();
  const [trace] = rows.find([words[2], words[3]], [words[0], words[1]]);
  return trace === undefined ? new Uint32Array(0) : rows.of(trace);
}

/** Oldest block first, so that the span that came first stands. */
export function readTrace(blocks: readonly Block[], id: TraceId, lazy: boolean, damages: Damages): Span[] {
  const words = idWords(id);
  const found = new Map<string, Span>();
  for (const block of blocks) {
    const spans = damages.guard(
      block,
      () => Array.from(rowsOf(block, words), (row) => spanOf(block, row, id, lazy)),
      [],
    );
    for (const span of spans) {
      const key = identityOf(span);
      if (!found.has(key)) found.set(key, span);
    }
  }
  return [...found.values()];
}

/** Ids whose low half is this one. */
export function readLowBits(blocks: readonly Block[], low: string, damages: Damages): TraceId[] {
  const [, , c, d] = idWords(low.padStart(32, "0"));
  const found = new Set<TraceId>();
  for (const block of blocks) {
    const ids = damages.guard(
      block,
      () =>
        block
          .traceRows()
          .find([c, d], undefined)
          .map((trace) => traceIdOf(block, trace)),
      [],
    );
    for (const id of ids) found.add(id);
  }
  return [...found];
}
