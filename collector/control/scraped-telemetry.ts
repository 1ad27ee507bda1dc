/**
 * Where the telemetry of a route stands, by the configuration: which meshes are read and how often, and what the control
 * planes' clusters and namespaces are called in the graph. A control plane's name need not be a cluster of the graph: of
 * the only one of its mesh any cluster will do, of several the name, or what the scrape jobs call it, tells them apart.
 */
import type { Places } from "../../lib/control/counting/arms.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { Mesh } from "../../lib/model/identity.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import type { Config, ScrapeJob } from "../config/config.ts";
import type { Telemetry } from "./counter-options.ts";

/** Where nothing is scraped the mesh's own time to propagate is what counts. */
const NO_INTERVAL_MS = 10_000;

function readsOf(jobs: readonly ScrapeJob[], mesh: Mesh): readonly ScrapeJob[] {
  return jobs.filter((job) => job.targets.length > 0 && (job.mesh === mesh || job.mesh === "auto"));
}

type Configured = Pick<Config, "scrape" | "control">;

function clustersOf(route: RouteRef, { scrape, control }: Configured, planes: ControlPlanes): Places["clusters"] {
  const { target } = route;
  const mesh = planeOf(planes, target)?.mesh;
  if (planes.all.filter((plane) => plane.mesh === mesh).length < 2) return null;
  const datacenter = control.consul.find(({ name }) => name === target.cluster)?.datacenter;
  const names = [
    target.cluster,
    ...(datacenter === undefined ? [] : [datacenter]),
    // App Mesh's places are its meshes, which stand as namespaces of the target.
    ...(target.driver === "appMesh" ? [target.namespace] : []),
  ];
  const called = scrape.flatMap((job) => names.flatMap((name) => job.names?.clusters.get(name) ?? []));
  return new Set([...names, ...called]);
}

/** `isHeard`: whether anything that was read is of a mesh, which tells what a job of any mesh found. */
export function scrapedTelemetry(
  config: Configured,
  planes: ControlPlanes,
  isHeard: (mesh: Mesh) => boolean,
): Telemetry {
  const jobs = config.scrape;
  return {
    isRead: (mesh) => {
      const reads = readsOf(jobs, mesh);
      return reads.some((job) => job.mesh === mesh) || (reads.length > 0 && isHeard(mesh));
    },
    intervalMs: (mesh) => Math.max(0, ...readsOf(jobs, mesh).map(({ intervalMs }) => intervalMs)) || NO_INTERVAL_MS,
    places: (route): Places => ({
      clusters: clustersOf(route, config, planes),
      namespaces: new Set(jobs.flatMap((job) => job.names?.namespaces.get(route.target.namespace) ?? [])),
    }),
  };
}
