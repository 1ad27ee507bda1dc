/**
 * What stands for what on a folded picture, in words. In: the nodes that are drawn, and how many there are
 * where nothing is folded; out: a line for people.
 */
import type { GraphNode } from "../query/schema/graph.ts";
import { count, plain } from "./format.ts";

const BOXES = ["namespace", "cluster", "mesh"] as const;
const MANY = { namespace: "namespaces", cluster: "clusters", mesh: "meshes" } as const;

const counted = (n: number, one: string, many: string): readonly string[] =>
  n === 0 ? [] : [`${plain(count(n))} ${n === 1 ? one : many}`];

/** "Showing 8 namespaces, 3 groups outside and 1 node for the 54 nodes in view. Zoom in to open them." */
export function foldWords(nodes: readonly GraphNode[], all: number): string {
  const folded = nodes.filter(({ holds }) => holds !== undefined);
  if (folded.length === 0) return "All boxes are open.";
  const boxes = BOXES.map((box) => ({ box, n: folded.filter(({ kind }) => kind === box).length }));
  const outside = folded.length - boxes.reduce((sum, { n }) => sum + n, 0);
  const parts = [
    ...boxes.flatMap(({ box, n }) => counted(n, box, MANY[box])),
    ...counted(outside, "group outside", "groups outside"),
    ...counted(nodes.length - folded.length, "node", "nodes"),
  ];
  const [last = "", ...before] = parts.reverse();
  const shown = before.length === 0 ? last : `${before.reverse().join(", ")} and ${last}`;
  const [of] = counted(all, "node", "nodes");
  return `Showing ${shown} for the ${of} in view. Zoom in to open them.`;
}
