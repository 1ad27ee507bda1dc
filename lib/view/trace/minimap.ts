/**
 * A whole trace in a small picture. In: a tree and a grid (columns × lines). Out: runs of equal cells, at most one per
 * cell, whatever the number of spans: painting 100,000 spans costs the grid. Spans of one line that overlap show the
 * first; errors are runs of their own, drawn over. A span never vanishes: it fills at least one cell unless covered.
 */
import { hasMark, type TraceTree } from "./build-trace.ts";
import { wholeRange } from "./time-axis.ts";

export interface MinimapRun {
  readonly column: number;
  readonly line: number;
  readonly columns: number;
  /** Index into the tree's services. */
  readonly service: number;
}

export interface Minimap {
  readonly lines: number;
  readonly runs: readonly MinimapRun[];
  readonly errors: readonly MinimapRun[];
}

/** `maxLines` bounds the height: a trace with fewer spans has one line per span. */
export function minimap(tree: TraceTree, columns: number, maxLines: number): Minimap {
  const lines = Math.max(1, Math.min(maxLines, tree.count));
  const cells = new Int32Array(columns * lines).fill(-1);
  const errors = new Int32Array(columns * lines).fill(-1);
  const skip = freeCells(columns, lines);
  const skipErrors = freeCells(columns, lines);
  const scale = columns / wholeRange(tree.durationUs).endUs;
  for (let row = 0; row < tree.count; row++) {
    const line = Math.floor((row / tree.count) * lines);
    const from = Math.min(columns - 1, Math.floor((tree.startUs[row] ?? 0) * scale));
    const to = Math.min(columns, Math.max(from + 1, Math.round((tree.endUs[row] ?? 0) * scale)));
    const span = { line, from, to, value: tree.service[row] ?? 0 };
    fill(cells, skip, columns, span);
    if (hasMark(tree, row, "error")) fill(errors, skipErrors, columns, span);
  }
  return { lines, runs: runsOf(cells, columns), errors: runsOf(errors, columns) };
}

/** Per cell the nearest free one at or after it; each line has one more, never filled. */
function freeCells(columns: number, lines: number): Int32Array {
  return Int32Array.from({ length: (columns + 1) * lines }, (_, at) => at);
}

function nextFree(skip: Int32Array, at: number): number {
  let root = at;
  while ((skip[root] ?? root) !== root) root = skip[root] ?? root;
  for (let walk = at; walk !== root; ) {
    const onward = skip[walk] ?? root;
    skip[walk] = root;
    walk = onward;
  }
  return root;
}

interface Strip {
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

function fill(cells: Int32Array, skip: Int32Array, columns: number, strip: Strip): void {
  const base = strip.line * (columns + 1);
  for (let at = nextFree(skip, base + strip.from); at < base + strip.to; at = nextFree(skip, at)) {
    cells[strip.line * columns + at - base] = strip.value;
    skip[at] = at + 1;
  }
}

function runsOf(cells: Int32Array, columns: number): readonly MinimapRun[] {
  const runs: MinimapRun[] = [];
  let start = 0;
  for (let at = 1; at <= cells.length; at++) {
    if (at < cells.length && at % columns !== 0 && cells[at] === cells[start]) continue;
    const service = cells[start] ?? -1;
    const line = Math.floor(start / columns);
    if (service !== -1) runs.push({ column: start - line * columns, line, columns: at - start, service });
    start = at;
  }
  return runs;
}
