/**
 * Where the children of a span run, for drawing its self time. In: a tree and a row. Out: merged stretches as shares 0..1
 * of the span, at most `limit`: those closer than the picture can show are joined, nothing is left out.
 */
import type { TraceTree } from "./build-trace.ts";

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export function coveredStretches(tree: TraceTree, row: number, limit: number): readonly Stretch[] {
  const start = tree.startUs[row] ?? 0;
  const width = (tree.endUs[row] ?? 0) - start;
  const end = tree.next[row] ?? row + 1;
  const out: { from: number; to: number }[] = [];
  if (width <= 0) return out;
  // Stretches and gaps together fill the span: with each gap at least this wide there are at most `limit` stretches.
  const smallestGap = 1 / limit;
  for (let child = row + 1; child < end; child = tree.next[child] ?? end) {
    const from = Math.max(0, ((tree.startUs[child] ?? 0) - start) / width);
    const to = Math.min(1, ((tree.endUs[child] ?? 0) - start) / width);
    if (to <= from) continue;
    const last = out.at(-1);
    if (last !== undefined && from - last.to < smallestGap) last.to = Math.max(last.to, to);
    else out.push({ from, to });
  }
  return out;
}
