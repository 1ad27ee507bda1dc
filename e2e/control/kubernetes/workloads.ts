/**
 * What a cluster does beside its API server: ReplicaSets and Deployments come to be available as soon as they are asked for.
 * No pod runs; controllers of releases look at these statuses alone. In: the server's admin. Out: a stop.
 */
import type { KubernetesClient } from "../../../collector/actuators/kubernetes-client.ts";
import { at, type JsonObject, numberOf, textOf } from "../../../lib/control/traffic/document.ts";

const APPS = "/apis/apps/v1/namespaces/shop";
const EVERY_MS = 200;

function available(object: JsonObject, isDeployment: boolean): JsonObject {
  const replicas = numberOf(at(object, "spec", "replicas")) ?? 1;
  const counts = { replicas, readyReplicas: replicas, availableReplicas: replicas };
  const observedGeneration = numberOf(at(object, "metadata", "generation")) ?? 1;
  if (!isDeployment) return { ...counts, observedGeneration, fullyLabeledReplicas: replicas };
  const since = "2026-01-01T00:00:00Z";
  const conditions = [
    { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "" },
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable", message: "" },
  ].map((condition) => ({ ...condition, lastUpdateTime: since, lastTransitionTime: since }));
  return { ...counts, observedGeneration, updatedReplicas: replicas, conditions };
}

async function settle(admin: KubernetesClient, plural: "replicasets" | "deployments"): Promise<void> {
  const listed = await admin.list(`${APPS}/${plural}`);
  if (!listed.ok) return;
  for (const object of listed.value.items) {
    const wanted = available(object, plural === "deployments");
    const status = at(object, "status");
    const isSettled = ["availableReplicas", "observedGeneration"].every(
      (name) => (numberOf(at(status, name)) ?? 0) === numberOf(at(wanted, name)),
    );
    if (isSettled) continue;
    await admin.send({
      method: "PATCH",
      path: `${APPS}/${plural}/${textOf(at(object, "metadata", "name"))}/status`,
      contentType: "application/merge-patch+json",
      body: JSON.stringify({ status: wanted }),
    });
  }
}

export function runWorkloads(admin: KubernetesClient): () => Promise<void> {
  let isStopped = false;
  const work = async (): Promise<void> => {
    while (!isStopped) {
      await settle(admin, "replicasets");
      await settle(admin, "deployments");
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  const working = work();
  return async () => {
    isStopped = true;
    await working;
  };
}
