/** A view node as the API prints it: who it is, its traffic each way, its health. Rates per second, ratios from counts. */
import type { Mesh } from "../model/identity.ts";
import { healthOf } from "./health.ts";
import { digits4, ratio } from "./numbers.ts";
import type { AbsentReason, Health } from "./schema/common.ts";
import type { GraphNode, NodeTraffic } from "./schema/graph.ts";
import type { NodeTotals, ViewNode } from "./view-graph.ts";

/** No edge that way means that nothing was seen to go that way: zero if the node was observed at all. */
function trafficOf(totals: NodeTotals, observed: boolean): NodeTraffic {
  const covered = totals.edges === 0 ? observed : totals.covered;
  const requestsPerSec = covered ? digits4(totals.perSec.requests) : null;
  const errorRatio = ratio(totals.counts.failures, totals.counts.total);
  const absent: Record<string, AbsentReason> = {};
  if (requestsPerSec === null) absent["requestsPerSec"] = "unknown";
  if (errorRatio === null) absent["errorRatio"] = covered ? "notApplicable" : "unknown";
  return {
    requestsPerSec,
    errorRatio,
    ...(totals.hasTcp && covered ? { tcpBytesPerSec: digits4(totals.perSec.tcpBytes) } : {}),
    ...(Object.keys(absent).length === 0 ? {} : { absent }),
  };
}

/** A node is judged by what it answers; one that nobody calls, by what it asks for. */
export function nodeHealth(node: ViewNode): Health {
  const asked = node.inbound.counts.total > 0 || node.inbound.perSec.tcpBytes > 0;
  const totals = asked ? node.inbound : node.outbound;
  const counted = [...totals.byProtocol].filter(([, { total }]) => total > 0);
  return healthOf({
    totals: counted.map(([of, counts]) => (counted.length > 1 ? { ...counts, of } : counts)),
    tcp: totals.perSec.tcpBytes > 0,
    covered: node.inbound.covered || node.outbound.covered,
  });
}

function single<T>(values: ReadonlySet<T>): T | undefined {
  return values.size === 1 ? [...values][0] : undefined;
}

export function presentNode(node: ViewNode): GraphNode {
  const { identity, meshes } = node;
  const observed = node.inbound.covered || node.outbound.covered;
  const version = identity.version ?? single(node.versions);
  const isBox = identity.kind === "namespace" || identity.kind === "cluster" || identity.kind === "mesh";
  const service = isBox ? undefined : single(node.services);
  const app = isBox ? undefined : single(node.apps);
  const reason = single(node.reasons);
  const sorted: Mesh[] = [...meshes].sort();
  const { nodes, namespaces } = node.holds;
  return {
    id: node.id,
    kind: identity.kind,
    mesh: sorted[0] ?? null,
    ...(sorted.length > 1 ? { meshes: sorted } : {}),
    cluster: identity.cluster,
    namespace: identity.namespace,
    name: identity.name,
    ...(version === undefined || isBox ? {} : { version }),
    ...(service === undefined ? {} : { service }),
    ...(app === undefined ? {} : { app }),
    ...(reason === undefined ? {} : { reason }),
    ...(nodes.size > 0 ? { holds: { nodes: nodes.size, namespaces: namespaces.size } } : {}),
    health: nodeHealth(node),
    inbound: trafficOf(node.inbound, observed),
    outbound: trafficOf(node.outbound, observed),
  };
}
