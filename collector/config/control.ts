/** Control planes of the file, with paths made absolute. */
import { resolve } from "node:path";
import type { ConsulControl, ControlConfig, KubernetesControl } from "./config.ts";
import type { FileConfig } from "./schema.ts";

type FileControl = FileConfig["control"];

function kubernetesOf(cluster: FileControl["kubernetes"][number], folder: string): KubernetesControl {
  const { name, mesh, kubeconfig, context, inCluster, url, tokenFile, caFile, namespaces } = cluster;
  return {
    name,
    mesh,
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(folder, kubeconfig) }),
    ...(context === undefined ? {} : { context }),
    ...(inCluster === undefined ? {} : { inCluster }),
    ...(url === undefined ? {} : { url }),
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(folder, tokenFile) }),
    ...(caFile === undefined ? {} : { caFile: resolve(folder, caFile) }),
    ...(namespaces === undefined ? {} : { namespaces }),
  };
}

function consulOf({ tokenFile, ...rest }: FileControl["consul"][number], folder: string): ConsulControl {
  return { ...rest, ...(tokenFile === undefined ? {} : { tokenFile: resolve(folder, tokenFile) }) };
}

export function controlOf({ kubernetes, consul }: FileControl, folder: string): ControlConfig {
  return {
    kubernetes: kubernetes.map((cluster) => kubernetesOf(cluster, folder)),
    consul: consul.map((datacenter) => consulOf(datacenter, folder)),
  };
}

/** The first name that stands twice: a rollout finds its control plane by name. */
export function nameTwice({ kubernetes, consul }: FileControl): string | undefined {
  const names = [...kubernetes, ...consul].map(({ name }) => name);
  return names.find((name, i) => names.indexOf(name) !== i);
}
