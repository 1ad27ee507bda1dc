/** Nodes of the answer → boxes: meshes (where asked for) around clusters (where there are several) around namespaces, with counts and worst state. */
import { entityId, type NodeKind } from "../../model/identity.ts";
import type { GraphNode } from "../../query/schema/graph.ts";
import { countText } from "./figures.ts";
import { type BoxMark, type Framing, STATE_MARK, STATE_WORD, type Standing, worstState } from "./graph-view.ts";
import { meshesOf } from "./present-node.ts";

const OUTSIDE: ReadonlySet<NodeKind> = new Set(["external", "passthrough", "blackhole", "unknown"]);
const COUNTED: readonly NodeKind[] = [
  "workload",
  "service",
  "app",
  "namespace",
  "gateway",
  "ingress",
  "waypoint",
  "operation",
];
const UNNAMED: ReadonlySet<string> = new Set(["", "unknown", "-"]);

export interface Place {
  /** Empty where meshes have no frames. */
  readonly mesh: string;
  readonly cluster: string;
  readonly namespace: string;
}

const OUTER: Place = { mesh: "", cluster: "", namespace: "" };
/** The API's name for the mesh of what has none. */
const NO_MESH = "none";

export type BoxKind = BoxMark["kind"];

export function boxIdOf(kind: BoxKind, { mesh, cluster, namespace }: Place): string {
  const within = mesh === "" ? "" : `${mesh}|`;
  if (kind === "mesh") return `mesh:${mesh}`;
  return kind === "cluster" ? `cluster:${within}${cluster}` : `namespace:${within}${cluster}/${namespace}`;
}

export const meshNameOf = (node: GraphNode): string =>
  node.kind === "mesh" ? node.name : meshesOf(node).join("+") || NO_MESH;

/** Where a node belongs; a missing part is an empty string. */
function placeOf(node: GraphNode, { standing, byMesh }: Framing): Place {
  const cluster = UNNAMED.has(node.cluster) ? "" : node.cluster;
  const outer: Place = { ...OUTER, mesh: byMesh ? meshNameOf(node) : "" };
  if (node.kind === "mesh") return outer;
  if (node.kind === "cluster") return standing === "flat" ? OUTER : { ...outer, cluster };
  if (node.kind === "namespace") return { ...outer, cluster, namespace: standing === "flat" ? "" : node.name };
  if (UNNAMED.has(node.namespace)) return OUTSIDE.has(node.kind) ? OUTER : { ...outer, cluster };
  return { ...outer, cluster, namespace: node.namespace };
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
export function foldIdOf(kind: BoxKind, { mesh, cluster, namespace }: Place): string {
  const key = JSON.stringify([kind, mesh, cluster, namespace]);
  const known = foldIds.get(key);
  if (known !== undefined) return known;
  const id = entityId(
    kind === "mesh"
      ? { cluster: "", namespace: "", kind, name: mesh }
      : {
          cluster,
          namespace: kind === "namespace" ? namespace : "",
          kind,
          name: kind === "namespace" ? namespace : cluster,
        },
  );
  foldIds.set(key, id);
  return id;
}

/** The node that stands for a whole box; its members are counted by what it holds. */
const foldedIn = (members: readonly GraphNode[], foldId: string): GraphNode | undefined =>
  members.length === 1 && members[0]?.id === foldId ? members[0] : undefined;

const heldBy = (members: readonly GraphNode[]): number =>
  members.reduce((sum, node) => sum + (node.holds?.nodes ?? 1), 0);

/** Namespaces of a cluster or a mesh, of which some may be nodes; at least 1. */
function spacesIn(members: readonly GraphNode[], folded: GraphNode | undefined): number {
  if (folded !== undefined) return Math.max(1, folded.holds?.namespaces ?? 1);
  const names = members.map((node) =>
    JSON.stringify([node.cluster, node.kind === "namespace" ? node.name : node.namespace]),
  );
  return Math.max(1, new Set(names).size);
}

function titleOf(kind: BoxKind, { mesh, cluster, namespace }: Place): string {
  if (kind === "mesh") return mesh === NO_MESH ? "no mesh" : mesh;
  return kind === "cluster" ? cluster : namespace;
}

interface Framed {
  readonly kind: BoxKind;
  readonly place: Place;
  readonly parent: number;
  readonly members: readonly GraphNode[];
}

function presentBox({ kind, place, parent, members }: Framed, standing: Standing): BoxMark {
  const foldId = foldIdOf(kind, place);
  const folded = standing === "flat" ? undefined : foldedIn(members, foldId);
  const state = worstState(members.map((node) => node.health.state));
  const meshes = meshesIn(members);
  const detail = [
    kind === "mesh" ? "" : meshes.join(" + "),
    kind === "namespace" && parent < 0 ? place.cluster : "",
    folded === undefined ? countsText(members) : countText(heldBy(members), "node"),
  ]
    .filter((part) => part !== "")
    .join(" · ");
  const bad = state === "failure" || state === "degraded";
  const worstCount = bad ? members.filter((node) => node.health.state === state).length : 0;
  const title = titleOf(kind, place);
  return {
    foldId,
    folded: folded !== undefined,
    children: kind === "namespace" ? heldBy(members) : spacesIn(members, folded),
    room: standing === "roomy" ? heldBy(members) : 0,
    id: boxIdOf(kind, place),
    kind,
    ...place,
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

const LEVELS: readonly BoxKind[] = ["mesh", "cluster", "namespace"];

/** The place as far as a level goes; undefined where a node is in no box of it. */
function upTo(level: BoxKind, place: Place): Place | undefined {
  const { mesh, cluster, namespace } = place;
  if (level === "mesh") return mesh === "" ? undefined : { ...OUTER, mesh };
  if (level === "cluster") return cluster === "" ? undefined : { ...OUTER, mesh, cluster };
  return namespace === "" ? undefined : { mesh, cluster, namespace };
}

interface Inside {
  readonly kind: BoxKind;
  readonly place: Place;
  readonly members: GraphNode[];
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
  const clusters = new Set(places.map((place) => place.cluster).filter((name) => name !== ""));
  const isFramed = clusters.size > 1 || (framing.standing !== "flat" && nodes.some(({ kind }) => kind === "cluster"));
  const levels = LEVELS.filter((level) => level !== "cluster" || isFramed);
  const index = new Map<string, number>();
  const boxes: BoxMark[] = [];
  const nearest = (place: Place, among: readonly BoxKind[]): number => {
    for (const level of [...among].reverse()) {
      const part = upTo(level, place);
      const at = part === undefined ? undefined : index.get(boxIdOf(level, part));
      if (at !== undefined) return at;
    }
    return -1;
  };
  levels.forEach((kind, depth) => {
    const inside = new Map<string, Inside>();
    nodes.forEach((node, i) => {
      const place = upTo(kind, places[i] ?? OUTER);
      if (place === undefined) return;
      const id = boxIdOf(kind, place);
      const known = inside.get(id);
      if (known === undefined) inside.set(id, { kind, place, members: [node] });
      else known.members.push(node);
    });
    for (const [id, box] of [...inside].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const parent = nearest(box.place, levels.slice(0, depth));
      index.set(id, boxes.length);
      boxes.push(presentBox({ ...box, parent }, framing.standing));
    }
  });
  return { boxes, boxOf: Int32Array.from(places, (place) => nearest(place, levels)) };
}
