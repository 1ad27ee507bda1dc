/** One object per driver as its API gives it, with members that nobody here reads: they must survive. For tests. */
import type { TargetRef } from "./contract.ts";
import type { Json, JsonObject } from "./document.ts";

export const target = (driver: TargetRef["driver"], name: string): TargetRef => ({
  driver,
  cluster: "c1",
  namespace: "shop",
  name,
});

const metadata = { name: "reviews", namespace: "shop", resourceVersion: "48211", generation: 3, labels: { team: "a" } };

export const VIRTUAL_SERVICE: JsonObject = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata,
  spec: {
    hosts: ["reviews"],
    exportTo: ["."],
    http: [
      {
        match: [{ headers: { "x-beta": { exact: "1" } } }],
        route: [{ destination: { host: "reviews", subset: "v2" } }],
      },
      {
        name: "main",
        retries: { attempts: 3, perTryTimeout: "2s" },
        route: [
          { destination: { host: "reviews", subset: "v1" }, weight: 90, headers: { request: { set: { a: "b" } } } },
          { destination: { host: "reviews", subset: "v2" }, weight: 10 },
        ],
      },
    ],
  },
};

export const HTTP_ROUTE: JsonObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata,
  spec: {
    parentRefs: [{ group: "", kind: "Service", name: "web", port: 8080 }],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: [
          { name: "web-v1", port: 8080, weight: 9000, filters: [] },
          { name: "web-v2", port: 8080, weight: 1000 },
        ],
        timeouts: { request: "3s" },
      },
    ],
  },
  status: {
    parents: [
      {
        controllerName: "linkerd.io/policy-controller",
        conditions: [
          { type: "Accepted", status: "True", reason: "Accepted" },
          { type: "ResolvedRefs", status: "True", reason: "ResolvedRefs" },
        ],
      },
    ],
  },
};

export const LINKERD_ROUTE: JsonObject = { ...HTTP_ROUTE, apiVersion: "policy.linkerd.io/v1beta3" };

/** As consul-k8s takes it. */
export const SPLITTER_OBJECT: JsonObject = {
  apiVersion: "consul.hashicorp.com/v1alpha1",
  kind: "ServiceSplitter",
  metadata: { ...metadata, name: "web" },
  spec: {
    splits: [
      { weight: 90, serviceSubset: "v1", requestHeaders: { set: { "x-arm": "v1" } } },
      { weight: 10, serviceSubset: "v2" },
    ],
  },
  status: { conditions: [{ type: "Synced", status: "True" }] },
};

export const TRAFFIC_SPLIT: JsonObject = {
  apiVersion: "split.smi-spec.io/v1alpha1",
  kind: "TrafficSplit",
  metadata: { ...metadata, annotations: { note: "kept" } },
  spec: {
    service: "reviews",
    backends: [
      { service: "reviews-v1", weight: "900m" },
      { service: "reviews-v2", weight: "100m" },
    ],
  },
};

export const SPLITTER: JsonObject = {
  Kind: "service-splitter",
  Name: "web",
  Splits: [
    { Weight: 90, ServiceSubset: "v1", RequestHeaders: { Set: { "x-arm": "v1" } } },
    { Weight: 10, ServiceSubset: "v2" },
  ],
  Meta: { owner: "team-a" },
  CreateIndex: 15,
  ModifyIndex: 35,
};

export const APP_MESH_ROUTE: JsonObject = {
  meshName: "shop",
  virtualRouterName: "web",
  routeName: "main",
  metadata: { version: 7, uid: "u", arn: "a" },
  status: { status: "ACTIVE" },
  spec: {
    priority: 10,
    httpRoute: {
      match: { prefix: "/" },
      action: {
        weightedTargets: [
          { virtualNode: "web-v1", weight: 90, port: 8080 },
          { virtualNode: "web-v2", weight: 10, port: 8080 },
        ],
      },
      retryPolicy: { maxRetries: 2, perRetryTimeout: { unit: "s", value: 1 }, httpRetryEvents: ["server-error"] },
    },
  },
};

export const VIRTUAL_ROUTER: JsonObject = {
  apiVersion: "appmesh.k8s.aws/v1beta2",
  kind: "VirtualRouter",
  metadata,
  spec: {
    awsName: "web_shop",
    routes: [
      {
        name: "main",
        httpRoute: {
          match: { prefix: "/" },
          action: {
            weightedTargets: [
              { virtualNodeRef: { name: "web-v1" }, weight: 90 },
              { virtualNodeRef: { name: "web-v2" }, weight: 10 },
            ],
          },
        },
      },
    ],
  },
  status: { observedGeneration: 3, conditions: [{ type: "VirtualRouterActive", status: "True", reason: "Active" }] },
};

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
}

/** RFC 6902, `test`, `add` and `remove`; null when a test fails or a parent is missing. An oracle, apart from the code. */
export function patched(document: JsonObject, operations: readonly Operation[]): JsonObject | null {
  const copy: JsonObject = JSON.parse(JSON.stringify(document));
  for (const { op, path, value } of operations) {
    const steps = path
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop() ?? "";
    let holder: unknown = copy;
    for (const step of steps) holder = Reflect.get(Object(holder), step);
    if (typeof holder !== "object" || holder === null) return null;
    if (op === "test" && JSON.stringify(Reflect.get(holder, last)) !== JSON.stringify(value)) return null;
    const added = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
    if (op === "add" && Array.isArray(holder)) holder.splice(last === "-" ? holder.length : Number(last), 0, added);
    else if (op === "add") Reflect.set(holder, last, added);
    else if (op === "remove" && Array.isArray(holder)) holder.splice(Number(last), 1);
    else if (op === "remove" && !Reflect.deleteProperty(holder, last)) return null;
  }
  return copy;
}
