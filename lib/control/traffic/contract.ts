/**
 * What every driver of a mesh's traffic split has in common: what is read, what is planned and what an act can come to.
 * Planning is pure: a document that was read and the shares wished for → the one native request that makes them, the
 * difference in the mesh's own terms, warnings, and what forbids it. Shares are basis points, 0..10,000.
 */
import type { DriverKind } from "../../query/schema/rollout-definition.ts";
import type { Json, JsonObject } from "./document.ts";

/** One object that splits traffic. */
export interface TargetRef {
  readonly driver: DriverKind;
  /** Consul keeps rules above the split in an entry of their own: `router` is that one. Absent: the split itself. */
  readonly part?: "router";
  /** Kubernetes cluster, Consul datacenter or AWS region, by the name that the configuration gives it. */
  readonly cluster: string;
  /** Kubernetes or Consul namespace, App Mesh mesh. */
  readonly namespace: string;
  /** Name of the object; of App Mesh `virtualRouter/route`. */
  readonly name: string;
}

export interface Backend {
  /** Unique in its route, the same as long as it means the same destination. */
  readonly id: string;
  readonly weightBp: number;
  /** As the mesh stores it. */
  readonly native: number | string;
}

export interface TrafficRoute {
  /** The rule's own name, else a digest of its matches and destinations: never its place alone. */
  readonly key: string;
  readonly label: string;
  /** True for a rule that only requests with certain headers, paths, … reach. */
  readonly matched: boolean;
  readonly backends: readonly Backend[];
}

export interface TrafficState {
  readonly target: TargetRef;
  /** resourceVersion, ModifyIndex or route version: opaque. */
  readonly revision: string;
  readonly routes: readonly TrafficRoute[];
  /** What the control plane says of it; never proof that traffic moved. */
  readonly accepted: "yes" | "no" | "unknown";
  readonly reasons: readonly string[];
  /** Id of the intent that wrote it last, where it was ours. */
  readonly intentId: string | null;
  /** The whole object, for the audit and for writing back. */
  readonly raw: JsonObject;
}

/** Shares wished for in one rule: every backend of it, 10,000 in all. */
export interface DesiredSplit {
  readonly routeKey: string;
  readonly sharesBp: Readonly<Record<string, number>>;
}

/** Requests of one header; a cookie is a pattern of the header `cookie`. */
export interface HeaderMatch {
  readonly header: string;
  readonly how: "exact" | "prefix" | "regex";
  readonly value: string;
}

export type NativeRequest =
  | {
      readonly api: "kubernetes";
      readonly method: "PATCH";
      readonly path: string;
      readonly contentType: "application/json-patch+json" | "application/merge-patch+json";
      readonly body: Json;
      /** Of the object that was planned from: as long as it is the same, what changed is no wish of anybody's. */
      readonly generation: number | null;
    }
  | { readonly api: "consul"; readonly method: "PUT"; readonly path: string; readonly body: JsonObject }
  | {
      readonly api: "appMesh";
      readonly operation: "UpdateRoute" | "CreateRoute" | "DeleteRoute";
      readonly input: JsonObject;
    };

export interface Change {
  readonly routeKey: string;
  readonly backend: string;
  readonly fromBp: number;
  readonly toBp: number;
  /** Where in the object, as the mesh writes it, with the values before and after. */
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
}

export type WarningCode =
  | "matched_rules_above"
  | "foreign_scale"
  | "extra_parent"
  | "not_accepted"
  | "no_compare_and_set"
  /** A rule above takes every request. */
  | "never_reached"
  /** Another route of the same host or Service. */
  | "route_beside"
  /** Callers of a namespace have a rule of their own that lacks the subset. */
  | "subset_shadowed"
  | "mirrors_writes";

export interface Plan {
  readonly target: TargetRef;
  readonly revision: string;
  readonly changes: readonly Change[];
  readonly request: NativeRequest;
  readonly warnings: readonly { readonly code: WarningCode; readonly message: string }[];
}

export type PlanErrorCode =
  | "route_not_found"
  | "backend_unknown"
  | "backend_missing"
  | "other_backends"
  | "weights_sum"
  | "weight_range"
  | "weight_too_fine"
  | "no_change"
  /** The mesh, or this kind of route, has no such rule. */
  | "not_supported"
  /** Somebody else's mirror stands on the rule. */
  | "mirror_taken"
  | "too_many_rules";

export interface PlanError {
  readonly code: PlanErrorCode;
  readonly message: string;
}

export type ApplyResult =
  | { readonly kind: "applied"; readonly after: TrafficState }
  /** The object has the shares already, or the same intent was applied before. */
  | { readonly kind: "noop"; readonly current: TrafficState }
  | { readonly kind: "conflict"; readonly current: TrafficState }
  | { readonly kind: "invalid"; readonly message: string }
  | { readonly kind: "forbidden"; readonly message: string }
  | { readonly kind: "unavailable"; readonly message: string }
  /** The request went out and no answer came: read again before anything else. */
  | { readonly kind: "unknown"; readonly intentId: string };

export interface Capabilities {
  /** The finest step, basis points. */
  readonly stepBp: number;
  readonly compareAndSet: "strong" | "detectOnly";
  readonly dryRun: boolean;
  readonly mirror: boolean;
  readonly headerMatch: boolean;
  /** Whether the control plane says that it took the route. */
  readonly acceptedSignal: boolean;
}

export const CAPABILITIES: Readonly<Record<DriverKind, Capabilities>> = {
  istio: { stepBp: 1, compareAndSet: "strong", dryRun: true, mirror: true, headerMatch: true, acceptedSignal: false },
  httpRoute: {
    stepBp: 1,
    compareAndSet: "strong",
    dryRun: true,
    mirror: true,
    headerMatch: true,
    acceptedSignal: true,
  },
  grpcRoute: {
    stepBp: 1,
    compareAndSet: "strong",
    dryRun: true,
    mirror: true,
    headerMatch: true,
    acceptedSignal: true,
  },
  linkerdRoute: {
    stepBp: 1,
    compareAndSet: "strong",
    dryRun: true,
    // Linkerd drops a route that has a filter for it.
    mirror: false,
    headerMatch: true,
    acceptedSignal: true,
  },
  trafficSplit: {
    stepBp: 1,
    compareAndSet: "strong",
    dryRun: true,
    mirror: false,
    headerMatch: false,
    acceptedSignal: false,
  },
  consul: {
    stepBp: 1,
    compareAndSet: "strong",
    dryRun: false,
    mirror: false,
    headerMatch: true,
    acceptedSignal: false,
  },
  consulCrd: {
    stepBp: 1,
    compareAndSet: "strong",
    dryRun: true,
    mirror: false,
    headerMatch: false,
    acceptedSignal: true,
  },
  appMesh: {
    stepBp: 100,
    compareAndSet: "detectOnly",
    dryRun: false,
    mirror: false,
    headerMatch: true,
    acceptedSignal: true,
  },
  appMeshCrd: {
    stepBp: 100,
    compareAndSet: "strong",
    dryRun: true,
    mirror: false,
    headerMatch: true,
    acceptedSignal: true,
  },
};

/** Where the id of an intent stands in a Kubernetes object, and under which name in Consul's Meta. */
export const INTENT_ANNOTATION = "meshscope.dev/intent";
export const INTENT_META = "meshscope-intent";
