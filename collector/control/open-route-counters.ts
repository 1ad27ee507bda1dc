/**
 * The counters of watched routes, opened by the configuration: kept in a folder of their own. Where no control plane
 * is configured there is nothing to watch, and no file is made.
 */
import { join } from "node:path";
import type { Registry } from "prom-client";
import type { KnownPods } from "../../lib/control/counting/pods.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { Mesh } from "../../lib/model/identity.ts";
import type { RollupRow } from "../../lib/model/rollup-row.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { Exchange } from "./counter-exchange.ts";
import { ScrapedRouteCounters } from "./route-counters.ts";
import { scrapedTelemetry } from "./scraped-telemetry.ts";

interface Around {
  readonly planes: ControlPlanes;
  /** What was counted at all. */
  readonly rows: () => readonly RollupRow[];
  /** Other collectors of a cluster. */
  readonly exchange?: Exchange;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
}

/** Undefined where the control plane cannot be asked now. */
async function backendsOf(route: RouteRef, planes: ControlPlanes): Promise<readonly KnownPods[] | undefined> {
  const traffic = planeOf(planes, route.target)?.traffic;
  const state = await traffic?.read(route.target);
  if (traffic === undefined || state?.ok !== true) return undefined;
  const facts = await traffic.backends(state.value, route.routeKey);
  return facts.ok ? facts.value : undefined;
}

export async function openRouteCounters(config: Config, around: Around): Promise<ScrapedRouteCounters> {
  const { planes, rows, registry, clock, log } = around;
  const isHeard = (mesh: Mesh): boolean =>
    rows().some(({ edge }) => edge.source.mesh === mesh || edge.target.mesh === mesh);
  const counters = await ScrapedRouteCounters.open({
    folder: planes.all.length === 0 ? undefined : join(config.dataFolder, "route-counters"),
    telemetry: scrapedTelemetry(config, planes, isHeard),
    meshOf: (route) => planeOf(planes, route.target)?.mesh,
    propagationMs: (mesh) => config.control.propagationMs[mesh === "envoy" ? "istio" : mesh],
    backends: (route) => backendsOf(route, planes),
    ...{ clock, log, registry },
    ...(around.exchange === undefined ? {} : { exchange: around.exchange }),
  });
  counters.start();
  return counters;
}
