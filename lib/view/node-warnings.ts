/**
 * What is amiss with a node beyond its traffic: it seems to have no proxy of a mesh, its callers send plaintext, its proxies went
 * silent. In: nodes and edges of one answer; out: codes by node, and words. A code says no more than the reports do.
 */
import type { Graph, GraphEdge, GraphNode } from "../query/schema/graph.ts";
import { codeWords, type WordTable } from "./code-words.ts";

export const NODE_WARNING_WORDS: WordTable = {
  no_proxy: "no proxy of a mesh: a sidecar is missing, or its traffic passes it by",
  plaintext_in: "takes plaintext",
  silent: "its proxies went silent: nothing fresh of any edge into it",
};

export const warningWords = (code: string): string => codeWords(NODE_WARNING_WORDS, code);

/** Only what could have a proxy can lack one. */
const COULD_HAVE: ReadonlySet<GraphNode["kind"]> = new Set(["workload", "service", "app"]);

/** Reasons for which the called end, or the calling one, is known to have none. */
const CALLED: ReadonlySet<string> = new Set(["destination_outside_mesh", "not_provided_by_service_discovery"]);
const CALLER: ReadonlySet<string> = new Set(["caller_outside_mesh", "caller_without_identity", "no_tls_from_remote"]);

function reasonsOf({ mtls }: GraphEdge): readonly string[] {
  const { reason, reasons = [] } = mtls?.evidence ?? {};
  return [...(reason === undefined ? [] : [reason]), ...reasons.map(({ code }) => code)];
}

/** A node with its edges, and who stands at their other ends. */
interface Around {
  readonly node: GraphNode;
  readonly inbound: readonly GraphEdge[];
  readonly outbound: readonly GraphEdge[];
  readonly nodes: ReadonlyMap<string, GraphNode>;
}

const meshesOf = (node: GraphNode | undefined): readonly string[] =>
  node === undefined ? [] : (node.meshes ?? (node.mesh === null ? [] : [node.mesh]));

/** A mesh tells only who of its own has a proxy: the certificates of another one mean nothing to it. */
function isToldOf(around: Around, edge: GraphEdge, otherEnd: string, codes: ReadonlySet<string>): boolean {
  const own = meshesOf(around.node);
  const others = meshesOf(around.nodes.get(otherEnd));
  const isStranger = own.length > 0 && !others.some((mesh) => own.includes(mesh));
  return !isStranger && reasonsOf(edge).some((code) => codes.has(code));
}

/** A node that no mesh claims though proxies count its traffic, or of which its mesh says so, and no edge shows a proxy at work. */
function lacksProxy(around: Around): boolean {
  const { node, inbound, outbound } = around;
  if (!COULD_HAVE.has(node.kind) || node.holds !== undefined) return false;
  const all = [...inbound, ...outbound];
  if (all.some(({ mtls }) => (mtls?.mutual ?? 0) > 0)) return false;
  const isCounted = all.some(({ badges }) => badges?.includes("spans") !== true);
  if (meshesOf(node).length === 0 && isCounted) return true;
  return (
    inbound.some((edge) => isToldOf(around, edge, edge.source, CALLED)) ||
    outbound.some((edge) => isToldOf(around, edge, edge.target, CALLER))
  );
}

function codesOf(around: Around): readonly string[] {
  const { inbound } = around;
  return [
    ...(lacksProxy(around) ? ["no_proxy"] : []),
    ...(inbound.some(({ mtls }) => (mtls?.plaintext ?? 0) > 0) ? ["plaintext_in"] : []),
    ...(inbound.length > 0 && inbound.every(({ stale }) => stale === true) ? ["silent"] : []),
  ];
}

function byEnd(edges: readonly GraphEdge[], end: "source" | "target"): ReadonlyMap<string, readonly GraphEdge[]> {
  const found = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const list = found.get(edge[end]);
    if (list === undefined) found.set(edge[end], [edge]);
    else list.push(edge);
  }
  return found;
}

/** Codes of the nodes that have any. */
export function warningsOf(graph: Pick<Graph, "nodes" | "edges">): ReadonlyMap<string, readonly string[]> {
  const inbound = byEnd(graph.edges, "target");
  const outbound = byEnd(graph.edges, "source");
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const found = new Map<string, readonly string[]>();
  for (const node of graph.nodes) {
    const { id } = node;
    const codes = codesOf({ node, inbound: inbound.get(id) ?? [], outbound: outbound.get(id) ?? [], nodes });
    if (codes.length > 0) found.set(id, codes);
  }
  return found;
}
