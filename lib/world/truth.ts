/**
 * The truth: what really happened on each edge, counted by the simulator beside the proxies and never read back from
 * them. Cumulative since the world began. It moves when the proxies' counters move: when the whole request tree has
 * ended, and for TCP when the proxies report.
 *
 * `requests` and `failures` count as an edge of the graph does. Within Istio and from callers without a proxy: every
 * attempt that arrived plus every request that never left. Every other call, out of a mesh or from one mesh into another
 * included: what the caller sent, by its final answer; from Linkerd only if there was one.
 */
import type { Mesh, Protocol } from "../model/identity.ts";
import { meshOf, type ServiceSpec, type WorkloadSpec } from "./spec.ts";

export interface TruthEnd {
  readonly mesh: Mesh | null;
  readonly cluster: string;
  readonly namespace: string;
  /** As the graph calls it: the workload, in Consul its service; a host outside the estate or of what was not reached. */
  readonly name: string;
  /** Which of the service's versions, where there are several; the same as `name` else. */
  readonly workload: string;
  readonly kind: "workload" | "gateway" | "unmeshed" | "external" | "passthrough" | "unreached";
}

export interface TruthEdge {
  readonly source: TruthEnd;
  readonly target: TruthEnd;
  readonly protocol: Protocol;
  requests: number;
  failures: number;
  /** What the caller asked for, retries not counted, and how it ended for the caller. */
  sent: number;
  sentFailures: number;
  /** Attempts that reached the target, and requests whose every attempt was refused at the source. */
  arrived: number;
  neverLeft: number;
  retries: number;
  timeouts: number;
  /** Of attempts that arrived: refused there by policy, which answers 403. */
  denied: number;
  /** Of attempts that arrived (TCP: of connections). */
  readonly security: { mutual: number; tls: number; plaintext: number; unknown: number };
  /** Bytes by direction of the request; TCP only. */
  readonly tcp: { opened: number; closed: number; requestBytes: number; responseBytes: number };
}

/** Consul knows services and instances, and nothing in between. */
export function graphName({ role, name, service }: WorkloadSpec): string {
  return role === "consul" ? service : name;
}

export function workloadEnd(workload: WorkloadSpec): TruthEnd {
  const { role, cluster, namespace, name } = workload;
  const kind = role === "gateway" ? "gateway" : role === "unmeshed" ? "unmeshed" : "workload";
  return { mesh: meshOf(role), cluster, namespace, name: graphName(workload), workload: name, kind };
}

/** The far end of a call that reached no workload of the estate. */
export function outsideEnd(service: ServiceSpec): TruthEnd {
  const kind = service.kind === "mesh" ? "unreached" : service.kind;
  return { mesh: null, cluster: "", namespace: "", name: service.host, workload: service.host, kind };
}

function plus(a: TruthEdge, b: TruthEdge): TruthEdge {
  const { security, tcp } = a;
  return {
    ...b,
    requests: a.requests + b.requests,
    failures: a.failures + b.failures,
    sent: a.sent + b.sent,
    sentFailures: a.sentFailures + b.sentFailures,
    arrived: a.arrived + b.arrived,
    neverLeft: a.neverLeft + b.neverLeft,
    retries: a.retries + b.retries,
    timeouts: a.timeouts + b.timeouts,
    denied: a.denied + b.denied,
    security: {
      mutual: security.mutual + b.security.mutual,
      tls: security.tls + b.security.tls,
      plaintext: security.plaintext + b.security.plaintext,
      unknown: security.unknown + b.security.unknown,
    },
    tcp: {
      opened: tcp.opened + b.tcp.opened,
      closed: tcp.closed + b.tcp.closed,
      requestBytes: tcp.requestBytes + b.tcp.requestBytes,
      responseBytes: tcp.responseBytes + b.tcp.responseBytes,
    },
  };
}

/** Edges as a graph has them: versions that it has one name for are one end. */
export function graphEdges(edges: readonly TruthEdge[]): readonly TruthEdge[] {
  const merged = new Map<string, TruthEdge>();
  for (const edge of edges) {
    const { source, target, protocol } = edge;
    const key = `${source.namespace}/${source.name} ${target.namespace}/${target.name} ${protocol}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? edge : plus(known, edge));
  }
  return [...merged.values()];
}

export class Ledger {
  private readonly edges = new Map<string, TruthEdge>();

  edge(source: TruthEnd, target: TruthEnd, protocol: Protocol): TruthEdge {
    const key = `${source.namespace}/${source.workload} ${target.namespace}/${target.workload} ${protocol}`;
    const known = this.edges.get(key);
    if (known !== undefined) return known;
    const edge: TruthEdge = {
      source,
      target,
      protocol,
      requests: 0,
      failures: 0,
      sent: 0,
      sentFailures: 0,
      arrived: 0,
      neverLeft: 0,
      retries: 0,
      timeouts: 0,
      denied: 0,
      security: { mutual: 0, tls: 0, plaintext: 0, unknown: 0 },
      tcp: { opened: 0, closed: 0, requestBytes: 0, responseBytes: 0 },
    };
    this.edges.set(key, edge);
    return edge;
  }

  /** A copy, sorted by source, target and protocol. */
  read(): readonly TruthEdge[] {
    return [...this.edges]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, edge]) => ({ ...edge, security: { ...edge.security }, tcp: { ...edge.tcp } }));
  }
}
