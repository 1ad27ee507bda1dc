/** Calls of operations → nodes and edges as `/graph` has them. Rates are counts over the time that the traces cover. */
import { type EntityId, edgeId, entityId, parseEntityId } from "../model/identity.ts";
import { healthOf } from "./health.ts";
import { digits4, ratio } from "./numbers.ts";
import { type Call, type CallEnd, endKey } from "./operations.ts";
import type { AbsentReason } from "./schema/common.ts";
import type { GraphEdge, GraphNode, NodeTraffic } from "./schema/graph.ts";

interface Sum {
  total: number;
  failures: number;
  readonly durations: number[];
}

const emptySum = (): Sum => ({ total: 0, failures: 0, durations: [] });

function add(sum: Sum, { failed, durationMs }: Call): void {
  sum.total++;
  if (failed) sum.failures++;
  sum.durations.push(durationMs);
}

interface Member {
  readonly end: CallEnd;
  readonly id: EntityId;
  readonly inbound: Sum;
  readonly outbound: Sum;
}

function idOf(end: CallEnd): EntityId {
  const own = end.nodeId === undefined ? undefined : parseEntityId(end.nodeId);
  if (own !== undefined) return own;
  const { identity, service = "" } = end;
  return entityId(
    identity.kind === "operation" ? { ...identity, name: JSON.stringify([service, identity.name]) } : identity,
  );
}

function trafficOf({ total, failures }: Sum, seconds: number, isKnown: boolean): NodeTraffic {
  const absent: Record<string, AbsentReason> = {};
  if (!isKnown) absent["requestsPerSec"] = "unknown";
  const errorRatio = ratio(failures, total);
  if (errorRatio === null) absent["errorRatio"] = isKnown ? "notApplicable" : "unknown";
  return {
    requestsPerSec: isKnown ? digits4(total / seconds) : null,
    errorRatio,
    ...(Object.keys(absent).length === 0 ? {} : { absent }),
  };
}

const healthFrom = ({ total, failures }: Sum) =>
  healthOf({ totals: [{ total, failures, clientErrors: 0 }], tcp: false, covered: true });

/** Of the others only their calls to and from the operations were looked at. */
function nodeOf({ end, id, inbound, outbound }: Member, seconds: number): GraphNode {
  const { identity, service, reason } = end;
  const isOperation = identity.kind === "operation";
  return {
    id,
    kind: identity.kind,
    mesh: null,
    cluster: identity.cluster,
    namespace: identity.namespace,
    name: identity.name,
    ...(service === undefined ? {} : { service }),
    ...(reason === undefined ? {} : { reason }),
    health: healthFrom(inbound.total > 0 ? inbound : outbound),
    inbound: trafficOf(inbound, seconds, isOperation || inbound.total > 0),
    outbound: trafficOf(outbound, seconds, isOperation || outbound.total > 0),
  };
}

/** The nearest of the sorted values: they are whole, so nothing is estimated. */
function quantileOf(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : digits4(value);
}

interface Link {
  readonly source: EntityId;
  readonly target: EntityId;
  readonly protocol: Call["protocol"];
  readonly sum: Sum;
}

function edgeOf({ source, target, protocol, sum }: Link, seconds: number): GraphEdge {
  const sorted = [...sum.durations].sort((a, b) => a - b);
  return {
    id: edgeId(source, target, protocol, "L7"),
    source,
    target,
    protocol,
    layer: "L7",
    requestsPerSec: digits4(sum.total / seconds),
    errorRatio: ratio(sum.failures, sum.total),
    latencyMs: { p50: quantileOf(sorted, 0.5), p95: quantileOf(sorted, 0.95), p99: quantileOf(sorted, 0.99) },
    mtls: null,
    badges: ["spans"],
    health: healthFrom(sum),
    absent: { mtls: "unknown" },
  };
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

export function operationGraph(calls: Iterable<Call>, seconds: number) {
  const members = new Map<string, Member>();
  const links = new Map<string, Link>();
  const memberOf = (end: CallEnd): Member => {
    const key = endKey(end);
    const known = members.get(key);
    if (known !== undefined) return known;
    const made: Member = { end, id: idOf(end), inbound: emptySum(), outbound: emptySum() };
    members.set(key, made);
    return made;
  };
  for (const call of calls) {
    const target = memberOf(call.target);
    add(target.inbound, call);
    if (call.source === null) continue;
    const source = memberOf(call.source);
    add(source.outbound, call);
    const key = `${source.id} ${target.id} ${call.protocol}`;
    const link = links.get(key) ?? { source: source.id, target: target.id, protocol: call.protocol, sum: emptySum() };
    links.set(key, link);
    add(link.sum, call);
  }
  return {
    nodes: [...members.values()].map((member) => nodeOf(member, seconds)).sort(byId),
    edges: [...links.values()].map((link) => edgeOf(link, seconds)).sort(byId),
  };
}
