/**
 * What Kubernetes objects share: paths, revisions, the intent's annotation, and the guarded JSON Patch (RFC 6902) that
 * fails as a whole when the object is another than the one that was read.
 */
import { DRIVERS, type DriverKind } from "../../query/schema/rollout-definition.ts";
import { INTENT_ANNOTATION, type NativeRequest, type TargetRef } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, pointer, textOf } from "./document.ts";

export type KubernetesDriver = Exclude<DriverKind, "consul" | "appMesh">;

export interface ResourceKind {
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  /** That are understood, the one to read first. */
  readonly versions: readonly [string, ...string[]];
}

export const KINDS: Readonly<Record<KubernetesDriver, ResourceKind>> = {
  istio: {
    group: "networking.istio.io",
    resource: "virtualservices",
    kind: "VirtualService",
    versions: ["v1", "v1beta1", "v1alpha3"],
  },
  httpRoute: {
    group: "gateway.networking.k8s.io",
    resource: "httproutes",
    kind: "HTTPRoute",
    versions: ["v1", "v1beta1"],
  },
  grpcRoute: {
    group: "gateway.networking.k8s.io",
    resource: "grpcroutes",
    kind: "GRPCRoute",
    versions: ["v1", "v1alpha2"],
  },
  linkerdRoute: {
    group: "policy.linkerd.io",
    resource: "httproutes",
    kind: "HTTPRoute",
    versions: ["v1beta3", "v1beta2"],
  },
  trafficSplit: {
    group: "split.smi-spec.io",
    resource: "trafficsplits",
    kind: "TrafficSplit",
    versions: ["v1alpha4", "v1alpha3", "v1alpha2", "v1alpha1"],
  },
  consulCrd: {
    group: "consul.hashicorp.com",
    resource: "servicesplitters",
    kind: "ServiceSplitter",
    versions: ["v1alpha1"],
  },
  appMeshCrd: {
    group: "appmesh.k8s.aws",
    resource: "virtualrouters",
    kind: "VirtualRouter",
    versions: ["v1beta2"],
  },
};

export function isKubernetesDriver(driver: DriverKind): driver is KubernetesDriver {
  return driver in KINDS;
}

export const KUBERNETES_DRIVERS = DRIVERS.filter(isKubernetesDriver);

export type PatchOperation =
  | { readonly op: "test" | "add"; readonly path: readonly (string | number)[]; readonly value: Json }
  | { readonly op: "remove"; readonly path: readonly (string | number)[] };

/** A collection: of one namespace, or of all. */
export function listPath({ group, resource }: ResourceKind, version: string, namespace: string | null): string {
  const within = namespace === null ? [] : ["namespaces", namespace];
  return `/apis/${[group, version, ...within, resource].map(encodeURIComponent).join("/")}`;
}

/** Where the object is written: in the version that it was read in. */
export function objectPath(kind: ResourceKind, raw: JsonObject, { namespace, name }: TargetRef): string {
  const version = (textOf(at(raw, "apiVersion")) ?? "").split("/")[1] ?? kind.versions[0];
  return `${listPath(kind, version, namespace)}/${encodeURIComponent(name)}`;
}

export function revisionOf(raw: JsonObject): string {
  return textOf(at(raw, "metadata", "resourceVersion")) ?? "";
}

export function generationOf(raw: JsonObject): number | null {
  return numberOf(at(raw, "metadata", "generation")) ?? null;
}

export function intentOf(raw: JsonObject): string | null {
  return textOf(at(raw, "metadata", "annotations", INTENT_ANNOTATION)) ?? null;
}

/** `operations` between a test of the revision and the note of the intent. */
export function guardedPatch(
  path: string,
  raw: JsonObject,
  operations: readonly PatchOperation[],
  intentId: string,
): NativeRequest {
  const noted = at(raw, "metadata", "annotations") === undefined;
  const whole: readonly PatchOperation[] = [
    { op: "test", path: ["metadata", "resourceVersion"], value: revisionOf(raw) },
    ...operations,
    ...(noted ? [{ op: "add", path: ["metadata", "annotations"], value: {} } as const] : []),
    { op: "add", path: ["metadata", "annotations", INTENT_ANNOTATION], value: intentId },
  ];
  return {
    api: "kubernetes",
    method: "PATCH",
    path,
    contentType: "application/json-patch+json",
    body: whole.map(({ path: to, ...rest }) => ({ ...rest, path: pointer(...to) })),
    generation: generationOf(raw),
  };
}

type KubernetesRequest = Extract<NativeRequest, { readonly api: "kubernetes" }>;

const isRevisionTest = (operation: Json): boolean => at(operation, "path") === "/metadata/resourceVersion";

/** The same patch for an object that only its status or its labels made newer. */
export function withRevision(request: KubernetesRequest, revision: string): KubernetesRequest {
  const body = listOf(request.body).map((operation) =>
    isRevisionTest(operation) ? { op: "test", path: "/metadata/resourceVersion", value: revision } : operation,
  );
  return { ...request, body };
}

/** The patch without its revision: what a person sends by hand when nothing can be read first. Destinations stay tested. */
export function withoutRevision(request: KubernetesRequest): KubernetesRequest {
  return { ...request, body: listOf(request.body).filter((operation) => !isRevisionTest(operation)) };
}
