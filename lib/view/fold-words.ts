/** What stands for what on a folded picture, in words. In: the nodes that are drawn; out: a line for people. */
import type { GraphNode } from "../query/schema/graph.ts";
import { count, plain } from "./format.ts";

const BOXES = ["namespace", "cluster", "mesh"] as const;
const MANY = { namespace: "namespaces", cluster: "clusters", mesh: "meshes" } as const;

const counted = (n: number, one: string, many: string): readonly string[] =>
  n === 0 ? [] : [`${plain(count(n))} ${n === 1 ? one : many}`];

/** "Showing 9 namespaces and 2 groups outside in place of 54 nodes. Zoom in to open them." */
export function foldWords(nodes: readonly GraphNode[]): string {
  const folded = nodes.filter(({ holds }) => holds !== undefined);
  if (folded.length === 0) return "All boxes are open.";
  const boxes = BOXES.map((box) => ({ box, n: folded.filter(({ kind }) => kind === box).length }));
  const outside = folded.length - boxes.reduce((sum, { n }) => sum + n, 0);
  const parts = [
    ...boxes.flatMap(({ box, n }) => counted(n, box, MANY[box])),
    ...counted(outside, "group outside", "groups outside"),
  ];
  const within = folded.reduce((sum, { holds }) => sum + (holds?.nodes ?? 0), 0);
  const [of] = counted(within, "node", "nodes");
  return `Showing ${parts.join(" and ")} in place of ${of}. Zoom in to open them.`;
}
