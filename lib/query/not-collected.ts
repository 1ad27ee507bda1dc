/**
 * What a mesh could tell and does not, each with the setting that would turn it on. In: rows, and what sources left out.
 * Out: one entry for each mesh and kind of figure of which no row of that mesh has any. A figure that is not collected is
 * not zero. Not handled: what no setting of a mesh turns on.
 */
import type { Sliced } from "../base/sliced.ts";
import type { Mesh } from "../model/identity.ts";
import { type RollupRow, reportingEnd } from "../model/rollup-row.ts";
import { identityOf } from "./end-keys.ts";
import { layoutOf } from "./row-layout.ts";
import type { Completeness } from "./schema/common.ts";

type Missing = Completeness["notCollected"][number];

const RESILIENCE = new Set(["retries", "timeouts", "overflow", "ejections"]);

/** What one mesh's rows have been seen to tell. */
export interface Told {
  resilience: boolean;
  extension: boolean;
  hosts: boolean;
  routes: boolean;
  /** Of Consul alone, where they matter. */
  readonly requestEnds: Set<string>;
  readonly tcpEnds: Set<string>;
}

function tellsResilience(row: RollupRow): boolean {
  return row.tls.size > 0 || layoutOf(row).counters.some(({ name }) => RESILIENCE.has(name));
}

function take(told: Told, row: RollupRow, mesh: Mesh): void {
  const { edge, reporter } = row;
  told.resilience ||= tellsResilience(row);
  if (!told.extension) {
    for (const family of row.families) told.extension ||= family.startsWith("envoy_appmesh_");
  }
  if (mesh === "consul") {
    const ends = `${identityOf(edge.source)}${identityOf(edge.target)}`;
    if (edge.protocol === "tcp") {
      if (row.everActive) told.tcpEnds.add(ends);
    } else if (row.hasRequests) told.requestEnds.add(ends);
  }
  if (reporter !== "outboundRoute" || !row.hasRequests) return;
  told.routes = true;
  told.hosts ||= layoutOf(row).hosts.length > 0;
}

export type ToldByMesh = ReadonlyMap<Mesh, Told>;

const ROWS_PER_STEP = 1_024;

/** What each mesh's rows tell, in steps. */
export function* toldBy(rows: readonly RollupRow[]): Sliced<ToldByMesh> {
  const meshes = new Map<Mesh, Told>();
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    if (row !== undefined) hear(meshes, row);
    if (at % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
  }
  return meshes;
}

function hear(meshes: Map<Mesh, Told>, row: RollupRow): void {
  const { source, target } = row.edge;
  const mesh = reportingEnd(row.edge, row.reporter).mesh ?? source.mesh ?? target.mesh;
  if (mesh === null || row.reporter === "span") return;
  const known = meshes.get(mesh);
  const told = known ?? {
    ...{ resilience: false, extension: false, hosts: false, routes: false },
    requestEnds: new Set<string>(),
    tcpEnds: new Set<string>(),
  };
  if (known === undefined) meshes.set(mesh, told);
  take(told, row, mesh);
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
  told: ToldByMesh,
  dropped: Readonly<Record<string, number>> = {},
): Completeness["notCollected"] {
  const isNameless = (dropped["no_target_labels"] ?? 0) > 0;
  const meshes = [...told].sort(([a], [b]) => (a < b ? -1 : 1));
  return meshes.flatMap(([mesh, own]) => missingOf(mesh, own, isNameless).filter((one) => one !== false));
}
