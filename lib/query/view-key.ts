/**
 * Which node of a view an endpoint belongs to. In: an endpoint at its finest grain, the view, and boxes to collapse.
 * Out: an identity and its id. Special nodes keep their kind in every view. Ids are remembered, since each costs a hash.
 */
import {
  type EdgeId,
  type Endpoint,
  type EntityId,
  edgeId,
  entityId,
  type Identity,
  identityKey,
  type Layer,
  meshesOf,
  type NodeKind,
  type Protocol,
} from "../model/identity.ts";
import type { View } from "./schema/graph.ts";

const REAL: ReadonlySet<NodeKind> = new Set(["workload", "service", "app"]);
const MAX_REMEMBERED = 200_000;

/** The mesh of a node that no mesh claims, in the `mesh` view. */
export const NO_MESH = "none";

export function boxOf(end: Endpoint, box: "namespace" | "cluster" | "mesh"): Identity {
  if (box === "mesh") return { cluster: "", namespace: "", kind: "mesh", name: meshesOf(end).join("+") || NO_MESH };
  if (box === "cluster") return { cluster: end.cluster, namespace: "", kind: "cluster", name: end.cluster };
  return { cluster: end.cluster, namespace: end.namespace, kind: "namespace", name: end.namespace };
}

export function identityIn(view: View, end: Endpoint): Identity {
  const { cluster, namespace, kind, name, service, app, version } = end;
  if (!REAL.has(kind)) return { cluster, namespace, kind, name };
  switch (view) {
    case "service":
      return { cluster, namespace, kind: "service", name: service ?? name };
    case "workload":
      return { cluster, namespace, kind, name };
    case "app":
      return { cluster, namespace, kind: "app", name: app ?? service ?? name };
    case "version": {
      const identity: Identity = { cluster, namespace, kind: "app", name: app ?? service ?? name };
      return version === undefined ? identity : { ...identity, version };
    }
    default:
      return boxOf(end, view);
  }
}

export class Ids {
  private readonly nodes = new Map<string, EntityId>();
  private readonly edges = new Map<string, EdgeId>();

  node(identity: Identity): EntityId {
    const key = identityKey(identity);
    const known = this.nodes.get(key);
    if (known !== undefined) return known;
    if (this.nodes.size >= MAX_REMEMBERED) this.nodes.clear();
    const made = entityId(identity);
    this.nodes.set(key, made);
    return made;
  }

  edge(source: EntityId, target: EntityId, protocol: Protocol, layer: Layer): EdgeId {
    const key = `${source}${target}${protocol}${layer}`;
    const known = this.edges.get(key);
    if (known !== undefined) return known;
    if (this.edges.size >= MAX_REMEMBERED) this.edges.clear();
    const made = edgeId(source, target, protocol, layer);
    this.edges.set(key, made);
    return made;
  }
}

/** The endpoint's node: the first collapsed box that holds it, else the view's own. */
export function nodeIdentity(view: View, collapsed: ReadonlySet<string>, end: Endpoint, ids: Ids): Identity {
  if (collapsed.size > 0) {
    for (const box of ["mesh", "cluster", "namespace"] as const) {
      if (box === "namespace" && end.namespace === "") continue;
      const identity = boxOf(end, box);
      if (collapsed.has(ids.node(identity))) return identity;
    }
  }
  return identityIn(view, end);
}
