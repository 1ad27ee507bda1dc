/**
 * Pods of an estate: names, addresses and the proxy beside each. In: atlas and seed. Out: pods by workload.
 */
import { AmbientRecorder } from "./ambient.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { mix } from "./draw.ts";
import type { Atlas } from "./estate.ts";
import type { Pod } from "./hop.ts";
import { proxyOf } from "./proxies.ts";
import type { WorkloadSpec } from "./spec.ts";

/** Kubernetes' alphabet of generated names. */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

/** Clusters whose workloads run on machines: no generated names. */
const MACHINES: ReadonlySet<string> = new Set(["vm1", "vm", "ecs"]);

function suffix(seed: number, length: number): string {
  let out = "";
  for (let i = 0; i < length; i++) out += SAFE.charAt(mix(seed, i) % SAFE.length);
  return out;
}

function podName(workload: WorkloadSpec, seed: number, replica: number): string {
  if (MACHINES.has(workload.cluster)) return `${workload.name}-${replica + 1}`;
  return `${workload.name}-${suffix(seed, 9)}-${suffix(mix(seed, 100 + replica), 5)}`;
}

/** Every pod, by workload name, replicas in order. */
export function podsOf(atlas: Atlas, seed: number): ReadonlyMap<string, readonly Pod[]> {
  const pods = new Map<string, readonly Pod[]>();
  atlas.estate.workloads.forEach((workload, index) => {
    const machine = MACHINES.has(workload.cluster);
    const own = mix(seed, 7000 + index);
    const make = (_: unknown, replica: number): Pod => {
      const role = workload.replicaRoles?.[replica] ?? workload.role;
      return {
        name: podName(workload, own, replica),
        ip: machine ? `10.8.${index}.${10 + replica}` : `10.244.${index}.${10 + replica}`,
        replica,
        workload,
        role,
        proxy: proxyOf(role, workload),
        pool: new ConnectionPool(),
        leaf: null,
      };
    };
    pods.set(workload.name, Array.from({ length: workload.replicas }, make));
  });
  joinNodes([...pods.values()].flat());
  return pods;
}

/** Pods in ambient mode lie on the nodes in turn, and belong to the waypoint of their namespace. */
function joinNodes(pods: readonly Pod[]): void {
  const nodes = pods.filter((pod) => pod.role === "ztunnel");
  pods
    .filter((pod) => pod.role === "ambient")
    .forEach((pod, index) => {
      const { cluster, namespace } = pod.workload;
      const waypoint = pods.find(
        ({ role, workload }) => role === "waypoint" && workload.cluster === cluster && workload.namespace === namespace,
      );
      if (pod.proxy instanceof AmbientRecorder) pod.proxy.join(nodes[index % nodes.length], waypoint);
    });
}
