/**
 * Linkerd counts a request twice: at the endpoint that answered (`outbound`) and at the route it took (`outboundRoute`),
 * the same requests at another grain. In: edges with their rows. Out: for the routes of one source to one service, the rows
 * that count their requests at the endpoints, also where those edges end at the workloads behind the service.
 */
import { inClusterHost } from "../model/host-names.ts";
import { type Endpoint, identityKey } from "../model/identity.ts";
import { type RollupRow, workloadKey } from "../model/rollup-row.ts";
import { layoutOf } from "./row-layout.ts";

interface Edge {
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly service: string;
  readonly targetWorkloads: readonly string[];
  readonly rows: readonly RollupRow[];
}

/** Of sources that print routes, the edges with rows of their endpoints, by source. */
export function endpointRows<E extends Edge>(edges: readonly E[]): ReadonlyMap<string, readonly E[]> {
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

/** Rows of other edges of the same source that count what this edge's routes count; empty where it has no routes. */
export function countedElsewhere<E extends Edge>(
  edge: E,
  endpoints: ReadonlyMap<string, readonly E[]>,
): readonly RollupRow[] {
  if (!edge.rows.some((row) => row.reporter === "outboundRoute")) return [];
  const behind = new Set(edge.targetWorkloads);
  return (endpoints.get(identityKey(edge.source)) ?? []).flatMap((other) => {
    if (other.rows === edge.rows) return [];
    const rows = other.rows.filter((row) => row.reporter === "outbound");
    if (other.service === edge.service || behind.has(workloadKey(other.target))) return rows;
    return rows.filter((row) => askedFor(row, edge.target));
  });
}
