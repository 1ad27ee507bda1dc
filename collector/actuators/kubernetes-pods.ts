/** Pods and endpoints behind a Service or a set of labels, and which of them are ready; null where they cannot be asked. */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { type Labels, labelsOf, type ServiceHost } from "../../lib/control/traffic/destination-rules.ts";
import { at, type JsonObject, listOf, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import { type KubernetesClient, type ObjectList, readFailureOf } from "./kubernetes-client.ts";
import type { BackendFacts, ReadFailure } from "./traffic-api.ts";

export type ReadyPods = Pick<BackendFacts, "pods"> & { readonly readyEndpoints: number };

/** Undefined for a Service whose endpoints are written by others. */
export function selectorOf(service: JsonObject | undefined): Labels | undefined {
  const selector = labelsOf(objectOf(at(service, "spec", "selector")));
  return Object.keys(selector).length === 0 ? undefined : selector;
}

/** Labels that say a pod's version, the mesh's own first. */
const VERSION_LABELS = ["version", "app.kubernetes.io/version", "rollouts-pod-template-hash", "pod-template-hash"];

function versionOf(pod: JsonObject): string {
  const labels = labelsOf(objectOf(at(pod, "metadata", "labels")));
  return VERSION_LABELS.map((name) => labels[name]).find((value) => value !== undefined) ?? "";
}

function isReady(pod: JsonObject): boolean {
  const conditions = listOf(at(pod, "status", "conditions"));
  const isGoing = at(pod, "metadata", "deletionTimestamp") !== undefined;
  return !isGoing && conditions.some((one) => at(one, "type") === "Ready" && at(one, "status") === "True");
}

const nameOf = (object: JsonObject): string => textOf(at(object, "metadata", "name")) ?? "";

async function labelled(
  client: KubernetesClient,
  path: string,
  labels: Labels,
): Promise<Result<ObjectList | null, ReadFailure>> {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const listed = await client.list(path, { labelSelector });
  if (listed.ok) return listed;
  const { code } = listed.error;
  return code === "forbidden" || code === "not_served" ? ok(null) : err(readFailureOf(listed.error));
}

const podsPath = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;

/** Pods with these labels. */
export async function podFacts(
  client: KubernetesClient,
  namespace: string,
  labels: Labels,
): Promise<Result<ReadyPods | null, ReadFailure>> {
  const listed = await labelled(client, podsPath(namespace), labels);
  if (!listed.ok || listed.value === null) return listed.ok ? ok(null) : listed;
  const pods = listed.value.items.map((pod) => ({ name: nameOf(pod), version: versionOf(pod), ready: isReady(pod) }));
  return ok({ readyEndpoints: pods.filter(({ ready }) => ready).length, pods });
}

interface Endpoint {
  readonly name: string;
  readonly ready: boolean;
}

/** By pod, or by address where no pod is named: dual-stack Services have each in two slices. No word on readiness is ready. */
function endpointsOf(slices: readonly JsonObject[]): readonly Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    for (const endpoint of listOf(at(slice, "endpoints"))) {
      const pod = textOf(at(endpoint, "targetRef", "name"));
      const name = pod ?? textOf(listOf(at(endpoint, "addresses"))[0]) ?? "";
      const ready = at(endpoint, "conditions", "ready") !== false;
      found.set(name, { name, ready: ready || found.get(name)?.ready === true });
    }
  }
  return [...found.values()];
}

/** Endpoints of a Service by its slices; where those may not be read, by its pods. */
export async function endpointFacts(
  client: KubernetesClient,
  { name, namespace }: ServiceHost,
  selector: Labels | undefined,
): Promise<Result<ReadyPods | null, ReadFailure>> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`;
  const slices = await labelled(client, path, { "kubernetes.io/service-name": name });
  if (!slices.ok) return slices;
  const pods = selector === undefined ? ok(null) : await labelled(client, podsPath(namespace), selector);
  if (!pods.ok) return pods;
  if (slices.value === null) return selector === undefined ? ok(null) : podFacts(client, namespace, selector);
  const versions = new Map((pods.value?.items ?? []).map((pod) => [nameOf(pod), versionOf(pod)]));
  const endpoints = endpointsOf(slices.value.items);
  return ok({
    readyEndpoints: endpoints.filter(({ ready }) => ready).length,
    pods: endpoints.map((endpoint) => ({ ...endpoint, version: versions.get(endpoint.name) ?? "" })),
  });
}
