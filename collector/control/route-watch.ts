/**
 * Changes of routes as their control planes tell them. In: the routes of rollouts under way; out: a call for each object that
 * is there or changes. Kinds of objects are watched from the first rollout on that has one, until the end. Nothing depends
 * on it: what is not told (App Mesh has no watch, a right may be missing, a stream may be cut) is read every two seconds.
 */
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import type { Watching } from "../actuators/traffic-api.ts";
import type { Log } from "../telemetry/log.ts";

export class RouteWatch {
  private readonly planes: ControlPlanes;
  private readonly changed: (target: TargetRef) => void;
  private readonly log: Log;
  /** By control plane and kind of object; null: it has no watch. */
  private readonly open = new Map<string, Watching | null>();
  private isEnding = false;

  constructor(planes: ControlPlanes, changed: (target: TargetRef) => void, log: Log) {
    this.planes = planes;
    this.changed = changed;
    this.log = log;
  }

  watch(target: TargetRef): void {
    const { cluster, driver } = target;
    const key = JSON.stringify([cluster, driver]);
    if (this.open.has(key)) return;
    // A fault comes again every half a minute: each kind is told once.
    const told = new Set<string>();
    const watching = planeOf(this.planes, target)?.traffic.watch?.(
      this.changed,
      ({ code, message }) => {
        if (!told.has(code) && !this.isEnding) this.log.warn("route_watch_failed", { cluster, driver, code, message });
        told.add(code);
      },
      [driver],
    );
    this.open.set(key, watching ?? null);
  }

  async stop(): Promise<void> {
    // Streams that end now are ended by us.
    this.isEnding = true;
    const all = [...this.open.values()];
    this.open.clear();
    await Promise.all(all.map((watching) => watching?.stop()));
  }
}
