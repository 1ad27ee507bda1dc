/**
 * Plain-text find over the names of a graph. In: nodes and the text; out: ids of the nodes whose name, service, app,
 * version or namespace holds it, in the order of their names. Upper and lower case are alike; blank text finds nothing.
 */
import type { GraphNode } from "../query/schema/graph.ts";
import { setApart } from "./label-text.ts";

/**
 * Name and version; the version is not said twice where the name carries it (`cart-v1`), and a service is all of its
 * versions. A nameless node is its kind.
 */
export function nodeLabel({ name, version, kind }: Pick<GraphNode, "name" | "version" | "kind">): string {
  if (name === "") return kind;
  const own = setApart(name);
  if (kind === "service") return own;
  return version === undefined || version === "" || name.endsWith(`-${version}`) ? own : `${own} ${setApart(version)}`;
}

function holds(node: GraphNode, text: string): boolean {
  const words = [nodeLabel(node), node.service, node.app, node.namespace];
  return words.some((word) => word?.toLowerCase().includes(text) === true);
}

export function findMatches(nodes: readonly GraphNode[], text: string): readonly string[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  return nodes
    .filter((node) => holds(node, wanted))
    .sort((a, b) => nodeLabel(a).localeCompare(nodeLabel(b), "en") || (a.id < b.id ? -1 : 1))
    .map((node) => node.id);
}

/** The index after a step, round the end. */
export function stepMatch(index: number, by: -1 | 1, total: number): number {
  return total === 0 ? 0 : (((index + by) % total) + total) % total;
}
