/** Control planes of the file, with paths made absolute. */
import { resolve } from "node:path";
import type { AppMeshControl, ConsulControl, ControlConfig, KubernetesControl, NotificationTarget } from "./config.ts";
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

function consulOf({ name, url, ...rest }: FileControl["consul"][number], folder: string): ConsulControl {
  const { tokenFile, datacenter, primaryDatacenter, namespace, partition } = rest;
  return {
    name,
    url,
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(folder, tokenFile) }),
    ...(datacenter === undefined ? {} : { datacenter }),
    ...(primaryDatacenter === undefined ? {} : { primaryDatacenter }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(partition === undefined ? {} : { partition }),
  };
}

function appMeshOf({
  name,
  region,
  endpoint,
  mesh,
  meshOwner,
  profile,
}: FileControl["appMesh"][number]): AppMeshControl {
  return {
    name,
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(mesh === undefined ? {} : { mesh }),
    ...(meshOwner === undefined ? {} : { meshOwner }),
    ...(profile === undefined ? {} : { profile }),
  };
}
/** Named by their place where they have no name. */
function notificationsOf({ notifications }: FileControl, folder: string): readonly NotificationTarget[] {
  return notifications.map(({ name, url, urlFile, secretFile, ...rest }, i) => ({
    ...rest,
    name: name ?? `${rest.format}-${i + 1}`,
    ...(url === undefined ? {} : { url }),
    ...(urlFile === undefined ? {} : { urlFile: resolve(folder, urlFile) }),
    ...(secretFile === undefined ? {} : { secretFile: resolve(folder, secretFile) }),
  }));
}

export function controlOf(control: FileControl, folder: string): ControlConfig {
  const { kubernetes, consul, appMesh, publicUrl, propagation, flaggerGateUrl, definitions } = control;
  return {
    publicUrl,
    notifications: notificationsOf(control, folder),
    kubernetes: kubernetes.map((one) => kubernetesOf(one, folder)),
    consul: consul.map((one) => consulOf(one, folder)),
    appMesh: appMesh.map(appMeshOf),
    ...(definitions === undefined ? {} : { definitions: resolve(folder, definitions) }),
    propagationMs: propagation,
    ...(flaggerGateUrl === undefined ? {} : { flaggerGateUrl }),
  };
}

/** The first name that stands twice, and where: a rollout finds its control plane by name. */
export function nameTwice(
  control: FileControl,
): { readonly path: readonly (string | number)[]; readonly name: string } | undefined {
  const seen = new Set<string>();
  for (const kind of ["kubernetes", "consul", "appMesh"] as const) {
    for (const [index, { name }] of control[kind].entries()) {
      if (seen.has(name)) return { path: ["control", kind, index, "name"], name };
      seen.add(name);
    }
  }
  return undefined;
}
