/** Which box a command to fold or unfold means. In: the view model and what is pointed at; out: the box's id for the API. */
import type { GraphTarget, GraphView } from "./graph-view.ts";

export interface FoldTarget {
  readonly id: string;
  /** True where it is folded now. */
  readonly folded: boolean;
  readonly title: string;
}

/**
 * `itself`: a box, or the node that stands for one. `around`: also the innermost box of any other node. Null where there is
 * none: what stands outside all boxes, edges, and the views of boxes.
 */
export function foldTargetOf(
  view: GraphView,
  target: GraphTarget | null,
  reach: "itself" | "around",
): FoldTarget | null {
  if (target === null || target.kind === "edge") return null;
  const node = target.kind === "node" ? view.nodes[view.nodeIndex.get(target.id) ?? -1] : undefined;
  if (target.kind === "node") {
    if (node === undefined) return null;
    if (node.crowd || node.folded) return { id: node.id, folded: true, title: node.title };
    if (reach === "itself") return null;
  }
  const box = view.boxes[node === undefined ? (view.boxIndex.get(target.id) ?? -1) : node.box];
  return box === undefined ? null : { id: box.foldId, folded: box.folded, title: box.title };
}
