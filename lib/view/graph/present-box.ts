/** Nodes of the answer → boxes: clusters (where there are several) around namespaces, with counts and worst state. */
import { entityId, type NodeKind } from "../../model/identity.ts";
import type { GraphNode } from "../../query/schema/graph.ts";
import { countText } from "./figures.ts";
import { type BoxMark, type Framing, STATE_MARK, STATE_WORD, worstState } from "./graph-view.ts";
import { meshesOf } from "./present-node.ts";

const OUTSIDE: ReadonlySet<NodeKind> = new Set(["external", "passthrough", "blackhole", "unknown"]);
const COUNTED: readonly NodeKind[] = ["workload", "service", "app", "namespace", "gateway", "ingress", "waypoint"];
const UNNAMED: ReadonlySet<string> = new Set(["", "unknown", "-"]);

export function clusterBoxId(cluster: string): string {
  return `cluster:${cluster}`;
}

export function namespaceBoxId(cluster: string, namespace: string): string {
  return `namespace:${cluster}/${namespace}`;
}

export interface Place {
  readonly cluster: string;
  readonly namespace: string;
}

/** Where a node belongs; a missing part is an empty string. */
function placeOf(node: GraphNode, framing: Framing): Place {
  const outer: Place = { cluster: "", namespace: "" };
  const cluster = UNNAMED.has(node.cluster) ? "" : node.cluster;
  if (node.kind === "mesh" || (node.kind === "cluster" && framing === "flat")) return outer;
  if (node.kind === "cluster") return { cluster, namespace: "" };
  if (node.kind === "namespace") return { cluster, namespace: framing === "flat" ? "" : node.name };
  if (UNNAMED.has(node.namespace)) return OUTSIDE.has(node.kind) ? outer : { cluster, namespace: "" };
  return { cluster, namespace: node.namespace };
}

function countsText(members: readonly GraphNode[]): string {
  const parts: string[] = [];
  for (const kind of COUNTED) {
    const count = members.filter((node) => node.kind === kind).length;
    if (count > 0) parts.push(countText(count, kind));
  }
  return parts.length > 0 ? parts.join(" · ") : countText(members.length, "node");
}

function meshesIn(members: readonly GraphNode[]): readonly string[] {
  return [...new Set(members.flatMap(meshesOf))].sort();
}

const foldIds = new Map<string, string>();

/** The API's id of a box; each costs a hash, once. */
export function foldIdOf({ cluster, namespace }: Place): string {
  const key = JSON.stringify([cluster, namespace]);
  const known = foldIds.get(key);
  if (known !== undefined) return known;
  const isCluster = namespace === "";
  const id = entityId({
    cluster,
    namespace,
    kind: isCluster ? "cluster" : "namespace",
    name: isCluster ? cluster : namespace,
  });
  foldIds.set(key, id);
  return id;
}

/** The node that stands for a whole box; its members are counted by what it holds. */
const foldedIn = (members: readonly GraphNode[], foldId: string): GraphNode | undefined =>
  members.length === 1 && members[0]?.id === foldId ? members[0] : undefined;

const heldBy = (members: readonly GraphNode[]): number =>
  members.reduce((sum, node) => sum + (node.holds?.nodes ?? 1), 0);

/** Namespaces of a cluster, of which some may be nodes; at least 1. */
function spacesIn(members: readonly GraphNode[], folded: GraphNode | undefined): number {
  if (folded !== undefined) return Math.max(1, folded.holds?.namespaces ?? 1);
  return Math.max(1, new Set(members.map((node) => (node.kind === "namespace" ? node.name : node.namespace))).size);
}

function presentBox(place: Place, parent: number, members: readonly GraphNode[], framing: Framing): BoxMark {
  const foldId = foldIdOf(place);
  const folded = framing === "flat" ? undefined : foldedIn(members, foldId);
  const isCluster = place.namespace === "";
  const state = worstState(members.map((node) => node.health.state));
  const meshes = meshesIn(members);
  const shownCluster = isCluster || parent >= 0 ? "" : place.cluster;
  const detail = [
    meshes.join(" + "),
    shownCluster,
    folded === undefined ? countsText(members) : countText(heldBy(members), "node"),
  ]
    .filter((part) => part !== "")
    .join(" · ");
  const bad = state === "failure" || state === "degraded";
  const worstCount = bad ? members.filter((node) => node.health.state === state).length : 0;
  const title = isCluster ? place.cluster : place.namespace;
  const kind = isCluster ? "cluster" : "namespace";
  return {
    foldId,
    folded: folded !== undefined,
    children: isCluster ? spacesIn(members, folded) : heldBy(members),
    room: framing === "roomy" ? heldBy(members) : 0,
    id: isCluster ? clusterBoxId(place.cluster) : namespaceBoxId(place.cluster, place.namespace),
    kind,
    cluster: place.cluster,
    namespace: place.namespace,
    parent,
    title,
    detail,
    state,
    mark: bad ? STATE_MARK[state] : "",
    worstCount,
    nodes: heldBy(members),
    meshes,
    description: `${kind} ${title}, ${detail}${bad ? `, ${worstCount} ${STATE_WORD[state]}` : `, ${STATE_WORD[state]}`}`,
  };
}

/** Boxes with parents before children, each group in alphabetical order, and the innermost box of each node. */
export function boxesOf(
  nodes: readonly GraphNode[],
  framing: Framing,
): {
  readonly boxes: readonly BoxMark[];
  readonly boxOf: Int32Array;
} {
  const places = nodes.map((node) => placeOf(node, framing));
  const clusters = [...new Set(places.map((place) => place.cluster).filter((name) => name !== ""))].sort();
  const framed = clusters.length > 1 || (framing !== "flat" && nodes.some(({ kind }) => kind === "cluster"));
  const boxes: BoxMark[] = [];
  const index = new Map<string, number>();
  const inside = new Map<string, GraphNode[]>();
  const add = (id: string, node: GraphNode): void => {
    const known = inside.get(id);
    if (known === undefined) inside.set(id, [node]);
    else known.push(node);
  };
  nodes.forEach((node, i) => {
    const { cluster, namespace } = places[i] ?? { cluster: "", namespace: "" };
    if (cluster !== "") add(clusterBoxId(cluster), node);
    if (namespace !== "") add(namespaceBoxId(cluster, namespace), node);
  });
  if (framed) {
    for (const cluster of clusters) {
      index.set(clusterBoxId(cluster), boxes.length);
      boxes.push(presentBox({ cluster, namespace: "" }, -1, inside.get(clusterBoxId(cluster)) ?? [], framing));
    }
  }
  const spaces = new Map<string, Place>();
  for (const place of places)
    if (place.namespace !== "") spaces.set(namespaceBoxId(place.cluster, place.namespace), place);
  for (const [id, space] of [...spaces].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parent = framed ? (index.get(clusterBoxId(space.cluster)) ?? -1) : -1;
    index.set(id, boxes.length);
    boxes.push(presentBox(space, parent, inside.get(id) ?? [], framing));
  }
  const boxOf = Int32Array.from(places, (place) => {
    const id = place.namespace === "" ? clusterBoxId(place.cluster) : namespaceBoxId(place.cluster, place.namespace);
    return index.get(id) ?? -1;
  });
  return { boxes, boxOf };
}
