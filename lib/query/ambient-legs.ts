/**
 * Ambient mode: which edges stand where node proxies (ztunnels) and waypoints count the same calls at two layers (design
 * §2.1 rule 2). In: the edges of a window and which rows speak. Out: facts of the edges that stand. Where a waypoint
 * reports A → B, that edge is drawn and its legs A → waypoint and waypoint → B are not; where a sidecar at either end
 * reports requests A → B, what a ztunnel counts between the same two is their transport. Layers are never added. Where
 * the upper one falls silent the lower one stands again. A leg's refused connections made no request, so they stand.
 * Which waypoint reported is not printed; the scrape configuration may say it. Where it does not, a waypoint is known by its
 * name, and a leg is the reported edge's if the other leg through that waypoint is known, or the waypoint stands in the
 * destination's namespace. Not handled: bytes of hidden legs, which several edges share.
 */

import { mapSliced, type Sliced } from "../base/sliced.ts";
import { type EdgeStats, emptyStats, type SecurityCounts } from "../model/edge-stats.ts";
import type { Endpoint } from "../model/identity.ts";
import { type RollupRow, workloadKey } from "../model/rollup-row.ts";
import type { Flow } from "./edge-arrivals.ts";
import { type Choices, choicesOf } from "./edge-choice.ts";
import type { IndexedEdge } from "./edge-index.ts";

/** One edge below others: it does not stand while any of `by` speaks. */
export interface Below {
  readonly by: readonly RollupRow[];
  /** What then stands of it: what was not counted from below, or not of the same pods. Null for nothing. */
  readonly above: Choices | null;
  /** The edges that it carries. */
  readonly carries: readonly IndexedEdge[];
}

export interface Ambient {
  readonly below: ReadonlyMap<IndexedEdge, Below>;
  /** Rows in which a waypoint reports, by edge. */
  readonly waypoints: ReadonlyMap<IndexedEdge, readonly RollupRow[]>;
}

/** Security of the connections below a request edge, for requests of which nobody knows it. */
export interface LegSecurity {
  readonly connections: SecurityCounts;
  readonly family: string;
  readonly reporter: string;
}

/** Facts made in one step. */
const EDGES_PER_STEP = 16;

const NOTHING: Ambient = { below: new Map(), waypoints: new Map() };
const pair = (source: string, target: string): string => `${source}${target}`;
const placeOf = ({ cluster, namespace }: Endpoint): string => JSON.stringify([cluster, namespace]);

/** One edge that a waypoint may have reported. */
interface Reported {
  readonly edge: IndexedEdge;
  readonly rows: readonly RollupRow[];
  readonly source: string;
  /** Its target's key, and those of the workloads behind it where it is a service. */
  readonly targets: readonly string[];
  /** Keys of the waypoints that reported it, where they are known and carry connections. */
  readonly vias: ReadonlySet<string>;
}

/** An edge with the keys of its ends. */
interface Keyed {
  readonly edge: IndexedEdge;
  readonly source: string;
  readonly target: string;
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

class Relations {
  readonly below = new Map<IndexedEdge, Below>();
  readonly waypoints = new Map<IndexedEdge, readonly RollupRow[]>();
  private readonly edges: readonly Keyed[];
  /** Keys of the nodes that are waypoints. */
  private readonly known = new Set<string>();
  private readonly legPairs: ReadonlySet<string>;
  /** By callee, the waypoints from which node proxies saw connections arrive. */
  private readonly arriving = new Map<string, string[]>();
  private readonly bySource = new Map<string, Reported[]>();
  private readonly byTarget = new Map<string, Reported[]>();

  constructor(edges: readonly IndexedEdge[]) {
    this.edges = edges.map((edge) => ({ edge, source: workloadKey(edge.source), target: workloadKey(edge.target) }));
    this.learn();
    const legs = this.edges.filter(({ source, target }) => this.known.has(source) !== this.known.has(target));
    this.legPairs = new Set(legs.map(({ source, target }) => pair(source, target)));
    for (const { edge, source, target } of legs) {
      if (this.known.has(source) && edge.rows.some(({ below }) => below)) push(this.arriving, target, source);
    }
    for (const edge of this.edges) this.report(edge);
    for (const leg of legs) this.leg(leg);
    this.direct();
  }

  /** Which nodes are waypoints: by name, or by configuration where connections of that node are known. */
  private learn(): void {
    const ends = new Set<string>();
    const vias = new Set<string>();
    for (const { edge, source, target } of this.edges) {
      if (edge.source.kind === "waypoint") this.known.add(source);
      if (edge.target.kind === "waypoint") this.known.add(target);
      ends.add(source).add(target);
      for (const { via } of edge.rows) for (const key of via ?? []) vias.add(key);
    }
    for (const key of vias) if (ends.has(key)) this.known.add(key);
  }

  private report({ edge, source, target }: Keyed): void {
    let rows = edge.rows.filter(({ reporter }) => reporter === "waypoint");
    // Waypoints of old say that they are the destination; the ztunnels on both sides of one tell.
    if (rows.length === 0 && edge.layer === "L7" && this.passes(source, target)) {
      rows = edge.rows.filter(({ reporter }) => reporter === "destination");
    }
    if (rows.length === 0) return;
    this.waypoints.set(edge, rows);
    const vias = new Set(rows.flatMap(({ via }) => [...(via ?? [])]).filter((key) => this.known.has(key)));
    const targets = [...new Set([target, ...edge.targetWorkloads])];
    const made = { edge, rows, source, targets, vias };
    push(this.bySource, source, made);
    for (const key of targets) push(this.byTarget, key, made);
  }

  /** Whether node proxies tell of both legs through one waypoint. */
  private passes(source: string, target: string): boolean {
    if (this.known.has(source) || this.known.has(target)) return false;
    return this.arriving.get(target)?.some((waypoint) => this.legPairs.has(pair(source, waypoint))) === true;
  }

  private leg({ edge, source, target }: Keyed): void {
    const into = this.known.has(target);
    const [waypoint, key] = into ? [edge.target, target] : [edge.source, source];
    const candidates = into ? this.bySource.get(source) : this.byTarget.get(target);
    const found = (candidates ?? []).filter((reported) => {
      if (reported.edge === edge) return false;
      if (reported.vias.size > 0) return reported.vias.has(key);
      const others = into ? reported.targets.map((to) => pair(key, to)) : [pair(reported.source, key)];
      return others.some((other) => this.legPairs.has(other)) || placeOf(waypoint) === placeOf(reported.edge.target);
    });
    if (found.length === 0) return;
    const by = found.flatMap(({ rows }) => rows);
    this.below.set(edge, { by, above: null, carries: found.map((reported) => reported.edge) });
  }

  /**
   * What a node proxy counts between two ends of which one has a proxy of its own that counts requests. What it says of
   * arrivals is what a sidecar at the source sent, and what it says of sending is what a sidecar at the destination
   * received; the rest is of pods that have no sidecar (yet).
   */
  private direct(): void {
    const requests = new Map<string, IndexedEdge[]>();
    for (const { edge, source, target } of this.edges) {
      if (edge.layer === "L7" && !this.waypoints.has(edge)) push(requests, pair(source, target), edge);
    }
    for (const { edge, source, target } of this.edges) {
      if (edge.protocol !== "tcp" || this.below.has(edge) || !edge.rows.some(({ below }) => below)) continue;
      const carries = requests.get(pair(source, target)) ?? [];
      const by = carries.flatMap(({ rows }) => rows.filter((row) => row.hasRequests));
      const has = (arrived: boolean): boolean => by.some(({ reporter }) => (reporter === "destination") === arrived);
      const [sent, arrived] = [has(false), has(true)];
      const above = edge.rows.filter(({ below, reporter }) => !below || !(reporter === "destination" ? sent : arrived));
      if (above.length < edge.rows.length)
        this.below.set(edge, { by, above: above.length === 0 ? null : choicesOf(above), carries });
    }
  }
}

const known = new WeakMap<readonly IndexedEdge[], Ambient>();

/** Worked out once for one list of edges. */
export function ambientOf(edges: readonly IndexedEdge[]): Ambient {
  const found = known.get(edges);
  if (found !== undefined) return found;
  const any = edges.some(({ rows }) => rows.some(({ below, reporter }) => below || reporter === "waypoint"));
  const { below, waypoints } = any ? new Relations(edges) : NOTHING;
  const made: Ambient = { below, waypoints };
  known.set(edges, made);
  return made;
}

interface Stats {
  readonly counts: EdgeStats;
  readonly perSec: EdgeStats;
  readonly note?: string;
  readonly flow: Flow;
}

/** Connections that were refused or failed, and nothing else of it; undefined where there were none. */
function refused(stats: EdgeStats): EdgeStats | undefined {
  let failed = 0;
  for (const count of stats.flags.values()) failed += count;
  if (failed === 0) return undefined;
  const made = emptyStats();
  for (const [flag, count] of stats.flags) made.flags.set(flag, count);
  const denied = stats.counters.get("denied");
  if (denied !== undefined) made.counters.set("denied", denied);
  made.counters.set("closed", failed);
  for (const family of stats.families) made.families.add(family);
  for (const reporter of stats.reporters) made.reporters.add(reporter);
  return made;
}

function total({ mutual, tls, plaintext, unknown }: SecurityCounts): number {
  return mutual + tls + plaintext + unknown;
}

/** Of several legs in a row the least secured one is what the whole way is. */
function securityOf(legs: readonly EdgeStats[]): LegSecurity | undefined {
  let worst: LegSecurity | undefined;
  const share = ({ connections }: LegSecurity): number => connections.mutual / total(connections);
  for (const { security, families, reporters } of legs) {
    if (total(security.connections) === 0) continue;
    const family = [...families].sort().find((name) => name.includes("opened")) ?? "";
    const leg = { connections: security.connections, family, reporter: [...reporters].sort()[0] ?? "" };
    if (worst === undefined || share(leg) < share(worst)) worst = leg;
  }
  return worst;
}

export interface AmbientMarks {
  /** A waypoint reports the edge. */
  readonly viaWaypoint?: true;
  readonly legs?: LegSecurity;
  readonly note?: string;
}

/**
 * Facts of the edges that stand; `factOf` makes the fact of one edge, from the rows and choices that it carries, or none.
 */
export function* standingFacts<Fact extends Stats>(
  edges: readonly IndexedEdge[],
  speaks: (row: RollupRow) => boolean,
  factOf: (edge: IndexedEdge) => Fact | null,
): Sliced<(Fact & AmbientMarks)[]> {
  const { below, waypoints } = ambientOf(edges);
  if (below.size === 0 && waypoints.size === 0) {
    return (yield* mapSliced(edges, EDGES_PER_STEP, factOf)).filter((fact) => fact !== null);
  }
  const legs = new Map<IndexedEdge, EdgeStats[]>();
  const facts: { readonly edge: IndexedEdge; readonly fact: Fact }[] = [];
  for (let i = 0; i < edges.length; i++) {
    if (i % EDGES_PER_STEP === EDGES_PER_STEP - 1) yield;
    const edge = edges[i];
    const fact = edge === undefined ? null : factOf(edge);
    if (edge === undefined || fact === null) continue;
    const under = below.get(edge);
    if (under === undefined || !under.by.some(speaks)) {
      facts.push({ edge, fact });
      continue;
    }
    for (const carried of under.carries) legs.set(carried, [...(legs.get(carried) ?? []), fact.counts]);
    if (under.above !== null) {
      const above = factOf({ ...edge, choices: under.above });
      if (above !== null) facts.push({ edge, fact: above });
    } else {
      const counts = refused(fact.counts);
      const perSec = refused(fact.perSec);
      if (counts !== undefined && perSec !== undefined)
        facts.push({
          edge,
          fact: { ...fact, counts, perSec, flow: { ...fact.flow, volume: { counts: 0, perSec: 0 } } },
        });
    }
  }
  return facts.map(({ edge, fact }) => {
    const security = securityOf(legs.get(edge) ?? []);
    const viaWaypoint = waypoints.get(edge)?.some(speaks) === true;
    if (!viaWaypoint && security === undefined) return fact;
    return {
      ...fact,
      ...(viaWaypoint ? { viaWaypoint: true as const, note: "through_waypoint" } : {}),
      ...(security === undefined ? {} : { legs: security }),
    };
  });
}
