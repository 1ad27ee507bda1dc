/**
 * Objects that may own a route: Argo Rollouts and Flagger's Canaries of its namespace, Argo CD's Applications of any. In: a
 * namespace; out: what there is of them. A kind that is not served has none; Rollouts and Canaries that may not be read are
 * an error, since nobody could say then that a route is free.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { Claimants } from "../../lib/control/owners/detect.ts";
import type { JsonObject } from "../../lib/control/traffic/document.ts";
import { listPath, type ResourceKind } from "../../lib/control/traffic/kubernetes.ts";
import { type KubernetesClient, readFailureOf } from "./kubernetes-client.ts";
import type { OwnerKind, ReadFailure } from "./traffic-api.ts";

export const OWNER_KINDS = {
  Rollout: { group: "argoproj.io", resource: "rollouts", kind: "Rollout", versions: ["v1alpha1"] },
  AnalysisRun: { group: "argoproj.io", resource: "analysisruns", kind: "AnalysisRun", versions: ["v1alpha1"] },
  Canary: { group: "flagger.app", resource: "canaries", kind: "Canary", versions: ["v1beta1"] },
  Application: { group: "argoproj.io", resource: "applications", kind: "Application", versions: ["v1alpha1"] },
  Deployment: { group: "apps", resource: "deployments", kind: "Deployment", versions: ["v1"] },
  DaemonSet: { group: "apps", resource: "daemonsets", kind: "DaemonSet", versions: ["v1"] },
} as const satisfies Readonly<Record<OwnerKind, ResourceKind>>;

/** All of a kind in a namespace, or in every one; none where it is not served. */
export async function allOf(
  client: KubernetesClient,
  kind: ResourceKind,
  namespace: string | null,
): Promise<Result<readonly JsonObject[], ReadFailure>> {
  const version = await client.servedVersion(kind);
  if (!version.ok) return err(readFailureOf(version.error));
  if (version.value === null) return ok([]);
  const listed = await client.list(listPath(kind, version.value, namespace));
  return listed.ok ? ok(listed.value.items) : err(readFailureOf(listed.error));
}

/** Of all namespaces; where only some may be read, of those. */
export async function allWithin(
  client: KubernetesClient,
  kind: ResourceKind,
  namespaces: readonly string[],
): Promise<Result<readonly JsonObject[], ReadFailure>> {
  const all = await allOf(client, kind, null);
  if (all.ok || all.error.code !== "forbidden") return all;
  const items: JsonObject[] = [];
  for (const namespace of new Set(namespaces)) {
    const some = await allOf(client, kind, namespace);
    if (!some.ok) return some;
    items.push(...some.value);
  }
  return ok(items);
}

export async function claimantsOf(
  client: KubernetesClient,
  namespace: string,
): Promise<Result<Claimants, ReadFailure>> {
  const [rollouts, canaries, applications] = await Promise.all([
    allOf(client, OWNER_KINDS.Rollout, namespace),
    allOf(client, OWNER_KINDS.Canary, namespace),
    allOf(client, OWNER_KINDS.Application, null),
  ]);
  if (!rollouts.ok) return rollouts;
  if (!canaries.ok) return canaries;
  // What tracks a route is written on it: without its Application only whether it heals is not known.
  if (!applications.ok && applications.error.code !== "forbidden") return applications;
  return ok({
    rollouts: rollouts.value,
    canaries: canaries.value,
    applications: applications.ok ? applications.value : [],
  });
}
