/**
 * One view of a window: what all queries of that view are put together from. In: a snapshot, the view, and the parts of the
 * snapshot before; out: nodes and edges sorted by id, each printed when the first query shows it, and once. An edge whose
 * facts are the ones it was printed from is not printed again.
 */
import type { Sliced } from "../base/sliced.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { type FoldQuery, foldsOf } from "./folds.ts";
import { edgeText, nodeText } from "./graph-print.ts";
import { type Selectable, selectable } from "./graph-select.ts";
import type { PresentContext } from "./merged-edge.ts";
import { detailSteps, summarySteps } from "./present-edge.ts";
import { presentNode } from "./present-node.ts";
import type { View } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import { armsOf, NO_SPLITS } from "./splits.ts";
import { type ViewEdge, type ViewGraph, type ViewNode, viewSteps } from "./view-graph.ts";
import type { Ids } from "./view-key.ts";

export interface PartsQuery extends FoldQuery {
  readonly view: View;
  readonly detail: "summary" | "full";
}

/** A member with its JSON, once some query has asked for it to be printed. */
class Member<T> {
  readonly id: string;
  readonly of: T;
  private known: string | null;
  private readonly print: (of: T) => Sliced<string>;

  constructor(id: string, of: T, print: (of: T) => Sliced<string>, known: string | null = null) {
    this.id = id;
    this.of = of;
    this.print = print;
    this.known = known;
  }

  get isPrinted(): boolean {
    return this.known !== null;
  }

  get text(): string {
    if (this.known === null) throw new Error("a member is printed before it is read");
    return this.known;
  }

  *make(): Sliced<void> {
    this.known ??= yield* this.print(this.of);
  }

  /** The same member a window later, of which there is nothing else to print. */
  with(of: T): Member<T> {
    return new Member(this.id, of, this.print, this.known);
  }
}

export type NodePart = Member<ViewNode>;
export type EdgePart = Member<ViewEdge>;

export interface GraphParts extends Selectable<NodePart, EdgePart> {
  readonly snapshot: Snapshot;
}

const MEMBERS_PER_STEP = 8;
/** Members that are only listed take far less. */
const LISTED_PER_STEP = 2_048;

/** Makes all texts, so that no later step is a long one. */
export function* printAll(members: readonly (NodePart | EdgePart)[]): Sliced<void> {
  let made = 0;
  for (const member of members) {
    if (member.isPrinted) continue;
    yield* member.make();
    if (++made % MEMBERS_PER_STEP === 0) yield;
  }
}

/** Security by state is of a moment and of other rows: it is looked at each time. */
const isOfMoment = ({ counts, calleeKnows }: EdgeFact): boolean => counts.tls.size > 0 || calleeKnows === true;

function* printNode(node: ViewNode): Sliced<string> {
  const text = nodeText(presentNode(node));
  yield;
  return text;
}

/** The parts of one view, from one snapshot of a window to the next. */
export class PartsBook {
  /** Edges printed so far, as against those whose text was known. */
  printed = 0;
  private readonly query: PartsQuery;
  private readonly ids: Ids;
  private before = new Map<string, EdgePart>();
  private splitGeneration = 0;
  /** Ids in the order in which the graph held them, and where each stands by id. */
  private order: { readonly ids: readonly string[]; readonly sorted: readonly number[] } = { ids: [], sorted: [] };

  constructor(query: PartsQuery, ids: Ids) {
    this.query = query;
    this.ids = ids;
  }

  *of(snapshot: Snapshot): Sliced<GraphParts> {
    const graph = yield* viewSteps(snapshot.facts, this.query.view, foldsOf(this.query), this.ids);
    const nodes: NodePart[] = [];
    for (const node of graph.nodes.values()) {
      nodes.push(new Member(node.id, node, printNode));
      if (nodes.length % LISTED_PER_STEP === 0) yield;
    }
    nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
    yield;
    const edges = yield* this.edges(graph, snapshot);
    return { snapshot, ...(yield* selectable(nodes, edges, snapshot, this.ids)) };
  }

  private *edges({ edges }: ViewGraph, { estate, window }: Snapshot): Sliced<EdgePart[]> {
    const splits = estate.splits ?? NO_SPLITS;
    const context = { listeners: estate.live.listeners, start: window.start, splits };
    const isSettled = splits.generation === this.splitGeneration;
    this.splitGeneration = splits.generation;
    const print = (edge: ViewEdge): Sliced<string> => this.print(edge, context);
    const sorted = yield* this.sorted(edges);
    const made: EdgePart[] = [];
    const known = new Map<string, EdgePart>();
    for (let at = 0; at < sorted.length; at++) {
      const edge = edges[sorted[at] ?? 0];
      if (edge === undefined) continue;
      const before = this.before.get(edge.id);
      const isAsBefore = isSettled && before?.isPrinted === true && isSame(before.of.facts, edge.facts);
      // Shares move while an edge counts nothing.
      const isKnown = isAsBefore && (splits.isEmpty || armsOf(edge.facts, splits).length === 0);
      const part = isKnown && before !== undefined ? before.with(edge) : new Member(edge.id, edge, print);
      made.push(part);
      known.set(edge.id, part);
      if (at % LISTED_PER_STEP === LISTED_PER_STEP - 1) yield;
    }
    this.before = known;
    return made;
  }

  private *print(edge: ViewEdge, context: PresentContext): Sliced<string> {
    this.printed++;
    if (this.query.detail === "full") return JSON.stringify(yield* detailSteps(edge, context));
    const summary = yield* summarySteps(edge, context);
    if (summary === null) throw new Error("an edge of a view has no facts");
    return edgeText(summary);
  }

  /** Positions of the edges in the order of their ids; as before while they are the same edges. */
  private *sorted(edges: readonly ViewEdge[]): Sliced<readonly number[]> {
    const { ids } = this.order;
    if (ids.length === edges.length && edges.every(({ id }, i) => id === ids[i])) return this.order.sorted;
    yield;
    const positions = edges.map((edge, at) => ({ id: edge.id, at }));
    positions.sort((a, b) => (a.id < b.id ? -1 : 1));
    this.order = { ids: edges.map(({ id }) => id), sorted: positions.map(({ at }) => at) };
    yield;
    return this.order.sorted;
  }
}

function isSame(before: readonly EdgeFact[], after: readonly EdgeFact[]): boolean {
  if (before.length !== after.length) return false;
  for (let i = 0; i < after.length; i++) {
    const fact = after[i];
    if (fact === undefined || fact !== before[i] || isOfMoment(fact)) return false;
  }
  return true;
}
