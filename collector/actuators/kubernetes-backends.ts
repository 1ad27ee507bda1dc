/**
 * What stands behind each backend of a rule: whether the mesh knows it, its pods, how many are ready. In: a state and a rule;
 * out: facts, null where they cannot be asked (outer hosts, kinds or rights that are missing). A subset of Istio is what the
 * effective DestinationRule says, and its pods those of the Service with the subset's labels. Not handled: pods of a Consul
 * subset, whose filter only Consul can apply.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { TrafficState } from "../../lib/control/traffic/contract.ts";
import {
  fullHost,
  labelsOf,
  type ServiceHost,
  serviceOf,
  subsetsFor,
} from "../../lib/control/traffic/destination-rules.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import type { ResourceKind } from "../../lib/control/traffic/kubernetes.ts";
import { DESTINATION_RULES, partsOfBackend } from "./kubernetes-beside.ts";
import { allWithin } from "./kubernetes-claimants.ts";
import { type KubernetesClient, readFailureOf } from "./kubernetes-client.ts";
import { endpointFacts, podFacts, type ReadyPods, selectorOf } from "./kubernetes-pods.ts";
import type { BackendFacts, ReadFailure } from "./traffic-api.ts";

type Facts = Result<BackendFacts, ReadFailure>;

const unknownFacts = (id: string): Facts => ok({ id, exists: null, readyEndpoints: null, pods: [] });
const missingFacts = (id: string): Facts => ok({ id, exists: false, readyEndpoints: 0, pods: [] });
const factsOf = (id: string, ready: ReadyPods | null): Facts =>
  ok({ id, exists: true, readyEndpoints: ready?.readyEndpoints ?? null, pods: ready?.pods ?? [] });

/** The object; null where there is none; undefined where it cannot be asked. */
async function look(
  client: KubernetesClient,
  path: string,
): Promise<Result<JsonObject | null | undefined, ReadFailure>> {
  const object = await client.get(path);
  if (object.ok) return object;
  const { code } = object.error;
  if (code === "not_found") return ok(null);
  return code === "not_served" || code === "forbidden" ? ok(undefined) : err(readFailureOf(object.error));
}

const servicePath = ({ name, namespace }: ServiceHost): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;

async function subsetFacts(client: KubernetesClient, state: TrafficState, id: string): Promise<Facts> {
  const { host, subset } = partsOfBackend(id);
  const full = fullHost(host, state.target.namespace);
  const place = serviceOf(full);
  if (place === undefined) return unknownFacts(id);
  const rules = await allWithin(client, DESTINATION_RULES, [place.namespace, state.target.namespace]);
  if (!rules.ok && rules.error.code !== "forbidden") return rules;
  const view = { service: place.namespace, caller: place.namespace };
  const labels = rules.ok && subset !== undefined ? subsetsFor(rules.value, full, view)?.get(subset) : {};
  if (labels === undefined) return missingFacts(id);
  const service = await look(client, servicePath(place));
  if (!service.ok) return service;
  if (service.value === null) return missingFacts(id);
  const selector = selectorOf(service.value ?? undefined);
  if (selector === undefined) return subset === undefined ? unknownFacts(id) : factsOf(id, null);
  const pods = await podFacts(client, place.namespace, { ...selector, ...labels });
  return pods.ok ? factsOf(id, pods.value) : pods;
}

async function serviceFacts(client: KubernetesClient, id: string, place: ServiceHost): Promise<Facts> {
  const service = await look(client, servicePath(place));
  if (!service.ok) return service;
  if (service.value === undefined) return unknownFacts(id);
  if (service.value === null) return missingFacts(id);
  const ready = await endpointFacts(client, place, selectorOf(service.value));
  return ready.ok ? factsOf(id, ready.value) : ready;
}

/** `[namespace/]name[:port]` of a backend of a route; the reference itself says what kind it is. */
function placeOfRef(ref: Json, namespace: string): ServiceHost | undefined {
  const kind = textOf(at(ref, "kind")) ?? "Service";
  const name = textOf(at(ref, "name"));
  if (kind !== "Service" || name === undefined) return undefined;
  return { name, namespace: textOf(at(ref, "namespace")) ?? namespace };
}

const VIRTUAL_NODES = { group: "appmesh.k8s.aws", version: "v1beta2", resource: "virtualnodes" };
const RESOLVERS = { group: "consul.hashicorp.com", version: "v1alpha1", resource: "serviceresolvers" };

function customPath(
  kind: Omit<ResourceKind, "kind" | "versions"> & { version: string },
  { namespace, name }: ServiceHost,
) {
  const parts = [kind.group, kind.version, "namespaces", namespace, kind.resource, name].map(encodeURIComponent);
  return `/apis/${parts.join("/")}`;
}

async function nodeFacts(client: KubernetesClient, id: string, place: ServiceHost): Promise<Facts> {
  const node = await look(client, customPath(VIRTUAL_NODES, place));
  if (!node.ok) return node;
  if (node.value === undefined) return unknownFacts(id);
  if (node.value === null) return missingFacts(id);
  const selector = labelsOf(objectOf(at(node.value, "spec", "podSelector", "matchLabels")));
  if (Object.keys(selector).length === 0) return factsOf(id, null);
  const pods = await podFacts(client, place.namespace, selector);
  return pods.ok ? factsOf(id, pods.value) : pods;
}

async function resolverFacts(client: KubernetesClient, id: string, namespace: string): Promise<Facts> {
  const [name = "", subset] = id.split("/");
  if (subset === undefined) return unknownFacts(id);
  const resolver = await look(client, customPath(RESOLVERS, { name, namespace }));
  if (!resolver.ok) return resolver;
  if (resolver.value === undefined) return unknownFacts(id);
  const isKnown = resolver.value !== null && at(resolver.value, "spec", "subsets", subset) !== undefined;
  return isKnown ? factsOf(id, null) : missingFacts(id);
}

/** References of the rule, in the order of its backends. */
function referencesOf({ target, raw }: TrafficState, index: number): readonly Json[] {
  if (target.driver !== "appMeshCrd") return listOf(at(raw, "spec", "rules", index, "backendRefs"));
  const route = at(raw, "spec", "routes", index);
  const protocol = ["httpRoute", "http2Route", "grpcRoute", "tcpRoute"].find((name) => at(route, name) !== undefined);
  return listOf(at(route, protocol ?? "", "action", "weightedTargets")).map((one) => at(one, "virtualNodeRef") ?? null);
}

function factOf(client: KubernetesClient, state: TrafficState, id: string, reference: Json): Promise<Facts> {
  const { driver, namespace } = state.target;
  switch (driver) {
    case "istio":
      return subsetFacts(client, state, id);
    case "trafficSplit":
      return serviceFacts(client, id, { name: id, namespace });
    case "consulCrd":
      return resolverFacts(client, id, namespace);
    case "appMeshCrd": {
      const name = textOf(at(reference, "name"));
      const place = { name: name ?? "", namespace: textOf(at(reference, "namespace")) ?? namespace };
      return name === undefined ? Promise.resolve(unknownFacts(id)) : nodeFacts(client, id, place);
    }
    default: {
      const place = placeOfRef(reference, namespace);
      return place === undefined ? Promise.resolve(unknownFacts(id)) : serviceFacts(client, id, place);
    }
  }
}

export async function backendFacts(
  client: KubernetesClient,
  state: TrafficState,
  routeKey: string,
): Promise<Result<readonly BackendFacts[], ReadFailure>> {
  const index = state.routes.findIndex(({ key }) => key === routeKey);
  const references = referencesOf(state, index);
  const asked = await Promise.all(
    (state.routes[index]?.backends ?? []).map(({ id }, i) => factOf(client, state, id, references[i] ?? null)),
  );
  const facts: BackendFacts[] = [];
  for (const fact of asked) {
    if (!fact.ok) return fact;
    facts.push(fact.value);
  }
  return ok(facts);
}
