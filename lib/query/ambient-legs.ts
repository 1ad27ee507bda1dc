/**
 * Ambient mode: which edges stand where node proxies (ztunnels) and waypoints count the same calls at two layers (design
 * §2.1 rule 2). In: the edges of a window and which rows speak. Out: facts of the edges that stand. Where a waypoint
 * reports A → B, that edge is drawn and its legs A → waypoint and waypoint → B are not; where a sidecar at either end
 * reports requests A → B, what a ztunnel counts between the same two is their transport. Layers are never added. Where
 * the upper one falls silent the lower one stands again. A leg's refused connections made no request, so they stand.
 * Which waypoint reported is not printed: a leg is the reported edge's if the other leg of that waypoint is known, or the
 * waypoint stands in the destination's namespace. Not handled: bytes of hidden legs, which several edges share.
 */
import { type EdgeStats, emptyStats, type SecurityCounts } from "../model/edge-stats.ts";
import type { Endpoint } from "../model/identity.ts";
import { type RollupRow, workloadKey } from "../model/rollup-row.ts";
import type { Flow } from "./edge-arrivals.ts";
import { type Choices, choicesOf } from "./edge-choice.ts";
import type { IndexedEdge } from "./edge-index.ts";

/** One edge below others: it does not stand while any of `by` speaks; then only what `above` it was counted does. */
export interface Below {
  readonly by: readonly RollupRow[];
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

const NOTHING: Ambient = { below: new Map(), waypoints: new Map() };
const isWaypoint = ({ kind }: Endpoint): boolean => kind === "waypoint";
const pair = (source: string, target: string): string => `${source}${target}`;
const placeOf = ({ cluster, namespace }: Endpoint): string => JSON.stringify([cluster, namespace]);

/** One edge that a waypoint may have reported. */
interface Reported {
  readonly edge: IndexedEdge;
  readonly rows: readonly RollupRow[];
  readonly source: string;
  readonly target: string;
}

class Relations {
  readonly below = new Map<IndexedEdge, Below>();
  readonly waypoints = new Map<IndexedEdge, readonly RollupRow[]>();
  private readonly edges: readonly IndexedEdge[];
  private readonly legs: readonly IndexedEdge[];
  private readonly legPairs: ReadonlySet<string>;
  private readonly bySource = new Map<string, Reported[]>();
  private readonly byTarget = new Map<string, Reported[]>();

  constructor(edges: readonly IndexedEdge[]) {
    this.edges = edges;
    this.legs = edges.filter(({ source, target }) => isWaypoint(source) !== isWaypoint(target));
    this.legPairs = new Set(this.legs.map(({ source, target }) => pair(workloadKey(source), workloadKey(target))));
    for (const edge of edges) this.report(edge);
    for (const leg of this.legs) this.leg(leg);
    this.direct();
  }

  private report(edge: IndexedEdge): void {
    let rows = edge.rows.filter(({ reporter }) => reporter === "waypoint");
    // Waypoints of old say that they are the destination; the ztunnels on both sides of one tell.
    if (rows.length === 0 && edge.layer === "L7" && this.passes(edge)) {
      rows = edge.rows.filter(({ reporter }) => reporter === "destination");
    }
    if (rows.length === 0) return;
    this.waypoints.set(edge, rows);
    const made = { edge, rows, source: workloadKey(edge.source), target: workloadKey(edge.target) };
    for (const [map, key] of [
      [this.bySource, made.source],
      [this.byTarget, made.target],
    ] as const) {
      const known = map.get(key);
      if (known === undefined) map.set(key, [made]);
      else known.push(made);
    }
  }

  /** Whether node proxies tell of both legs through one waypoint. */
  private passes({ source, target }: IndexedEdge): boolean {
    if (isWaypoint(source) || isWaypoint(target)) return false;
    const [from, to] = [workloadKey(source), workloadKey(target)];
    return this.legs.some((leg) => {
      if (!isWaypoint(leg.source) || workloadKey(leg.target) !== to || !leg.rows.some(({ below }) => below))
        return false;
      return this.legPairs.has(pair(from, workloadKey(leg.source)));
    });
  }

  private leg(edge: IndexedEdge): void {
    const into = isWaypoint(edge.target);
    const waypoint = into ? edge.target : edge.source;
    const key = workloadKey(waypoint);
    const candidates = into ? this.bySource.get(workloadKey(edge.source)) : this.byTarget.get(workloadKey(edge.target));
    const found = (candidates ?? []).filter((reported) => {
      if (reported.edge === edge) return false;
      const other = into ? pair(key, reported.target) : pair(reported.source, key);
      return this.legPairs.has(other) || placeOf(waypoint) === placeOf(reported.edge.target);
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
    for (const edge of this.edges) {
      if (edge.layer !== "L7" || this.waypoints.has(edge)) continue;
      const key = pair(workloadKey(edge.source), workloadKey(edge.target));
      requests.set(key, [...(requests.get(key) ?? []), edge]);
    }
    for (const edge of this.edges) {
      if (edge.protocol !== "tcp" || this.below.has(edge) || !edge.rows.some(({ below }) => below)) continue;
      const carries = requests.get(pair(workloadKey(edge.source), workloadKey(edge.target))) ?? [];
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
  readonly flow: Flow;
}

/** Connections that were refused or failed, and nothing else of it; undefined where there were none. */
function refused(stats: EdgeStats): EdgeStats | undefined {
  let failed = 0;
  for (const count of stats.flags.values()) failed += count;
  if (failed === 0) return undefined;
  const made = emptyStats();
  for (const [flag, count] of stats.flags) made.flags.set(flag, count);
  for (const name of ["denied"] as const) {
    const count = stats.counters.get(name);
    if (count !== undefined) made.counters.set(name, count);
  }
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
}

/**
 * Facts of the edges that stand; `factOf` makes the fact of one edge, from the rows and choices that it carries, or none.
 */
export function standingFacts<Fact extends Stats>(
  edges: readonly IndexedEdge[],
  speaks: (row: RollupRow) => boolean,
  factOf: (edge: IndexedEdge) => Fact | null,
): (Fact & AmbientMarks)[] {
  const { below, waypoints } = ambientOf(edges);
  if (below.size === 0 && waypoints.size === 0) return edges.flatMap((edge) => factOf(edge) ?? []);
  const legs = new Map<IndexedEdge, EdgeStats[]>();
  const facts: { readonly edge: IndexedEdge; readonly fact: Fact }[] = [];
  for (const edge of edges) {
    const under = below.get(edge);
    const fact = factOf(edge);
    if (fact === null) continue;
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
    return {
      ...fact,
      ...(viaWaypoint ? { viaWaypoint: true as const } : {}),
      ...(security === undefined ? {} : { legs: security }),
    };
  });
}
