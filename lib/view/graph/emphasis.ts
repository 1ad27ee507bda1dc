/**
 * What is lit: hover lights a thing and what it is connected to and dims the rest; a selection and the find box's matches
 * stay lit. Apart from the view model, so that moving the pointer rebuilds nothing else. O(nodes + edges) to fill.
 */
import type { GraphTarget, GraphView } from "./graph-view.ts";

/** 0 dimmed, 1 as usual, 2 emphasised. */
export interface Emphasis {
  readonly node: Uint8Array;
  readonly edge: Uint8Array;
  readonly box: Uint8Array;
  /** Index of what is selected, -1 where it is of another kind or not in the picture. */
  readonly selectedNode: number;
  readonly selectedEdge: number;
  readonly selectedBox: number;
  readonly hoveredNode: number;
  readonly hoveredEdge: number;
  /** Nodes and edges that the find box matches. */
  readonly matchedNode: Uint8Array;
  readonly matchedEdge: Uint8Array;
}

export interface EmphasisParameters {
  readonly hover: GraphTarget | null;
  readonly selection: GraphTarget | null;
  /** Ids of nodes and edges; undefined where nothing is sought, empty where nothing is found. */
  readonly matches?: ReadonlySet<string> | undefined;
}

const indexOf = (view: GraphView, target: GraphTarget | null, kind: GraphTarget["kind"]): number => {
  if (target === null || target.kind !== kind) return -1;
  const index = kind === "node" ? view.nodeIndex : kind === "edge" ? view.edgeIndex : view.boxIndex;
  return index.get(target.id) ?? -1;
};

function insideBox(view: GraphView, node: number, box: number): boolean {
  let at = view.nodes[node]?.box ?? -1;
  while (at >= 0 && at !== box) at = view.boxes[at]?.parent ?? -1;
  return at === box;
}

/** Nodes from which light spreads: the hovered one, both ends of an edge, all in a box. */
function hoverCore(view: GraphView, hover: GraphTarget): Uint8Array {
  const core = new Uint8Array(view.nodes.length);
  const node = indexOf(view, hover, "node");
  if (node >= 0) core[node] = 1;
  const box = indexOf(view, hover, "box");
  if (box >= 0) for (let i = 0; i < core.length; i++) if (insideBox(view, i, box)) core[i] = 1;
  return core;
}

export function emphasisOf(view: GraphView, parameters: EmphasisParameters): Emphasis {
  const { hover, selection, matches } = parameters;
  const dim = hover !== null || matches !== undefined ? 0 : 1;
  const node = new Uint8Array(view.nodes.length).fill(dim);
  const edge = new Uint8Array(view.edges.length).fill(dim);
  const box = new Uint8Array(view.boxes.length).fill(1);
  const matchedNode = new Uint8Array(view.nodes.length);
  const matchedEdge = new Uint8Array(view.edges.length);
  const raise = (levels: Uint8Array, index: number, level: number): void => {
    if (index >= 0) levels[index] = Math.max(levels[index] ?? 0, level);
  };
  if (matches !== undefined) {
    view.nodes.forEach((mark, i) => {
      if (matches.has(mark.id)) matchedNode[i] = node[i] = 1;
    });
    view.edges.forEach((mark, i) => {
      if (matchedNode[mark.source] === 1 && matchedNode[mark.target] === 1) edge[i] = 1;
      if (!matches.has(mark.id)) return;
      matchedEdge[i] = edge[i] = 1;
      raise(node, mark.source, 1);
      raise(node, mark.target, 1);
    });
  }
  const hoveredNode = indexOf(view, hover, "node");
  const hoveredEdge = indexOf(view, hover, "edge");
  if (hover !== null) {
    const core = hoverCore(view, hover);
    view.edges.forEach((mark, i) => {
      if (i !== hoveredEdge && core[mark.source] === 0 && core[mark.target] === 0) return;
      raise(edge, i, 1);
      raise(node, mark.source, 1);
      raise(node, mark.target, 1);
    });
    for (let i = 0; i < core.length; i++) if (core[i] === 1) raise(node, i, 1);
    raise(node, hoveredNode, 2);
    raise(edge, hoveredEdge, 2);
  }
  const selectedNode = indexOf(view, selection, "node");
  const selectedEdge = indexOf(view, selection, "edge");
  const selectedBox = indexOf(view, selection, "box");
  raise(node, selectedNode, 2);
  raise(edge, selectedEdge, 2);
  raise(box, selectedBox, 2);
  raise(box, indexOf(view, hover, "box"), 2);
  const ends = view.edges[selectedEdge];
  if (ends !== undefined) {
    raise(node, ends.source, 1);
    raise(node, ends.target, 1);
  }
  return {
    node,
    edge,
    box,
    selectedNode,
    selectedEdge,
    selectedBox,
    hoveredNode,
    hoveredEdge,
    matchedNode,
    matchedEdge,
  };
}
