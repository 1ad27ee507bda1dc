/** A node of the answer → its mark. Size steps are absolute rates, so that a mark does not change when others do. */

import type { NodeKind } from "../../model/identity.ts";
import type { GraphNode } from "../../query/schema/graph.ts";
import { nodeLabel } from "../find.ts";
import { warningWords } from "../node-warnings.ts";
import { byteRateText, countText, rateText, shareText } from "./figures.ts";
import { NODE_RADIUS, type NodeMark, type Shape, type SizeStep, STATE_MARK, STATE_WORD } from "./graph-view.ts";

const SHAPES: Readonly<Record<NodeKind, Shape>> = {
  workload: "circle",
  app: "circle",
  service: "box",
  gateway: "diamond",
  waypoint: "hexagon",
  ingress: "door",
  external: "cloud",
  passthrough: "pass",
  blackhole: "hole",
  unknown: "dotted",
  namespace: "stack",
  cluster: "stack",
  mesh: "stack",
  operation: "tag",
};

const NAMES: Readonly<Partial<Record<NodeKind, string>>> = {
  unknown: "unknown",
  passthrough: "passthrough",
  blackhole: "blackhole",
};

const STATE_IMPORTANCE = { failure: 4, degraded: 3, notReady: 2.5, unknown: 1, healthy: 0, noTraffic: -1 } as const;

/** Under 10, 100 and 1,000 requests per second; or 10 kB, 1 MB and 100 MB per second where there are only bytes. */
export function sizeStep(requestsPerSec: number, bytesPerSec: number): SizeStep {
  const step = (value: number, first: number, factor: number): number =>
    value < first ? 1 : value < first * factor ? 2 : value < first * factor * factor ? 3 : 4;
  const found = Math.max(step(requestsPerSec, 10, 10), step(bytesPerSec, 1e4, 100));
  return found >= 4 ? 4 : found === 3 ? 3 : found === 2 ? 2 : 1;
}

function trafficText(node: GraphNode): string {
  const { inbound, outbound } = node;
  if (inbound.requestsPerSec !== null && inbound.requestsPerSec > 0) return rateText(inbound.requestsPerSec);
  const bytes = inbound.tcpBytesPerSec ?? null;
  if (bytes !== null && bytes > 0) return byteRateText(bytes);
  if (outbound.requestsPerSec !== null && outbound.requestsPerSec > 0)
    return `${rateText(outbound.requestsPerSec)} out`;
  const sent = outbound.tcpBytesPerSec ?? null;
  if (sent !== null && sent > 0) return `${byteRateText(sent)} out`;
  if (inbound.requestsPerSec === null && bytes === null) return "rate not known";
  return "no traffic";
}

function nodeTitle(node: GraphNode): string {
  return node.name === "" ? (NAMES[node.kind] ?? node.kind) : nodeLabel(node);
}

export function meshesOf(node: GraphNode): readonly string[] {
  return node.meshes ?? (node.mesh === null ? [] : [node.mesh]);
}

/** How a node stands in the picture: in which box, and whether it stands for all in it, or for others like it. */
export interface Standing {
  readonly box: number;
  readonly folded: boolean;
  readonly crowd: boolean;
}

export function presentNode(
  node: GraphNode,
  { box, folded, crowd }: Standing,
  warnings: readonly string[] = [],
): NodeMark {
  const requests = Math.max(node.inbound.requestsPerSec ?? 0, node.outbound.requestsPerSec ?? 0);
  const bytes = Math.max(node.inbound.tcpBytesPerSec ?? 0, node.outbound.tcpBytesPerSec ?? 0);
  const step = sizeStep(requests, bytes);
  const title = nodeTitle(node);
  const held = node.holds === undefined ? "" : countText(node.holds.nodes, "node");
  const subtitle = [held, trafficText(node)].filter((part) => part !== "").join(" · ");
  const { state } = node.health;
  const errorShare = node.inbound.errorRatio ?? 0;
  const place = [node.namespace, node.cluster].filter((part) => part !== "").join(", ");
  const parts = [`${node.kind} ${title}`, place, meshesOf(node).join(" + "), subtitle, STATE_WORD[state]];
  parts.push(...warnings.map(warningWords));
  if (errorShare > 0) parts.push(`${shareText(errorShare)} of inbound requests fail`);
  return {
    id: node.id,
    kind: node.kind,
    shape: SHAPES[node.kind],
    step,
    radius: NODE_RADIUS[step],
    state,
    mark: STATE_MARK[state],
    errorShare,
    sentPerSec: node.outbound.requestsPerSec ?? 0,
    warnings,
    title,
    subtitle,
    folded,
    crowd,
    meshes: meshesOf(node),
    box,
    importance: STATE_IMPORTANCE[state] * 100 + step * 10 + Math.log10(1 + requests) + Math.log10(1 + bytes) / 10,
    description: parts.filter((part) => part !== "").join(", "),
  };
}
