/**
 * Under which name a picture is kept between visits. In: the estate and what its graph was asked for; null where it is not kept. What find
 * leaves out is left out after that: a graph of which it has left a part has no name.
 */
import { hashText } from "./graph/layout-input.ts";
import type { Pictured } from "./live-query.ts";

/** What lies about one node, and its operations, is laid out from the picture of all and would push that out. */
export function pictureKey(estate: string, state: Pictured): string | null {
  if (state.focus !== "" || state.operations) return null;
  const { view, fold, boxes, meshes, clusters, namespaces } = state;
  const scope = [meshes, clusters, namespaces].map((names) => [...names].sort());
  return hashText([JSON.stringify([estate, view, fold, boxes, scope])]);
}

/** Under which name it is kept for a visit where a picture is looked at: what lies about a node has one too. */
export function viewportKey(state: Pictured): string {
  const { view, fold, boxes, meshes, clusters, namespaces, focus, hops, direction, operations } = state;
  const scope = [meshes, clusters, namespaces].map((names) => [...names].sort());
  const about = focus === "" ? null : [focus, hops, direction, operations];
  return hashText([JSON.stringify([view, fold, boxes, scope, about])]);
}
