/**
 * An answer of `GET /graph` → the graph's view model. Total: an edge whose end is missing is counted and left out.
 * Boxes: one per namespace, inside one per cluster where there is more than one cluster. Nodes without a namespace that
 * stand for the world outside (external, unknown, …) are in no box. Order of nodes and edges is the answer's (by id), so
 * that equal answers give equal views.
 */
import { finish, mapSliced, type Sliced } from "../../base/sliced.ts";
import type { Graph, GraphEdge, GraphNode } from "../../query/schema/graph.ts";
import { warningsOf } from "../node-warnings.ts";
import { countText } from "./figures.ts";
import {
  type BoxMark,
  type EdgeMark,
  FLAT,
  type Framing,
  type GraphView,
  type NodeMark,
  STATE_WORD,
} from "./graph-view.ts";
import { boxesOf } from "./present-box.ts";
import { type EdgeEnds, presentEdge } from "./present-edge.ts";
import { presentNode } from "./present-node.ts";

/** So many edges of two nodes lie beside each other; more of them lie closer, in the same room. */
const MOST_LANES = 13;
const EDGES_A_STEP = 100;
const NODES_A_STEP = 50;

/** Lane of each edge among those that join the same two nodes, either way; loops of one node count up from 0. */
export function lanesOf(ends: readonly (readonly [number, number])[]): Float32Array {
  const groups = new Map<string, number[]>();
  ends.forEach(([source, target], edge) => {
    const key = source < target ? `${source} ${target}` : `${target} ${source}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [edge]);
    else group.push(edge);
  });
  const lanes = new Float32Array(ends.length);
  for (const group of groups.values()) {
    const step = Math.min(1, MOST_LANES / group.length);
    group.forEach((edge, place) => {
      const [source, target] = ends[edge] ?? [0, 0];
      lanes[edge] = step * (source === target ? place : place - (group.length - 1) / 2);
    });
  }
  return lanes;
}

/** Marks of edges from one answer to the next: an edge that is the same object, between the same marks, is not built again. */
export class EdgeBook {
  /** Marks built so far. */
  built = 0;
  private readonly known = new WeakMap<GraphEdge, EdgeMark>();
  private readonly titles = new WeakMap<EdgeMark, string>();

  of(edge: GraphEdge, ends: EdgeEnds): EdgeMark {
    const { source, target, lane } = ends;
    const titles = `${ends.sourceTitle}\n${ends.targetTitle}`;
    const before = this.known.get(edge);
    if (before !== undefined && before.source === source && before.target === target && before.lane === lane) {
      if (this.titles.get(before) === titles) return before;
    }
    this.built++;
    const made = presentEdge(edge, ends);
    this.known.set(edge, made);
    this.titles.set(made, titles);
    return made;
  }
}

function* presentEdges(
  edges: readonly GraphEdge[],
  nodes: readonly NodeMark[],
  index: ReadonlyMap<string, number>,
  book: EdgeBook,
): Sliced<EdgeMark[]> {
  const known: GraphEdge[] = [];
  const ends: [number, number][] = [];
  for (const edge of edges) {
    const source = index.get(edge.source);
    const target = index.get(edge.target);
    if (source === undefined || target === undefined) continue;
    known.push(edge);
    ends.push([source, target]);
  }
  const lanes = lanesOf(ends);
  return yield* mapSliced(known, EDGES_A_STEP, (edge, i): EdgeMark => {
    const [source, target] = ends[i] ?? [0, 0];
    const sourceTitle = nodes[source]?.title ?? "";
    const targetTitle = nodes[target]?.title ?? "";
    return book.of(edge, { source, target, sourceTitle, targetTitle, lane: lanes[i] ?? 0 });
  });
}

function incidence(
  nodes: number,
  edges: readonly EdgeMark[],
  end: "source" | "target",
): readonly (readonly number[])[] {
  const lists: number[][] = Array.from({ length: nodes }, () => []);
  edges.forEach((edge, i) => {
    lists[edge[end]]?.push(i);
  });
  const weight = (i: number): number => edges[i]?.importance ?? 0;
  for (const list of lists) list.sort((a, b) => weight(b) - weight(a) || a - b);
  return lists;
}

function summaryOf(nodes: readonly NodeMark[], edges: readonly EdgeMark[], boxes: readonly BoxMark[]): string {
  const spaces = boxes.filter((box) => box.kind === "namespace").length;
  const parts = [countText(nodes.length, "node"), countText(edges.length, "edge")];
  if (spaces > 0) parts.push(countText(spaces, "namespace"));
  for (const state of ["failure", "degraded", "unknown"] as const) {
    const count = nodes.filter((node) => node.state === state).length;
    if (count > 0) parts.push(`${count} ${STATE_WORD[state]}`);
  }
  return `Service graph: ${parts.join(", ")}.`;
}

const indexById = (items: readonly { readonly id: string }[]): ReadonlyMap<string, number> =>
  new Map(items.map((item, i) => [item.id, i]));

type Drawable = Pick<Graph, "nodes" | "edges">;

export function presentGraph(graph: Drawable, framing: Framing = FLAT, book = new EdgeBook()): GraphView {
  return finish(presentSliced(graph, framing, book));
}

/** The same in steps: 20,000 edges at once take longer than a hand waits. */
export function* presentSliced(graph: Drawable, framing: Framing, book: EdgeBook): Sliced<GraphView> {
  const { boxes, boxOf } = boxesOf(graph.nodes, framing);
  yield;
  const warnings = warningsOf(graph);
  yield;
  const nodes = yield* mapSliced(graph.nodes, NODES_A_STEP, (node: GraphNode, i): NodeMark => {
    const box = boxOf[i] ?? -1;
    const folded = boxes[box]?.folded === true;
    const crowd = framing.standing !== "flat" && !folded && node.holds !== undefined;
    return presentNode(node, { box, folded, crowd }, warnings.get(node.id));
  });
  const nodeIndex = indexById(nodes);
  const edges = yield* presentEdges(graph.edges, nodes, nodeIndex, book);
  yield;
  const outgoing = incidence(nodes.length, edges, "source");
  yield;
  const incoming = incidence(nodes.length, edges, "target");
  yield;
  return {
    nodes,
    edges,
    boxes,
    meshes: [...new Set(nodes.flatMap((node) => node.meshes))].sort(),
    nodeIndex,
    edgeIndex: indexById(edges),
    boxIndex: indexById(boxes),
    outgoing,
    incoming,
    danglingEdges: graph.edges.length - edges.length,
    summary: summaryOf(nodes, edges, boxes),
  };
}
