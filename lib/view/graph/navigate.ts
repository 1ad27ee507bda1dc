/**
 * Arrow keys on the graph: Right to a callee, Left to a caller (both pass over the most important edge), Up and Down
 * among siblings (called by the same, else in the same column). From an edge, Right and Left go to its ends, Up and
 * Down to the other edges of its source. With nothing selected the most important node is first.
 */
import type { GraphTarget, GraphView } from "./graph-view.ts";
import type { LayoutResult } from "./layout-types.ts";

export type Direction = "left" | "right" | "up" | "down";

const COLUMN = 60;

const nodeTarget = (view: GraphView, node: number): GraphTarget | null => {
  const mark = view.nodes[node];
  return mark === undefined ? null : { kind: "node", id: mark.id };
};

function firstNode(view: GraphView): GraphTarget | null {
  let best = -1;
  view.nodes.forEach((node, i) => {
    if (best < 0 || node.importance > (view.nodes[best]?.importance ?? 0)) best = i;
  });
  return nodeTarget(view, best);
}

/** The neighbour in a list sorted by height, or null at its end. */
function step(items: readonly number[], at: number, height: (item: number) => number, down: boolean): number | null {
  const sorted = [...new Set([...items, at])].sort((a, b) => height(a) - height(b) || a - b);
  return sorted[sorted.indexOf(at) + (down ? 1 : -1)] ?? null;
}

function siblings(view: GraphView, layout: LayoutResult, node: number): readonly number[] {
  const found: number[] = [];
  for (const e of view.incoming[node] ?? []) {
    for (const other of view.outgoing[view.edges[e]?.source ?? -1] ?? []) {
      const target = view.edges[other]?.target;
      if (target !== undefined && target !== node) found.push(target);
    }
  }
  if (found.length > 0) return found;
  const x = layout.x[node] ?? 0;
  return view.nodes.map((_, i) => i).filter((i) => Math.abs((layout.x[i] ?? 0) - x) < COLUMN);
}

function fromNode(view: GraphView, layout: LayoutResult, node: number, direction: Direction): GraphTarget | null {
  if (direction === "left" || direction === "right") {
    const forward = direction === "right";
    for (const e of (forward ? view.outgoing : view.incoming)[node] ?? []) {
      const edge = view.edges[e];
      const other = forward ? edge?.target : edge?.source;
      if (other !== undefined && other !== node) return nodeTarget(view, other);
    }
    return null;
  }
  const next = step(siblings(view, layout, node), node, (i) => layout.y[i] ?? 0, direction === "down");
  return next === null ? null : nodeTarget(view, next);
}

function fromEdge(view: GraphView, layout: LayoutResult, edge: number, direction: Direction): GraphTarget | null {
  const mark = view.edges[edge];
  if (mark === undefined) return null;
  if (direction === "left") return nodeTarget(view, mark.source);
  if (direction === "right") return nodeTarget(view, mark.target);
  const height = (e: number): number => layout.y[view.edges[e]?.target ?? -1] ?? 0;
  const next = step(view.outgoing[mark.source] ?? [], edge, height, direction === "down");
  const id = next === null ? undefined : view.edges[next]?.id;
  return id === undefined ? null : { kind: "edge", id };
}

/** Where an arrow key leads; the selection itself where there is nothing that way. */
export function navigate(
  view: GraphView,
  layout: LayoutResult,
  selection: GraphTarget | null,
  direction: Direction,
): GraphTarget | null {
  if (selection === null) return firstNode(view);
  const node = selection.kind === "node" ? view.nodeIndex.get(selection.id) : undefined;
  if (node !== undefined) return fromNode(view, layout, node, direction) ?? selection;
  const edge = selection.kind === "edge" ? view.edgeIndex.get(selection.id) : undefined;
  if (edge !== undefined) return fromEdge(view, layout, edge, direction) ?? selection;
  return firstNode(view);
}

/** The sentence for the live region. */
export function describeTarget(view: GraphView, target: GraphTarget | null): string {
  if (target === null) return "";
  switch (target.kind) {
    case "node":
      return view.nodes[view.nodeIndex.get(target.id) ?? -1]?.description ?? "";
    case "edge":
      return view.edges[view.edgeIndex.get(target.id) ?? -1]?.description ?? "";
    default:
      return view.boxes[view.boxIndex.get(target.id) ?? -1]?.description ?? "";
  }
}
