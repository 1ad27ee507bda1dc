/**
 * Facts after both sides of a call are held together (edge-arrivals.ts). In: facts of a window. Out: the same, but that
 * calls to a host which is a service of another mesh are edges to that service, that arrivals keep only what no sender
 * accounts for, and that an edge between two meshes has what the called side says of it beside it: its security counts,
 * since the caller's proxy cannot know it, and its codes and latency are the other view.
 */
import { mapSliced, type Sliced } from "../base/sliced.ts";
import { addStats, type EdgeStats, emptyStats, type SecurityCounts } from "../model/edge-stats.ts";
import { scaleHistogram } from "../model/histogram-merge.ts";
import { countingFamily } from "./counting-family.ts";
import { apportion, REMAINDER_NOISE, type Shares } from "./edge-arrivals.ts";
import type { EdgeFact, Seen } from "./edge-facts.ts";
import { areStrangers } from "./places.ts";

const FACTS_PER_STEP = 64;

function scaleStats(stats: EdgeStats, share: number): EdgeStats {
  const made = emptyStats();
  addStats(made, stats);
  for (const one of made.classes.values()) one.count *= share;
  for (const map of [made.flags, made.hosts, made.securityReasons])
    for (const [key, value] of map) map.set(key, value * share);
  for (const [key, value] of made.counters) made.counters.set(key, value * share);
  for (const counts of [made.security.requests, made.security.connections]) {
    for (const key of ["mutual", "tls", "plaintext", "unknown"] as const) counts[key] *= share;
  }
  if (made.latency !== null) made.latency = scaleHistogram(made.latency, share);
  return made;
}

function scaled(seen: Seen, share: number): Seen {
  return share === 1 ? seen : { counts: scaleStats(seen.counts, share), perSec: scaleStats(seen.perSec, share) };
}

function scaledFact(fact: EdgeFact, share: number): EdgeFact {
  if (share === 1) return fact;
  const caller = fact.caller === null ? null : scaled(fact.caller, share);
  return { ...fact, ...scaled(fact, share), part: fact.part * share, caller };
}

/** By service with traffic that nobody claims, what named callers sent it → services of which it may yet be claimed. */
export type UnheardOf = (claimed: ReadonlyMap<string, number>) => ReadonlySet<string>;

const isArrival = ({ flow }: EdgeFact): boolean => flow.role === "told" || flow.role === "nameless";

/** Which part of an indexed edge a joined fact is; the rest keeps the edge's own key. */
export function joinedOrigin(key: string): string {
  return `${key}~`;
}

/** Without the arrivals: the rest of a call to a host, and the part that is joined. */
function split(fact: EdgeFact, { stays, joined }: Shares): EdgeFact[] {
  const { candidate } = fact;
  if (candidate === null) return [fact];
  if (joined === 0) return [{ ...fact, note: fact.note ?? "not_arrived" }];
  const origin = joinedOrigin(fact.origin);
  const part = { ...scaledFact(fact, joined), ...candidate, candidate: null, origin };
  if (stays === 0) return [part];
  return [
    { ...part, note: part.note ?? "joined_part" },
    { ...scaledFact(fact, stays), note: fact.note ?? "not_arrived" },
  ];
}

const sumOf = (counts: SecurityCounts): number => counts.mutual + counts.tls + counts.plaintext + counts.unknown;

/** What one service's proxies say of callers they cannot name, all together. */
interface Told {
  readonly seen: Seen;
  volume: number;
  /** What senders of other meshes say they sent there. */
  sent: number;
}

function toldOf(facts: readonly EdgeFact[], crossing: readonly EdgeFact[]): ReadonlyMap<string, Told> {
  const services = new Map<string, Told>();
  const wanted = new Set(crossing.map((fact) => fact.service));
  for (const fact of facts) {
    if (!isArrival(fact) || fact.flow.identified || !wanted.has(fact.service)) continue;
    const known = services.get(fact.service) ?? {
      seen: { counts: emptyStats(), perSec: emptyStats() },
      volume: 0,
      sent: 0,
    };
    services.set(fact.service, known);
    addStats(known.seen.counts, fact.counts);
    addStats(known.seen.perSec, fact.perSec);
    known.volume += fact.flow.volume.counts;
  }
  for (const fact of crossing) {
    const told = services.get(fact.service);
    if (told !== undefined) told.sent += requestsOf(fact);
  }
  return services;
}

/** Requests or connections that left the caller, as counted in the window. */
function requestsOf({ counts, protocol }: EdgeFact): number {
  if (protocol === "tcp") return counts.counters.get("opened") ?? 0;
  const left = sumOf(counts.security.requests);
  if (left > 0) return left;
  let total = 0;
  for (const { count } of counts.classes.values()) total += count;
  return total;
}

/** With the called side's shares, of as many as the caller sent; undefined where it tells nothing, or not of this one. */
function withSecurity(told: Told, fact: EdgeFact, isOnlyCaller: boolean): EdgeStats | undefined {
  const unit = fact.protocol === "tcp" ? "connections" : "requests";
  const { security, securityReasons } = told.seen.counts;
  const counts = security[unit];
  const total = sumOf(counts);
  if (total <= 0 || counts.unknown >= total) return undefined;
  const isUniform = [counts.mutual, counts.tls, counts.plaintext].some((count) => count >= total);
  if (!isOnlyCaller && !isUniform) return undefined;
  const scale = requestsOf(fact) / total;
  const own = {
    mutual: counts.mutual * scale,
    tls: counts.tls * scale,
    plaintext: counts.plaintext * scale,
    unknown: counts.unknown * scale,
  };
  const reasons = [...securityReasons].map(([key, count]) => [key, count * scale] as const);
  return { ...fact.counts, security: { ...fact.counts.security, [unit]: own }, securityReasons: new Map(reasons) };
}

function withCallee(fact: EdgeFact, told: Told): EdgeFact {
  const sent = requestsOf(fact);
  if (sent <= 0 || told.volume <= 0) return { ...fact, calleeKnows: true };
  // Of several callers without a name, what is told of all of them is told of none.
  const isOnlyCaller = sent >= (1 - REMAINDER_NOISE) * Math.max(told.volume, told.sent);
  const callee = isOnlyCaller ? told.seen : null;
  const counts = withSecurity(told, fact, isOnlyCaller);
  if (counts === undefined) return { ...fact, callee, calleeKnows: true };
  const { reporters, families } = told.seen.counts;
  const family = countingFamily(families, fact.protocol === "tcp" ? "connections" : "requests");
  const by = { reporter: [...reporters].sort()[0] ?? "", family };
  return { ...fact, callee, counts, securityBy: by };
}

/** What a destination says of unnamed callers, less what named callers say they sent it; and calls to hosts joined. */
export function* joinFacts(facts: readonly EdgeFact[], unheardOf: UnheardOf): Sliced<EdgeFact[]> {
  const { shares, open } = apportion(facts.map(({ flow }) => flow));
  yield;
  const unheard = unheardOf(open);
  yield;
  const made: EdgeFact[] = [];
  for (let i = 0; i < facts.length; i++) {
    const fact = facts[i];
    if (fact === undefined) continue;
    const share = shares[i] ?? { stays: 1, joined: 0 };
    if (!isArrival(fact)) made.push(...split(fact, share));
    else if (!unheard.has(fact.service) && share.stays === 1) made.push(fact);
    else if (!unheard.has(fact.service) && share.stays > 0) {
      made.push({ ...scaledFact(fact, share.stays), note: "inbound_remainder" });
    }
    if (i % FACTS_PER_STEP === FACTS_PER_STEP - 1) yield;
  }
  const isCrossing = (fact: EdgeFact): boolean =>
    fact.flow.role === "sent" && areStrangers(fact.source, fact.target) && fact.targetWorkloads.length > 0;
  const crossing = made.filter(isCrossing);
  if (crossing.length === 0) return made;
  const told = toldOf(facts, crossing);
  yield;
  return yield* mapSliced(made, FACTS_PER_STEP, (fact) => {
    const by = isCrossing(fact) ? told.get(fact.service) : undefined;
    return by === undefined ? fact : withCallee(fact, by);
  });
}
