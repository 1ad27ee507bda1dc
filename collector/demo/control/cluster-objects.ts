/**
 * The objects of the simulated cluster as it begins: Services, Deployments, pods and endpoints of the estate's workloads in
 * Kubernetes, and the routes that split. In: an atlas and pods. Out: objects by kind. Pure.
 */
import type { Atlas } from "../../../lib/world/estate.ts";
import type { Pod } from "../../../lib/world/hop.ts";
import { meshOf, type ServiceSpec, type WorkloadSpec } from "../../../lib/world/spec.ts";
import type { Json, JsonObject } from "./document.ts";
import { KINDS, type ResourceKind } from "./kubernetes-kinds.ts";

export type Seed = readonly [kind: ResourceKind, object: JsonObject];

export const CLUSTER = "c1";
/** Released by Argo Rollouts, and by Flagger. */
export const ARGO_SERVICE = "suggest";
export const FLAGGER_SERVICE = "notices";
export const HASH_LABEL = "rollouts-pod-template-hash";
export const RULE = "primary";

/** As Argo Rollouts hashes a pod template: by version here. */
export function templateHash({ version }: Pick<WorkloadSpec, "version">): string {
  return version === "v2" ? "7d9c6b5f48" : "5b7f9dc6d4";
}

export function podLabels(workload: WorkloadSpec): Readonly<Record<string, string>> {
  const { service, version, name } = workload;
  return {
    app: service,
    ...(version === "" ? {} : { version }),
    ...(service === ARGO_SERVICE ? { [HASH_LABEL]: templateHash(workload) } : {}),
    // Flagger's primary has a label of its own name.
    ...(service === FLAGGER_SERVICE ? { app: name } : {}),
  };
}

function isSelected(workload: WorkloadSpec, selector: Readonly<Record<string, string>>): boolean {
  const labels = podLabels(workload);
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function podObject({ name, ip, workload }: Pod): JsonObject {
  const { namespace, version } = workload;
  const image = `registry.example/${workload.service}:${version === "v2" ? "2.0.0" : "1.8.3"}`;
  return {
    metadata: { name, namespace, labels: podLabels(workload) },
    spec: { containers: [{ name: workload.service, image }] },
    status: { phase: "Running", podIP: ip, conditions: [{ type: "Ready", status: "True" }] },
  };
}

function deployment(workload: WorkloadSpec): JsonObject {
  const { name, namespace, replicas, service, version } = workload;
  const image = `registry.example/${service}:${version === "v2" ? "2.0.0" : "1.8.3"}`;
  const labels = podLabels(workload);
  return {
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: service, image }] } },
    },
    status: { replicas, readyReplicas: replicas, updatedReplicas: replicas, observedGeneration: 1 },
  };
}

interface Named {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
  readonly selector: Readonly<Record<string, string>>;
}

function serviceWithEndpoints({ name, namespace, port, selector }: Named, pods: readonly Pod[]): readonly Seed[] {
  const ports = [{ name: "http", port, protocol: "TCP" }];
  const behind = pods.filter(({ workload }) => workload.namespace === namespace && isSelected(workload, selector));
  const endpoints: readonly Json[] = behind.map((pod) => ({
    addresses: [pod.ip],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: "Pod", name: pod.name, namespace },
  }));
  return [
    [KINDS.service, { metadata: { name, namespace }, spec: { selector, ports, type: "ClusterIP" } }],
    [
      KINDS.endpointSlice,
      {
        metadata: { name: `${name}-x7k2p`, namespace, labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        endpoints,
        ports,
      },
    ],
  ];
}

/** Of a service that stands for one version in a route, that version; of Flagger's, its primary. */
function apexSelector({ name, backends }: ServiceSpec, atlas: Atlas): Readonly<Record<string, string>> {
  if (name === FLAGGER_SERVICE) return { app: `${name}-primary` };
  const workloads = backends.map(({ workload }) => atlas.workload(workload));
  const own = workloads.find(({ calledAs }) => calledAs === undefined);
  const isSplit = workloads.some(({ calledAs }) => calledAs !== undefined);
  return isSplit && own !== undefined ? podLabels(own) : { app: name };
}

/** The service, and those of each backend where routes send to Services. */
function servicesOf(service: ServiceSpec, atlas: Atlas): readonly Named[] {
  const { name, namespace, port, backends } = service;
  const own = backends.flatMap(({ workload }) => {
    const spec = atlas.workload(workload);
    const { calledAs } = spec;
    return calledAs === undefined ? [] : [{ name: calledAs, namespace, port, selector: podLabels(spec) }];
  });
  return [{ name, namespace, port, selector: apexSelector(service, atlas) }, ...own];
}

function virtualService({ name, namespace }: ServiceSpec, subsets: readonly (readonly [string, number])[]): JsonObject {
  const route = subsets.map(([subset, weight]) => ({ destination: { host: name, subset }, weight }));
  return { metadata: { name, namespace, annotations: {} }, spec: { hosts: [name], http: [{ name: RULE, route }] } };
}

function destinationRule(
  { name, namespace }: ServiceSpec,
  subsets: readonly (readonly [string, Readonly<Record<string, string>>])[],
): JsonObject {
  const named = subsets.map(([subset, labels]) => ({ name: subset, labels }));
  return { metadata: { name, namespace }, spec: { host: name, subsets: named } };
}

function istioRoute(service: ServiceSpec, atlas: Atlas): readonly Seed[] {
  const isArgo = service.name === ARGO_SERVICE;
  const arms = service.backends.map(({ workload, weight }, i) => {
    const spec = atlas.workload(workload);
    const subset = isArgo ? (i === 0 ? "stable" : "canary") : spec.version;
    const labels = isArgo ? { app: service.name, [HASH_LABEL]: templateHash(spec) } : { version: spec.version };
    return { subset, labels, weight };
  });
  return [
    [
      KINDS.destinationRule,
      destinationRule(
        service,
        arms.map(({ subset, labels }) => [subset, labels]),
      ),
    ],
    [
      KINDS.virtualService,
      virtualService(
        service,
        arms.map(({ subset, weight }) => [subset, weight]),
      ),
    ],
  ];
}

/** Linkerd's controller says that it took the route, and never which generation of it. */
function httpRoute({ name, namespace, port, route, backends }: ServiceSpec, atlas: Atlas): readonly Seed[] {
  const parent = { group: "core", kind: "Service", name, namespace, port };
  const backendRefs = backends.map(({ workload, weight }) => ({
    name: atlas.workload(workload).calledAs ?? name,
    port,
    weight,
  }));
  const conditions = ["Accepted", "ResolvedRefs"].map((type) => ({
    type,
    status: "True",
    reason: type,
    message: "",
    lastTransitionTime: "2026-01-05T09:00:00Z",
  }));
  const owner = { apiVersion: "flagger.app/v1beta1", kind: "Canary", name, controller: true };
  const metadata = {
    name: route ?? name,
    namespace,
    annotations: {},
    ...(name === FLAGGER_SERVICE ? { ownerReferences: [owner] } : {}),
  };
  return [
    [
      KINDS.httpRoute,
      {
        metadata,
        spec: { parentRefs: [parent], rules: [{ name: RULE, backendRefs }] },
        status: { parents: [{ parentRef: parent, controllerName: "linkerd.io/policy-controller", conditions }] },
      },
    ],
  ];
}

/** Whether the service is one of the cluster's own mesh services. */
export function isOf(service: ServiceSpec, atlas: Atlas, mesh: "istio" | "linkerd" | "consul" | "appmesh"): boolean {
  const [first] = service.backends;
  return first !== undefined && meshOf(atlas.workload(first.workload).role) === mesh;
}

export function clusterSeeds(atlas: Atlas, pods: readonly Pod[]): readonly Seed[] {
  const inside = pods.filter(({ workload }) => workload.cluster === CLUSTER);
  const { services, workloads } = atlas.estate;
  const own = services.filter(
    ({ kind, backends }) =>
      kind === "mesh" && backends.every(({ workload }) => atlas.workload(workload).cluster === CLUSTER),
  );
  const split = own.filter(({ backends }) => backends.length > 1);
  return [
    ...inside.map((pod): Seed => [KINDS.pod, podObject(pod)]),
    ...workloads
      .filter(({ cluster, service }) => cluster === CLUSTER && service !== ARGO_SERVICE)
      .map((workload): Seed => [KINDS.deployment, deployment(workload)]),
    ...own.flatMap((service) => servicesOf(service, atlas)).flatMap((named) => serviceWithEndpoints(named, inside)),
    ...split.filter((service) => isOf(service, atlas, "istio")).flatMap((service) => istioRoute(service, atlas)),
    ...split.filter((service) => isOf(service, atlas, "linkerd")).flatMap((service) => httpRoute(service, atlas)),
  ];
}
