/** A merge patch of an owner's object in words: what it changes, the request itself, and the same by hand. */
import { at, type Json, type JsonObject, objectOf } from "../traffic/document.ts";

export const OWNER_RESOURCES = {
  Rollout: { group: "argoproj.io", version: "v1alpha1", resource: "rollouts" },
  Canary: { group: "flagger.app", version: "v1beta1", resource: "canaries" },
  Deployment: { group: "apps", version: "v1", resource: "deployments" },
  DaemonSet: { group: "apps", version: "v1", resource: "daemonsets" },
} as const;
export type PatchedKind = keyof typeof OWNER_RESOURCES;

export interface OwnerPatch {
  readonly kind: PatchedKind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: "status" | null;
  readonly body: JsonObject;
}

export interface PatchChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const wordOf = (value: Json | undefined): string => {
  if (value === undefined || value === null) return "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** Every leaf of a patch, with what stands there now. `raw`: the object; absent members are "none". */
export function changesOfPatch(raw: JsonObject | null, body: JsonObject): readonly PatchChange[] {
  const changes: PatchChange[] = [];
  const open: { readonly path: readonly string[]; readonly value: Json }[] = [{ path: [], value: body }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, value } = next;
    const object = objectOf(value);
    if (object === undefined) {
      const before = raw === null ? "not read" : wordOf(at(raw, ...path));
      changes.push({ path: path.join("."), before, after: wordOf(value) });
    } else {
      for (const [key, member] of Object.entries(object).reverse()) open.push({ path: [...path, key], value: member });
    }
  }
  return changes;
}

export function patchRequest({ kind, namespace, name, subresource, body }: OwnerPatch): string {
  const { group, version, resource } = OWNER_RESOURCES[kind];
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${resource}/${name}`;
  return `PATCH ${path}${subresource === null ? "" : `/${subresource}`}\n${JSON.stringify(body, null, 2)}`;
}

/** `kubectl`: the command line that speaks to the cluster. */
export function kubectlPatch({ kind, namespace, name, subresource, body }: OwnerPatch, kubectl = "kubectl"): string {
  const { group, resource } = OWNER_RESOURCES[kind];
  const text = JSON.stringify(body).replaceAll("'", "'\\''");
  const part = subresource === null ? "" : ` --subresource=${subresource}`;
  return `${kubectl} patch ${resource}.${group} ${name} -n ${namespace}${part} --type=merge -p '${text}'`;
}
