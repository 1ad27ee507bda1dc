/** The control planes of the configuration, each with what speaks to it. Nothing is asked of them here. */
import type { ControlConfig } from "../config/config.ts";
import { ConsulTraffic } from "./consul.ts";
import type { ControlPlane, ControlPlanes } from "./control-planes.ts";

export function openControlPlanes({ consul }: ControlConfig): ControlPlanes {
  const all: readonly ControlPlane[] = consul.map((options) => ({
    name: options.name,
    mesh: "consul",
    traffic: new ConsulTraffic(options),
  }));
  return {
    all,
    close: async () => {
      await Promise.all(all.map(({ traffic }) => traffic.close()));
    },
  };
}
