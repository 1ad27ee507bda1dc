/**
 * Linkerd counts a request twice: at the endpoint that answered (`outbound`) and at the route it took (`outboundRoute`),
 * the same requests at another grain. In: edges with their rows. Out: for the routes of one source to one service, the rows
 * that count their requests at the endpoints, also where those edges end at the workloads behind the service.
 */
import { inClusterHost } from "../model/host-names.ts";
import { type Endpoint, identityKey, type Protocol } from "../model/identity.ts";
import { type RollupRow, workloadKey } from "../model/rollup-row.ts";
import { layoutOf } from "./row-layout.ts";

interface Edge {
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly service: string;
  readonly targetWorkloads: readonly string[];
  readonly protocol: Protocol;
  readonly rows: readonly RollupRow[];
}

/** Of sources that print routes, the edges with rows of their endpoints, by source. */
function endpointRows<E extends Edge>(edges: readonly E[]): ReadonlyMap<string, readonly E[]> {
  const routed = new Set<string>();
  for (const edge of edges) {
    if (edge.rows.some((row) => row.reporter === "outboundRoute")) routed.add(identityKey(edge.source));
  }
  const bySource = new Map<string, E[]>();
  if (routed.size === 0) return bySource;
  for (const edge of edges) {
    const source = identityKey(edge.source);
    if (!routed.has(source) || !edge.rows.some((row) => row.reporter === "outbound")) continue;
    bySource.set(source, [...(bySource.get(source) ?? []), edge]);
  }
  return bySource;
}

/** One workload may stand behind several services: the hosts that were asked for say which. */
function askedFor(row: RollupRow, { name, namespace }: Endpoint): boolean {
  return layoutOf(row).hosts.some(({ name: host }) => {
    const inside = inClusterHost(host);
    return inside?.name === name && inside.namespace === namespace;
  });
}

/** Services that carried what was asked of this edge's target, as the caller's routes say. */
function backendsOf({ rows, target }: Edge): ReadonlySet<string> {
  const backends = new Set<string>();
  for (const { reporter, addresses } of rows) {
    if (reporter !== "outboundRoute") continue;
    for (const address of addresses ?? []) {
      const host = inClusterHost(address);
      if (host !== undefined) backends.add(JSON.stringify([target.cluster, host.namespace, host.name]));
    }
  }
  return backends;
}

const serviceOf = ({ cluster, namespace, service, name }: Endpoint): string =>
  JSON.stringify([cluster, namespace, service ?? name]);

/** Of other edges of the same source, those with the rows that count what this edge's routes count; none without routes. */
function countedBy<E extends Edge>(edge: E, endpoints: ReadonlyMap<string, readonly E[]>): readonly Counted<E>[] {
  if (!edge.rows.some((row) => row.reporter === "outboundRoute")) return [];
  const behind = new Set(edge.targetWorkloads);
  const backends = backendsOf(edge);
  return (endpoints.get(identityKey(edge.source)) ?? []).flatMap((other) => {
    if (other.rows === edge.rows || (other.protocol === "tcp") !== (edge.protocol === "tcp")) return [];
    const outbound = other.rows.filter((row) => row.reporter === "outbound");
    const isBehind = behind.has(workloadKey(other.target)) || backends.has(serviceOf(other.target));
    const isSame = other.service === edge.service || isBehind;
    const rows = isSame ? outbound : outbound.filter((row) => askedFor(row, edge.target));
    return rows.length === 0 ? [] : [{ by: other, rows }];
  });
}

interface Counted<E> {
  readonly by: E;
  readonly rows: readonly RollupRow[];
}

export interface RouteRows {
  /** Rows of other edges that count this edge's requests at their endpoints. */
  readonly elsewhere: readonly RollupRow[];
  /** Routes of another edge whose requests this one counts, all of them: their retries are its own. */
  readonly extras: readonly RollupRow[];
}

/** In the order of the edges. */
export function routeRows<E extends Edge>(edges: readonly E[]): readonly RouteRows[] {
  const endpoints = endpointRows(edges);
  const counted = edges.map((edge) => countedBy(edge, endpoints));
  const extras = new Map<E, RollupRow[]>();
  counted.forEach((by, i) => {
    const [only] = by;
    if (only === undefined || by.length > 1) return;
    const routes = edges[i]?.rows.filter((row) => row.reporter === "outboundRoute") ?? [];
    extras.set(only.by, [...(extras.get(only.by) ?? []), ...routes]);
  });
  return edges.map((edge, i) => {
    const elsewhere = (counted[i] ?? []).flatMap(({ rows }) => rows);
    return { elsewhere, extras: extras.get(edge) ?? [] };
  });
}
