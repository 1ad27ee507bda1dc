/**
 * What an estate is made of, as data: workloads, services, links between them and sources of traffic.
 *
 * In: nothing. Out: the types that estate-*.ts fill in and the simulator reads. Times are milliseconds, sizes bytes,
 * probabilities 0 to 1. Names are unique in an estate.
 */
import type { Mesh, Protocol } from "../model/identity.ts";

/**
 * What stands beside the app. `sidecar`, `gateway`: Istio; `ambient`: Istio without a proxy of its own, `waypoint` and
 * `ztunnel`: the proxies of that mode, without an app. `envoy`, `edge`: stock Envoy beside an app, or alone. `linkerd`,
 * `consul`, `appmesh`, `serviceConnect`: that mesh's proxy. `unmeshed`: no proxy at all.
 */
export type WorkloadRole =
  | "sidecar"
  | "gateway"
  | "ambient"
  | "waypoint"
  | "ztunnel"
  | "envoy"
  | "edge"
  | "linkerd"
  | "consul"
  | "appmesh"
  | "serviceConnect"
  | "unmeshed";

const MESH_OF: Readonly<Record<WorkloadRole, Mesh | null>> = {
  sidecar: "istio",
  gateway: "istio",
  ambient: "istio",
  waypoint: "istio",
  ztunnel: "istio",
  envoy: "envoy",
  edge: "envoy",
  linkerd: "linkerd",
  consul: "consul",
  appmesh: "appmesh",
  // The same agent and the same adapter.
  serviceConnect: "appmesh",
  unmeshed: null,
};

export function meshOf(role: WorkloadRole): Mesh | null {
  return MESH_OF[role];
}

/** How the spans of a workload's proxy travel. */
export type SpanFormat = "otlpJson" | "otlpProto" | "zipkin" | "zipkinProto";

/** A workload's place in Consul. */
export interface ConsulPlace {
  readonly datacenter: string;
  /** Default `default`; any other has a form of cluster names of its own. */
  readonly partition?: string;
  /** Consul's own namespace, default `default`. */
  readonly namespace?: string;
  /** Callers reach it as this subset of its service. */
  readonly subset?: string;
  /** A UUID, without `.consul`. */
  readonly trustDomain: string;
}

/** A workload's place in App Mesh. */
export interface AppMeshPlace {
  readonly mesh: string;
  /** Name of its virtual node; of its virtual gateway where it relays. */
  readonly node: string;
  /** `ENABLE_ENVOY_STATS_TAGS`; off by default. */
  readonly statsTags?: boolean;
  /** `APPMESH_METRIC_EXTENSION_VERSION=1`; off by default. */
  readonly extension?: boolean;
}

/** A workload's place in ECS Service Connect. */
export interface ServiceConnectPlace {
  readonly clusterName: string;
  readonly serviceName: string;
  readonly discoveryName: string;
  readonly extension?: boolean;
}

export interface WorkloadSpec {
  readonly name: string;
  readonly role: WorkloadRole;
  readonly cluster: string;
  readonly namespace: string;
  /** Name of the service it stands behind; canonical service and `app` label too. */
  readonly service: string;
  /** The Service or virtual node of this version alone, where routes name it and it is not the service itself. */
  readonly calledAs?: string;
  readonly version: string;
  readonly replicas: number;
  /** Half-way through a migration: the role of each replica, in order. */
  readonly replicaRoles?: readonly WorkloadRole[];
  /** Takes requests from outside and relays them; there is no app behind its proxy. */
  readonly relays?: boolean;
  readonly format: SpanFormat;
  /** The dialect in which the app itself prints metrics, which Istio's agent appends to the proxy's. */
  readonly appMetrics?: "classic" | "openMetrics";
  /** Where it stands, for the roles of these names. */
  readonly consul?: ConsulPlace;
  readonly appmesh?: AppMeshPlace;
  readonly serviceConnect?: ServiceConnectPlace;
}

/** A log-normal spread: `medianMs · e^(sigma · z)`. */
export interface Spread {
  readonly medianMs: number;
  readonly sigma: number;
}

/** How often an operation fails by itself, and with which answers (drawn evenly). */
export interface Failure {
  readonly probability: number;
  readonly answers: readonly { readonly code: number; readonly grpc: string }[];
}

/** One call an operation makes. */
export interface CallPlan {
  readonly service: string;
  readonly operation: string;
  /** Default 1. */
  readonly probability?: number;
  /** A failed critical call fails the caller with 500 (gRPC 13). */
  readonly critical?: boolean;
}

export interface Operation {
  readonly name: string;
  readonly method: string;
  /** Path of the request; `{id}` is filled in. */
  readonly path: string;
  /** Own time, without calls: 60 % before them and 40 % after. */
  readonly work: Spread;
  readonly failure?: Failure;
  /** Stages one after the other; the calls within a stage in parallel. */
  readonly stages?: readonly (readonly CallPlan[])[];
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** The app's own span around the work, as its SDK would make it; its calls are children of it. */
  readonly appSpan?: { readonly name: string; readonly attributes: Readonly<Record<string, string | number>> };
}

/** A workload that serves; `weight` is relative, and what holds until a control plane says otherwise. */
export interface BackendSpec {
  readonly workload: string;
  readonly weight: number;
}

export interface ServiceSpec {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** `external`: outside the estate and known to the mesh; `passthrough`: outside and unknown to it. */
  readonly kind: "mesh" | "external" | "passthrough";
  readonly backends: readonly BackendSpec[];
  /** Name of the HTTPRoute by which Linkerd's proxies split its requests; without one each has the default route. */
  readonly route?: string;
  readonly operations: readonly Operation[];
}

/** How one service reaches another. */
export interface Link {
  /** Service of the caller. */
  readonly from: string;
  readonly to: string;
  /** Both ways together. */
  readonly networkMs: number;
  readonly timeoutMs?: number;
  /** Attempts after the first, on 503 and gRPC 14. */
  readonly retries?: number;
  /** The upstream refuses the connection (503 UF). Only on links without retries. */
  readonly connectFailure?: number;
  /** No endpoint is healthy (503 UH). Only on links without retries. */
  readonly noHealthyUpstream?: number;
  /** What the caller's proxy is set up to do; an Istio sidecar does mTLS to a meshed upstream. */
  readonly tls: "mutual" | "serverOnly" | "none";
}

/** Requests that enter the estate. */
export interface SourceSpec {
  readonly name: string;
  /** The workload that sends (or, for a gateway or edge, relays) them. */
  readonly workload: string;
  readonly service: string;
  readonly operations: readonly { readonly name: string; readonly weight: number }[];
  readonly ratePerSec: number;
  /** Off unless an incident switches it on. */
  readonly dormant?: boolean;
}

export interface Estate {
  readonly workloads: readonly WorkloadSpec[];
  readonly services: readonly ServiceSpec[];
  readonly links: readonly Link[];
  readonly sources: readonly SourceSpec[];
}
