/**
 * Pods of an estate: names, addresses and the state of the proxy beside each. In: atlas and seed. Out: pods by workload.
 */
import { mix } from "./draw.ts";
import { EnvoyProxy } from "./envoy-proxy.ts";
import type { Atlas } from "./estate.ts";
import { IstioProxy } from "./istio-proxy.ts";
import type { WorkloadSpec } from "./spec.ts";

export interface Pod {
  readonly name: string;
  readonly ip: string;
  /** 0-based replica number. */
  readonly replica: number;
  readonly workload: WorkloadSpec;
  /** Null where no proxy runs. */
  readonly proxy: IstioProxy | EnvoyProxy | null;
}

/** Kubernetes' alphabet of generated names. */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

function suffix(seed: number, length: number): string {
  let out = "";
  for (let i = 0; i < length; i++) out += SAFE.charAt(mix(seed, i) % SAFE.length);
  return out;
}

function podName(workload: WorkloadSpec, seed: number, replica: number): string {
  if (workload.cluster === "vm1") return `${workload.name}-${replica + 1}`;
  return `${workload.name}-${suffix(seed, 9)}-${suffix(mix(seed, 100 + replica), 5)}`;
}

function proxyOf(workload: WorkloadSpec): Pod["proxy"] {
  switch (workload.role) {
    case "sidecar":
    case "gateway":
      return new IstioProxy();
    case "envoy":
    case "edge":
      return new EnvoyProxy();
    case "unmeshed":
      return null;
  }
}

/** Every pod, by workload name, replicas in order. */
export function podsOf(atlas: Atlas, seed: number): ReadonlyMap<string, readonly Pod[]> {
  const pods = new Map<string, readonly Pod[]>();
  atlas.estate.workloads.forEach((workload, index) => {
    const machine = workload.cluster === "vm1";
    const own = mix(seed, 7000 + index);
    const make = (_: unknown, replica: number): Pod => ({
      name: podName(workload, own, replica),
      ip: machine ? `10.8.${index}.${10 + replica}` : `10.244.${index}.${10 + replica}`,
      replica,
      workload,
      proxy: proxyOf(workload),
    });
    pods.set(workload.name, Array.from({ length: workload.replicas }, make));
  });
  return pods;
}
