/** The control planes that the configuration names, as the rest sees them. */
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import type { Mesh } from "../../lib/model/identity.ts";
import type { OwnerApi, TrafficApi } from "./traffic-api.ts";

export interface ControlPlane {
  /** `TargetRef.cluster` of its routes. */
  readonly name: string;
  readonly mesh: Mesh;
  readonly traffic: TrafficApi;
  /** Where Argo Rollouts and Flagger may be. */
  readonly owners?: OwnerApi;
}

export interface ControlPlanes {
  readonly all: readonly ControlPlane[];
  close(): Promise<void>;
}

export const NO_CONTROL_PLANES: ControlPlanes = { all: [], close: async () => {} };

export function planeNamed({ all }: ControlPlanes, cluster: string): ControlPlane | undefined {
  return all.find(({ name }) => name === cluster);
}

export function planeOf(planes: ControlPlanes, target: TargetRef): ControlPlane | undefined {
  return planeNamed(planes, target.cluster);
}
