/**
 * Names of App Mesh's clusters. In: a name, and what is known of the mesh it is from. Out: what it stands for, or undefined
 * for a name that is not App Mesh's.
 *
 *   cds_(ingress|egress)_<mesh>_<virtual node>_<http|http2|grpc|tcp>_<port>
 *   cds_egress_<mesh>_amazonaws, cds_egress_<mesh>_mesh-allow-all
 *   cds_ingress_<mesh>_<virtual gateway>_self_redirect_[<listener port>_]<protocol>_<port>
 *
 * `_` is legal in every part. A known mesh is taken off whole, and so is a known virtual node; without them the mesh ends at
 * the first `_`, which `isMeshKnown: false` says. Under Kubernetes a virtual node is `<name>_<namespace>`, and a namespace
 * holds no `_`. Not handled: virtual services, which are in no name of a cluster.
 */
export type AppmeshProtocol = "http" | "http2" | "grpc" | "tcp";

export interface AppmeshNode {
  readonly kind: "node";
  readonly mesh: string;
  /** False: `mesh` is what stands before the first `_`, for want of better. */
  readonly isMeshKnown: boolean;
  /** Whole, as AWS has it. */
  readonly virtualNode: string;
  /** `virtualNode` up to its last `_`, and what follows; the namespace is undefined where there is no `_`. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly protocol: AppmeshProtocol | undefined;
  readonly port: number | undefined;
}

export type AppmeshCluster =
  | AppmeshNode
  /** Every endpoint of AWS at once. */
  | { readonly kind: "external"; readonly host: "amazonaws" }
  /** Whatever the mesh's egress filter lets out. */
  | { readonly kind: "passthrough"; readonly name: "mesh-allow-all" }
  /** The application behind this proxy, or a gateway's redirection to itself. */
  | { readonly kind: "ownApplication" }
  | { readonly kind: "infrastructure" };

export interface KnownNames {
  readonly mesh?: string | undefined;
  /** Virtual nodes of that mesh, where any are known. */
  readonly virtualNodes?: ReadonlySet<string> | undefined;
}

const CLUSTER = /^([a-z]+)_(ingress|egress)_(.+)$/s;
const LISTENER = /^(.+)_(http2|http|grpc|tcp)_([0-9]{1,5})$/s;
const SPECIAL = /^(?:.*_)?(amazonaws|mesh-allow-all)$/s;
const USUAL_PREFIX = "cds";

const PROTOCOLS: ReadonlyMap<string, AppmeshProtocol> = new Map([
  ["http", "http"],
  ["http2", "http2"],
  ["grpc", "grpc"],
  ["tcp", "tcp"],
]);

/** `<name>_<namespace>`, as the controller for Kubernetes names virtual nodes; the whole name where there is no `_`. */
export function nodePlace(virtualNode: string): Pick<AppmeshNode, "name" | "namespace"> {
  const at = virtualNode.lastIndexOf("_");
  if (at < 1 || at === virtualNode.length - 1) return { name: virtualNode, namespace: undefined };
  return { name: virtualNode.slice(0, at), namespace: virtualNode.slice(at + 1) };
}

type MeshAndNode = Pick<AppmeshNode, "mesh" | "isMeshKnown" | "virtualNode">;

/** The longest known node that `text` ends with, since `cart` may be known and `old_cart` too. */
function knownNode(text: string, nodes: ReadonlySet<string>): string | undefined {
  for (let at = text.indexOf("_"); at > 0; at = text.indexOf("_", at + 1)) {
    if (nodes.has(text.slice(at + 1))) return text.slice(at + 1);
  }
  return undefined;
}

function split(text: string, known: KnownNames): MeshAndNode | undefined {
  const { mesh, virtualNodes } = known;
  if (mesh !== undefined && mesh !== "" && text.startsWith(`${mesh}_`) && text.length > mesh.length + 1) {
    return { mesh, isMeshKnown: true, virtualNode: text.slice(mesh.length + 1) };
  }
  const node = virtualNodes === undefined ? undefined : knownNode(text, virtualNodes);
  if (node !== undefined) return { mesh: text.slice(0, -node.length - 1), isMeshKnown: true, virtualNode: node };
  const at = text.indexOf("_");
  if (at < 1 || at === text.length - 1) return undefined;
  return { mesh: text.slice(0, at), isMeshKnown: false, virtualNode: text.slice(at + 1) };
}

export function appmeshCluster(name: string, known: KnownNames = {}): AppmeshCluster | undefined {
  if (name.startsWith("static_cluster_")) return { kind: "infrastructure" };
  const match = CLUSTER.exec(name);
  if (match === null) return undefined;
  const rest = match[3] ?? "";
  const listener = LISTENER.exec(rest);
  const special = listener === null ? SPECIAL.exec(rest)?.[1] : undefined;
  // Any word may stand where `cds` does, so that an odd one has to end as a cluster does.
  if (listener === null && special === undefined && match[1] !== USUAL_PREFIX) return undefined;
  if (match[2] === "ingress") return { kind: "ownApplication" };
  if (special === "amazonaws") return { kind: "external", host: special };
  if (special === "mesh-allow-all") return { kind: "passthrough", name: special };
  const parts = split(listener?.[1] ?? rest, known);
  if (parts === undefined) return undefined;
  const protocol = PROTOCOLS.get(listener?.[2] ?? "");
  const port = listener === null ? undefined : Number(listener[3]);
  return { kind: "node", ...parts, ...nodePlace(parts.virtualNode), protocol, port };
}
