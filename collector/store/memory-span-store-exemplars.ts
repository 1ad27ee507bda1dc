/**
 * Traces for the cells of a heatmap, from memory. In: all traces and the query; out: a few a cell. Looks at 25,000 spans
 * at most: of more, at every k-th trace by its id, so that every column has its share and a refresh finds the same
 * ones. Gives the event loop a turn every 4,000 spans.
 */
import { setImmediate } from "node:timers/promises";
import type { ExemplarQuery } from "../../lib/query/exemplar-query.ts";
import { ExemplarCells } from "../../lib/query/heatmap-exemplars.ts";
import type { Exemplar } from "../../lib/query/schema/heatmap.ts";
import { msToNs } from "../../lib/query/trace-match.ts";
import type { StoredTrace } from "./memory-span-store-trace.ts";

export const MOST_SPANS = 25_000;
const SPANS_PER_TURN = 4_000;
/** A span that started before the first column may end in it: this much before is looked at. */
const LONGEST_MS = 600_000;

/** Ids are random, or as good as: their low 32 bits choose evenly. */
function isChosen(id: string, every: number): boolean {
  return every === 1 || Number.parseInt(id.slice(-8), 16) % every === 0;
}

export async function findExemplars(traces: readonly StoredTrace[], query: ExemplarQuery): Promise<Exemplar[]> {
  const from = msToNs((query.xMs[0] ?? query.endMs) - LONGEST_MS);
  const to = msToNs(query.endMs);
  const inTime = traces.filter((trace) => trace.lastNs >= from && trace.firstNs < to);
  const all = inTime.reduce((sum, trace) => sum + trace.size(), 0);
  const every = Math.max(1, Math.ceil(all / MOST_SPANS));
  const cells = new ExemplarCells(query);
  let looked = 0;
  let sinceTurn = 0;
  for (const trace of inTime) {
    if (!isChosen(trace.id, every)) continue;
    const size = trace.size();
    // One trace of 100,000 spans is not looked into: what it holds costs more than it shows.
    if (looked + size > MOST_SPANS) continue;
    looked += size;
    sinceTurn += size;
    if (sinceTurn > SPANS_PER_TURN) {
      sinceTurn = 0;
      await setImmediate();
    }
    cells.take(trace.spans());
  }
  return cells.list();
}
