/** A split of each kind with what belongs to it (Services, pods, subsets, nodes), as a bench makes them. For tests. */
import type { Json, JsonObject } from "../../lib/control/traffic/document.ts";
import { KINDS, type KubernetesDriver } from "../../lib/control/traffic/kubernetes.ts";

/** An object, and the resource that it is one of. */
export interface Made {
  readonly resource: string;
  readonly object: JsonObject;
}

export const NAMESPACE = "shop";

export function apiObject(apiVersion: string, kind: string, name: string, body: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, ...body };
}

/** Weights of the two arms, and what of a rule is the driver's business only to keep. */
function specOf(driver: KubernetesDriver, name: string, canaryName: string): JsonObject {
  const [stable, canary] = [`${name}-v1`, `${name}-${canaryName}`];
  switch (driver) {
    case "istio":
      return {
        hosts: [name],
        exportTo: ["."],
        http: [
          {
            match: [{ headers: { "x-beta": { exact: "1" } } }],
            route: [{ destination: { host: name, subset: canaryName } }],
          },
          {
            name: "main",
            retries: { attempts: 3, perTryTimeout: "2s" },
            route: [
              { destination: { host: name, subset: "v1" }, weight: 90, headers: { request: { set: { a: "b" } } } },
              { destination: { host: name, subset: canaryName }, weight: 10 },
            ],
          },
        ],
      };
    case "httpRoute":
    case "grpcRoute":
    case "linkerdRoute":
      return {
        parentRefs: [{ group: "", kind: "Service", name, port: 8080 }],
        rules: [
          {
            backendRefs: [
              { name: stable, port: 8080, weight: 90, filters: [] },
              { name: canary, port: 8080, weight: 10 },
            ],
            timeouts: { request: "3s" },
          },
        ],
      };
    case "trafficSplit":
      return {
        service: name,
        backends: [
          { service: stable, weight: 90 },
          { service: canary, weight: 10 },
        ],
      };
    case "consulCrd":
      return {
        splits: [
          { weight: 90, serviceSubset: "v1", requestHeaders: { set: { "x-arm": "v1" } } },
          { weight: 10, serviceSubset: canaryName },
        ],
      };
    case "appMeshCrd":
      return {
        awsName: `${name}_shop`,
        listeners: [{ portMapping: { port: 8080, protocol: "http" } }],
        routes: [
          {
            name: "main",
            httpRoute: {
              match: { prefix: "/" },
              action: {
                weightedTargets: [
                  { virtualNodeRef: { name: stable }, weight: 90 },
                  { virtualNodeRef: { name: canary }, weight: 10 },
                ],
              },
            },
          },
        ],
      };
  }
}

/** `canaryName`: the canary's subset, or the end of its Service's name. */
export function splitObject(driver: KubernetesDriver, version: string, name: string, canaryName = "v2"): Made {
  const { group, kind, resource } = KINDS[driver];
  const object = {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name, namespace: NAMESPACE, labels: { team: "a" }, annotations: { note: "kept" } },
    spec: specOf(driver, name, canaryName),
  };
  return { resource, object };
}

function service(name: string, selector: JsonObject): Made {
  const spec = { selector, ports: [{ name: "http", port: 8080, protocol: "TCP", targetPort: 8080 }] };
  return { resource: "services", object: apiObject("v1", "Service", name, { spec }) };
}

function pod(name: string, version: string): Made {
  const metadata = { name: `${name}-${version}-0`, namespace: NAMESPACE, labels: { app: name, version } };
  const spec = { containers: [{ name: "app", image: "app" }], automountServiceAccountToken: false };
  const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  return { resource: "pods", object: { apiVersion: "v1", kind: "Pod", metadata, spec, status } };
}

function slice(name: string, version: string): Made {
  const metadata = {
    name: `${name}-${version}-x`,
    namespace: NAMESPACE,
    labels: { "kubernetes.io/service-name": `${name}-${version}` },
  };
  const endpoint: Json = {
    addresses: ["10.0.0.1"],
    conditions: { ready: true },
    targetRef: { kind: "Pod", name: `${name}-${version}-0`, namespace: NAMESPACE },
  };
  const body = { addressType: "IPv4", endpoints: [endpoint], ports: [{ name: "http", port: 8080, protocol: "TCP" }] };
  const object = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, ...body };
  return { resource: "endpointslices", object };
}

/** What the mesh knows the two arms by; kinds of the core API are left out where the server has none. */
export function meshObjects(driver: KubernetesDriver, name: string): readonly Made[] {
  switch (driver) {
    case "istio": {
      const subsets = ["v1", "v2"].map((version) => ({ name: version, labels: { version } }));
      const spec = { host: name, subsets };
      return [
        {
          resource: "destinationrules",
          object: apiObject("networking.istio.io/v1", "DestinationRule", name, { spec }),
        },
      ];
    }
    case "consulCrd": {
      const subsets = { v1: { filter: "Service.Meta.version == v1" }, v2: { filter: "Service.Meta.version == v2" } };
      const object = apiObject("consul.hashicorp.com/v1alpha1", "ServiceResolver", name, { spec: { subsets } });
      return [{ resource: "serviceresolvers", object }];
    }
    case "appMeshCrd":
      return ["v1", "v2"].map((version) => ({
        resource: "virtualnodes",
        object: apiObject("appmesh.k8s.aws/v1beta2", "VirtualNode", `${name}-${version}`, {
          spec: { podSelector: { matchLabels: { app: name, version } } },
        }),
      }));
    default:
      return [];
  }
}

export function coreObjects(driver: KubernetesDriver, name: string): readonly Made[] {
  const versions = ["v1", "v2"];
  const perVersion =
    driver === "httpRoute" || driver === "grpcRoute" || driver === "linkerdRoute" || driver === "trafficSplit";
  return [
    ...versions.map((version) => pod(name, version)),
    ...(driver === "istio" ? [service(name, { app: name })] : []),
    ...(perVersion ? versions.map((version) => service(`${name}-${version}`, { app: name, version })) : []),
    ...(perVersion ? versions.map((version) => slice(name, version)) : []),
  ];
}

/** A Rollout that names the split as one it writes. */
export function rolloutFor(driver: KubernetesDriver, name: string): JsonObject {
  const routing: Readonly<Record<KubernetesDriver, JsonObject>> = {
    istio: { istio: { virtualService: { name } } },
    httpRoute: { plugins: { "argoproj-labs/gatewayAPI": { httpRoute: name } } },
    linkerdRoute: { plugins: { "argoproj-labs/gatewayAPI": { httpRoute: name } } },
    grpcRoute: { plugins: { "argoproj-labs/gatewayAPI": { grpcRoutes: [{ name }] } } },
    trafficSplit: { smi: { trafficSplitName: name } },
    consulCrd: { plugins: { "hashicorp/consul": { serviceName: name } } },
    appMeshCrd: { appMesh: { virtualService: { name } } },
  };
  const canary = { stableService: `${name}-stable`, canaryService: `${name}-canary`, trafficRouting: routing[driver] };
  return apiObject("argoproj.io/v1alpha1", "Rollout", `${name}-rollout`, { spec: { strategy: { canary } } });
}
