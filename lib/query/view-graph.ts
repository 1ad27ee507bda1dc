/**
 * Facts of the finest edges, merged to the nodes and edges of a view. In: facts and which node each end belongs to.
 * Out: view edges with added statistics and node sums. Histograms and counts merge; quantiles are never averaged.
 */
import { finish, type Sliced } from "../base/sliced.ts";
import { type EdgeStats, type RequestTotals, requestTotals } from "../model/edge-stats.ts";
import {
  type EdgeId,
  type Endpoint,
  type EntityId,
  type Identity,
  type Layer,
  type Mesh,
  meshesOf,
  type Protocol,
} from "../model/identity.ts";
import type { EdgeFact, Seen } from "./edge-facts.ts";
import type { Folds } from "./folds.ts";
import type { View } from "./schema/graph.ts";
import { BOX_VIEWS, type Ids, identityIn, nodeIdentity } from "./view-key.ts";

export interface NodeTotals {
  readonly perSec: { requests: number; failures: number; tcpBytes: number };
  /** Counts by protocol, for health. */
  readonly byProtocol: Map<Protocol, { total: number; failures: number; clientErrors: number }>;
  /** Sum of requests and failures as counts, for the ratio. */
  readonly counts: { total: number; failures: number };
  covered: boolean;
  hasTcp: boolean;
  edges: number;
}

export interface ViewNode {
  readonly id: EntityId;
  readonly identity: Identity;
  readonly meshes: Set<Mesh>;
  readonly versions: Set<string>;
  readonly services: Set<string>;
  readonly apps: Set<string>;
  readonly workloads: Set<string>;
  readonly reasons: Set<string>;
  /** Nodes of the view merged here, and their namespaces: more than one only where it is a box, or a crowd outside. */
  readonly holds: { readonly nodes: Set<string>; readonly namespaces: Set<string> };
  /** Places of the endpoints merged here, for filters. */
  readonly ends: Set<Endpoint>;
  readonly inbound: NodeTotals;
  readonly outbound: NodeTotals;
  active: boolean;
}

export interface ViewEdge {
  readonly id: EdgeId;
  readonly source: EntityId;
  readonly target: EntityId;
  readonly protocol: Protocol;
  readonly layer: Layer;
  readonly facts: readonly EdgeFact[];
  readonly active: boolean;
}

export interface ViewGraph {
  readonly nodes: ReadonlyMap<string, ViewNode>;
  readonly edges: readonly ViewEdge[];
}

const emptyTotals = (): NodeTotals => ({
  perSec: { requests: 0, failures: 0, tcpBytes: 0 },
  byProtocol: new Map(),
  counts: { total: 0, failures: 0 },
  covered: false,
  hasTcp: false,
  edges: 0,
});

export function tcpBytesPerSec(stats: EdgeStats): number {
  return (stats.counters.get("requestBytes") ?? 0) + (stats.counters.get("responseBytes") ?? 0);
}

/** Counters that say that something ran. */
export const MOVING = ["opened", "closed", "requestBytes", "responseBytes", "requestsStarted"] as const;

function isSeen(part: Seen | null): boolean {
  if (part === null) return false;
  for (const { count } of part.counts.classes.values()) if (count > 0) return true;
  const { counters } = part.counts;
  return counters.size > 0 && MOVING.some((name) => (counters.get(name) ?? 0) > 0);
}

/** Whether anything was seen in the window, by either view of it. */
export const isActive = (fact: EdgeFact): boolean => isSeen(fact) || isSeen(fact.caller);

interface FactTotals {
  readonly active: boolean;
  readonly counts: RequestTotals;
  readonly perSec: RequestTotals;
}

/** By the facts of a window, which change no more; one for each, at its place, once some view has asked for it. */
const known = new WeakMap<readonly EdgeFact[], (FactTotals | undefined)[]>();

function totalsIn(facts: readonly EdgeFact[]): (FactTotals | undefined)[] {
  const found = known.get(facts) ?? new Array<FactTotals | undefined>(facts.length).fill(undefined);
  known.set(facts, found);
  return found;
}

function totalsOf(fact: EdgeFact): FactTotals {
  return { active: isActive(fact), counts: requestTotals(fact.counts), perSec: requestTotals(fact.perSec) };
}

function addTotals(totals: NodeTotals, fact: EdgeFact, seen: FactTotals): void {
  totals.edges++;
  totals.covered ||= fact.coveredMs > 0;
  if (fact.protocol === "tcp") {
    totals.hasTcp = true;
    totals.perSec.tcpBytes += tcpBytesPerSec(fact.perSec);
    return;
  }
  totals.perSec.requests += seen.perSec.total;
  totals.perSec.failures += seen.perSec.failures;
  totals.counts.total += seen.counts.total;
  totals.counts.failures += seen.counts.failures;
  const known = totals.byProtocol.get(fact.protocol) ?? { total: 0, failures: 0, clientErrors: 0 };
  known.total += seen.counts.total;
  known.failures += seen.counts.failures;
  known.clientErrors += seen.counts.clientErrors;
  totals.byProtocol.set(fact.protocol, known);
}

interface Builder {
  readonly view: View;
  readonly folds: Folds;
  /** The view whose nodes are counted in a box. */
  readonly inner: View;
  readonly ids: Ids;
  readonly nodes: Map<string, ViewNode>;
  readonly byEnd: Map<Endpoint, ViewNode>;
}

function nodeFor(builder: Builder, end: Endpoint): ViewNode {
  const cached = builder.byEnd.get(end);
  if (cached !== undefined) return cached;
  const identity = nodeIdentity(builder.view, builder.folds, end, builder.ids);
  const id = builder.ids.node(identity);
  let node = builder.nodes.get(id);
  if (node === undefined) {
    node = {
      id,
      identity,
      meshes: new Set(),
      versions: new Set(),
      services: new Set(),
      apps: new Set(),
      workloads: new Set(),
      reasons: new Set(),
      holds: { nodes: new Set(), namespaces: new Set() },
      ends: new Set(),
      inbound: emptyTotals(),
      outbound: emptyTotals(),
      active: false,
    };
    builder.nodes.set(id, node);
  }
  node.ends.add(end);
  for (const mesh of meshesOf(end)) node.meshes.add(mesh);
  if (end.version !== undefined) node.versions.add(end.version);
  if (end.service !== undefined) node.services.add(end.service);
  if (end.app !== undefined) node.apps.add(end.app);
  if (end.kind === "workload") node.workloads.add(end.name);
  if (end.reason !== undefined) node.reasons.add(end.reason);
  const inner = builder.ids.node(identityIn(builder.inner, end));
  if (inner !== id) {
    node.holds.nodes.add(inner);
    if (end.namespace !== "") node.holds.namespaces.add(JSON.stringify([end.cluster, end.namespace]));
  }
  builder.byEnd.set(end, node);
  return node;
}

const FACTS_PER_STEP = 64;

/** `viewGraph` in steps. */
export function* viewSteps(facts: readonly EdgeFact[], view: View, folds: Folds, ids: Ids): Sliced<ViewGraph> {
  const inner = BOX_VIEWS.has(view) ? "workload" : view;
  const builder: Builder = { view, folds, inner, ids, nodes: new Map(), byEnd: new Map() };
  const edges = new Map<string, Merging>();
  const totals = totalsIn(facts);
  for (let at = 0; at < facts.length; at++) {
    const fact = facts[at];
    if (fact !== undefined) {
      const seen = totals[at] ?? totalsOf(fact);
      totals[at] = seen;
      merge(builder, edges, fact, seen);
    }
    if (at % FACTS_PER_STEP === FACTS_PER_STEP - 1) yield;
  }
  return { nodes: builder.nodes, edges: [...edges.values()] };
}

type Merging = ViewEdge & { readonly facts: EdgeFact[]; active: boolean };

function merge(builder: Builder, edges: Map<string, Merging>, fact: EdgeFact, seen: FactTotals): void {
  const source = nodeFor(builder, fact.source);
  const target = nodeFor(builder, fact.target);
  const { active } = seen;
  addTotals(source.outbound, fact, seen);
  addTotals(target.inbound, fact, seen);
  if (active) {
    source.active = true;
    target.active = true;
  }
  const { protocol, layer } = fact;
  const id = builder.ids.edge(source.id, target.id, protocol, layer);
  const known = edges.get(id);
  if (known === undefined) {
    edges.set(id, { id, source: source.id, target: target.id, protocol, layer, facts: [fact], active });
  } else {
    known.facts.push(fact);
    known.active ||= active;
  }
}

export function viewGraph(facts: readonly EdgeFact[], view: View, folds: Folds, ids: Ids): ViewGraph {
  return finish(viewSteps(facts, view, folds, ids));
}
