/** What the counters of watched routes need to know: where telemetry comes from, what meshes take, who else counts. */
import type { Registry } from "prom-client";
import type { Places } from "../../lib/control/counting/arms.ts";
import type { KnownPods } from "../../lib/control/counting/pods.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { Mesh } from "../../lib/model/identity.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { Exchange } from "./counter-exchange.ts";

/** What is known of where the routes' telemetry comes from. */
export interface Telemetry {
  /** Whether any proxy of the mesh is read. */
  isRead(mesh: Mesh): boolean;
  /** The longest interval of scrapes of the mesh, ms, as it is configured. */
  intervalMs(mesh: Mesh): number;
  places(route: RouteRef): Places;
}

export interface RouteCountersOptions {
  /** Undefined where nothing is kept beyond the process. */
  readonly folder: string | undefined;
  readonly telemetry: Telemetry;
  readonly meshOf: (route: RouteRef) => Mesh | undefined;
  /** The backends' pods, as the control plane tells them; asked again now and then. */
  readonly backends: (route: RouteRef) => Promise<readonly KnownPods[] | undefined>;
  /** Time that a mesh takes to bring a weight to its proxies. */
  readonly propagationMs: (mesh: Mesh) => number;
  /** Other collectors of the cluster; absent: there are none. */
  readonly exchange?: Exchange;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
}
