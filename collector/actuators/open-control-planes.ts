/** The control planes of the configuration, each with what speaks to it. Nothing is asked of them here. */
import type { Config, ControlConfig, KubernetesControl } from "../config/config.ts";
import { AppMeshTraffic } from "./app-mesh.ts";
import { ConsulTraffic } from "./consul.ts";
import { type ControlPlane, type ControlPlanes, NO_CONTROL_PLANES } from "./control-planes.ts";
import { KubernetesTraffic } from "./kubernetes.ts";
import { KubernetesOwners } from "./kubernetes-owners.ts";

function cluster(options: KubernetesControl): ControlPlane {
  const traffic = new KubernetesTraffic(options);
  return { name: options.name, mesh: options.mesh, traffic, owners: new KubernetesOwners(traffic.client) };
}

/** None on a member of a cluster that does not act: of two that did, both would write. */
export function actingPlanes(planes: ControlPlanes, members: Config["cluster"]): ControlPlanes {
  return members === undefined || members.self === members.control ? planes : NO_CONTROL_PLANES;
}

export function openControlPlanes({ kubernetes, consul, appMesh }: ControlConfig): ControlPlanes {
  const all: readonly ControlPlane[] = [
    ...kubernetes.map(cluster),
    ...consul.map(
      (options): ControlPlane => ({ name: options.name, mesh: "consul", traffic: new ConsulTraffic(options) }),
    ),
    ...appMesh.map(
      (options): ControlPlane => ({ name: options.name, mesh: "appmesh", traffic: new AppMeshTraffic(options) }),
    ),
  ];
  return {
    all,
    close: async () => {
      await Promise.all(all.map(({ traffic }) => traffic.close()));
    },
  };
}
