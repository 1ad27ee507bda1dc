/** Nodes of the answer → boxes: clusters (where there are several) around namespaces, with counts and worst state. */
import type { NodeKind } from "../../model/identity.ts";
import type { GraphNode } from "../../query/schema/graph.ts";
import { countText } from "./figures.ts";
import { type BoxMark, STATE_MARK, STATE_WORD, worstState } from "./graph-view.ts";
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

interface Place {
  readonly cluster: string;
  readonly namespace: string;
}

/** Where a node belongs; a missing part is an empty string. */
function placeOf(node: GraphNode): Place {
  const outer: Place = { cluster: "", namespace: "" };
  if (node.kind === "cluster" || node.kind === "mesh") return outer;
  const cluster = UNNAMED.has(node.cluster) ? "" : node.cluster;
  if (node.kind === "namespace") return { cluster, namespace: "" };
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

function presentBox(place: Place, parent: number, members: readonly GraphNode[]): BoxMark {
  const isCluster = place.namespace === "";
  const state = worstState(members.map((node) => node.health.state));
  const meshes = meshesIn(members);
  const shownCluster = isCluster || parent >= 0 ? "" : place.cluster;
  const detail = [meshes.join(" + "), shownCluster, countsText(members)].filter((part) => part !== "").join(" · ");
  const bad = state === "failure" || state === "degraded";
  const worstCount = bad ? members.filter((node) => node.health.state === state).length : 0;
  const title = isCluster ? place.cluster : place.namespace;
  const kind = isCluster ? "cluster" : "namespace";
  return {
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
    nodes: members.length,
    meshes,
    description: `${kind} ${title}, ${detail}${bad ? `, ${worstCount} ${STATE_WORD[state]}` : `, ${STATE_WORD[state]}`}`,
  };
}

/** Boxes with parents before children, each group in alphabetical order, and the innermost box of each node. */
export function boxesOf(nodes: readonly GraphNode[]): {
  readonly boxes: readonly BoxMark[];
  readonly boxOf: Int32Array;
} {
  const places = nodes.map(placeOf);
  const clusters = [...new Set(places.map((place) => place.cluster).filter((name) => name !== ""))].sort();
  const framed = clusters.length > 1;
  const boxes: BoxMark[] = [];
  const index = new Map<string, number>();
  const members = (test: (place: Place) => boolean): GraphNode[] =>
    nodes.filter((_, i) => test(places[i] ?? { cluster: "", namespace: "" }));
  if (framed) {
    for (const cluster of clusters) {
      index.set(clusterBoxId(cluster), boxes.length);
      boxes.push(
        presentBox(
          { cluster, namespace: "" },
          -1,
          members((place) => place.cluster === cluster),
        ),
      );
    }
  }
  const spaces = new Map<string, Place>();
  for (const place of places)
    if (place.namespace !== "") spaces.set(namespaceBoxId(place.cluster, place.namespace), place);
  for (const [id, space] of [...spaces].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parent = framed ? (index.get(clusterBoxId(space.cluster)) ?? -1) : -1;
    index.set(id, boxes.length);
    boxes.push(
      presentBox(
        space,
        parent,
        members((place) => place.cluster === space.cluster && place.namespace === space.namespace),
      ),
    );
  }
  const boxOf = Int32Array.from(places, (place) => {
    const id = place.namespace === "" ? clusterBoxId(place.cluster) : namespaceBoxId(place.cluster, place.namespace);
    return index.get(id) ?? -1;
  });
  return { boxes, boxOf };
}
