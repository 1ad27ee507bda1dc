/**
 * What a mesh could tell and does not, each with the setting that would turn it on. In: rows, and what sources left out.
 * Out: one entry for each mesh and kind of figure of which no row of that mesh has any. A figure that is not collected is
 * not zero. Not handled: what no setting of a mesh turns on.
 */
import { identityKey, type Mesh } from "../model/identity.ts";
import { type RollupRow, reportingEnd } from "../model/rollup-row.ts";
import { layoutOf } from "./row-layout.ts";
import type { Completeness } from "./schema/common.ts";

type Missing = Completeness["notCollected"][number];

const RESILIENCE = new Set(["retries", "timeouts", "overflow", "ejections"]);

/** What one mesh's rows have been seen to tell. */
interface Told {
  resilience: boolean;
  extension: boolean;
  hosts: boolean;
  routes: boolean;
  readonly requestEnds: Set<string>;
  readonly tcpEnds: Set<string>;
}

function tellsResilience(row: RollupRow): boolean {
  return row.tls.size > 0 || layoutOf(row).counters.some(({ name }) => RESILIENCE.has(name));
}

function take(told: Told, row: RollupRow): void {
  const { edge, reporter } = row;
  told.resilience ||= tellsResilience(row);
  told.extension ||= [...row.families].some((family) => family.startsWith("envoy_appmesh_"));
  const ends = `${identityKey(edge.source)}${identityKey(edge.target)}`;
  if (edge.protocol === "tcp") {
    if (row.everActive) told.tcpEnds.add(ends);
  } else if (row.hasRequests) told.requestEnds.add(ends);
  if (reporter !== "outboundRoute" || !row.hasRequests) return;
  told.routes = true;
  told.hosts ||= layoutOf(row).hosts.length > 0;
}

function toldBy(rows: readonly RollupRow[]): ReadonlyMap<Mesh, Told> {
  const meshes = new Map<Mesh, Told>();
  for (const row of rows) {
    const { source, target } = row.edge;
    const mesh = reportingEnd(row.edge, row.reporter).mesh ?? source.mesh ?? target.mesh;
    if (mesh === null || row.reporter === "span") continue;
    const known = meshes.get(mesh);
    const told = known ?? {
      ...{ resilience: false, extension: false, hosts: false, routes: false },
      requestEnds: new Set<string>(),
      tcpEnds: new Set<string>(),
    };
    if (known === undefined) meshes.set(mesh, told);
    take(told, row);
  }
  return meshes;
}

/** Connections between two ends that never carried a request which anybody counted. */
function hasBareConnections({ tcpEnds, requestEnds }: Told): boolean {
  for (const ends of tcpEnds) if (!requestEnds.has(ends)) return true;
  return false;
}

function missingOf(mesh: Mesh, told: Told, isNameless: boolean): (Missing | false)[] {
  switch (mesh) {
    case "istio": {
      const what = "retries, timeouts, circuit breakers, outlier detection";
      const setting = "proxyStatsMatcher.inclusionPrefixes: [cluster.outbound]";
      return [!told.resilience && { mesh, what, setting }];
    }
    case "consul": {
      const what = "requests, codes and latency of services whose protocol is tcp, which is the default";
      const setting = 'Kind = "service-defaults", Name = "<service>", Protocol = "http"';
      return [hasBareConnections(told) && { mesh, what, setting }];
    }
    case "appmesh":
      return [
        isNameless && {
          mesh,
          what: "names of proxies that no scrape label names",
          setting: "ENABLE_ENVOY_STATS_TAGS=1",
        },
        !told.extension && {
          mesh,
          what: "virtual services that were asked for",
          setting: "APPMESH_METRIC_EXTENSION_VERSION=1",
        },
      ];
    case "linkerd": {
      const setting = 'config.linkerd.io/proxy-metrics-hostname-labels: "true"';
      return [told.routes && !told.hosts && { mesh, what: "hosts that were asked for by route", setting }];
    }
    default:
      return [];
  }
}

/** `dropped`: what sources left out, by code. Meshes in alphabetical order. */
export function notCollected(
  rows: readonly RollupRow[],
  dropped: Readonly<Record<string, number>> = {},
): Completeness["notCollected"] {
  const isNameless = (dropped["no_target_labels"] ?? 0) > 0;
  const meshes = [...toldBy(rows)].sort(([a], [b]) => (a < b ? -1 : 1));
  return meshes.flatMap(([mesh, told]) => missingOf(mesh, told, isNameless).filter((one) => one !== false));
}
