/**
 * Who is who: the identity of a node, the ends of an edge, and the ids made from them.
 * The mesh is an attribute and never part of a key, so that two meshes which see one workload agree on it.
 */
import type { Brand } from "../base/brand.ts";
import { base64url } from "../base/encoding.ts";
import { sha256 } from "../base/sha256.ts";

export type EntityId = Brand<string, "EntityId">;
export type EdgeId = Brand<string, "EdgeId">;

export const MESHES = ["istio", "linkerd", "consul", "appmesh", "envoy"] as const;
export type Mesh = (typeof MESHES)[number];

/** Real things first, then the special nodes, each of which carries a `reason`. */
export const NODE_KINDS = [
  "workload",
  "service",
  "app",
  "gateway",
  "waypoint",
  "ingress",
  "external",
  "passthrough",
  "blackhole",
  "unknown",
  "namespace",
  "cluster",
  "mesh",
  "operation",
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

export interface Identity {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: NodeKind;
  readonly name: string;
  readonly version?: string;
}

/**
 * One end of an edge at the finest grain a proxy reports: a workload at a version, or a special node.
 * Sentinels never get this far: an empty string means "the source does not say".
 */
export interface Endpoint extends Identity {
  readonly mesh: Mesh | null;
  /** Sorted, with `mesh` as the first, where the proxies of more than one mesh stand in front of it. */
  readonly meshes?: readonly Mesh[];
  /** Canonical service: the key of the `service` view. */
  readonly service?: string;
  readonly app?: string;
  /** Why a special node is there, in a code the UI explains: `no_destination_workload`, `allow_any`, … */
  readonly reason?: string;
}

/** Every mesh whose proxies stand in front of it; none for what no mesh knows. */
export function meshesOf({ mesh, meshes }: Endpoint): readonly Mesh[] {
  return meshes ?? (mesh === null ? [] : [mesh]);
}

export const PROTOCOLS = ["http", "grpc", "tcp"] as const;
export type Protocol = (typeof PROTOCOLS)[number];
export type Layer = "L4" | "L7";

/** The key of a rollup row but for its reporter. */
export interface EdgeRef {
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly protocol: Protocol;
  readonly layer: Layer;
}

const encoder = new TextEncoder();

/** 96 bits of SHA-256 in base64url (16 characters): at 10^9 keys the chance of a clash is below 10^-11. */
function digestId(text: string): string {
  return base64url(sha256(encoder.encode(text)).subarray(0, 12));
}

/** JSON keeps any character of a name unambiguous, separators included. */
export function identityKey(identity: Identity): string {
  const { cluster, namespace, kind, name, version } = identity;
  return JSON.stringify(
    version === undefined ? [cluster, namespace, kind, name] : [cluster, namespace, kind, name, version],
  );
}

export function entityId(identity: Identity): EntityId {
  // biome-ignore lint/plugin: id maker
  return digestId(identityKey(identity)) as EntityId;
}

export function edgeId(source: EntityId, target: EntityId, protocol: Protocol, layer: Layer): EdgeId {
  // biome-ignore lint/plugin: id maker
  return digestId(JSON.stringify([source, target, protocol, layer])) as EdgeId;
}

const ID_PATTERN = /^[A-Za-z0-9_-]{16}$/;

export function parseEntityId(text: string): EntityId | undefined {
  // biome-ignore lint/plugin: parse function
  return ID_PATTERN.test(text) ? (text as EntityId) : undefined;
}

export function parseEdgeId(text: string): EdgeId | undefined {
  // biome-ignore lint/plugin: parse function
  return ID_PATTERN.test(text) ? (text as EdgeId) : undefined;
}
