/**
 * The part of a graph inside one box of the picture. In: a graph and a box id; out: its nodes, the edges that touch them with
 * both their ends, its name.
 */
import type { Graph, GraphNode } from "../query/schema/graph.ts";
import type { FoldTarget } from "./graph/fold-target.ts";
import { type BoxKind, boxIdOf, foldIdOf, meshNameOf, type Place } from "./graph/present-box.ts";

export interface BoxPart {
  readonly graph: Graph;
  /** Both ends of every edge of the part: an edge that leaves the box has one outside. */
  readonly ends: readonly GraphNode[];
  readonly title: string;
  readonly kind: BoxKind;
  readonly fold: FoldTarget;
  readonly place: Place;
}

interface Home {
  readonly kind: BoxKind;
  readonly place: Place;
}

const KINDS: readonly BoxKind[] = ["namespace", "cluster", "mesh"];

/** Which box of that id the node is in, whether meshes have frames or not. */
function homeOf(node: GraphNode, id: string): Home | undefined {
  const { cluster } = node;
  const namespace = node.kind === "namespace" ? node.name : node.namespace;
  for (const mesh of ["", meshNameOf(node)]) {
    for (const kind of KINDS) {
      const place = { mesh, cluster, namespace };
      if ((kind !== "mesh" || mesh !== "") && boxIdOf(kind, place) === id) return { kind, place };
    }
  }
  return undefined;
}

const nameOf = ({ kind, place }: Home): string =>
  kind === "mesh" ? place.mesh : kind === "cluster" ? place.cluster : place.namespace;

/** Null when no node of the graph lies in that box. */
export function boxPart(graph: Graph, id: string): BoxPart | null {
  const nodes = graph.nodes.filter((node) => homeOf(node, id) !== undefined);
  const [first] = nodes;
  const home = first === undefined ? undefined : homeOf(first, id);
  if (home === undefined) return null;
  const ids = new Set(nodes.map((node) => node.id));
  const edges = graph.edges.filter((edge) => ids.has(edge.source) || ids.has(edge.target));
  const ends = new Set(edges.flatMap(({ source, target }) => [source, target]));
  const title = nameOf(home);
  const foldId = foldIdOf(home.kind, home.place);
  return {
    graph: { ...graph, nodes, edges },
    ends: graph.nodes.filter((node) => ends.has(node.id)),
    kind: home.kind,
    title,
    place: home.place,
    fold: { id: foldId, folded: ids.has(foldId), title },
  };
}
