/**
 * `/mtls`: how what arrives is secured, by mesh, cluster, namespace and edge. In: a snapshot and a request. Out: figures
 * from added counts, never from added shares, and the callers in plaintext with their reasons, worst first.
 *
 * A place counts what arrives in it; what leaves every mesh stands apart, under an empty name. Requests and connections
 * never meet in one figure, so each place has two: of HTTP and gRPC edges, and of TCP edges. Traffic of which no proxy
 * tells anything is unknown and in the total, else half an estate in the dark would read as all mutual.
 */

import { requestTotals } from "../model/edge-stats.ts";
import { type Endpoint, meshesOf, type NodeKind } from "../model/identity.ts";
import { completenessOf } from "./completeness.ts";
import { countingFamily } from "./counting-family.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { NO_FOLDS } from "./folds.ts";
import type { AnswerContext } from "./graph-answer.ts";
import { endMatches } from "./graph-select.ts";
import { mainReason, mergeSecurity, reasonKey, type SecurityPart, securityOf } from "./mtls.ts";
import { digits4 } from "./numbers.ts";
import { areStrangers } from "./places.ts";
import type {
  Coverage,
  MtlsAnswer,
  MtlsParameters,
  PlaceCoverage,
  SecuredEdge,
  UnitCoverage,
} from "./schema/security.ts";
import type { Snapshot } from "./snapshot.ts";
import { isActive, type ViewEdge, type ViewNode, viewGraph } from "./view-graph.ts";

/** Callers in plaintext in one answer; the total is told. */
const MAX_CALLERS = 500;

const OUTSIDE: ReadonlySet<NodeKind> = new Set(["external", "passthrough", "blackhole", "unknown", "ingress"]);

const isOutside = (end: Endpoint): boolean => OUTSIDE.has(end.kind);

/** One finest edge with traffic, and what is known of it; `part` is null where nothing was counted. */
interface Told {
  readonly fact: EdgeFact;
  readonly part: SecurityPart | null;
}

/** Spans are a sample and say nothing of security: their counts do not stand among requests that were all counted. */
function isOnlySpans({ counts }: EdgeFact): boolean {
  return counts.reporters.size > 0 && [...counts.reporters].every((reporter) => reporter === "span");
}

function partOf(fact: EdgeFact, snapshot: Snapshot): SecurityPart | null {
  if (isOnlySpans(fact)) return null;
  const requests = requestTotals(fact.counts).total;
  const { listeners } = snapshot.estate.live;
  const evidence = securityOf(fact, listeners, snapshot.window.start);
  if (evidence !== null) return { evidence, requests };
  const unknown = fact.protocol === "tcp" ? (fact.counts.counters.get("opened") ?? 0) : requests;
  if (unknown <= 0) return null;
  const [reporter = ""] = [...fact.counts.reporters].sort();
  const counts = { mutual: 0, tls: 0, plaintext: 0, unknown };
  const unit = fact.protocol === "tcp" ? "connections" : "requests";
  const family = countingFamily(fact.counts.families, unit);
  const reasons = new Map([[reasonKey("unknown", "not_told"), unknown]]);
  return { evidence: { counts, unit, family, reporter, reasons }, requests };
}

function figureOf(told: readonly Told[]) {
  return mergeSecurity(told.flatMap(({ part }) => part ?? []));
}

function unitOf(told: readonly Told[], edges: readonly SecuredEdge[], isTcp: boolean): UnitCoverage {
  const own = edges.filter(({ protocol }) => (protocol === "tcp") === isTcp);
  return {
    mtls: figureOf(told.filter(({ fact }) => (fact.protocol === "tcp") === isTcp)),
    edges: own.length,
    plaintextEdges: own.filter((edge) => edge.plaintext > 0).length,
    unknownEdges: own.filter(({ mtls }) => mtls === null || mtls.unknown > 0).length,
  };
}

function coverageOf(told: readonly Told[], edges: readonly SecuredEdge[]): Coverage {
  return { http: unitOf(told, edges, false), tcp: unitOf(told, edges, true) };
}

/** Why a caller in plaintext is so, where its proxy does not say. */
function ownReason({ source, target }: EdgeFact): string {
  if (isOutside(target)) return "destination_outside_mesh";
  if (isOutside(source) || source.mesh === null) return "caller_outside_mesh";
  if (target.mesh === null) return "destination_outside_mesh";
  if (areStrangers(source, target)) return "caller_in_other_mesh";
  return "accepted_plaintext";
}

/** What a proxy says of any peer without an identity that it knows; that the other mesh is why is known only here. */
const ANY_STRANGER: ReadonlySet<string> = new Set(["no_tls_from_remote", "not_provided_by_service_discovery"]);

function whyPlain(fact: EdgeFact, said: string | undefined): string {
  if (said === undefined) return ownReason(fact);
  const own = ANY_STRANGER.has(said) ? ownReason(fact) : said;
  return own === "caller_in_other_mesh" ? own : said;
}

const NOTHING_OPENED = { reason: "no_connection_opened" };
const ONLY_SPANS = { reason: "only_spans" };

/** The reason that holds for most of the edge's plaintext, else of what is unknown of it. */
function reasonOf(told: readonly Told[]): string | null {
  const plain = new Map<string, number>();
  const unknown = new Map<string, number>();
  for (const { fact, part } of told) {
    const { counts, reasons } = part?.evidence ?? { counts: null, reasons: new Map<string, number>() };
    const cause = whyPlain(fact, mainReason(reasons, "plaintext"));
    if (counts !== null && counts.plaintext > 0) plain.set(cause, (plain.get(cause) ?? 0) + counts.plaintext);
    const why =
      counts === null ? (isOnlySpans(fact) ? ONLY_SPANS : NOTHING_OPENED).reason : mainReason(reasons, "unknown");
    if (why !== undefined) unknown.set(why, (unknown.get(why) ?? 0) + (counts?.unknown ?? 0));
  }
  const most = (of: ReadonlyMap<string, number>): string | undefined =>
    [...of].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
  return most(plain) ?? most(unknown) ?? null;
}

function endOf(node: ViewNode): SecuredEdge["source"] {
  const { kind, name, namespace, cluster } = node.identity;
  const [mesh = null] = [...node.meshes].sort();
  return { id: node.id, kind, name, namespace, cluster, mesh };
}

function securedEdge(edge: ViewEdge, told: readonly Told[], nodes: ReadonlyMap<string, ViewNode>): SecuredEdge[] {
  const source = nodes.get(edge.source);
  const target = nodes.get(edge.target);
  if (source === undefined || target === undefined) return [];
  const mtls = figureOf(told);
  const { id, protocol, layer } = edge;
  const plaintext = mtls === null ? 0 : digits4(mtls.plaintext * mtls.total);
  const ends = { source: endOf(source), target: endOf(target) };
  return [{ id, ...ends, protocol, layer, mtls, reason: reasonOf(told), plaintext }];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Requests before connections: one is not more than the other. */
function worstFirst(a: SecuredEdge, b: SecuredEdge): number {
  const unit = Number(b.mtls?.unit === "requests") - Number(a.mtls?.unit === "requests");
  return unit || b.plaintext - a.plaintext || byText(a.id, b.id);
}

/** Least mutual first; edges of which nothing was counted after those that are known to be bad. Also the cursor. */
function edgeKey({ mtls, id }: SecuredEdge): string {
  const mutual = mtls === null ? 0.5 : mtls.mutual;
  return `${mutual.toFixed(6)}/${(mtls === null ? 0 : 1 - mtls.plaintext).toFixed(6)}/${id}`;
}

interface Member {
  readonly told: readonly Told[];
  readonly edges: readonly SecuredEdge[];
}

interface Place {
  readonly name: string;
  readonly cluster?: string;
}

/** Groups by where the traffic arrives; an edge of the view may arrive in several places, and is one of each. */
function placesOf(members: readonly Member[], place: (end: Endpoint) => Place): PlaceCoverage[] {
  const groups = new Map<string, { place: Place; told: Told[]; edges: Set<SecuredEdge> }>();
  for (const { told, edges } of members) {
    for (const one of told) {
      const { target } = one.fact;
      const at = isOutside(target) ? { name: "" } : place(target);
      const key = JSON.stringify([at.name, at.cluster]);
      const group = groups.get(key) ?? { place: at, told: [], edges: new Set() };
      groups.set(key, group);
      group.told.push(one);
      for (const edge of edges) group.edges.add(edge);
    }
  }
  const rows = [...groups.values()].map((group) => ({ ...group.place, ...coverageOf(group.told, [...group.edges]) }));
  return rows.sort((a, b) => byText(a.name, b.name) || byText(a.cluster ?? "", b.cluster ?? ""));
}

function inScope({ source, target }: EdgeFact, query: MtlsParameters): boolean {
  return endMatches(isOutside(target) ? source : target, query);
}

export function mtlsAnswer(snapshot: Snapshot, query: MtlsParameters, { ids, targets }: AnswerContext): MtlsAnswer {
  const facts = snapshot.facts.filter((fact) => isActive(fact) && inScope(fact, query));
  const graph = viewGraph(facts, query.view, NO_FOLDS, ids);
  const members = graph.edges.map((edge): Member => {
    const told = edge.facts.map((fact) => ({ fact, part: partOf(fact, snapshot) }));
    return { told, edges: securedEdge(edge, told, graph.nodes) };
  });
  const edges = members.flatMap((member) => member.edges);
  const plain = edges.filter((edge) => edge.plaintext > 0).sort(worstFirst);
  const keyed = edges.map((edge) => ({ edge, key: edgeKey(edge) })).sort((a, b) => byText(a.key, b.key));
  const { cursor, limit } = query;
  const rest = cursor === undefined ? keyed : keyed.filter(({ key }) => key > cursor);
  const page = rest.slice(0, limit);
  return {
    window: snapshot.window,
    estate: coverageOf(
      members.flatMap(({ told }) => told),
      edges,
    ),
    meshes: placesOf(members, (end) => ({ name: meshesOf(end).join(" + ") })),
    clusters: placesOf(members, ({ cluster }) => ({ name: cluster })),
    namespaces: placesOf(members, ({ namespace, cluster }) => ({ name: namespace, cluster })),
    plaintext: { callers: plain.slice(0, MAX_CALLERS), total: plain.length },
    edges: page.map(({ edge }) => edge),
    nextCursor: rest.length > page.length ? (page.at(-1)?.key ?? null) : null,
    total: edges.length,
    completeness: completenessOf(snapshot, targets, facts),
  };
}
