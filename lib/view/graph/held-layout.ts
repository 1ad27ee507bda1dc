/** A layout with one node held elsewhere, as under a pointer: its edges follow, their far ends stay. World pixels. */
import type { GraphView } from "./graph-view.ts";
import type { LayoutResult } from "./layout-types.ts";

export interface HeldNode {
  readonly node: number;
  readonly x: number;
  readonly y: number;
}

export function withHeld(view: GraphView, layout: LayoutResult, { node, x, y }: HeldNode): LayoutResult {
  const dx = x - (layout.x[node] ?? 0);
  const dy = y - (layout.y[node] ?? 0);
  const moved = { x: layout.x.slice(), y: layout.y.slice(), curves: layout.curves.slice() };
  moved.x[node] = x;
  moved.y[node] = y;
  for (const e of new Set([...(view.outgoing[node] ?? []), ...(view.incoming[node] ?? [])])) {
    const edge = view.edges[e];
    const start = layout.curveStart[e] ?? 0;
    const last = (layout.curveStart[e + 1] ?? 0) - 1 - start;
    for (let p = 0; p <= last; p++) {
      const along = last === 0 ? 0 : p / last;
      const share = (edge?.source === node ? 1 - along : 0) + (edge?.target === node ? along : 0);
      const at = 2 * (start + p);
      moved.curves[at] = (layout.curves[at] ?? 0) + share * dx;
      moved.curves[at + 1] = (layout.curves[at + 1] ?? 0) + share * dy;
    }
  }
  return { ...layout, ...moved };
}
