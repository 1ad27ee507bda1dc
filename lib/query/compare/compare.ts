/**
 * Two windows of one view side by side. In: both graphs, and what is told of what is in one of them only; out: members of
 * either, which came and went, of which that is not known, and a list of what changed, most first. A node or edge that came
 * or went is a change of its own; that its peers changed is one of the node's, with how many it had. 0.5 and more for what
 * came or went, by its share of the busiest member's rate.
 */
import type { Change, CompareAnswer } from "../schema/compare.ts";
import type { Graph, GraphEdge, GraphNode } from "../schema/graph.ts";
import { type Absences, ALL_TOLD } from "./absence.ts";
import { edgeChanges, nodeChanges } from "./changes.ts";

interface Member {
  readonly id: string;
}

interface Both<T> {
  readonly all: readonly T[];
  readonly kept: readonly (readonly [before: T, after: T])[];
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly baseOnly: readonly T[];
  /** In one window only, and nobody was observed in the other who would tell of it. */
  readonly notKnown: readonly T[];
}

type IsTold = (id: string) => boolean;

function sideBySide<T extends Member>(
  before: readonly T[],
  after: readonly T[],
  told: { readonly came: IsTold; readonly went: IsTold },
): Both<T> {
  const old = new Map(before.map((one) => [one.id, one]));
  const ids = new Set(after.map(({ id }) => id));
  const inAfter = after.filter(({ id }) => !old.has(id));
  const inBefore = before.filter(({ id }) => !ids.has(id));
  const added = inAfter.filter(({ id }) => told.came(id));
  const removed = inBefore.filter(({ id }) => told.went(id));
  const known = new Set([...added, ...removed]);
  return {
    all: [...after, ...inBefore].sort((a, b) => (a.id < b.id ? -1 : 1)),
    kept: after.flatMap((one) => {
      const other = old.get(one.id);
      return other === undefined ? [] : [[other, one] as const];
    }),
    added,
    removed,
    baseOnly: inBefore,
    notKnown: [...inAfter, ...inBefore].filter((one) => !known.has(one)),
  };
}

/** Peers of each node: who calls it, and whom it calls. */
function peersOf(edges: readonly GraphEdge[]): Map<string, Set<string>> {
  const peers = new Map<string, Set<string>>();
  const add = (node: string, peer: string): void => {
    const of = peers.get(node) ?? new Set<string>();
    peers.set(node, of.add(peer));
  };
  for (const { source, target } of edges) {
    add(source, `to ${target}`);
    add(target, `from ${source}`);
  }
  return peers;
}

/** A peer of which it is not known whether it came or went is none that changed. */
function peerChanges(before: Graph, after: Graph, kept: Both<GraphNode>["kept"], notKnown: readonly GraphEdge[]) {
  const old = peersOf([...before.edges, ...notKnown]);
  const now = peersOf([...after.edges, ...notKnown]);
  return kept.flatMap(([, { id }]): Change[] => {
    const [first, second] = [old.get(id) ?? new Set<string>(), now.get(id) ?? new Set<string>()];
    const moved =
      [...first].filter((peer) => !second.has(peer)).length + [...second].filter((peer) => !first.has(peer)).length;
    if (moved === 0) return [];
    const score = moved / new Set([...first, ...second]).size;
    return [{ of: "node", id, kind: "peers", before: first.size, after: second.size, score }];
  });
}

function cameAndWent<T extends Member>(of: "node" | "edge", both: Both<T>, rate: (one: T) => number | null): Change[] {
  let most = 1e-9;
  for (const one of both.all) most = Math.max(most, rate(one) ?? 0);
  const score = (one: T): number => 0.5 + 0.5 * ((rate(one) ?? 0) / most);
  return [
    ...both.added.map(
      (one): Change => ({ of, id: one.id, kind: "added", before: null, after: rate(one), score: score(one) }),
    ),
    ...both.removed.map(
      (one): Change => ({ of, id: one.id, kind: "removed", before: rate(one), after: null, score: score(one) }),
    ),
  ];
}

const nodeRate = ({ inbound, outbound }: GraphNode): number =>
  Math.max(inbound.requestsPerSec ?? 0, outbound.requestsPerSec ?? 0);

/** Of what is in the window alone, whether the base tells that it was not there, and the other way about. */
export interface Told {
  readonly came: Absences;
  readonly went: Absences;
}

/** `before` is the base, `after` the window. */
export function compareGraphs(
  before: Graph,
  after: Graph,
  { came, went }: Told = { came: ALL_TOLD, went: ALL_TOLD },
): CompareAnswer {
  const nodes = sideBySide(before.nodes, after.nodes, { came: (id) => came.node(id), went: (id) => went.node(id) });
  const edges = sideBySide(before.edges, after.edges, { came: (id) => came.edge(id), went: (id) => went.edge(id) });
  const changes: Change[] = [
    ...cameAndWent("node", nodes, nodeRate),
    ...cameAndWent("edge", edges, ({ requestsPerSec }) => requestsPerSec),
    ...nodes.kept.flatMap(([a, b]) => nodeChanges(a, b).map((one): Change => ({ of: "node", id: b.id, ...one }))),
    ...edges.kept.flatMap(([a, b]) => edgeChanges(a, b).map((one): Change => ({ of: "edge", id: b.id, ...one }))),
    ...peerChanges(before, after, nodes.kept, edges.notKnown),
  ];
  const rates = new Map<string, number>([
    ...nodes.all.map((node) => [node.id, nodeRate(node)] as const),
    ...edges.all.map((edge) => [edge.id, edge.requestsPerSec ?? 0] as const),
  ]);
  changes.sort(
    (a, b) => b.score - a.score || (rates.get(b.id) ?? 0) - (rates.get(a.id) ?? 0) || (a.id < b.id ? -1 : 1),
  );
  return {
    window: after.window,
    base: before.window,
    changes,
    nodes: [...nodes.all],
    edges: [...edges.all],
    added: [...nodes.added, ...edges.added].map(({ id }) => id),
    removed: [...nodes.removed, ...edges.removed].map(({ id }) => id),
    notKnown: [...nodes.notKnown, ...edges.notKnown].map(({ id }) => id),
    baseOnly: [...nodes.baseOnly, ...edges.baseOnly].map(({ id }) => id),
    completeness: { window: after.completeness, base: before.completeness },
  };
}
