"use client";
/** What the heatmap is of: the node or edge of the URL by its name, with links to where it is on the map and in traces. */
import { nodesById } from "../../lib/view/estate.ts";
import { nodeLabel } from "../../lib/view/find.ts";
import { endLabel, nodePlace } from "../../lib/view/node-words.ts";
import { linkTo, type QueryValue } from "../../lib/view/url-state.ts";
import { type HeatmapOf, useEdge, useNode } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";

export interface Subject {
  readonly name: string;
  readonly kind: string;
  readonly place: string;
  readonly mapHref: string;
  /** The trace search for it, with more conditions. */
  readonly tracesHref: (own: Readonly<Record<string, QueryValue>>) => string;
}

export function useSubject(of: HeatmapOf): Subject {
  const [state] = useViewState();
  const isEdge = "edge" in of;
  const id = isEdge ? of.edge : of.node;
  const edge = useEdge(id, state, isEdge).data;
  const node = useNode(id, state, !isEdge).data;
  const mapHref = linkTo("/", state, of);
  const tracesHref: Subject["tracesHref"] = (own) => linkTo("/traces", state, { ...of, ...own });
  if (isEdge) {
    const nodes = nodesById(edge === undefined ? [] : [edge.source, edge.target]);
    const name =
      edge === undefined ? "this edge" : `${endLabel(nodes, edge.edge.source)} → ${endLabel(nodes, edge.edge.target)}`;
    const place = edge === undefined ? "" : nodePlace(edge.target);
    return { name, kind: "edge", place, mapHref, tracesHref };
  }
  return {
    name: node === undefined ? "this node" : nodeLabel(node.node),
    kind: node?.node.kind ?? "node",
    place: node === undefined ? "" : nodePlace(node.node),
    mapHref,
    tracesHref,
  };
}
