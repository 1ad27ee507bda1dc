/**
 * Which node of a view an endpoint belongs to. In: an endpoint at its finest grain, the view, and which boxes are folded.
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
import { FOLD_LEVELS, type Folds } from "./folds.ts";
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

/** Views whose nodes are boxes: there is nothing in them to fold. */
export const BOX_VIEWS: ReadonlySet<View> = new Set(["namespace", "cluster", "mesh"]);
/** What stands outside all boxes when it has no namespace. */
const OUTSIDE: ReadonlySet<NodeKind> = new Set(["external", "passthrough", "blackhole", "unknown"]);

/** All that stands outside, of one kind, as one node of a folded picture. */
const crowdOf = (kind: NodeKind): Identity => ({ cluster: "", namespace: "", kind, name: "" });

/** The endpoint's node: the outermost folded box that holds it, else the view's own. */
export function nodeIdentity(view: View, folds: Folds, end: Endpoint, ids: Ids): Identity {
  const by = BOX_VIEWS.has(view) ? undefined : folds.by;
  const { collapsed, expanded } = folds;
  if (collapsed.size === 0 && by === undefined) return identityIn(view, end);
  const isOutside = end.namespace === "" && OUTSIDE.has(end.kind);
  let isFolding = false;
  for (const box of FOLD_LEVELS) {
    isFolding ||= box === by && !isOutside;
    if (box === "namespace" && end.namespace === "") continue;
    const identity = boxOf(end, box);
    const id = ids.node(identity);
    if (collapsed.has(id) || (isFolding && !expanded.has(id))) return identity;
  }
  const crowd = crowdOf(end.kind);
  return by === undefined || !isOutside || expanded.has(ids.node(crowd)) ? identityIn(view, end) : crowd;
}
