/** Where a target is in the world: the middle of a node, the arrow of an edge, the title of a box; null where it is not. */
import type { GraphTarget } from "./graph-view.ts";
import type { Scene } from "./scene.ts";

export interface WorldPoint {
  readonly x: number;
  readonly y: number;
}

export function placeOfTarget({ view, layout, arrows }: Scene, { kind, id }: GraphTarget): WorldPoint | null {
  if (kind === "node") {
    const node = view.nodeIndex.get(id);
    return node === undefined ? null : { x: layout.x[node] ?? 0, y: layout.y[node] ?? 0 };
  }
  if (kind === "edge") {
    const edge = view.edgeIndex.get(id);
    return edge === undefined ? null : { x: arrows[3 * edge] ?? 0, y: arrows[3 * edge + 1] ?? 0 };
  }
  const box = view.boxIndex.get(id);
  return box === undefined ? null : { x: layout.rects[4 * box] ?? 0, y: layout.rects[4 * box + 1] ?? 0 };
}
